"""`dray simulate NAME …`: a connector's own pretend books."""

from __future__ import annotations

import os
import sys

import click

from dray.cli.output import refuse
from dray.registry import find_connectors
from dray.settings import read_settings
from dray_sdk import Simulated

__all__ = ["command"]


@click.command(
    "simulate",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []},
)
@click.argument("connector")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(connector: str, arguments: tuple[str, ...]) -> None:
    """Run the pretend books that a connector brings, with the connector's own options."""
    registry = find_connectors(read_settings(os.environ).connectors)
    found = registry.get(connector)
    if not isinstance(found, Simulated):
        able = [name for name, each in registry.enabled.items() if isinstance(each, Simulated)]
        refuse(f"{connector} brings no pretend books; there is {', '.join(able) or 'none'}")
    sys.exit(found.simulate(arguments))
