"""What a connector says of where each field lands is what it does: one that lands changes what leaves for the books,
one that lands nowhere changes nothing, or stops the invoice before it leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from dray_qbd import connector as desktop
from dray_qbo import connector as online
from dray_sdk import (
    Address,
    Batch,
    Books,
    Create,
    Customer,
    Delivery,
    Invoice,
    Kind,
    Landing,
    Lands,
    Line,
    LineKind,
    Money,
    Reference,
    Severity,
    Where,
)

KEY = "0123456789abcdef0123"
SITE = Address(line1="9 Quarry Road", city="Dayton")


def books(**preferences: str) -> Books:
    return Books("Cedar Ridge", id="1", country="US", currency="USD", preferences=MappingProxyType(preferences))


COMPANIES: Mapping[str, tuple[Any, Books]] = {
    "desktop": (desktop, books()),
    "desktop without tax and classes": (desktop, books(sales_tax="off", class_tracking="off")),
    "online": (online, books(class_tracking="both", custom_field_1="PO Number", custom_field_2="Gate")),
    "online, several currencies": (online, books(multicurrency="on", class_tracking="invoice")),
    "online, classes by line": (online, books(class_tracking="line", custom_field_1="Gate")),
    "online, all off": (online, books(sales_tax="off", class_tracking="off")),
    "online, automated tax": (online, books(automated_tax="on")),
}


def ref(kind: Kind, name: str) -> Reference:
    return Reference(kind, name, books_id=f"80-{name}")


CHARGE = Line(
    LineKind.CHARGE, ref(Kind.ITEM, "Hauling"), "Swap", Decimal(2), Decimal("10.5"), Money(2100, "USD"), taxable=True
)
DISCOUNT = Line(LineKind.DISCOUNT, ref(Kind.ITEM, "Rebate"), "Rebate", percent=Decimal(10))
PLAIN = Invoice(
    "1001", dt.date(2026, 3, 2), ref(Kind.CUSTOMER, "Acme"), "USD", (CHARGE, DISCOUNT), Money(1890, "USD"),
    Money(1890, "USD"), bill_to=SITE, mark="{5f0c2b6e-3d0b-5a83-9a55-6d1f6f0a7f3c}",
)  # fmt: skip
CHANGED: Mapping[str, Mapping[str, Any]] = {
    "customer": {"customer": ref(Kind.CUSTOMER, "Other")},
    "number": {"number": "1002"},
    "date": {"date": dt.date(2026, 3, 3)},
    "due_date": {"due_date": dt.date(2026, 4, 2)},
    "terms": {"terms": ref(Kind.TERMS, "Net 30")},
    "po_number": {"po_number": "PO 7"},
    "rep": {"rep": ref(Kind.REP, "DO")},
    "ship_date": {"ship_date": dt.date(2026, 3, 1)},
    "bill_to": {"bill_to": Address(line1="1 Mill Street")},
    "ship_to": {"ship_to": Address(line1="2 Mill Street")},
    "service_location": {"service_location": "North lot"},
    "email": {"email": "office@acme.example"},
    "phone": {"phone": "555 0100"},
    "accounting_class": {"accounting_class": ref(Kind.CLASS, "Roll-off")},
    "department": {"department": ref(Kind.DEPARTMENT, "Dayton")},
    "tax_code": {"tax_code": ref(Kind.TAX_CODE, "Ohio")},
    "message": {"message": "Thank you"},
    "memo": {"memo": "Gate code 4411"},
    "custom": {"custom": {"Gate": "4411"}},
    "template": {"template": ref(Kind.TEMPLATE, "Blue")},
    "delivery": {"delivery": Delivery.PRINTED},
    "currency": {"currency": "CAD"},
    "subtotal": {"subtotal": Money(1, "USD")},
    "tax": {"tax": Money(7, "USD")},
    "total": {"total": Money(1897, "USD")},
    "mark": {"mark": "{6f0c2b6e-3d0b-5a83-9a55-6d1f6f0a7f3c}"},
}
CHANGED_LINES: Mapping[str, Mapping[str, Any]] = {
    "item": {"item": ref(Kind.ITEM, "Disposal")},
    "description": {"description": "Pick-up"},
    "quantity": {"quantity": Decimal(4), "amount": Money(4200, "USD")},
    "unit_price": {"unit_price": Decimal("11.5"), "amount": Money(2300, "USD")},
    "amount": {"amount": Money(9900, "USD"), "quantity": None, "unit_price": None},
    "taxable": {"taxable": False},
    "accounting_class": {"accounting_class": ref(Kind.CLASS, "Roll-off")},
    "service_date": {"service_date": dt.date(2026, 2, 28)},
    "custom": {"custom": {"Gate": "4411"}},
}


def cases() -> Iterator[tuple[str, str, Invoice]]:
    for name in COMPANIES:
        for field, change in CHANGED.items():
            yield name, field, replace(PLAIN, **change)
        for field, change in CHANGED_LINES.items():
            yield name, f"lines/*/{field}", replace(PLAIN, lines=(replace(CHARGE, **change), DISCOUNT))
        yield name, "lines/*/percent", replace(PLAIN, lines=(CHARGE, replace(DISCOUNT, percent=Decimal(20))))


def landing(name: str, field: str) -> Landing:
    connector, its = COMPANIES[name]
    found: Landing = next(each for each in connector.landings_for(its) if each.field == field)
    return found


def leaves(name: str, invoice: Invoice) -> bytes:
    """Everything that may leave for the books because of an invoice: itself, and its customer where that is new."""
    connector, its = COMPANIES[name]
    one = Customer("Acme", email=invoice.email, phone=invoice.phone)
    return b"".join(
        bytes(request.body) + request.path.encode()
        for record in (invoice, one)
        for request in (connector.encode(Batch(KEY, (Create(record),)), its),)
    )


def stops(name: str, invoice: Invoice, field: str) -> bool:
    """Whether an invoice never leaves because of that field."""
    connector, its = COMPANIES[name]
    problems = connector.judge(invoice, its, None)
    return any(each.field == field and each.severity is Severity.BLOCKS for each in problems)


@pytest.mark.parametrize(
    ("name", "field", "changed"), [pytest.param(*one, id=f"{one[0]}: {one[1]}") for one in cases()]
)
def test_a_field_lands_where_it_is_said_to_land(name: str, field: str, changed: Invoice) -> None:
    if field == "currency":
        changed = replace(changed, lines=(Line(LineKind.TEXT, description="x"),))
        before = leaves(name, replace(PLAIN, lines=changed.lines))
    else:
        before = leaves(name, PLAIN)
    # amounts in another currency than the invoice stop it too, and are another matter
    stopped = field != "currency" and stops(name, changed, field.replace("*", "0"))
    assert (leaves(name, changed) != before and not stopped) == (landing(name, field).where is not Where.NOWHERE)


@pytest.mark.parametrize("connector", [desktop, online])
@pytest.mark.parametrize("its", [None, books(), books(sales_tax="off", class_tracking="off", automated_tax="on")])
def test_every_field_is_told_once(connector: Any, its: Books | None) -> None:
    assert isinstance(connector, Lands)
    told = [each.field for each in connector.landings_for(its)]
    ours = {each.name for each in fields(Invoice)} - {"id", "lines"}
    of_lines = {f"lines/*/{each.name}" for each in fields(Line)} - {"lines/*/kind"}
    assert len(told) == len(set(told))
    assert set(told) == ours | of_lines
