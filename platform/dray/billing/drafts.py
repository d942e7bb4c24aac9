"""The document of an invoice that is being written and is not stored yet, so that it can be judged while typing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from dray.billing.checking import Checked, clean
from dray.billing.given import GivenInvoice
from dray.billing.models import Customer
from dray_sdk import Address, Kind, Line, LineKind, Money, Reference
from dray_sdk import Invoice as Document
from dray_tenants.scope import Scoped

_PARENT = aliased(Customer)
_NOBODY = "New customer"


def document_of(session: Scoped, given: GivenInvoice, checked: Checked) -> Document:
    """What would be sent if this were stored and sent as it is. Writes nothing. A number that will be drawn is shown
    as "1", which no books refuse."""
    columns, currency = checked.columns, checked.currency
    customer = _customer(session, given)
    own = customer["row"]
    lines = zip(checked.sums.lines, checked.lines, strict=True)
    return Document(
        number=clean(given.number) or "1",
        date=given.date,
        customer=Reference(Kind.CUSTOMER, customer["name"], customer["id"]),
        currency=currency,
        lines=tuple(_line(line, stored) for line, stored in lines),
        subtotal=checked.sums.subtotal,
        total=Money(columns["total_minor"], currency),
        tax=None if columns["tax_minor"] is None else Money(columns["tax_minor"], currency),
        bill_to=_address(columns["bill_to"] or (own and own.billing_address)),
        ship_to=_address(columns["ship_to"] or (own and own.shipping_address)),
        service_location=columns["service_location"],
        email=columns["email"] or (own and own.email),
        phone=columns["phone"] or (own and own.phone),
        due_date=given.due_date,
        ship_date=given.ship_date,
        po_number=columns["po_number"],
        terms=_named(Kind.TERMS, columns["terms"]),
        rep=_named(Kind.REP, columns["rep"]),
        accounting_class=_named(Kind.CLASS, columns["accounting_class"]),
        department=_named(Kind.DEPARTMENT, columns["department"]),
        tax_code=_named(Kind.TAX_CODE, columns["tax_code"]),
        message=columns["message"],
        memo=columns["memo"],
        custom=columns["custom"] or {},
    )


def _line(line: Line, columns: Mapping[str, Any]) -> Line:
    return replace(
        line,
        item=_named(Kind.ITEM, columns["item"]),
        amount=None if line.percent is not None or line.kind is LineKind.TEXT else line.amount,
        taxable=columns["taxable"],
        accounting_class=_named(Kind.CLASS, columns["accounting_class"]),
        service_date=columns["service_date"],
        custom=columns["custom"] or {},
    )


def _customer(session: Scoped, given: GivenInvoice) -> dict[str, Any]:
    if given.customer.id:
        found = session.execute(
            select(Customer, _PARENT.name)
            .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
            .where(Customer.public_id == given.customer.id)
        ).one_or_none()
        if found is not None:
            row, parent = found
            return {"row": row, "id": row.public_id, "name": f"{parent}:{row.name}" if parent else row.name}
    name, above = clean(given.customer.name) or _NOBODY, clean(given.customer.parent)
    return {"row": None, "id": None, "name": f"{above}:{name}" if above else name}


def _named(kind: Kind, name: str | None) -> Reference | None:
    return Reference(kind, name) if name else None


def _address(parts: dict[str, str] | None) -> Address | None:
    return Address(**parts) if parts else None
