"""The query language of the pretend QuickBooks Online."""

import pytest

from dray_qbo.simulator.query_language import Condition, Order, Query, parse
from tests.connectors.qbo.simulator.online import invoice, online, sale


def names(statement: str) -> list[str]:
    return [entity.get("DisplayName") or entity["Name"] for entity in online().query(statement)]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("select * from Customer", ["Acme Gardens", "Warehouse", "Birch & Sons", "O'Dell's Nursery"]),
        (r"SELECT * FROM customer WHERE displayname = 'O\'Dell\'s Nursery'", ["O'Dell's Nursery"]),
        ("select * from Customer where DisplayName like '%gardens'", ["Acme Gardens"]),
        (
            "select * from Customer where DisplayName in ('acme gardens', 'Birch & Sons')",
            ["Acme Gardens", "Birch & Sons"],
        ),
        ("select * from Customer where Active = false", ["Closed Shop (deleted)"]),
        (
            "select * from Customer where Active IN (true, false) orderby Id desc maxresults 2",
            ["Warehouse", "Closed Shop (deleted)"],
        ),
        (
            "select * from Customer where Id IN ('1', '3') ORDER BY DisplayName DESC",
            ["O'Dell's Nursery", "Acme Gardens"],
        ),
        ("select * from Customer where Id = '1' and Job = True", []),
        ("select * from Customer where Job = true", ["Warehouse"]),
        ("select * from Customer where ParentRef = '1'", ["Warehouse"]),
        ("select * from Customer where PrimaryEmailAddr = 'ada@acme.example'", ["Acme Gardens"]),
        ("select * from Customer where MetaData.CreateTime > '2024-01-03'", []),
        (
            "select * from Customer where MetaData.LastUpdatedTime <= '2024-01-02T09:00:00-08:00' maxresults 1",
            ["Acme Gardens"],
        ),
        ("select * from Item where Type = 'Category'", ["Garden"]),
        ("select * from Item where UnitPrice >= 75 orderby UnitPrice", ["Design", "Hours", "Fountain"]),
        ("select * from Vendor startposition 2", ["Harbour Tools"]),
        ("select * from Class where Name = 'east'", ["East"]),
        ("select * from TaxCode", ["California", "Tucson"]),
    ],
)
def test_a_query_finds(statement: str, found: list[str]) -> None:
    assert names(statement) == found


def test_transactions_are_found_by_number_total_and_date() -> None:
    books = online(custom_txn_numbers=True)
    for at, day in enumerate(("2026-08-01", "2026-08-03", "2026-08-02"), 1):
        books.post("invoice", invoice(sale(100 * at), DocNumber=f"Q'{at}", TxnDate=day))

    def numbers(rest: str) -> list[str]:
        return [one["DocNumber"] for one in books.query(f"select * from Invoice {rest}")]

    assert numbers("") == ["Q'2", "Q'3", "Q'1"]
    assert numbers(r"where DocNumber = 'q\'2'") == ["Q'2"]
    assert numbers("where TotalAmt > '150.00' and TxnDate <= '2026-08-02'") == ["Q'3"]
    assert numbers("where CustomerRef = '1' orderby TotalAmt desc") == ["Q'3", "Q'2", "Q'1"]
    assert books.get("query", query="select count(*) from Invoice where Balance > 100") == {"totalCount": 2}


def test_chosen_fields_come_with_id_and_domain() -> None:
    (found,) = online().query("select DisplayName, Balance from Customer where Id = '1'")
    assert found == {"Balance": 0, "domain": "QBO", "sparse": True, "Id": "1", "DisplayName": "Acme Gardens"}


def test_a_query_may_be_posted_as_text() -> None:
    books = online()
    headers = {"Authorization": f"Bearer {books.access}", "Accept": books.accept, "Content-Type": "application/text"}
    address = f"https://quickbooks.example/v3/company/{books.realm_id}/query"
    answer = books.session.post(address, "select * from Term where Name = 'Net 30'", headers=headers).json()
    assert answer["QueryResponse"]["Term"][0]["DueDays"] == 30


def test_pages_are_a_hundred_and_at_most_a_thousand() -> None:
    books = online()
    for at in range(105):
        books.company.enter("Class", {"Name": f"C{at}", "FullyQualifiedName": f"C{at}"}, books.clock())
    assert len(books.query("select * from Class")) == 100
    assert len(books.query("select * from Class maxresults 5000")) == 107
    assert books.get("query", query="select * from Class startposition 900") == {}
    assert parse("select * from Class maxresults 5000").most == 1000


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("select * from Custmoer", "4001", "QueryValidationError: invalid context declaration: Custmoer"),
        (
            "select * from Invoice where DepartmentRef = '1'",
            "4001",
            "QueryValidationError: property 'DepartmentRef' is not queryable",
        ),
        (
            "select BillAddr from Customer",
            "4001",
            "QueryValidationError: Property BillAddr not found for Entity Customer",
        ),
        (
            "select * from Customer where Nonsense = '1'",
            "4001",
            "QueryValidationError: Property Nonsense not found for Entity Customer",
        ),
        (
            "select * from Customer startposition 0",
            "4001",
            "QueryValidationError: value 0 is too small. Min allowed value is 1",
        ),
        (
            "select * from Customer where Id > '1'",
            "4001",
            "QueryValidationError: operator > is not supported for property Id",
        ),
        (
            "select * from Invoice where TotalAmt > 'much'",
            "4001",
            "QueryValidationError: value much is not allowed for property TotalAmt",
        ),
        ("select * from Customer where DisplayName = 'it's'", "4000", "QueryParserError: Encountered"),
        ("select * from Customer where DisplayName = 'a' or Id = '1'", "4000", "QueryParserError: Encountered"),
        ("select * from Customer where not Active = true", "4000", "QueryParserError: Encountered"),
        ("select * from Customer where DisplayName != 'a'", "4000", "QueryParserError: Encountered"),
        ("select from Customer", "4000", "QueryParserError: Encountered"),
        ("drop table Customer", "4000", "QueryParserError: Encountered"),
        ("", "4000", "QueryParserError: Encountered"),
    ],
)
def test_a_query_that_is_none_is_refused(statement: str, code: str, detail: str) -> None:
    error = online().refused_query(statement)
    assert error["code"] == code
    assert error["Detail"].startswith(detail)
    assert "element" not in error


def test_a_statement_is_read_into_values() -> None:
    assert parse(r"SELECT a, b.c FROM X WHERE d IN ('1','it\'s \\ so') AND e LIKE '%' ORDERBY f ASC, g DESC") == Query(
        "X",
        ("a", "b.c"),
        conditions=(Condition("d", "in", ("1", "it's \\ so")), Condition("e", "like", ("%",))),
        orders=(Order("f"), Order("g", descending=True)),
    )
