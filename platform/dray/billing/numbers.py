"""The tenant's own count of invoice numbers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.models import BillingSettings, Invoice
from dray.billing.names import folded
from dray_tenants.scope import Scoped


def draw(session: Scoped, many: int) -> list[str]:
    """`many` new numbers, each used by no live invoice. Call it while holding `settings_of(session, hold=True)`."""
    drawn: list[str] = []
    while len(drawn) < many:
        wanted = many - len(drawn)
        statement = (
            update(BillingSettings)
            .values(next_number=BillingSettings.next_number + wanted)
            .returning(BillingSettings.next_number)
        )
        after = session.execute(statement, execution_options=NO_SYNC).scalar_one()
        fresh = [str(number) for number in range(after - wanted, after)]
        taken = taken_numbers(session, fresh)
        drawn += [number for number in fresh if folded(number) not in taken]
    return drawn


def taken_numbers(session: Scoped, numbers: Sequence[str]) -> dict[str, str]:
    """Folded number → public id, of those among `numbers` that a live invoice has."""
    taken: dict[str, str] = {}
    for some in pieces([folded(number) for number in numbers]):
        rows = session.execute(
            select(Invoice.number_key, Invoice.public_id).where(
                Invoice.number_key.in_(some), Invoice.deleted_at.is_(None)
            )
        )
        taken.update(rows.all())
    return taken
