"""What leaves for QuickBooks Online says exactly what the record says."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings

from dray_qbo import connector
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
    Pull,
    Purpose,
    Reference,
    Request,
    Update,
    Void,
)
from tests.connectors.qbo.drawn import BOOKS, KEY, REALM, customers, invoices, plain

BRITISH = replace(
    BOOKS,
    country="GB",
    currency="GBP",
    preferences=MappingProxyType({**BOOKS.preferences, "automated_tax": "off"}),
)


def encoded(*operations: Operation, books: Books = BOOKS) -> Request:
    return connector.encode(Batch(KEY, operations), books)


def items(*operations: Operation, books: Books = BOOKS) -> list[dict[str, Any]]:
    """The items of the batch; a single query as the one item that it would be."""
    request = encoded(*operations, books=books)
    if urlsplit(request.path).path.endswith("/query"):
        return [{"bId": "1", "Query": request.body.decode()}]
    read = json.loads(request.body, parse_float=Decimal)
    found: list[dict[str, Any]] = read["BatchItemRequest"]
    return found


def sent(invoice: Invoice, books: Books = BOOKS) -> dict[str, Any]:
    (item,) = items(Create(invoice), books=books)
    found: dict[str, Any] = item["Invoice"]
    return found


def preferring(**changes: str) -> Books:
    return replace(BOOKS, preferences=MappingProxyType({**BOOKS.preferences, **changes}))


# ---- the request


def test_a_write_carries_the_batchs_key_as_requestid_and_its_ids_as_bid() -> None:
    request = encoded(Create(plain()), Create(plain(number="2")))
    assert (request.method, request.purpose) == ("POST", Purpose.WRITE)
    address = urlsplit(request.path)
    assert address.path == f"/v3/company/{REALM}/batch"
    assert parse_qs(address.query) == {"minorversion": ["75"], "requestid": [KEY]}
    assert [one["bId"] for one in items(Create(plain()), Create(plain(number="2")))] == ["1", "2"]
    assert request.headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    "operation", [Identify(), Find(Kind.CUSTOMER, name="Acme"), Pull(Kind.ITEM), Find(Kind.INVOICE, number="1")]
)
def test_a_read_carries_no_requestid_since_an_answer_from_memory_would_be_old(operation: Operation) -> None:
    request = encoded(operation)
    assert "requestid" not in request.path
    assert request.purpose is not Purpose.WRITE


@pytest.mark.parametrize("realm", [None, "", "12/../34", "12 34", "abc", "1?x=1"])
def test_books_without_a_realm_are_never_asked(realm: str | None) -> None:
    with pytest.raises(LocalProtocolError):
        encoded(Identify(), books=Books("", id=realm))


def test_thirty_travel_together_and_thirty_one_do_not() -> None:
    assert len(items(*[Create(plain())] * 30)) == 30
    with pytest.raises(LocalProtocolError):
        encoded(*[Create(plain())] * 31)
    with pytest.raises(LocalProtocolError):
        # to say who it is takes two items
        encoded(*[Create(plain())] * 29, Identify())


def test_one_question_is_a_query_and_takes_no_batch_from_what_is_posted() -> None:
    numbers = [Find(Kind.INVOICE, number=str(n)) for n in range(100)]
    request = encoded(*numbers)
    address = urlsplit(request.path)
    assert (request.method, address.path, request.bulk) == ("POST", f"/v3/company/{REALM}/query", False)
    assert parse_qs(address.query) == {"minorversion": ["75"]}
    assert request.headers["Content-Type"] == "application/text"
    assert request.body.startswith(b"select * from Invoice where DocNumber in ('0', '1', ")
    assert not encoded(Pull(Kind.TAX_CODE)).bulk
    assert not encoded(Pull(Kind.ITEM, dt.datetime(2026, 3, 2, tzinfo=dt.UTC))).bulk
    for several in ([Create(plain())], [Identify()], [*numbers, Find(Kind.ITEM, name="x")]):
        assert encoded(*several).bulk


def test_what_is_asked_together_is_one_query_whatever_is_asked() -> None:
    """Again and again until nothing is left, as the platform does."""
    customers = [Reference(Kind.CUSTOMER, f"C{n}", books_id=str(n)) for n in range(150)]
    days = [dt.date(2026, 3, 2) + dt.timedelta(days=n) for n in range(15)]
    finds: list[Find] = [
        *(Find(Kind.INVOICE, number=str(n)) for n in range(120)),
        *(Find(Kind.INVOICE, customer=one, date=days[n % 15]) for n, one in enumerate(customers)),
        *(Find(Kind.INVOICE, customer=one, date=days[0]) for one in customers),
        *(Find(Kind.INVOICE, customer=Reference(Kind.CUSTOMER, "new"), date=day) for day in days),
        *(Find(Kind.ITEM, name=f"item {n}") for n in range(3)),
        *(Find(Kind.CUSTOMER, books_id=f"{n}") for n in range(3)),
    ]
    asked: list[Find] = []
    queries = 0
    while finds:
        places = connector.together(finds)
        part = [finds[place] for place in places]
        assert not encoded(*part).bulk
        queries += 1
        asked += part
        finds = [one for place, one in enumerate(finds) if place not in places]
    assert len(asked) == 120 + 300 + 15 + 3 + 3
    assert queries < 40


@settings(max_examples=30)
@given(invoices(most_lines=3))
def test_the_same_batch_gives_the_same_bytes(invoice: Invoice) -> None:
    assert encoded(Create(invoice)) == encoded(Create(replace(invoice)))


# ---- invoices


@given(invoices())
def test_every_invoice_is_written_as_it_is(invoice: Invoice) -> None:
    found = sent(invoice)
    assert found["CustomerRef"] == {"value": invoice.customer.books_id}
    assert found["DocNumber"] == invoice.number
    assert found["TxnDate"] == invoice.date.isoformat()
    assert found.get("DueDate") == (invoice.due_date.isoformat() if invoice.due_date else None)
    assert found.get("ShipDate") == (invoice.ship_date.isoformat() if invoice.ship_date else None)
    assert found.get("PrivateNote") == invoice.memo
    assert found.get("CustomerMemo") == ({"value": invoice.message} if invoice.message else None)
    assert found.get("BillEmail") == ({"Address": invoice.email} if invoice.email else None)
    assert found["EmailStatus"] == ("NeedToSend" if invoice.delivery == "emailed" else "NotSet")
    assert found["PrintStatus"] == ("NeedToPrint" if invoice.delivery == "printed" else "NotSet")
    for name, reference in {
        "SalesTermRef": invoice.terms,
        "ClassRef": invoice.accounting_class,
        "DepartmentRef": invoice.department,
    }.items():
        assert found.get(name) == ({"value": reference.books_id} if reference else None)
    assert_address(found.get("BillAddr"), invoice.bill_to, None)
    assert_address(found.get("ShipAddr"), invoice.ship_to, invoice.service_location)
    fields = {one["DefinitionId"]: one["StringValue"] for one in found.get("CustomField", [])}
    assert fields.get("1") == invoice.po_number
    assert fields.get("2") == invoice.custom.get("Crew #")
    assert len(found["Line"]) == len(invoice.lines)
    for line, told in zip(invoice.lines, found["Line"], strict=True):
        assert_line(told, line)


def assert_address(told: dict[str, str] | None, address: Address | None, above: str | None) -> None:
    if not address and not above:
        assert told is None
        return
    assert told is not None
    own = [address.line1, address.line2, address.line3] if address else []
    assert [told[name] for name in sorted(told) if name.startswith("Line")] == [line for line in (above, *own) if line]
    for theirs, ours in {"City": "city", "CountrySubDivisionCode": "region", "PostalCode": "postal_code"}.items():
        assert told.get(theirs) == (getattr(address, ours) if address else None)


def assert_line(told: dict[str, Any], line: Line) -> None:
    if line.kind in (LineKind.TEXT, LineKind.SUBTOTAL):
        assert told["DetailType"] == "DescriptionOnly"
        assert "Amount" not in told
        text = line.description if line.kind is LineKind.TEXT else f"{line.description or 'Subtotal'}: {line.amount}"
        assert told["Description"] == text
        return
    detail = told["SalesItemLineDetail"]
    assert told.get("Description") == line.description
    assert line.item is not None
    assert detail["ItemRef"] == {"value": line.item.books_id}
    if line.amount is not None:
        assert told["Amount"] == line.amount.decimal
    else:
        assert told["Amount"] <= 0 or line.percent is not None
    if line.quantity is not None:
        assert detail["Qty"] == line.quantity
        assert detail["UnitPrice"] == line.unit_price
        assert Money.rounded(Decimal(detail["Qty"]) * detail["UnitPrice"], "USD").decimal == told["Amount"]
    assert detail.get("TaxCodeRef") == (None if line.taxable is None else {"value": "TAX" if line.taxable else "NON"})
    assert detail.get("ServiceDate") == (line.service_date.isoformat() if line.service_date else None)


def test_numbers_are_written_digit_for_digit() -> None:
    price = Decimal("1234567890.12345")
    line = replace(plain().lines[0], quantity=Decimal(3), unit_price=price, amount=Money.rounded(price * 3, "USD"))
    body = encoded(Create(plain(lines=(line,)))).body
    assert b'"UnitPrice":1234567890.12345' in body
    assert b'"Amount":3703703670.37' in body
    assert b'"Qty":3,' in body or b'"Qty":3}' in body


@pytest.mark.parametrize("zero", ["0", "-0", "0.00000"])
def test_nothing_is_written_as_a_negative_or_scientific_zero(zero: str) -> None:
    line = replace(plain().lines[0], quantity=Decimal(zero), amount=Money(0, "USD"))
    assert b'"Qty":0}' in encoded(Create(plain(lines=(line,)))).body
    hundred = replace(plain().lines[0], quantity=Decimal("1E+2"), unit_price=Decimal(1), amount=Money(10000, "USD"))
    assert b'"Qty":100}' in encoded(Create(plain(lines=(hundred,)))).body


def test_an_amount_that_is_not_quantity_times_price_goes_without_the_price() -> None:
    line = replace(plain().lines[0], amount=Money(2400, "USD"))
    (told,) = sent(plain(lines=(line,)))["Line"]
    assert told["Amount"] == Decimal("24.00")
    assert told["SalesItemLineDetail"]["Qty"] == 2
    assert "UnitPrice" not in told["SalesItemLineDetail"]


def test_nothing_of_ours_is_left_in_the_books() -> None:
    body = encoded(Create(plain(id="inv_secret", mark="5f0c6c1e-8f0e-5d3e-9b0a-000000000000"))).body
    assert b"inv_secret" not in body
    assert b"5f0c6c1e" not in body
    assert b"PrivateNote" not in body


def discount(**given: Any) -> Line:
    return Line(LineKind.DISCOUNT, **given)


def test_a_discount_without_an_item_is_an_amount_at_the_end() -> None:
    after = Line(LineKind.TEXT, description="Thank you")
    found = sent(plain(lines=(plain().lines[0], discount(percent=Decimal(10)), after)))["Line"]
    assert [line["DetailType"] for line in found] == ["SalesItemLineDetail", "DescriptionOnly", "DiscountLineDetail"]
    assert found[2]["Amount"] == Decimal("2.50")
    assert found[2]["DiscountLineDetail"] == {"PercentBased": False}


def test_a_discount_with_an_item_is_a_negative_line_where_it_stands() -> None:
    item = Reference(Kind.ITEM, "Discount", books_id="9")
    found = sent(plain(lines=(plain().lines[0], discount(item=item, percent=Decimal("12.5")), plain().lines[0])))[
        "Line"
    ]
    # 12.5 % of 25.00 is 3.125, and half a cent is rounded away from zero
    assert [line["Amount"] for line in found] == [Decimal("25.00"), Decimal("-3.13"), Decimal("25.00")]
    assert found[1]["SalesItemLineDetail"] == {"ItemRef": {"value": "9"}}


def test_a_percentage_behind_a_subtotal_takes_from_the_subtotal() -> None:
    lines = (plain().lines[0], plain().lines[0], Line(LineKind.SUBTOTAL), discount(percent=Decimal(10)))
    assert sent(plain(lines=lines))["Line"][-1]["Amount"] == Decimal("5.00")
    assert sent(plain(lines=lines))["Line"][2]["Description"] == "Subtotal: 50.00"


def test_two_discounts_without_an_item_cannot_be_held() -> None:
    some = discount(amount=Money(-100, "USD"))
    with pytest.raises(LocalProtocolError):
        encoded(Create(plain(lines=(plain().lines[0], some, some))))


EAST = Reference(Kind.CLASS, "East", books_id="100")
WEST = Reference(Kind.CLASS, "West", books_id="101")


@pytest.mark.parametrize(
    ("tracking", "header", "lines"),
    [
        ("both", {"value": "100"}, [{"value": "101"}, None]),
        ("invoice", {"value": "100"}, [None, None]),
        ("line", None, [{"value": "101"}, {"value": "100"}]),
    ],
)
def test_classes_stand_where_the_company_tracks_them(tracking: str, header: Any, lines: list[Any]) -> None:
    line = plain().lines[0]
    invoice = plain(accounting_class=EAST, lines=(replace(line, accounting_class=WEST), line))
    found = sent(invoice, preferring(class_tracking=tracking))
    assert found.get("ClassRef") == header
    assert [one["SalesItemLineDetail"].get("ClassRef") for one in found["Line"]] == lines


CODE = Reference(Kind.TAX_CODE, "20.0% S", books_id="2")


def test_a_us_invoice_says_taxable_or_not_and_never_a_tax() -> None:
    found = sent(plain(tax=Money(200, "USD"), tax_code=CODE))
    assert "TxnTaxDetail" not in found
    assert "GlobalTaxCalculation" not in found
    older = sent(plain(tax_code=CODE), preferring(automated_tax="off"))
    assert older["TxnTaxDetail"] == {"TxnTaxCodeRef": {"value": "2"}}
    assert "TaxCodeRef" not in sent(plain(), preferring(sales_tax="off"))["Line"][0]["SalesItemLineDetail"]


def test_elsewhere_every_line_carries_the_invoices_tax_code() -> None:
    found = sent(plain(tax_code=CODE), BRITISH)
    assert found["GlobalTaxCalculation"] == "TaxExcluded"
    assert found["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "2"}
    with pytest.raises(LocalProtocolError):
        sent(plain(tax_code=CODE, lines=(replace(plain().lines[0], taxable=False),)), BRITISH)


def test_the_currency_is_named_where_there_are_several() -> None:
    assert "CurrencyRef" not in sent(plain())
    assert sent(plain(), preferring(multicurrency="on"))["CurrencyRef"] == {"value": "USD"}


@pytest.mark.parametrize(
    "invoice",
    [
        plain(customer=Reference(Kind.CUSTOMER, "Acme")),
        plain(terms=Reference(Kind.TERMS, "Net 30")),
        plain(lines=(replace(plain().lines[0], item=None),)),
        plain(lines=(replace(plain().lines[0], item=Reference(Kind.ITEM, "Hours")),)),
        plain(lines=(replace(plain().lines[0], amount=None),)),
        plain(memo="a\x00b"),
        plain(memo="half \ud800 of a pair"),
    ],
)
def test_what_cannot_be_held_never_leaves(invoice: Invoice) -> None:
    with pytest.raises(LocalProtocolError):
        encoded(Create(invoice))


def test_a_void_names_the_revision() -> None:
    assert items(Void(Kind.INVOICE, "7", "3")) == [
        {"bId": "1", "operation": "void", "Invoice": {"Id": "7", "SyncToken": "3"}}
    ]
    with pytest.raises(LocalProtocolError):
        encoded(Void(Kind.INVOICE, "7"))


# ---- customers


@given(customers)
def test_every_customer_is_written_as_it_is(customer: Customer) -> None:
    (item,) = items(Create(customer))
    found = item["Customer"]
    assert found["DisplayName"] == customer.name
    assert found.get("CompanyName") == customer.company_name
    assert found.get("PrimaryEmailAddr") == ({"Address": customer.email} if customer.email else None)
    assert found.get("PrimaryPhone") == ({"FreeFormNumber": customer.phone} if customer.phone else None)
    assert found.get("ParentRef") == ({"value": customer.parent.books_id} if customer.parent else None)
    assert found.get("Job") == (True if customer.parent else None)
    assert found.get("Active", True) == customer.active
    assert_address(found.get("BillAddr"), customer.billing_address, None)


def test_an_update_says_only_what_changes_and_names_the_revision() -> None:
    (item,) = items(Update(Customer("Acme", email="a@b.example", books_id="5", revision="2", currency="EUR")))
    assert item["operation"] == "update"
    assert item["Customer"] == {
        "Id": "5",
        "SyncToken": "2",
        "sparse": True,
        "DisplayName": "Acme",
        "Active": True,
        "PrimaryEmailAddr": {"Address": "a@b.example"},
    }
    with pytest.raises(LocalProtocolError):
        encoded(Update(Customer("Acme", books_id="5")))


def test_a_currency_of_its_own_is_said_where_there_are_several() -> None:
    (item,) = items(Create(Customer("Acme", currency="EUR")), books=preferring(multicurrency="on"))
    assert item["Customer"]["CurrencyRef"] == {"value": "EUR"}
    (item,) = items(Create(Customer("Acme", currency="EUR")))
    assert "CurrencyRef" not in item["Customer"]


# ---- questions


def asked(operation: Operation) -> str:
    (item,) = items(operation)
    found: str = item["Query"]
    return found


def test_names_are_found_inactive_ones_too() -> None:
    assert asked(Find(Kind.CUSTOMER, name="Amy's \\ Birds")) == (
        "select * from Customer where FullyQualifiedName = 'Amy\\'s \\\\ Birds' and Active in (true, false) "
        "orderby Id maxresults 1000"
    )
    assert asked(Find(Kind.TERMS, books_id="3", name="ignored")).startswith("select * from Term where Id = '3' and")


def test_invoices_are_found_by_what_is_most_exact() -> None:
    customer = Reference(Kind.CUSTOMER, "Acme", books_id="1")
    day = dt.date(2026, 3, 2)
    everything = Find(Kind.INVOICE, books_id="9", number="1", customer=customer, date=day)
    assert asked(everything) == "select * from Invoice where Id = '9' orderby Id maxresults 1000"
    assert " DocNumber = '1' " in asked(replace(everything, books_id=None))
    assert " CustomerRef = '1' and TxnDate = '2026-03-02' " in asked(replace(everything, books_id=None, number=None))
    unlinked = Find(Kind.INVOICE, customer=Reference(Kind.CUSTOMER, "Acme"), date=day)
    assert asked(unlinked) == "select * from Invoice where TxnDate = '2026-03-02' orderby Id maxresults 1000"


@pytest.mark.parametrize(
    "operation",
    [Find(Kind.CUSTOMER), Find(Kind.INVOICE), Find(Kind.REP, name="x"), Pull(Kind.REP), Pull(Kind.ITEM, page="1; x")],
)
def test_questions_without_an_answer_are_not_asked(operation: Operation) -> None:
    with pytest.raises(LocalProtocolError):
        encoded(operation)


def test_a_hundred_finds_share_a_few_queries() -> None:
    day = dt.date(2026, 3, 2)
    finds: list[Operation] = []
    for number in range(50):
        customer = Reference(Kind.CUSTOMER, f"C{number}", books_id=str(number))
        finds.append(Find(Kind.INVOICE, number=f"INV-{number}"))
        finds.append(Find(Kind.INVOICE, customer=customer, date=day + dt.timedelta(days=number % 2)))
    numbers, first_day, second_day = items(*finds)
    assert [numbers["bId"], first_day["bId"], second_day["bId"]] == ["1", "2", "4"]
    assert numbers["Query"].count("'INV-") == 50
    assert "CustomerRef in ('0', '2', " in first_day["Query"]
    assert "TxnDate = '2026-03-02'" in first_day["Query"]
    assert "TxnDate = '2026-03-03'" in second_day["Query"]


def test_a_day_with_many_customers_is_asked_in_parts() -> None:
    """No query gives more than a thousand rows, and a busy company has more invoices a day."""
    finds = [
        Find(Kind.INVOICE, customer=Reference(Kind.CUSTOMER, f"C{n}", books_id=str(n)), date=dt.date(2026, 3, 2))
        for n in range(150)
    ]
    asked = items(*finds)
    assert [one["Query"].count("', '") + 1 for one in asked] == [30] * 5
    assert len(items(*finds[:100])) == 1
    assert len(items(*finds, *[replace(find, date=dt.date(2026, 3, 3)) for find in finds])) == 10


def test_many_days_are_asked_in_runs_and_many_names_in_pieces() -> None:
    customer = Reference(Kind.CUSTOMER, "C", books_id="1")
    finds = [Find(Kind.INVOICE, customer=customer, date=dt.date(2026, 1, 1) + dt.timedelta(days=n)) for n in range(100)]
    number = Find(Kind.INVOICE, number="1")
    assert len(items(*finds, number)) == 12 + 1
    assert " TxnDate in ('2026-01-01', " in items(*finds, number)[0]["Query"]
    names = items(*[Find(Kind.CUSTOMER, name=f"C{n}") for n in range(201)], Find(Kind.ITEM, name="x"))
    assert [one["bId"] for one in names] == ["1", "101", "201", "202"]


def test_lists_are_read_page_by_page() -> None:
    assert asked(Pull(Kind.CUSTOMER, limit=200)) == (
        "select * from Customer where Active in (true, false) orderby Id startposition 1 maxresults 200"
    )
    assert asked(Pull(Kind.INVOICE, page="201", limit=9999)).endswith(
        "from Invoice orderby Id startposition 201 maxresults 1000"
    )


def test_changes_of_several_kinds_are_one_call_from_the_oldest_watermark() -> None:
    early, late = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), dt.datetime(2026, 3, 3, 8, tzinfo=dt.UTC)
    request = encoded(Pull(Kind.INVOICE, late), Pull(Kind.CUSTOMER, early))
    assert (request.method, request.body, request.purpose) == ("GET", b"", Purpose.PULL)
    address = urlsplit(request.path)
    assert address.path == f"/v3/company/{REALM}/cdc"
    assert parse_qs(address.query) == {
        "entities": ["Invoice,Customer"],
        "changedSince": ["2026-03-02T08:00:00+00:00"],
        "minorversion": ["75"],
    }


def test_tax_codes_have_no_change_data_and_are_queried() -> None:
    since = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert "MetaData.LastUpdatedTime >= '2026-03-02T08:00:00+00:00'" in asked(Pull(Kind.TAX_CODE, since))
