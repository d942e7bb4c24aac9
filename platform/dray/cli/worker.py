"""`dray worker`: background jobs. Books that dial in never need one; more than one is harmless."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from dray import logs
from dray.api.v1.entries import READERS
from dray.cli.workplace import opened
from dray.housekeeping import chain_audits, drop_the_old, finish_removals
from dray.imports.work import go_on_everywhere
from dray.installation import Dray
from dray.mail.outbox import send_due

__all__ = ["command"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done every so many seconds."""

    name: str
    every: int
    run: Callable[[Dray], object]


JOBS: Final = (
    Job("send mail", 5, send_due),
    Job("import files", 1, lambda parts: go_on_everywhere(parts.engines, READERS, parts.clock)),
    Job("chain the audit", 30, chain_audits),
    Job("finish removals", 60, finish_removals),
    Job("drop what is old", 3600, drop_the_old),
)
LONGEST_NAP: Final = 5


@click.command("worker")
@click.option("--once", is_flag=True, help="Do every job once, then end.")
def command(once: bool) -> None:
    """Do the background jobs until stopped: send mail, chain the audit, drop what was kept for a time only."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with opened() as parts:
        logs.configure(parts.settings.log_format, parts.settings.log_level)
        if once:
            for job in JOBS:
                job.run(parts)
            return
        _log.info("worker started")
        work(parts, stop)


def work(parts: Dray, stop: Any) -> None:
    """Run each job when its time has come, until `stop` is set. A job that breaks is told of and tried again later."""
    next_at = dict.fromkeys(JOBS, parts.clock().timestamp())
    while not stop.is_set():
        now = parts.clock().timestamp()
        for job, due in next_at.items():
            if due <= now and not stop.is_set():
                _try(job, parts)
                next_at[job] = now + job.every
        stop.wait(LONGEST_NAP)


def _try(job: Job, parts: Dray) -> None:
    try:
        done = job.run(parts)
    except SQLAlchemyError:
        _log.exception("job broke", job=job.name)
        return
    _log.debug("job done", job=job.name, result=str(done))
