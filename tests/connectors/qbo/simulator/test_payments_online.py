"""Payments in the pretend QuickBooks Online, and what they do to what they pay."""

from typing import Any

from tests.connectors.qbo.simulator.online import Online, invoice, online, sale


def payment(amount: Any, *paid: tuple[str, str, Any], customer: str = "1") -> dict[str, Any]:
    lines = [{"Amount": part, "LinkedTxn": [{"TxnType": kind, "TxnId": identity}]} for kind, identity, part in paid]
    return {"CustomerRef": {"value": customer}, "TotalAmt": amount, "Line": lines}


def balance(books: Online, identity: str) -> float:
    return float(books.get(f"invoice/{identity}")["Balance"])


def owed(books: Online) -> float:
    return float(books.get("customer/1")["Balance"])


def test_a_payment_pays_and_the_rest_is_unapplied() -> None:
    books = online()
    bill = books.post("invoice", invoice(sale(100)))["Id"]
    made = books.post("payment", payment(150, ("Invoice", bill, 100)))
    assert (made["UnappliedAmt"], balance(books, bill), owed(books)) == (50.0, 0, -50.0)
    assert books.get(f"invoice/{bill}")["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]
    assert books.get(f"invoice/{bill}")["SyncToken"] == "1"


def test_a_payment_that_is_voided_or_deleted_pays_nothing() -> None:
    for operation in ({"operation": "delete"}, {"operation": "void"}, {"operation": "update", "include": "void"}):
        books = online()
        bill = books.post("invoice", invoice(sale(100)))["Id"]
        made = books.post("payment", payment(60, ("Invoice", bill, 60)))
        assert (balance(books, bill), owed(books)) == (40.0, 40.0)
        books.post("payment", {"Id": made["Id"], "SyncToken": "0", "sparse": True}, **operation)
        assert (balance(books, bill), owed(books)) == (100.0, 100.0)
        assert books.get(f"invoice/{bill}")["LinkedTxn"] == []


def test_a_payment_changes_what_it_pays() -> None:
    books = online()
    first, second = (books.post("invoice", invoice(sale(100)))["Id"] for _ in range(2))
    made = books.post("payment", payment(60, ("Invoice", first, 60)))
    moved = {**payment(70, ("Invoice", second, 70)), "Id": made["Id"], "SyncToken": "0"}
    books.post("payment", moved)
    assert (balance(books, first), balance(books, second), owed(books)) == (100.0, 30.0, 130.0)


def test_a_credit_memo_is_applied_by_a_payment_of_nothing() -> None:
    books = online()
    bill = books.post("invoice", invoice(sale(100)))["Id"]
    credit = books.post("creditmemo", invoice(sale(30)))["Id"]
    assert owed(books) == 70.0
    books.post("payment", payment(0, ("Invoice", bill, 30), ("CreditMemo", credit, 30)))
    assert (balance(books, bill), books.get(f"creditmemo/{credit}")["RemainingCredit"], owed(books)) == (70.0, 0, 70.0)


def test_money_of_a_voided_or_deleted_invoice_is_unapplied() -> None:
    for operation in ("void", "delete"):
        books = online()
        bill = books.post("invoice", invoice(sale(100)))
        made = books.post("payment", payment(60, ("Invoice", bill["Id"], 60)))["Id"]
        books.post("invoice", {"Id": bill["Id"], "SyncToken": "1"}, operation=operation)
        after = books.get(f"payment/{made}")
        assert (after["UnappliedAmt"], after["Line"], owed(books)) == (60.0, [], -60.0)


def test_a_paid_invoice_keeps_its_payment_through_a_change() -> None:
    books = online()
    bill = books.post("invoice", invoice(sale(100)))
    books.post("payment", payment(60, ("Invoice", bill["Id"], 60)))
    change = {"Id": bill["Id"], "SyncToken": "1", "sparse": True}
    assert books.post("invoice", {**change, "Line": [sale(90)]})["Balance"] == 30.0
    assert books.refused("invoice", {**change, "SyncToken": "2", "Line": [sale(50)]}) == [("6000", "")]


def test_a_payment_that_does_not_fit_is_refused() -> None:
    books = online()
    bill = books.post("invoice", invoice(sale(100)))["Id"]
    assert books.refused("payment", {}) == [("2020", "TotalAmt"), ("2020", "CustomerRef")]
    assert books.refused("payment", payment(200, ("Invoice", bill, 101))) == [("6000", "")]
    assert books.refused("payment", payment(10, ("Invoice", bill, 20))) == [("6000", "")]
    assert books.refused("payment", payment(10, ("Invoice", "999", 10))) == [("620", "Line.LinkedTxn")]
    assert books.refused("payment", payment(10, ("Invoice", bill, 10), customer="2")) == [("620", "Line.LinkedTxn")]
    assert balance(books, bill) == 100.0
