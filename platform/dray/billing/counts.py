"""How many invoices a tenant has in each state, kept as they move, so that no page ever counts a million rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from dray.billing.models import StateCount
from dray.billing.states import InvoiceState
from dray_tenants.scope import Scoped

NOT_SENT: Final = "not_sent"
"""The name under which invoices are counted that somebody marked as not to be sent; they are in no other count."""


def change(session: Scoped, deltas: Mapping[str, int]) -> None:
    """Add to the counts. Called last in a transaction's work: on PostgreSQL the tenant's rows are locked from here on.

    The rows are always taken in the order of their names, so that two transactions wait and never deadlock.
    """
    rows = [
        {"tenant_id": session.require_tenant(), "state": state, "invoices": delta}
        for state, delta in sorted(deltas.items())
        if delta
    ]
    if not rows:
        return
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    insertion = make(StateCount)
    session.execute(
        insertion.on_conflict_do_update(
            index_elements=["tenant_id", "state"],
            set_={"invoices": StateCount.__table__.c.invoices + insertion.excluded.invoices},
        ).values(rows)
    )


def counts(session: Scoped) -> dict[str, int]:
    """How many invoices are in each state and how many are marked not sent; every name is there, also at zero."""
    kept = dict(session.execute(select(StateCount.state, StateCount.invoices)).all())
    return {name: kept.get(name, 0) for name in [*(state.value for state in InvoiceState), NOT_SENT]}
