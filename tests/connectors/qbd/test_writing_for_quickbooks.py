"""Every message that can be written is valid qbXML 13.0 and says exactly what the record says."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from dray_qbd import connector
from dray_sdk import (
    Address,
    Batch,
    Books,
    Create,
    Customer,
    Find,
    Identify,
    Invoice,
    Kind,
    Line,
    LineKind,
    LocalProtocolError,
    Money,
    Operation,
    Purpose,
    Reference,
    Void,
)
from tests.connectors.qbd.drawn import BOOKS, approved, customers, ids, invoices, texts

KEY = "0123456789abcdef0123"


@functools.cache
def schema(folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(folder / "qbd" / "schema" / "qbxmlops130.xsd")))


def encoded(*operations: Operation, books: Books = BOOKS) -> bytes:
    return connector.encode(Batch(KEY, operations), books).body


def valid(folder: Path, body: bytes) -> etree._Element:
    assert body.isascii()
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="13.0"?>\n<QBXML>')
    root = etree.fromstring(body)
    schema(folder).assertValid(root)
    return root


# ---- what the document says, read without the writer's tables


def said(element: etree._Element | None) -> object:
    """The element as nested names and texts, what repeats as lists."""
    if element is None:
        return None
    if not len(element):
        return element.text or ""
    found: dict[str, object] = {}
    for child in element:
        value = said(child)
        if child.tag == "InvoiceLineAdd":
            lines = found.setdefault("InvoiceLineAdd", [])
            assert isinstance(lines, list)
            lines.append(value)
        else:
            assert child.tag not in found
            found[str(child.tag)] = value
    return found


def reference(found: Reference | None) -> object:
    if found is None:
        return None
    return {"ListID": found.books_id} if found.books_id else {"FullName": found.name}


def address(found: Address | None, first: str) -> object:
    if not found:
        return None
    lines = [line for line in (found.line1, found.line2, found.line3, found.line4, found.line5) if line]
    if first and (not lines or lines[0].strip().casefold() != first.strip().casefold()):
        lines.insert(0, first)
    parts = {f"Addr{number}": line for number, line in enumerate(lines, 1)}
    parts |= {"City": found.city or "", "State": found.region or ""}
    parts |= {"PostalCode": found.postal_code or "", "Country": found.country or ""}
    return {name: value for name, value in parts.items() if value}


def expected_line(line: Line) -> dict[str, object]:
    says: dict[str, object] = {"ItemRef": reference(line.item), "Desc": line.description}
    if line.kind is LineKind.CHARGE:
        assert line.amount is not None
        if line.quantity is not None:
            says["Quantity"] = f"{line.quantity:f}"
        if None not in (line.quantity, line.unit_price) and line.quantity * line.unit_price == line.amount.decimal:  # type: ignore[operator]
            says["Rate"] = f"{line.unit_price:f}"
        else:
            says["Amount"] = f"{line.amount.decimal:.2f}"
    elif line.kind is LineKind.DISCOUNT:
        if line.amount is not None:
            says["Amount"] = f"{line.amount.decimal:.2f}"
        elif line.percent is not None:
            says["RatePercent"] = f"{-line.percent:f}"
    says["ClassRef"] = reference(line.accounting_class)
    says["ServiceDate"] = line.service_date.isoformat() if line.service_date else None
    if line.taxable is not None:
        name = "taxable_code_id" if line.taxable else "nontaxable_code_id"
        says["SalesTaxCodeRef"] = {"ListID": BOOKS.preferences[name]}
    return {name: value for name, value in says.items() if value is not None}


def expected(invoice: Invoice) -> dict[str, object]:
    bill_name = invoice.customer.name.split(":")[0]
    ship_to = invoice.ship_to
    ship_name = invoice.service_location or bill_name
    if invoice.service_location and not ship_to:
        ship_to = Address(line1=invoice.service_location)
    says = {
        "CustomerRef": {"ListID": invoice.customer.books_id},
        "ClassRef": reference(invoice.accounting_class),
        "TemplateRef": reference(invoice.template),
        "TxnDate": invoice.date.isoformat(),
        "RefNumber": invoice.number,
        "BillAddress": address(invoice.bill_to, bill_name),
        "ShipAddress": address(ship_to, ship_name),
        "PONumber": invoice.po_number,
        "TermsRef": reference(invoice.terms),
        "DueDate": invoice.due_date.isoformat() if invoice.due_date else None,
        "SalesRepRef": reference(invoice.rep),
        "ShipDate": invoice.ship_date.isoformat() if invoice.ship_date else None,
        "ItemSalesTaxRef": reference(invoice.tax_code),
        "Memo": invoice.memo,
        "CustomerMsgRef": {"FullName": invoice.message} if invoice.message else None,
        "IsToBePrinted": "true" if invoice.delivery == "printed" else "false",
        "IsToBeEmailed": "true" if invoice.delivery == "emailed" else "false",
        "ExternalGUID": f"{{{invoice.mark}}}" if invoice.mark else None,
        "InvoiceLineAdd": [expected_line(line) for line in invoice.lines],
    }
    return {name: value for name, value in says.items() if value is not None}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(invoice=invoices())
def test_any_approved_invoice_is_valid_and_says_what_the_record_says(reference_data: Path, invoice: Invoice) -> None:
    invoice = approved(invoice)
    root = valid(reference_data, encoded(Create(invoice)))
    assert said(root.find("QBXMLMsgsRq/InvoiceAddRq/InvoiceAdd")) == expected(invoice)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(customer=customers)
def test_any_approved_customer_is_valid_and_says_what_the_record_says(reference_data: Path, customer: Customer) -> None:
    customer = approved(customer)
    root = valid(reference_data, encoded(Create(customer)))
    name = customer.company_name or customer.name
    says = {
        "Name": customer.name,
        "IsActive": None if customer.active else "false",
        "ParentRef": reference(customer.parent),
        "CompanyName": customer.company_name,
        "BillAddress": address(customer.billing_address, name),
        "ShipAddress": address(customer.shipping_address, name),
        "Phone": customer.phone,
        "Email": customer.email,
        "ExternalGUID": f"{{{customer.mark}}}" if customer.mark else None,
    }
    assert said(root.find("QBXMLMsgsRq/CustomerAddRq/CustomerAdd")) == {
        key: value for key, value in says.items() if value is not None
    }


ITEM = Reference(Kind.ITEM, "Windows", books_id="80000007-1405768000")


def plain(**changes: object) -> Invoice:
    line = Line(LineKind.CHARGE, ITEM, "Cleaning", Decimal(2), Decimal("150.00"), Money(30000, "USD"), taxable=True)
    invoice = Invoice(
        "INV-1001",
        dt.date(2026, 5, 1),
        Reference(Kind.CUSTOMER, "Acme Corp", books_id="80000001-1405768916"),
        "USD",
        (line,),
        Money(30000, "USD"),
        Money(30000, "USD"),
    )
    return replace(invoice, **changes)  # type: ignore[arg-type]


def test_a_thousand_lines_and_four_thousand_characters_are_carried_whole(reference_data: Path) -> None:
    long = "Naïve €“quoted” & <angled> " * 151
    lines = tuple(replace(plain().lines[0], description=f"{number} {long}"[:4095]) for number in range(1000))
    root = valid(reference_data, encoded(Create(plain(lines=lines, memo=long[:4095]))))
    assert [line.findtext("Desc") for line in root.iter("InvoiceLineAdd")] == [line.description for line in lines]
    assert root.findtext(".//Memo") == long[:4095]


def test_writes_of_one_batch_stand_alone_under_the_batch_key(reference_data: Path) -> None:
    root = valid(reference_data, encoded(Create(plain()), Create(plain(number="2")), Create(Customer("New"))))
    messages = root[0]
    assert dict(messages.items()) == {"newMessageSetID": KEY, "onError": "continueOnError"}
    assert [(child.tag, child.get("requestID")) for child in messages] == [
        ("InvoiceAddRq", "1"),
        ("InvoiceAddRq", "2"),
        ("CustomerAddRq", "3"),
    ]


def test_a_batch_tells_quickbooks_which_earlier_answers_it_may_forget(reference_data: Path) -> None:
    body = connector.encode(Batch(KEY, (Create(plain()),), forget="f" * 20), BOOKS).body
    assert valid(reference_data, body)[0].get("oldMessageSetID") == "f" * 20
    reading = connector.encode(Batch(KEY, (Identify(),), forget="f" * 20), BOOKS).body
    assert b' oldMessageSetID="ffffffffffffffffffff" onError' in reading
    assert b"newMessageSetID" not in reading
    assert b"MessageSetID" not in connector.encode(Batch(KEY, (Identify(),)), BOOKS).body


def test_nothing_of_ours_stands_where_a_customer_could_see_it() -> None:
    body = encoded(Create(plain(id="inv_01HXYZ", mark="3f2504e0-4f89-11d3-9a0c-0305e82c3302")))
    assert b"<ExternalGUID>{3f2504e0-4f89-11d3-9a0c-0305e82c3302}</ExternalGUID>" in body
    for visible in (b"<Memo>", b"<Other>", b"inv_01HXYZ", b"<FOB>"):
        assert visible not in body


def charge(quantity: str | None, price: str | None, cents: int) -> dict[str, object]:
    line = replace(
        plain().lines[0],
        quantity=None if quantity is None else Decimal(quantity),
        unit_price=None if price is None else Decimal(price),
        amount=Money(cents, "USD"),
        taxable=None,
    )
    root = etree.fromstring(encoded(Create(plain(lines=(line,)))))
    found = said(root.find(".//InvoiceLineAdd"))
    assert isinstance(found, dict)
    return {name: found[name] for name in ("Quantity", "Rate", "Amount") if name in found}


def test_quantity_and_rate_are_sent_only_where_they_give_the_amount_exactly() -> None:
    assert charge("2.5", "150.00", 37500) == {"Quantity": "2.5", "Rate": "150.00"}
    assert charge("-1", "0.00500", -1) == {"Quantity": "-1", "Amount": "-0.01"}
    assert charge("3", "0.333", 100) == {"Quantity": "3", "Amount": "1.00"}
    assert charge(None, None, 1) == {"Amount": "0.01"}
    assert charge("7", None, 100) == {"Quantity": "7", "Amount": "1.00"}
    assert charge("0.00001", "100000", 100) == {"Quantity": "0.00001", "Rate": "100000"}


def test_no_tax_element_is_sent_where_sales_tax_is_off(reference_data: Path) -> None:
    taxed = plain(tax_code=Reference(Kind.TAX_CODE, "San Domingo"))
    off = replace(BOOKS, preferences={"sales_tax": "off"})
    body = encoded(Create(taxed), books=off)
    valid(reference_data, body)
    assert b"Tax" not in body
    assert b"ItemSalesTaxRef" in encoded(Create(taxed))


def test_tax_codes_are_those_of_the_company() -> None:
    named = replace(BOOKS, preferences={"sales_tax": "on", "taxable_code": "TX"})
    assert b"<SalesTaxCodeRef><FullName>TX</FullName></SalesTaxCodeRef>" in encoded(Create(plain()), books=named)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(connector.capabilities.finds)),
    name=texts(60).filter(lambda text: all(char.isprintable() for char in text)),
    books_id=ids,
)
def test_every_declared_find_is_valid(reference_data: Path, kind: Kind, name: str, books_id: str) -> None:
    customer = Reference(Kind.CUSTOMER, "Acme", books_id=books_id)
    fields = connector.capabilities.finds[kind]
    finds = [Find(kind, books_id=books_id)]
    finds += [Find(kind, name=name)] if "name" in fields else []
    finds += [Find(kind, number=name)] if "number" in fields else []
    finds += [Find(kind, customer=customer, date=dt.date(2026, 5, 1))] if "date" in fields else []
    request = connector.encode(Batch(KEY, tuple(finds)), BOOKS)
    root = valid(reference_data, request.body)
    assert request.purpose is Purpose.FIND
    assert "newMessageSetID" not in root[0].attrib
    assert not {"EmployeeAddress", "SSN", "CreditCardInfo"} & {one.text for one in root.iter("IncludeRetElement")}


def test_identify_asks_for_host_company_and_preferences(reference_data: Path) -> None:
    books = replace(BOOKS, preferences={"owner_id": "57f3b9b1-86f1-4fcc-b1ee-566de1813d20"})
    request = connector.encode(Batch(KEY, (Identify(),)), books)
    root = valid(reference_data, request.body)
    assert request.purpose is Purpose.IDENTIFY
    assert [child.tag for child in root[0]] == ["HostQueryRq", "CompanyQueryRq", "PreferencesQueryRq"]
    assert root.findtext(".//OwnerID") == "{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}"


def test_recovery_asks_with_an_empty_body_and_the_same_name_twice(reference_data: Path) -> None:
    request = connector.recover(Batch(KEY, (Create(plain()),)), BOOKS)
    assert request is not None
    root = valid(reference_data, request.body)
    assert request.purpose is Purpose.ASK
    assert dict(root[0].items()) == {"oldMessageSetID": KEY, "newMessageSetID": KEY, "onError": "continueOnError"}
    assert not len(root[0])
    assert connector.recover(Batch(KEY, (Identify(),)), BOOKS) is None


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(invoice=invoices())
def test_the_same_batch_gives_the_same_bytes(invoice: Invoice) -> None:
    invoice = approved(invoice)
    assert encoded(Create(invoice)) == encoded(Create(replace(invoice)))


def _unwritable() -> Iterator[tuple[str, Operation]]:
    line = plain().lines[0]
    yield "no ListID", Create(plain(customer=Reference(Kind.CUSTOMER, "Acme")))
    yield "no ListID", Create(plain(lines=(replace(line, item=Reference(Kind.ITEM, "Windows")),)))
    yield "needs an item", Create(plain(lines=(replace(line, item=None),)))
    yield "needs an amount", Create(plain(lines=(replace(line, amount=None),)))
    yield "needs an amount or", Create(plain(lines=(Line(LineKind.DISCOUNT, ITEM),)))
    yield "too long", Create(plain(number="INV-10000001"))
    yield "does not hold", Create(plain(memo="株式会社"))
    yield "does not hold", Create(plain(memo="bell \x07"))
    yield "malformed", Create(plain(lines=(replace(line, quantity=Decimal("0.000001")),)))
    yield "malformed", Create(plain(mark="no guid"))
    yield "never asked", Void(Kind.INVOICE, "5D-1")
    yield "never asked", Find(Kind.DEPARTMENT, name="East")
    yield "by id, by number", Find(Kind.INVOICE)
    yield "by id or by name", Find(Kind.ITEM)
    yield "cannot hold the character", Find(Kind.ITEM, name="\x00")


@pytest.mark.parametrize(
    ("why", "operation"), list(_unwritable()), ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_cannot_be_held_is_never_written_otherwise(why: str, operation: Operation) -> None:
    with pytest.raises(LocalProtocolError, match=why):
        encoded(operation)
