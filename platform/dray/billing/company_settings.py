"""What a company decides for all its invoices: numbering, currency, where they go, how exact the books must be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import available_timezones

from sqlalchemy import select, update

from dray.billing.bulk import NO_SYNC
from dray.billing.given import Complaint, Unacceptable
from dray.billing.models import BillingSettings
from dray.billing.settings import settings_of
from dray.connections.models import Connection
from dray_tenants import audit
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

LARGEST_NUMBER: Final = 10**11 - 1
LARGEST_TOLERANCE: Final = 10_000
"""In minor units. A larger difference is no rounding any more."""


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """`connection` is a connection's public id, or None for the oldest. `tolerance_minor` is how far, in minor units,
    the books' tax may be from what billing expects."""

    time_zone: str
    currency: str
    next_number: int
    tolerance_minor: int
    connection: str | None


def read(session: Scoped) -> CompanySettings:
    """What holds now."""
    zone = session.execute(select(Tenant.time_zone).where(Tenant.id == session.require_tenant())).scalar_one()
    row = session.scalar(select(BillingSettings))
    if row is None:
        return CompanySettings(zone, "USD", 1001, 0, None)
    chosen = None
    if row.default_connection_id is not None:
        chosen = session.scalar(select(Connection.public_id).where(Connection.id == row.default_connection_id))
    return CompanySettings(zone, row.currency, row.next_number, row.tolerance_minor, chosen)


def change(session: Scoped, wanted: CompanySettings, *, at: dt.datetime, actor: str) -> None:
    """Let this hold from now on, in the caller's transaction; invoices that exist keep their numbers and currency.
    Raises Unacceptable."""
    settings_of(session, hold=True)
    before = read(session)
    connection_id = _connection_id(session, wanted.connection)
    complaints = list(_complaints(wanted))
    if wanted.connection and connection_id is None:
        complaints.append(Complaint(("connection",), "This connection is not there any more. Choose another."))
    if complaints:
        raise Unacceptable(complaints)
    values = {
        "currency": wanted.currency,
        "next_number": wanted.next_number,
        "tolerance_minor": wanted.tolerance_minor,
        "default_connection_id": connection_id,
    }
    session.execute(update(BillingSettings).values(values), execution_options=NO_SYNC)
    tenant = session.scalars(select(Tenant).where(Tenant.id == session.require_tenant())).one()
    tenant.time_zone = wanted.time_zone
    changed = {
        name: {"before": getattr(before, name), "after": getattr(wanted, name)}
        for name in CompanySettings.__slots__
        if getattr(before, name) != getattr(wanted, name)
    }
    if changed:
        audit.record(session, actor=actor, action="settings.changed", subject="company", now=at, details=changed)
    session.flush()


def _complaints(wanted: CompanySettings) -> Iterator[Complaint]:
    if wanted.time_zone not in available_timezones():
        yield Complaint(("time_zone",), "Choose a time zone from the list, such as America/Chicago.")
    if not re.fullmatch(r"[A-Z]{3}", wanted.currency):
        yield Complaint(("currency",), "A currency is three capital letters, such as USD.")
    if not 1 <= wanted.next_number <= LARGEST_NUMBER:
        yield Complaint(("next_number",), f"The next number is between 1 and {LARGEST_NUMBER:,}.")
    if not 0 <= wanted.tolerance_minor <= LARGEST_TOLERANCE:
        yield Complaint(("tolerance",), "This is larger than a difference of rounding. Choose a smaller amount.")


def _connection_id(session: Scoped, public_id: str | None) -> int | None:
    if not public_id:
        return None
    return session.scalar(select(Connection.id).where(Connection.public_id == public_id, Connection.state != "removed"))
