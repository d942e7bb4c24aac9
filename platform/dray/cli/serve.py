"""`dray serve`: the web processes, under gunicorn."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from typing import Any, Final

import click
from gunicorn import util
from gunicorn.app.base import BaseApplication

from dray.settings import read_settings
from dray.web.live_share import LiveShare

__all__ = ["DEFAULT_BIND", "DEFAULT_WORKERS", "bind_option", "command", "workers_option"]

DEFAULT_BIND: Final = "127.0.0.1:8000"
DEFAULT_WORKERS: Final = 2
SWITCH: Final = 0.0005
"""Seconds for which a thread may compute while others of its process wait. Python's own 5 ms would be waited for at
every step of a Web Connector's call to the disk or the network, beside a thread that judges ten thousand invoices."""

bind_option = click.option("--bind", default=DEFAULT_BIND, show_default=True, metavar="HOST:PORT")
workers_option = click.option(
    "--workers", type=click.IntRange(1, 64), default=DEFAULT_WORKERS, show_default=True, help="How many processes."
)


@click.command("serve")
@bind_option
@workers_option
def command(bind: str, workers: int) -> None:
    """Answer web pages, API and Web Connectors, under gunicorn. Runs no background jobs."""
    read_settings(os.environ)  # a wrong setting stops the start here, and the keys are made before any process forks
    with tempfile.TemporaryDirectory(prefix="dray-measures-") as measures:
        # prometheus_client reads it when it is imported, which must therefore not have happened yet.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = measures
        sys.setswitchinterval(SWITCH)
        _Server(bind, workers).run()


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings. Its own files and environment variables are not read."""

    def __init__(self, bind: str, workers: int) -> None:
        self._options = gunicorn_options(bind, workers)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return LiveShare(util.import_app("dray.app:create_app()"))


def gunicorn_options(bind: str, workers: int) -> dict[str, Any]:
    """gunicorn's settings, with the reason for each."""
    return {
        "bind": bind,
        "workers": workers,
        # Threads, because a Web Connector's answer may wait for the writer's lock while pages should not.
        "worker_class": "gthread",
        "threads": 4,
        # Loaded once, before forking: a worker that cannot start says so once, and the workers share their memory.
        "preload_app": True,
        "when_ready": lambda _arbiter: gc.freeze(),
        # Behind nginx, whose connections idle for a minute; longer here, so that nginx is the one to close.
        "keepalive": 75,
        "timeout": 60,
        "graceful_timeout": 30,
        # The heartbeat's file must not wait for a busy disk.
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
        "control_socket_disable": True,
        "accesslog": None,
        "errorlog": "-",
        "proc_name": "dray",
    }
