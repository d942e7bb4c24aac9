"""A tenant's own settings for billing, and the lock under which its invoices and customers come into being."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from dray.billing.models import BillingSettings
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """The tenant's currency, and the connection that is used where none is named (its internal id)."""

    currency: str
    default_connection_id: int | None


def settings_of(session: Scoped, *, hold: bool = False) -> TenantSettings:
    """The tenant's settings. With `hold` nobody else creates or renumbers in this tenant until the transaction ends:
    two calls that would make the same number or the same customer happen one after the other."""
    statement = select(BillingSettings.currency, BillingSettings.default_connection_id)
    if hold:
        statement = statement.with_for_update()
    row = session.execute(statement).one_or_none()
    if row is None and hold:
        _make_sure_of(session)
        row = session.execute(statement).one()
    return TenantSettings("USD", None) if row is None else TenantSettings(row.currency, row.default_connection_id)


def _make_sure_of(session: Scoped) -> None:
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"tenant_id": session.require_tenant(), "currency": "USD", "next_number": 1001, "tolerance_minor": 0}
    session.execute(make(BillingSettings).values(row).on_conflict_do_nothing(index_elements=["tenant_id"]))
