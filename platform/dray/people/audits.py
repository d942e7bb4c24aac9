"""Looking over the record of one company: is its chain whole?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from dray_tenants import audit
from dray_tenants.models import AuditEntry
from dray_tenants.scope import Scoped

__all__ = ["LookedOver", "look_over"]


@dataclass(frozen=True, slots=True)
class LookedOver:
    """What was found. `rows` are chained, `waiting` are not yet; `hash` is of the newest chained one, in hex."""

    rows: int
    waiting: int
    hash: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def whole(self) -> bool:
        """Whether no chained row was changed, removed or put in between."""
        return self.broken_at is None

    @property
    def sentence(self) -> str:
        """The finding, as people read it."""
        if not self.whole:
            return (
                f"The record was altered: at entry {self.broken_at}, {self.reason}. "
                "Tell whoever runs this installation, and change nothing until they have looked."
            )
        if not self.rows:
            return "Nothing is sealed yet. New entries are sealed within a minute."
        entries = "1 sealed entry is" if self.rows == 1 else f"All {self.rows:,} sealed entries are"
        newer = f" {self.waiting:,} newer {'one waits' if self.waiting == 1 else 'ones wait'} to be sealed."
        return f"{entries} as written. The newest seal is {self.hash[:16]}.{newer if self.waiting else ''}"


def look_over(session: Scoped) -> LookedOver:
    """Walk the whole chain of the tenant in scope. Reads every row; give it a session that only reads."""
    tenant_id = session.require_tenant()
    found = audit.verify(session, tenant_id)
    head = audit.head(session, tenant_id)
    waiting = session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.sequence.is_(None))) or 0
    return LookedOver(
        head.sequence,
        waiting,
        head.hash.hex() if head.sequence else "",
        found.sequence if found else None,
        found.reason if found else "",
    )
