"""An outbox on a migrated database, whose mail server is on this machine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dray.installation import Dray, compose
from dray.mail.letters import Letter
from dray.mail.models import Mail
from dray.mail.outbox import Sent, post, send_due
from dray.settings import read_settings
from dray_tenants.scope import ScopedSession
from tests.platform.cli.shell import KEYS

NOW = dt.datetime(2026, 11, 24, 10, 42, tzinfo=dt.UTC)
LETTER = Letter(
    "Hëllo", ("First.", "Second <b>."), "Press here", "https://dray.example/reset/s3cret?a=1&b=2", ("Bye.",)
)


@dataclass
class Desk:
    """An outbox with a clock that is set by hand."""

    home: Path
    database_url: str
    port: int
    user: str = ""
    now: dt.datetime = NOW
    parts: Dray = field(init=False)

    def __post_init__(self) -> None:
        self.use(f"smtp://{self.user}127.0.0.1:{self.port}")

    def use(self, smtp_url: str, **settings: str) -> None:
        """Work with another mail server; empty for none."""
        given = {"DRAY_HOME": str(self.home), "DRAY_DATABASE_URL": self.database_url, "DRAY_SMTP_URL": smtp_url}
        self.parts = compose(read_settings(KEYS | given | settings), clock=lambda: self.now)

    def write(self, recipient: str = "ann@paper.example", **options: Any) -> str:
        """A letter in the outbox; its public id."""
        with ScopedSession(self.parts.engines) as session:
            row = post(session, self.parts.vault.keys, recipient, LETTER, now=self.now, **options)
            session.commit()
            return row.public_id

    def send(self) -> Sent:
        """One round of the worker."""
        return send_due(self.parts)

    def rows(self) -> list[Mail]:
        """Every letter, detached."""
        with ScopedSession(self.parts.engines) as session:
            rows = list(session.scalars(select(Mail).order_by(Mail.id)))
            session.expunge_all()
            return rows

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**time)
