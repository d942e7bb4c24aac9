"""`dray serve`, mortal: at the commit that a file names, the web process or the database server is killed on the spot.

    python -m tests.journeys.mortal serve --bind …

The file `kill` in DRAY_HOME holds "before 3 worker" or "after 1 database:PID": the moment, how many commits are still
to come, and who dies. Nothing of this is in the product: it listens to SQLAlchemy's own events.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from dray.cli import main
from dray_tenants.scope import ScopedSession


def order(moment: str, commits: int, victim: str) -> str:
    """What to write into the file."""
    return f"{moment} {commits} {victim}"


def _listen(moment: str) -> None:
    orders = Path(os.environ["DRAY_HOME"]) / "kill"

    @event.listens_for(ScopedSession, f"{moment}_commit")
    def die(session: Session) -> None:
        try:
            when, left, victim = orders.read_text().split()
        except (FileNotFoundError, ValueError):
            return
        if when != moment:
            return
        if int(left) > 1:
            draft = orders.with_name("kill.draft")
            draft.write_text(order(moment, int(left) - 1, victim))
            draft.replace(orders)
            return
        orders.unlink()
        kind, _, pid = victim.partition(":")
        os.kill(int(pid) if kind == "database" else os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _listen("before")
    _listen("after")
    sys.exit(main())
