"""`dray worker`: background jobs. Books that dial in never need one; more than one is harmless."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Final

import click
import structlog

from dray import logs
from dray.alerts.operators import tell_operators
from dray.alerts.telling import tell
from dray.api.v1.entries import READERS
from dray.background import Job, Shift, Threads, run_once
from dray.cli.workplace import opened
from dray.connections.oauth.revoking import end_unwanted
from dray.housekeeping import chain_audits, drop_the_old, finish_removals
from dray.imports.work import go_on_everywhere
from dray.installation import Dray
from dray.leaving import deleting, exporting
from dray.mail.outbox import send_due
from dray.onboarding import self_check
from dray.sync.dialling_rounds import dialler_of, who_is_due
from dray.webhooks.delivering import deliver

__all__ = ["command", "jobs_of"]

CALLS_AT_ONCE: Final = 16

_log = structlog.get_logger(__name__)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do every job once, then end.")
@click.option(
    "--calls",
    type=click.IntRange(1, 256),
    default=CALLS_AT_ONCE,
    show_default=True,
    help="How many sets of books are called at the same time.",
)
def command(once: bool, calls: int) -> None:
    """Do the background jobs until stopped: call the books that do not call us, send mail, read files, tidy up."""
    with opened() as parts:
        logs.configure(parts.settings.log_format, parts.settings.log_level)
        jobs = jobs_of(parts)
        if once:
            run_once(jobs, parts)
        elif parts.settings.broker_url is not None:
            # here and not above: without a broker nobody carries Celery in memory
            from dray.background.broker import Broker  # noqa: PLC0415

            Broker(parts, jobs, calls, parts.settings.broker_url).run(threading.Event())
        else:
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            _log.info("worker started")
            Threads(parts, jobs, calls).run(stop)


def jobs_of(parts: Dray) -> tuple[Job, ...]:
    """Everything that is done in the background of an installation."""
    dialler = dialler_of(parts)

    def find_work(shift: Shift) -> int:
        due = who_is_due(dialler)
        for tenant_id, connection_id in due:
            shift.enqueue("call books", tenant_id, connection_id)
        return len(due)

    def call(shift: Shift, tenant_id: int, connection_id: int) -> object:
        return dialler.turn(tenant_id, connection_id, shift.stop.is_set)

    return (
        Job("find books to call", find_work, every=1),
        Job("call books", call, calls=True),
        Job("import files", _of(lambda parts: go_on_everywhere(parts.engines, READERS, parts.clock)), every=1),
        Job("send mail", _of(send_due), every=5),
        Job("chain the audit", _of(chain_audits), every=30),
        Job("end unwanted sign-ins", _of(end_unwanted), every=60),
        Job("finish removals", _of(finish_removals), every=60),
        Job("tell people", _of(tell), every=60),
        Job("tell operators", _of(tell_operators), every=300),
        Job("tell programs", _of(deliver), every=5),
        # web and worker start together: at once there would be nobody yet who answers
        Job("check the public address", _of(self_check.record), every=86_400, after=60),
        Job("write exports", _of(exporting.go_on_everywhere), every=2),
        Job("delete companies that left", _of(deleting.delete_due), every=3600),
        Job("drop what is old", _of(drop_the_old), every=3600),
    )


def _of(work: Callable[[Dray], object]) -> Callable[[Shift], object]:
    return lambda shift: work(shift.parts)
