"""What people find in their mail, in tests of the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import select

from dray.mail.letters import Letter
from dray.mail.models import Mail
from dray.mail.outbox import letter_of
from dray_tenants import audit
from dray_tenants.models import AuditEntry
from tests.platform.web.stage import Stage


def letters(stage: Stage, recipient: str) -> list[Letter]:
    """Every letter on its way to that address, the oldest first."""
    keys = stage.app.extensions["dray"].vault.keys
    with stage.unscoped() as session:
        rows = session.scalars(
            select(Mail).where(Mail.recipient == recipient, Mail.given_up_at.is_(None)).order_by(Mail.id)
        )
        return [letter for row in rows if (letter := letter_of(keys, row))]


def newest_link(stage: Stage, recipient: str) -> str:
    """The path of the link in the newest letter that has one."""
    return urlsplit([letter.address for letter in letters(stage, recipient) if letter.address][-1]).path


def recorded(stage: Stage, tenant: int | None = None) -> list[tuple[str, str]]:
    """Who did what, in the company's audit, the oldest first. It must be sound."""
    with stage.session(tenant) as session:
        audit.seal(session, tenant or stage.tenant)
        assert audit.verify(session, tenant or stage.tenant) is None
        rows = session.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id)).all()
        session.rollback()
    return [(actor, action) for actor, action in rows]
