"""The engine for several machines: Celery over Redis or RabbitMQ.

Every worker keeps the time and enqueues what is due, so that no single one is needed; a message that comes twice finds
nothing to do. What cannot be enqueued because the broker is away is found due again a moment later. A message that
nobody took for a while is dropped: what it asks for has been asked for again since.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from celery import Celery
from celery.signals import worker_ready, worker_shutting_down
from kombu.exceptions import OperationalError

from dray.background.jobs import GLANCE, Job, Shift, keep_time
from dray.installation import Dray

__all__ = ["Broker"]

TASK: Final = "dray.job"
KEPT: Final = 60
"""Seconds after which a message that nobody took is dropped."""

ASK_AGAIN: Final = 3.0
"""Seconds in which the same thing is not enqueued twice by one worker."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Broker:
    """Does jobs, any worker's, until SIGTERM or SIGINT; what was begun is ended first. `calls_at_once` together."""

    parts: Dray
    jobs: Sequence[Job]
    calls_at_once: int
    url: str
    glance: float = GLANCE
    _asked: dict[tuple[str, tuple[int, ...]], float] = field(default_factory=dict)
    _away: bool = False

    def run(self, stop: threading.Event) -> None:
        """Returns when everything that was begun has ended. Must be called in the main thread: Celery takes the
        signals."""
        app = self.application()
        shift = Shift(self.parts, self._enqueue_with(app), stop)
        by_name = {job.name: job for job in self.jobs}

        def work(name: str, *numbers: int) -> None:
            if name in by_name and not stop.is_set():
                by_name[name].do(shift, *numbers)

        app.task(work, name=TASK)
        clock = threading.Thread(target=keep_time, args=(self.jobs, shift), kwargs={"glance": self.glance}, daemon=True)

        def begin(**_: Any) -> None:
            _log.info("worker started")

        def end(**_: Any) -> None:
            stop.set()

        worker_ready.connect(begin, weak=False)
        worker_shutting_down.connect(end, weak=False)
        clock.start()
        try:
            app.Worker(
                pool="threads", concurrency=self.calls_at_once, quiet=True, without_gossip=True, without_mingle=True,
                loglevel=logging.WARNING,
            ).start()  # fmt: skip
        finally:
            stop.set()
            worker_ready.disconnect(begin)
            worker_shutting_down.disconnect(end)
            clock.join()

    def application(self) -> Celery:
        """Celery as it is used here: messages and nothing else."""
        app = Celery("dray", broker=self.url, set_as_current=False)
        app.conf.update(
            accept_content=["json"],
            broker_connection_retry_on_startup=True,
            broker_connection_max_retries=None,
            broker_transport_options={"socket_connect_timeout": 2, "max_retries": 0},
            task_ignore_result=True,
            task_store_errors_even_if_ignored=False,
            task_default_queue="dray",
            worker_hijack_root_logger=False,
            worker_redirect_stdouts=False,
            worker_prefetch_multiplier=1,
            worker_enable_remote_control=False,
        )
        return app

    def _enqueue_with(self, app: Celery) -> Any:
        def enqueue(name: str, *numbers: int) -> None:
            now = time.monotonic()
            # A job without numbers is one of those that have a time of their own.
            if numbers and now - self._asked.get((name, numbers), -ASK_AGAIN) < ASK_AGAIN:
                return
            try:
                app.send_task(TASK, args=(name, *numbers), expires=KEPT, retry=False, ignore_result=True)
            except (OperationalError, OSError) as trouble:
                if not self._away:
                    _log.warning("the broker cannot be reached; what is due waits", trouble=type(trouble).__name__)
                self._away = True
                return
            if self._away:
                _log.info("the broker is back")
            self._away = False
            self._asked = {key: at for key, at in self._asked.items() if now - at < ASK_AGAIN}
            self._asked[(name, numbers)] = now

        return enqueue
