"""How often a tenant's programs may call: so many requests a minute, whichever process answers them.

The count is kept in the database, so that it holds for all processes and machines together. A process takes requests
from it by the handful and hands them out from memory: one small write for every 25 requests. What a process has taken
and not used is lost when the minute ends, so that a tenant with several processes is stopped a few requests early,
never late. Flask-Limiter, which guards the sign-in, counts in one process alone.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from flask import current_app
from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite

from dray.api.v1.budget_models import ApiBudget
from dray.extensions import EXTENSION
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession

A_MINUTE: Final = 1_200
"""How many requests each tenant may make in a minute of the clock."""
HANDFUL: Final = 25
MINUTE: Final = 60
_KEY: Final = f"{EXTENSION}.budgets"


@dataclass(slots=True)
class Budgets:
    """What this process has taken and not used yet: tenant → (minute, requests left)."""

    left: dict[int, tuple[int, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, engines: Engines, tenant_id: int, second: int) -> int:
        """Use one request; 0, or how many seconds to wait where none is left in this minute."""
        minute = second // MINUTE
        with self.lock:
            if self._one_of(tenant_id, minute):
                return 0
        taken = _take(engines, tenant_id, minute)
        with self.lock:
            held = self.left.get(tenant_id, (minute, 0))
            self.left[tenant_id] = (minute, taken + (held[1] if held[0] == minute else 0))
            if self._one_of(tenant_id, minute):
                return 0
        return MINUTE - second % MINUTE

    def _one_of(self, tenant_id: int, minute: int) -> bool:
        of_minute, left = self.left.get(tenant_id, (minute, 0))
        if of_minute != minute or left <= 0:
            return False
        self.left[tenant_id] = (minute, left - 1)
        return True


def budgets() -> Budgets:
    """The budgets of this application in this process."""
    kept: Budgets = current_app.extensions.setdefault(_KEY, Budgets())
    return kept


def _take(engines: Engines, tenant_id: int, minute: int) -> int:
    """A handful, or what is left of the minute; none where it is used up, and then nothing is written."""
    with ScopedSession(engines, read_only=True) as session, session.tenant(tenant_id):
        known = select(ApiBudget.used).where(ApiBudget.minute == minute)
        if (session.scalar(known) or 0) >= A_MINUTE:
            return 0
    # Counting may forget some in a power cut; it need not wait for the disk.
    with ScopedSession(engines, notes=True) as session, session.tenant(tenant_id):
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = {"tenant_id": tenant_id, "minute": minute, "used": HANDFUL}
        counted = case((ApiBudget.minute == minute, ApiBudget.used + HANDFUL), else_=HANDFUL)
        session.execute(
            make(ApiBudget)
            .values(row)
            .on_conflict_do_update(index_elements=["tenant_id"], set_={"minute": minute, "used": counted})
        )
        used = session.execute(select(ApiBudget.used)).scalar_one()
        session.commit()
    return max(0, min(HANDFUL, A_MINUTE - (used - HANDFUL)))
