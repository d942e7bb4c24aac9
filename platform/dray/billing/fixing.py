"""One way out of one problem, taken by a person for one invoice: a change of the invoice like any other."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from dray.billing import amending, documents
from dray.billing.editing import find_open
from dray.billing.given import Complaint, GivenLine, NotNow, Unacceptable
from dray.billing.mending import Mend, Way, mended, text_at
from dray.billing.models import Invoice
from dray.billing.settings import settings_of
from dray_sdk import Address, Line, LineKind, Money
from dray_sdk import Invoice as Document
from dray_tenants import audit
from dray_tenants.scope import Scoped

_TEXTS = ("number", "po_number", "memo", "message", "service_location")
_NAMES = ("terms", "rep", "accounting_class", "department", "tax_code")


def fix(session: Scoped, public_id: str, mend: Mend, *, version: int | None, at: dt.datetime, actor: str) -> None:
    """Do it, in the caller's transaction. Raises Missing, NotNow and Unacceptable, as `amending.amend` does; NotNow too
    where the invoice no longer has what is to be mended."""
    settings_of(session, hold=True)
    known = find_open(session, public_id, version=version)
    document = documents.build(session, [known.row.id])[known.row.id]
    try:
        after = mended(document, mend)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise NotNow("That is put right already, or the invoice was changed meanwhile. Look at it again.") from None
    changes = changed_fields(document, after)
    if not changes:
        raise NotNow("Nothing was changed: it says that already.")
    amending.amend(session, public_id, changes, version=version, at=at, actor=actor, by_person=True)
    before, text = (text_at(each, mend.field) or "" for each in (document, after))
    details = {"number": document.number, "field": mend.field, "way": mend.way.value, "before": before, "after": text}
    audit.record(session, actor=actor, action="invoice.mended", subject=f"invoice:{public_id}", now=at, details=details)


def choose_tax(session: Scoped, public_id: str, name: str, *, version: int | None, at: dt.datetime, actor: str) -> None:
    """This sales tax of the books applies; its name there. In the caller's transaction. Raises what `amend` raises."""
    if not name:
        raise Unacceptable([Complaint(("tax_code",), "Choose the sales tax first.")])
    amending.amend(session, public_id, {"tax_code": name}, version=version, at=at, actor=actor, by_person=True)
    number = session.scalar(select(Invoice.number).where(Invoice.public_id == public_id))
    details = {"number": number, "field": "tax_code", "way": Way.PICK.value, "before": "", "after": name}
    audit.record(session, actor=actor, action="invoice.mended", subject=f"invoice:{public_id}", now=at, details=details)


def changed_fields(before: Document, after: Document) -> dict[str, Any]:
    """What of an invoice changes with its document, as `amending.amend` takes it."""
    changes: dict[str, Any] = {
        name: getattr(after, name) for name in _TEXTS if getattr(after, name) != getattr(before, name)
    }
    for name in _NAMES:
        reference = getattr(after, name)
        if reference != getattr(before, name):
            changes[name] = None if reference is None else reference.name
    if after.custom != before.custom:
        changes["custom"] = dict(after.custom) or None
    if after.ship_to != before.ship_to:
        changes["shipping_address"] = _parts(after.ship_to)
    if after.tax != before.tax:
        changes["tax"] = _decimal(after.tax)
    if after.lines != before.lines:
        changes["lines"] = [_given(line) for line in after.lines]
    customer = {
        name: getattr(after, name) for name in ("email", "phone") if getattr(after, name) != getattr(before, name)
    }
    if after.bill_to != before.bill_to:
        customer["billing_address"] = _parts(after.bill_to)
    return {**changes, "customer": customer} if customer else changes


def _parts(address: Address | None) -> dict[str, str] | None:
    if address is None:
        return None
    return {part: text for part in Address.__slots__ if (text := getattr(address, part))}


def _decimal(money: Money | None) -> Decimal | None:
    return None if money is None else money.decimal


def _given(line: Line) -> GivenLine:
    reckoned = line.kind is LineKind.SUBTOTAL or line.percent is not None
    return GivenLine(
        kind=line.kind,
        item=line.item.name if line.item else None,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=None if reckoned else _decimal(line.amount),
        percent=line.percent,
        taxable=line.taxable,
        accounting_class=line.accounting_class.name if line.accounting_class else None,
        service_date=line.service_date,
        custom=dict(line.custom) or None,
    )
