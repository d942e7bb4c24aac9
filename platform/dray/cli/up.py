"""`dray up`: web processes and worker in one, the embedded way."""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from dray.cli.serve import DEFAULT_WORKERS, bind_option, workers_option
from dray.cli.supervision import Child, dray_command, stop_on_signals, supervise
from dray.settings import read_settings

__all__ = ["command", "web_and_worker"]

WORKERS_GRACE: Final = 150.0
"""Seconds for the worker to end: longer than it waits for one answer of books that it calls, so that nothing that is on
its way is left in doubt."""


@click.command("up")
@bind_option
@workers_option
def command(bind: str, workers: int) -> None:
    """Run `dray serve` and `dray worker` together. Ctrl-C stops both."""
    read_settings(os.environ)  # refuses here, once, and makes the keys before there are two processes
    with stop_on_signals() as stop:
        sys.exit(supervise(web_and_worker(bind, workers, dict(os.environ)), stop))


def web_and_worker(bind: str, workers: int = DEFAULT_WORKERS, environment: dict[str, str] | None = None) -> list[Child]:
    """The two processes. Without the web nothing works; without the worker only housekeeping waits."""
    environment = environment if environment is not None else dict(os.environ)
    return [
        Child("the web", dray_command("serve", "--bind", bind, "--workers", str(workers)), environment, vital=True),
        Child("the worker", dray_command("worker"), environment, grace=WORKERS_GRACE),
    ]
