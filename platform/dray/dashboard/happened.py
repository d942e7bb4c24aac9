"""The invoices behind a figure: those that the books took, or that were refused, in some days. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from dray.billing.models import SELDOM, Customer, Invoice, Posting, Receipt, TimelineEntry
from dray_sdk import Money
from dray_tenants.scope import Scoped

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Span:
    """From the beginning, included, to the end, excluded."""

    begin: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """One invoice at one moment. `key` is its place in the list. `took` and `number` of those that were accepted;
    `said` of those that were refused."""

    key: int
    at: dt.datetime
    public_id: str
    number: str
    customer: str
    total: Money
    books_number: str = ""
    took: dt.timedelta | None = None
    said: str = ""


_SHOWN: Final = (Invoice.public_id, Invoice.number, Customer.name, Invoice.total_minor, Invoice.currency)
_REFUSALS: Final = ("judged_impossible", "refused")


def accepted(session: Scoped, span: Span, *, before: int | None = None) -> Sequence[Happened]:
    """What the books took in the span, the newest first; behind the key `before`. One more than `PAGE` where there
    are more."""
    statement = (
        select(Receipt.id, Receipt.accepted_at, *_SHOWN, Receipt.number, Posting.queued_at)
        .join(Invoice, (Invoice.tenant_id == Receipt.tenant_id) & (Invoice.id == Receipt.invoice_id))
        .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
        .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
        .where(Receipt.accepted_at >= span.begin, Receipt.accepted_at < span.end)
    )
    if before is not None:
        place = session.scalar(select(Receipt.accepted_at).where(Receipt.id == before))
        if place is not None:
            statement = statement.where(
                Receipt.accepted_at <= place, (Receipt.accepted_at < place) | (Receipt.id < before)
            )
    rows = session.execute(statement.order_by(Receipt.accepted_at.desc(), Receipt.id.desc()).limit(PAGE + 1))
    return [
        Happened(key, at, public_id, number, name, Money(minor, currency), there or "", at - queued_at)
        for key, at, public_id, number, name, minor, currency, there, queued_at in rows
    ]


def refused(session: Scoped, span: Span, *, before: int | None = None) -> Sequence[Happened]:
    """What was refused in the span, as `accepted`."""
    seldom = TimelineEntry.kind.in_(bindparam("seldom", SELDOM, expanding=True, literal_execute=True))
    statement = (
        select(TimelineEntry.id, TimelineEntry.at, *_SHOWN, TimelineEntry.details)
        .join(Invoice, (Invoice.tenant_id == TimelineEntry.tenant_id) & (Invoice.id == TimelineEntry.invoice_id))
        .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
        .where(seldom, TimelineEntry.kind.in_(_REFUSALS), TimelineEntry.at >= span.begin, TimelineEntry.at < span.end)
    )
    if before is not None:
        place = session.scalar(select(TimelineEntry.at).where(TimelineEntry.id == before))
        if place is not None:
            statement = statement.where(
                (TimelineEntry.at < place) | (TimelineEntry.id < before), TimelineEntry.at <= place
            )
    rows = session.execute(statement.order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc()).limit(PAGE + 1))
    return [
        Happened(
            key, at, public_id, number, name, Money(minor, currency), said=str((details or {}).get("detail") or "")
        )
        for key, at, public_id, number, name, minor, currency, details in rows
    ]
