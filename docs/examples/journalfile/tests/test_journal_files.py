"""Journal files keep the rules of the interface in both formats, and say what a bookkeeper expects."""

from dataclasses import replace

from journalfile import connector
from journalfile.connector import JournalFile
from journalfile.files import csv_of, iif_of
from journalfile.pretend import PretendBookkeeper

from dray_sdk import Invoice, Line, LineKind, Money
from dray_sdk.testing import Bench, Conformance


class ForDesktop(JournalFile):
    """The same with a bookkeeper who wants IIF."""

    def pretend(self) -> PretendBookkeeper:
        return PretendBookkeeper("iif")


class TestCsv(Conformance):
    connector = connector


class TestIif(Conformance):
    connector = ForDesktop()


def _invoice() -> Invoice:
    documents = Bench(connector).stage().documents
    discount = Line(LineKind.DISCOUNT, description="For early payment", amount=Money(-500, "USD"))
    text = Line(LineKind.TEXT, description="March")
    made = documents.invoice("1001", documents.line("20.00", 'Mulch, 3" deep'), text, discount)
    return replace(made, tax=Money(120, "USD"), total=made.total + Money(120, "USD"))


def test_a_journal_balances_and_every_line_is_in_it() -> None:
    assert csv_of([_invoice()]).splitlines() == [
        "Journal,Date,Account,Debit,Credit,Currency,Name,Description",
        "1001,2026-03-02,Accounts Receivable,16.20,,USD,Acme Gardens,",
        '1001,2026-03-02,Sales,,20.00,USD,Acme Gardens,"Mulch, 3"" deep"',
        "1001,2026-03-02,Sales,,,USD,Acme Gardens,March",
        "1001,2026-03-02,Sales,5.00,,USD,Acme Gardens,For early payment",
        "1001,2026-03-02,Sales Tax Payable,,1.20,USD,Acme Gardens,Sales tax",
    ]


def test_iif_has_what_is_sold_as_negative_amounts() -> None:
    rows = [line.split("\t") for line in iif_of([_invoice()]).splitlines()]
    assert [row[0] for row in rows] == ["!TRNS", "!SPL", "!ENDTRNS", "TRNS", "SPL", "SPL", "SPL", "SPL", "ENDTRNS"]
    assert [row[5] for row in rows[3:8]] == ["16.20", "-20.00", "0", "5.00", "-1.20"]


def test_what_a_file_cannot_compute_or_hold_is_stopped_before_it_leaves() -> None:
    documents = Bench(connector).stage().documents
    percent = replace(_invoice().lines[2], amount=None, percent=documents.line("10.00").unit_price)
    tried = {
        "tax_unknown": documents.invoice("1", documents.line("1.00", taxable=True)),
        "percent": documents.invoice("1", documents.line("1.00"), percent),
        "characters": documents.invoice("1", documents.line("1.00", "a\x00b")),
    }
    for code, invoice in tried.items():
        assert [problem.code for problem in connector.judge(invoice, None, None)] == [code]
