"""How often a tenant's programs, or one token of an operator's, may call: so many requests a minute, whichever process
answers them.

The count is kept in the database, so that it holds for all processes and machines together. A process takes requests
from it by the handful and hands them out from memory: one small write for every 25 requests. What a process has taken
and not used is lost when the minute ends, so that a tenant with several processes is stopped a few requests early,
never late. Flask-Limiter, which guards the sign-in, counts in one process alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from flask import current_app
from sqlalchemy import case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray.api.v1.budget_models import ApiBudget
from dray.extensions import EXTENSION
from dray.onboarding.models import OperatorToken
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession

A_MINUTE: Final = 1_200
"""How many requests each tenant, and each token of an operator, may make in a minute of the clock."""
HANDFUL: Final = 25
MINUTE: Final = 60
_KEY: Final = f"{EXTENSION}.budgets"


Purse = tuple[str, int]
"""Whose requests are counted together: a kind, and its key in the database."""


@dataclass(slots=True)
class Budgets:
    """What this process has taken and not used yet: purse → (minute, requests left)."""

    left: dict[Purse, tuple[int, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, purse: Purse, second: int, take: Callable[[int, int], int]) -> int:
        """Use one request; 0, or how many seconds to wait where none is left in this minute. `take`: (key, minute) → a
        handful from the database, or what is left there."""
        minute = second // MINUTE
        with self.lock:
            if self._one_of(purse, minute):
                return 0
        taken = take(purse[1], minute)
        with self.lock:
            held = self.left.get(purse, (minute, 0))
            self.left[purse] = (minute, taken + (held[1] if held[0] == minute else 0))
            if self._one_of(purse, minute):
                return 0
        return MINUTE - second % MINUTE

    def _one_of(self, purse: Purse, minute: int) -> bool:
        of_minute, left = self.left.get(purse, (minute, 0))
        if of_minute != minute or left <= 0:
            return False
        self.left[purse] = (minute, left - 1)
        return True


def budgets() -> Budgets:
    """The budgets of this application in this process."""
    kept: Budgets = current_app.extensions.setdefault(_KEY, Budgets())
    return kept


def spend_of_tenant(engines: Engines, tenant_id: int, second: int) -> int:
    """Use one request of a tenant; 0, or how many seconds to wait."""
    return budgets().spend(("tenant", tenant_id), second, partial(_take, engines))


def spend_of_operator(engines: Engines, token_id: int, second: int) -> int:
    """Use one request of an operator's token; 0, or how many seconds to wait."""
    return budgets().spend(("operator", token_id), second, partial(_take_of_operator, engines))


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
    return _handful(used)


def _take_of_operator(engines: Engines, token_id: int, minute: int) -> int:
    same = OperatorToken.minute == minute
    free = or_(OperatorToken.minute.is_distinct_from(minute), OperatorToken.used < A_MINUTE)
    counted = case((same, OperatorToken.used + HANDFUL), else_=HANDFUL)
    with ScopedSession(engines, notes=True) as session:
        used = session.scalar(
            update(OperatorToken)
            .where(OperatorToken.id == token_id, free)
            .values(minute=minute, used=counted)
            .returning(OperatorToken.used),
            execution_options={"synchronize_session": False},
        )
        session.commit()
    return 0 if used is None else _handful(used)


def _handful(used: int) -> int:
    """What of a handful was left, where `used` counts it already."""
    return max(0, min(HANDFUL, A_MINUTE - (used - HANDFUL)))
