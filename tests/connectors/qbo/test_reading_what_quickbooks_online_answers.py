"""Recorded exchanges decode as what they were, and what is not clear stays in doubt."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_qbo import connector
from dray_sdk import (
    Absent,
    Answer,
    Batch,
    Create,
    CursorExpired,
    Customer,
    Entry,
    Find,
    Found,
    Identified,
    Identify,
    InDoubt,
    Kind,
    Money,
    Operation,
    Outcome,
    Payment,
    Posted,
    Pull,
    Pulled,
    Purpose,
    Reference,
    Request,
    Void,
)
from tests.connectors.qbo.drawn import BOOKS, KEY, REALM, plain


def decoded(operation: Operation, body: Any, status: int = 200) -> Outcome:
    batch = Batch(KEY, (operation,))
    (outcome,) = connector.decode(batch, connector.encode(batch, BOOKS), Answer(json.dumps(body).encode(), status))
    return outcome


def item(body: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """An answer with one item; what answers a single query stands for itself."""
    if "QueryResponse" in body and not others:
        return body
    return {"BatchItemResponse": [{**body, "bId": "1"}, *others]}


def rows(entity: str, *some: dict[str, Any]) -> dict[str, Any]:
    return item({"QueryResponse": {entity: list(some), "startPosition": 1, "maxResults": len(some)}})


def recorded(reference_data: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((reference_data / f"qbo/recorded/{name}.json").read_text())
    return found


# ---- writes


def test_the_recorded_invoice_is_posted(reference_data: Path) -> None:
    (exchange,) = recorded(reference_data, "create__invoice")
    told = {"Invoice": exchange["response"]["body"]["Invoice"]}
    invoice = plain(customer=Reference(Kind.CUSTOMER, "Amy", books_id="1"), date=dt.date(2020, 9, 29))
    assert decoded(Create(invoice), item(told)) == Posted(
        "266",
        number="1043",
        total=Money(10000, "USD"),
        tax=Money(0, "USD"),
        balance=Money(10000, "USD"),
        revision="0",
    )


@pytest.mark.parametrize(
    "changes", [{"customer": Reference(Kind.CUSTOMER, "x", books_id="2")}, {"date": dt.date(2020, 9, 28)}]
)
def test_an_answer_about_another_invoice_is_no_success(reference_data: Path, changes: dict[str, Any]) -> None:
    (exchange,) = recorded(reference_data, "create__invoice")
    told = {"Invoice": exchange["response"]["body"]["Invoice"]}
    invoice = plain(customer=Reference(Kind.CUSTOMER, "Amy", books_id="1"), date=dt.date(2020, 9, 29))
    assert isinstance(decoded(Create(replace(invoice, **changes)), item(told)), InDoubt)


def test_the_recorded_customer_is_posted(reference_data: Path) -> None:
    (exchange,) = recorded(reference_data, "create__customer")
    told = {"Customer": exchange["response"]["body"]["Customer"]}
    assert decoded(Create(Customer("Doe5, Jane")), item(told)) == Posted("70", revision="0")
    assert decoded(Create(Customer("doe5,  JANE")), item(told)) == Posted("70", revision="0")
    assert isinstance(decoded(Create(Customer("Roe")), item(told)), InDoubt)


def test_the_recorded_void_is_posted(reference_data: Path) -> None:
    bodies = [one["response"]["body"] for one in recorded(reference_data, "void__invoice")]
    voided = next(one["Invoice"] for one in bodies if one.get("Invoice", {}).get("TotalAmt") == 0)
    outcome = decoded(Void(Kind.INVOICE, "264", "0"), item({"Invoice": voided}))
    assert isinstance(outcome, Posted)
    assert outcome.total == Money(0, "USD")
    before = next(one["Invoice"] for one in bodies if one.get("Invoice", {}).get("TotalAmt"))
    assert isinstance(decoded(Void(Kind.INVOICE, "264", "0"), item({"Invoice": before})), InDoubt)


def test_the_recorded_batch_answers_each_item_by_itself(reference_data: Path) -> None:
    (exchange,) = recorded(reference_data, "batch__basic")
    body = json.dumps(exchange["response"]["body"])
    for number in "1234":
        body = body.replace(f'"bid{number}"', f'"{number}"')
    receipts = Find(Kind.INVOICE, number="1")  # the recorded question was for sales receipts
    batch = Batch(KEY, (Create(Customer("Boraski")), Create(plain()), Create(plain()), receipts))
    found = connector.decode(batch, connector.encode(batch, BOOKS), Answer(body.encode()))
    assert [type(one).__name__ for one in found] == ["InDoubt", "Refused", "Stale", "InDoubt"]


@pytest.mark.parametrize(
    ("total", "read"),
    [(25, Money(2500, "USD")), (25.5, Money(2550, "USD")), (25.555, None), ("25", None), (True, None), (None, None)],
)
def test_amounts_are_exact_or_not_there(total: Any, read: Money | None) -> None:
    told = {"Id": "9", "CustomerRef": {"value": "1"}, "TxnDate": "2026-03-02", "TotalAmt": total}
    outcome = decoded(Create(plain()), item({"Invoice": told}))
    assert isinstance(outcome, Posted)
    assert outcome.total == read


@given(st.integers(-(10**17), 10**17))
def test_no_amount_passes_through_a_float(minor: int) -> None:
    amount = Money(minor, "USD")
    body = f'{{"BatchItemResponse":[{{"bId":"1","Invoice":{{"Id":"9","TxnDate":"2026-03-02","TotalAmt":{amount}}}}}]}}'
    batch = Batch(KEY, (Create(plain()),))
    (outcome,) = connector.decode(batch, connector.encode(batch, BOOKS), Answer(body.encode()))
    assert isinstance(outcome, Posted)
    assert outcome.total == amount


# ---- who are these books


COMPANY = {
    "CompanyName": "Larkspur Test Company",
    "Country": "US",
    "LegalAddr": {"Line1": "1 Main St"},
    "EmployerId": "12-3456789",
    "NameValue": [
        {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
        {"Name": "SubscriptionStatus", "Value": "PAID"},
    ],
}
PREFERENCES = {
    "AccountingInfoPrefs": {
        "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": True,
        "TrackDepartments": False,
        "BookCloseDate": "2025-12-31",
    },
    "SalesFormsPrefs": {
        "AllowDiscount": True,
        "CustomTxnNumbers": False,
        "CustomField": [
            {
                "CustomField": [
                    {"Name": "SalesFormsPrefs.UseSalesCustom1", "Type": "BooleanType", "BooleanValue": True},
                    {"Name": "SalesFormsPrefs.UseSalesCustom2", "Type": "BooleanType", "BooleanValue": False},
                ]
            },
            {
                "CustomField": [
                    {"Name": "SalesFormsPrefs.SalesCustomName1", "Type": "StringType", "StringValue": "P.O. Number"},
                    {"Name": "SalesFormsPrefs.SalesCustomName2", "Type": "StringType", "StringValue": "Old"},
                ]
            },
        ],
    },
    "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True},
    "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
}


def introduced(company: Any, preferences: Any) -> Outcome:
    second = {"QueryResponse": {"Preferences": [preferences]}, "bId": "1p"}
    return decoded(Identify(), item({"QueryResponse": {"CompanyInfo": [company], "maxResults": 1}}, second))


def test_the_company_says_who_it_is() -> None:
    outcome = introduced(COMPANY, PREFERENCES)
    assert isinstance(outcome, Identified)
    books = outcome.books
    assert (books.name, books.id, books.country, books.currency) == ("Larkspur Test Company", REALM, "US", "USD")
    assert (books.edition, books.protocol) == ("QuickBooks Online Plus", "75")
    assert books.closing_date == dt.date(2025, 12, 31)
    assert dict(books.preferences) == {
        "sales_tax": "on",
        "automated_tax": "on",
        "class_tracking": "line",
        "departments": "off",
        "discounts": "on",
        "custom_numbers": "off",
        "multicurrency": "off",
        "custom_field_1": "P.O. Number",
        "subscription": "paid",
    }
    assert "12-3456789" not in repr(books)
    assert "Main St" not in repr(books)


@pytest.mark.parametrize(("told", "read"), [("USA", "US"), ("GBR", "GB"), ("UK", "GB"), ("ZA", "ZA"), (None, None)])
def test_countries_are_written_in_two_letters(told: str | None, read: str | None) -> None:
    outcome = introduced({**COMPANY, "Country": told}, PREFERENCES)
    assert isinstance(outcome, Identified)
    assert outcome.books.country == read


@pytest.mark.parametrize(
    "body",
    [
        item({"QueryResponse": {"CompanyInfo": [COMPANY]}}),
        item({"QueryResponse": {"CompanyInfo": [COMPANY]}}, {"QueryResponse": {}, "bId": "1p"}),
        item({"QueryResponse": {"CompanyInfo": []}}, {"QueryResponse": {"Preferences": [PREFERENCES]}, "bId": "1p"}),
        item({"QueryResponse": {"CompanyInfo": [{}]}}, {"QueryResponse": {"Preferences": [PREFERENCES]}, "bId": "1p"}),
        item({"QueryResponse": {"Preferences": [PREFERENCES]}}, {"QueryResponse": {"CompanyInfo": [{}]}, "bId": "1p"}),
    ],
)
def test_a_company_that_does_not_say_who_it_is_stays_unknown(body: Any) -> None:
    assert isinstance(decoded(Identify(), body), InDoubt)


def test_the_realm_is_the_one_that_was_asked() -> None:
    batch = Batch(KEY, (Identify(),))
    body = item(
        {"QueryResponse": {"CompanyInfo": [COMPANY]}}, {"QueryResponse": {"Preferences": [PREFERENCES]}, "bId": "1p"}
    )
    request = Request(Purpose.IDENTIFY, b"", path="/v3/company/77/batch?minorversion=75")
    (outcome,) = connector.decode(batch, request, Answer(json.dumps(body).encode()))
    assert isinstance(outcome, Identified)
    assert outcome.books.id == "77"


# ---- questions


def test_the_recorded_customers_are_found(reference_data: Path) -> None:
    (exchange,) = recorded(reference_data, "get__display_name")
    (record,) = exchange["response"]["body"]["QueryResponse"]["Customer"]
    outcome = decoded(Find(Kind.CUSTOMER, name="Amy's Bird Sanctuary"), rows("Customer", record))
    assert isinstance(outcome, Found)
    (entry,) = outcome.candidates
    assert (entry.books_id, entry.name, entry.active, entry.revision) == ("1", "Amy's Bird Sanctuary", True, "0")
    assert entry.changed == dt.datetime(2020, 9, 29, 12, 58, 7, tzinfo=dt.UTC)
    assert entry.details["phone"] == "(650) 555-3311"
    assert (entry.details["line1"], entry.details["region"]) == ("4581 Finch St.", "CA")
    assert entry.details["currency"] == "USD"


def test_the_recorded_invoice_is_found(reference_data: Path) -> None:
    (exchange,) = recorded(reference_data, "create__invoice")
    record = exchange["response"]["body"]["Invoice"]
    outcome = decoded(Find(Kind.INVOICE, number="1043"), rows("Invoice", record))
    assert isinstance(outcome, Found)
    (entry,) = outcome.candidates
    assert (entry.number, entry.date, entry.total) == ("1043", dt.date(2020, 9, 29), Money(10000, "USD"))
    assert entry.customer == Reference(Kind.CUSTOMER, "Amy's Bird Sanctuary", books_id="1")
    assert (entry.tax, entry.balance, entry.mark) == (Money(0, "USD"), Money(10000, "USD"), None)


@pytest.mark.parametrize("response", [{}, {"totalCount": 0}, {"Customer": []}, {"startPosition": 1, "maxResults": 0}])
def test_nothing_there_is_absent(response: dict[str, Any]) -> None:
    assert decoded(Find(Kind.CUSTOMER, name="x"), item({"QueryResponse": response})) == Absent()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"QueryResponse": None},
        {"QueryResponse": []},
        {"QueryResponse": {"Vendor": [{"Id": "1"}]}},
        {"QueryResponse": {"Customer": [{"Id": "1"}], "Vendor": []}},
        {"QueryResponse": {"Customer": [7]}},
        {"QueryResponse": {"Customer": [{"DisplayName": "no id"}]}},
        {"QueryResponse": {"Customer": "none"}},
        {"QueryResponse": {"Customer": [{"Id": str(n)} for n in range(1000)]}},
    ],
)
def test_what_is_not_an_answer_never_proves_absence(body: dict[str, Any]) -> None:
    assert isinstance(decoded(Find(Kind.CUSTOMER, name="x"), item(body)), InDoubt)


def test_rows_go_to_whoever_asked_for_them() -> None:
    batch = Batch(KEY, tuple(Find(Kind.CUSTOMER, name=name) for name in ("Acme", "Birch", "acme", "Cedar")))
    told = [{"Id": "1", "FullyQualifiedName": "ACME"}, {"Id": "2", "FullyQualifiedName": "Birch"}]

    def found(*some: dict[str, Any]) -> list[list[str]]:
        answer = Answer(json.dumps(rows("Customer", *some)).encode())
        outcomes = connector.decode(batch, connector.encode(batch, BOOKS), answer)
        return [[one.books_id for one in each.candidates] if isinstance(each, Found) else [] for each in outcomes]

    assert found(*told) == [["1"], ["2"], ["1"], []]
    # QuickBooks Online says that it matches, and we do not see what: everybody compares it
    assert found(*told, {"Id": "3", "FullyQualifiedName": "Cédar"}) == [["1", "3"], ["2", "3"], ["1", "3"], ["3"]]


def test_what_is_wrong_with_a_shared_query_is_wrong_for_all_who_share_it() -> None:
    batch = Batch(KEY, (Find(Kind.INVOICE, number="1"), Find(Kind.ITEM, name="x"), Find(Kind.INVOICE, number="2")))
    request = connector.encode(batch, BOOKS)
    invoices = {"QueryResponse": {"Invoice": [{"Id": str(n), "DocNumber": "1"} for n in range(1000)]}, "bId": "1"}
    nothing = {"QueryResponse": {}, "bId": "2"}
    answer = Answer(json.dumps({"BatchItemResponse": [invoices, nothing]}).encode())
    assert [type(one) for one in connector.decode(batch, request, answer)] == [InDoubt, Absent, InDoubt]
    answer = Answer(json.dumps({"BatchItemResponse": [nothing]}).encode())
    assert [type(one) for one in connector.decode(batch, request, answer)] == [InDoubt, Absent, InDoubt]


def test_items_terms_and_taxes_say_of_what_sort_they_are() -> None:
    told = {"Id": "3", "Name": "Gravel", "Type": "NonInventory", "UnitPrice": 22.5, "Taxable": True, "Active": False}
    outcome = decoded(Find(Kind.ITEM, name="Gravel"), rows("Item", told))
    assert isinstance(outcome, Found)
    assert dict(outcome.candidates[0].details) == {"type": "non_inventory", "price": "22.5", "taxable": "yes"}
    assert not outcome.candidates[0].active
    outcome = decoded(Find(Kind.TERMS, name="Net 30"), rows("Term", {"Id": "3", "Type": "STANDARD", "DueDays": 30}))
    assert isinstance(outcome, Found)
    assert dict(outcome.candidates[0].details) == {"type": "days", "days": "30"}


# ---- reading lists and changes

SINCE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def customer(number: int, at: str = "2026-03-02T08:00:00-08:00") -> dict[str, Any]:
    return {"Id": str(number), "DisplayName": f"C{number}", "MetaData": {"LastUpdatedTime": at}}


def test_a_full_page_goes_on_and_a_short_one_ends() -> None:
    full = decoded(Pull(Kind.CUSTOMER, limit=2), rows("Customer", customer(1), customer(2, "2026-03-03T00:00:00Z")))
    assert isinstance(full, Pulled)
    assert (full.page, full.watermark) == ("3", dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    assert [one.name for one in full.records if isinstance(one, Entry)] == ["C1", "C2"]
    last = decoded(Pull(Kind.CUSTOMER, page="3", limit=2), rows("Customer", customer(3)))
    assert isinstance(last, Pulled)
    assert last.page is None
    empty = decoded(Pull(Kind.CUSTOMER, page="5", limit=2), item({"QueryResponse": {}}))
    assert empty == Pulled(())


def test_a_voided_invoice_and_a_payment_are_read() -> None:
    told = {"Id": "9", "TotalAmt": 0, "PrivateNote": "Voided - x", "TxnDate": "2026-03-02"}
    outcome = decoded(Pull(Kind.INVOICE), rows("Invoice", told))
    assert isinstance(outcome, Pulled)
    assert isinstance(outcome.records[0], Entry)
    assert outcome.records[0].details == {"voided": "yes"}
    paid = {
        "Id": "12",
        "TxnDate": "2026-03-04",
        "TotalAmt": 30.0,
        "CustomerRef": {"value": "1", "name": "Acme"},
        "Line": [
            {"Amount": 25, "LinkedTxn": [{"TxnId": "67", "TxnType": "Invoice"}]},
            {"Amount": 5, "LinkedTxn": [{"TxnId": "3", "TxnType": "CreditMemo"}]},
        ],
    }
    outcome = decoded(Pull(Kind.PAYMENT), rows("Payment", paid))
    assert isinstance(outcome, Pulled)
    (payment,) = outcome.records
    assert isinstance(payment, Payment)
    assert payment.amount == Money(3000, "USD")
    assert payment.applied == (("67", Money(2500, "USD")),)
    assert isinstance(decoded(Pull(Kind.PAYMENT), rows("Payment", {**paid, "TotalAmt": "30"})), InDoubt)


def changes(*responses: dict[str, Any]) -> dict[str, Any]:
    return {"CDCResponse": [{"QueryResponse": list(responses)}], "time": "2026-03-02T09:00:00.000-08:00"}


def test_change_data_tells_what_changed_and_what_is_gone() -> None:
    gone = {"domain": "QBO", "status": "Deleted", "Id": "7", "MetaData": {"LastUpdatedTime": "2026-03-05T00:00:00Z"}}
    body = changes({"Customer": [customer(1)]}, {"Invoice": [{"Id": "9", "TxnDate": "2026-03-02"}, gone]})
    batch = Batch(KEY, (Pull(Kind.INVOICE, SINCE), Pull(Kind.CUSTOMER, SINCE)))
    request = connector.encode(batch, BOOKS)
    invoices, customers = connector.decode(batch, request, Answer(json.dumps(body).encode()))
    assert isinstance(invoices, Pulled)
    assert isinstance(customers, Pulled)
    assert invoices.gone == ("7",)
    assert invoices.watermark == dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    assert [one.books_id for one in invoices.records if isinstance(one, Entry)] == ["9"]
    assert customers.watermark == dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)


def test_no_change_keeps_the_watermark() -> None:
    assert decoded(Pull(Kind.CUSTOMER, SINCE), changes({})) == Pulled((), watermark=SINCE)


def test_the_recorded_change_data_is_read(reference_data: Path) -> None:
    (exchange, *_) = recorded(reference_data, "cdc__basic")
    body = json.dumps(exchange["response"]["body"]).replace('"Estimate"', '"Invoice"')
    outcome = decoded(Pull(Kind.INVOICE, SINCE), json.loads(body, parse_float=float))
    assert isinstance(outcome, Pulled)
    assert "48" in {one.books_id for one in outcome.records if isinstance(one, Entry)}


def test_too_many_changes_or_too_old_a_watermark_begin_again() -> None:
    assert (
        decoded(Pull(Kind.CUSTOMER, SINCE), changes({"Customer": [customer(n) for n in range(1000)]}))
        == CursorExpired()
    )
    refused = {"Fault": {"Error": [{"Message": "No", "code": "2090"}], "type": "ValidationFault"}}
    assert decoded(Pull(Kind.CUSTOMER, SINCE), refused, 400) == CursorExpired()
    assert decoded(Pull(Kind.CUSTOMER, SINCE), {"CDCResponse": [refused]}) == CursorExpired()


@pytest.mark.parametrize(
    "body",
    [{}, {"CDCResponse": []}, {"CDCResponse": [{}]}, {"CDCResponse": [7]}, changes({"Customer": [{"x": 1}]}), {"a": 1}],
)
def test_change_data_that_is_not_understood_tells_nothing(body: Any) -> None:
    assert isinstance(decoded(Pull(Kind.CUSTOMER, SINCE), body), InDoubt)


# ---- hostile answers

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.decimals(-9, 9, places=2).map(float) | st.sampled_from(
        ["", "1", "1p", "266", "USD", "2026-03-02", "Deleted", "ValidationFault", "3200"]
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["Id", "bId", "Fault", "fault", "Error", "error", "code", "type", "Invoice", "Customer", "QueryResponse",
             "CDCResponse", "BatchItemResponse", "CompanyInfo", "Preferences", "CustomerRef", "value", "TotalAmt",
             "MetaData", "LastUpdatedTime", "CurrencyRef", "TxnTaxDetail", "status", "Line", "NameValue", "CustomField"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


@given(json_values, st.sampled_from([200, 400, 401, 500]))
def test_nothing_that_is_answered_raises(body: Any, status: int) -> None:
    operations: tuple[Operation, ...] = (
        Create(plain()),
        Identify(),
        Find(Kind.INVOICE, number="1"),
        Pull(Kind.PAYMENT),
        Void(Kind.INVOICE, "1", "0"),
    )
    for batch in (Batch(KEY, operations), Batch(KEY, (Pull(Kind.CUSTOMER, SINCE),))):
        request = connector.encode(batch, BOOKS)
        answers = [body, {"BatchItemResponse": [{"bId": "1", "Invoice": body}, {"bId": "3", "QueryResponse": body}]}]
        for one in answers:
            found = connector.decode(batch, request, Answer(json.dumps(one).encode(), status))
            assert len(found) == len(batch.operations)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_answer_are_in_doubt(body: bytes) -> None:
    batch = Batch(KEY, (Create(plain()),))
    (found,) = connector.decode(batch, connector.encode(batch, BOOKS), Answer(body))
    assert isinstance(found, InDoubt)


def test_a_number_is_read_digit_for_digit() -> None:
    told = '{"QueryResponse":{"Item":[{"Id":"3","UnitPrice":0.10000000000000000001}]}}'
    batch = Batch(KEY, (Find(Kind.ITEM, name="x"),))
    (found,) = connector.decode(batch, connector.encode(batch, BOOKS), Answer(told.encode()))
    assert isinstance(found, Found)
    assert Decimal(found.candidates[0].details["price"]) == Decimal("0.10000000000000000001")
