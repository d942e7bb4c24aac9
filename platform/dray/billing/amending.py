"""Changing some fields of an open invoice, the others staying as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from dray.billing import invoices
from dray.billing.amounts import USE_AMOUNT, USE_PRODUCT
from dray.billing.checking import TEXTS
from dray.billing.editing import find_open, lines_of
from dray.billing.given import Complaint, GivenCustomer, GivenInvoice, GivenLine, GivenPayment, Unacceptable
from dray.billing.models import Customer, Invoice
from dray.billing.settings import settings_of
from dray_sdk import LineKind, Money
from dray_tenants.scope import Scoped

_IDENTITY: Final = frozenset({"id", "external_id", "name", "parent"})
_NEEDED: Final = ("date", "lines", "currency")


def amend(
    session: Scoped,
    public_id: str,
    changes: Mapping[str, Any],
    *,
    version: int | None,
    at: dt.datetime,
    actor: str,
    by_person: bool = False,
) -> None:
    """Change fields of `GivenInvoice` by name, in the caller's transaction; "customer" may hold some of its own fields.

    `lines` are replaced as a whole. Raises Missing, NotNow, Unacceptable, as `invoices.change` does.
    """
    settings_of(session, hold=True)
    known = find_open(session, public_id, version=version)
    given = as_given(session, known.row)
    if complaints := [
        Complaint((name,), "This cannot be empty.") for name in _NEEDED if name in changes and changes[name] is None
    ]:
        raise Unacceptable(complaints)
    wanted = {name: value for name, value in changes.items() if name != "customer"}
    customer = _customer(given.customer, changes.get("customer") or {})
    amended = replace(given, **wanted, customer=customer)
    invoices.change(session, public_id, amended, version=version, at=at, actor=actor, by_person=by_person)


def choose_amount(
    session: Scoped, public_id: str, line: int, choice: str, *, version: int | None, at: dt.datetime, actor: str
) -> None:
    """Solve a line whose amount is not quantity × price: `amounts.USE_AMOUNT` sends the amount as it is, without
    quantity and price; `amounts.USE_PRODUCT` takes what they multiply to. Raises what `amend` raises."""
    settings_of(session, hold=True)
    known = find_open(session, public_id, version=version)
    lines = list(as_given(session, known.row).lines)
    if not 0 <= line < len(lines) or choice not in {USE_AMOUNT, USE_PRODUCT}:
        raise Unacceptable([Complaint(("lines", line), "There is no such choice on this line.")])
    if choice == USE_AMOUNT:
        lines[line] = replace(lines[line], quantity=None, unit_price=None)
    else:
        lines[line] = replace(lines[line], amount=None)
    amend(session, public_id, {"lines": lines}, version=version, at=at, actor=actor, by_person=True)


def _customer(current: GivenCustomer, changes: Mapping[str, Any]) -> GivenCustomer:
    """The invoice's customer after the change: whoever names somebody by any of its names means that one."""
    if _IDENTITY & set(changes):
        current = replace(current, id=None)
    return replace(current, **changes)


def as_given(session: Scoped, row: Invoice) -> GivenInvoice:
    """The invoice as if somebody gave it now: what `invoices.change` takes, and would change nothing with."""
    customer = session.execute(select(Customer.public_id).where(Customer.id == row.customer_id)).scalar_one()
    return GivenInvoice(
        customer=GivenCustomer(id=customer, email=row.email, phone=row.phone, billing_address=row.bill_to),
        date=row.date,
        due_date=row.due_date,
        ship_date=row.ship_date,
        lines=[_line(line, row.currency) for line in lines_of(session, row.id)],
        external_id=row.external_id,
        number=row.number,
        currency=row.currency,
        shipping_address=row.ship_to,
        custom=row.custom,
        payments=[_payment(payment) for payment in row.payments or ()],
        tax=None if row.tax_minor is None else Money(row.tax_minor, row.currency).decimal,
        **{name: getattr(row, name) for name in TEXTS},
    )


def _line(line: Mapping[str, Any], currency: str) -> GivenLine:
    kind = LineKind(line["kind"])
    minor = line["amount_minor"]
    reckoned = kind is LineKind.SUBTOTAL or line["percent"] is not None
    amount = None if minor is None or reckoned else Money(minor, currency).decimal
    fields = {name: value for name, value in line.items() if name not in {"kind", "amount_minor"}}
    return GivenLine(kind=kind, amount=amount, **fields)


def _payment(payment: Mapping[str, Any]) -> GivenPayment:
    day = payment.get("date")
    return GivenPayment(
        amount=Decimal(payment["amount"]),
        date=dt.date.fromisoformat(day) if day else None,
        method=payment.get("method"),
        reference=payment.get("reference"),
    )
