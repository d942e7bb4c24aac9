"""`dray connector …`: what is installed, and whether it is enabled and works."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import click

from dray.cli.output import answer, as_json, refuse, rows
from dray.registry import FoundConnector, find_connectors
from dray.settings import read_settings
from dray_sdk import DialsIn, Explains, Judges, Simulated

__all__ = ["command"]

_FACETS: Final[dict[str, Callable[[object], bool]]] = {
    "dials in": lambda connector: isinstance(connector, DialsIn),
    "judges": lambda connector: isinstance(connector, Judges),
    "explains": lambda connector: isinstance(connector, Explains),
    "simulated": lambda connector: isinstance(connector, Simulated),
}


@click.group("connector")
def command() -> None:
    """The connectors that are installed."""


@command.command("list")
@as_json
def list_connectors(as_json: bool) -> None:
    """Every connector that is installed, enabled or not, and why one does not load."""
    found = find_connectors(read_settings(os.environ).connectors).found
    facts = [_facts(each) for each in found]
    table = rows(
        ("name", "title", "version", "from", "state"),
        [
            (each["name"], each["title"] or "", each["version"] or "", each["distribution"], _state(each))
            for each in facts
        ],
    )
    answer(as_json, {"connectors": facts}, table if facts else "No connector is installed.")


@command.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """One connector: where it is mounted, what it can do, its settings."""
    settings = read_settings(os.environ)
    found = next((each for each in find_connectors(settings.connectors).found if each.name == name), None)
    if found is None:
        refuse(f"there is no connector {name!r}; see `dray connector list`")
    facts = _facts(found)
    connector = found.connector
    if connector is not None:
        facts["mount"] = connector.mount if isinstance(connector, DialsIn) else None
        facts["facets"] = [facet for facet, has in _FACETS.items() if has(connector)]
        facts["limits"] = len(connector.limits)
        facts["settings"] = [
            {"name": each.name, "default": each.default, "secret": each.secret, "help": each.help}
            for each in connector.settings
        ]
    answer(as_json, facts, "\n".join(f"{key:<13} {value if value is not None else ''}" for key, value in facts.items()))


def _facts(found: FoundConnector) -> dict[str, Any]:
    connector = found.connector
    return {
        "name": found.name,
        "title": connector.title if connector else None,
        "version": connector.version if connector else None,
        "distribution": found.distribution,
        "enabled": found.enabled,
        "reason": found.reason or None,
    }


def _state(facts: dict[str, Any]) -> str:
    if facts["reason"]:
        return f"does not load: {facts['reason']}"
    return "enabled" if facts["enabled"] else "installed, not enabled"
