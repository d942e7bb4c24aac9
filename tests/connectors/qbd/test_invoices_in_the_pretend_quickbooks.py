"""Invoices of every kind are posted by the pretend QuickBooks and read back as they were sent."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings

from dray_qbd import connector
from dray_qbd.company import read_company
from dray_qbd.simulator import QuickBooks
from dray_sdk import (
    Answer,
    Batch,
    Create,
    Delivery,
    Find,
    Found,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Posted,
    Reference,
)
from tests.connectors.qbd.drawn import approved, invoices
from tests.connectors.qbd.simulator.asking import ask, quickbooks

KEY = "0123456789abcdef0123"
KNOWN = (("items", "Widget"), ("items", "Discount"), ("items", "Subtotal"), ("names", "Acme Corp"))
ITEMS = {LineKind.CHARGE: "Widget", LineKind.DISCOUNT: "Discount", LineKind.SUBTOTAL: "Subtotal"}
BOOKS_QUERY = '<HostQueryRq requestID="0"/><CompanyQueryRq requestID="1"/><PreferencesQueryRq requestID="2"/>'


def _list_id(books: QuickBooks, space: str, name: str) -> str:
    known = books.company.by_name(space, name)
    assert known is not None
    return str(known[1]["ListID"])


def _known(line: Line, ids: dict[str, str]) -> Line:
    item = ITEMS.get(line.kind)
    return replace(
        line,
        item=None if item is None else Reference(Kind.ITEM, item, books_id=ids[item]),
        accounting_class=None,
        taxable=None if line.taxable is None else False,
        percent=None,
        amount=Money(-1, "USD") if line.kind is LineKind.DISCOUNT and line.amount is None else line.amount,
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=invoices())
def test_any_approved_invoice_is_posted_with_our_total_and_found_as_it_was_sent(drawn: Invoice) -> None:
    books = quickbooks()
    ids = {name: _list_id(books, space, name) for space, name in KNOWN}
    form = next(iter(books.company.lists["Template"]))
    # who is to get it by e-mail has an address there, or QuickBooks refuses the invoice
    books.company.lists["Customer"][ids["Acme Corp"]]["Email"] = "office@acme.example"
    lines = tuple(_known(line, ids) for line in drawn.lines)
    total = sum(line.amount.minor for line in lines if line.amount is not None and line.kind is not LineKind.SUBTOTAL)
    assume(0 <= total < 10**11)
    invoice = approved(
        replace(
            drawn,
            customer=Reference(Kind.CUSTOMER, "Acme Corp", books_id=ids["Acme Corp"]),
            lines=lines,
            terms=drawn.terms and Reference(Kind.TERMS, "Net 30"),
            rep=drawn.rep and Reference(Kind.REP, "RS"),
            accounting_class=drawn.accounting_class and Reference(Kind.CLASS, "East"),
            tax_code=drawn.tax_code and Reference(Kind.TAX_CODE, "County Tax"),
            message=drawn.message and "Thank you for your business.",
            template=drawn.template and Reference(Kind.TEMPLATE, "Intuit Service Invoice", books_id=form),
        )
    )
    about = read_company(books.process(_set(BOOKS_QUERY)).encode()).books
    # what nobody said about tax is for QuickBooks to decide by the item, so say it
    invoice = replace(invoice, lines=tuple(replace(line, taxable=False) for line in invoice.lines))

    batch = Batch(KEY, (Create(invoice),))
    request = connector.encode(batch, about)
    answer = Answer(books.process(request.body.decode()).encode())
    (posted,) = connector.decode(batch, request, answer)

    assert isinstance(posted, Posted), posted
    assert (posted.number, posted.total, posted.balance) == (invoice.number, Money(total, "USD"), Money(total, "USD"))

    look = Batch("f" * 20, (Find(Kind.INVOICE, number=invoice.number, total=Money(0, "USD")),))
    request = connector.encode(look, about)
    (found,) = connector.decode(look, request, Answer(books.process(request.body.decode()).encode()))
    assert isinstance(found, Found)
    (entry,) = found.candidates
    assert (entry.books_id, entry.mark, entry.total) == (posted.books_id, invoice.mark, Money(total, "USD"))

    query = (
        f"<InvoiceQueryRq><TxnID>{posted.books_id}</TxnID><IncludeLineItems>true</IncludeLineItems></InvoiceQueryRq>"
    )
    read = ask(books, query)[0][0]
    for name, delivery in (("IsToBePrinted", Delivery.PRINTED), ("IsToBeEmailed", Delivery.EMAILED)):
        assert read.findtext(name) == ("true" if invoice.delivery is delivery else "false")
    if invoice.template:
        assert read.findtext("TemplateRef/ListID") == form
    kept = read.findall("InvoiceLineRet")
    for sent, line in zip(invoice.lines, kept, strict=True):
        # QuickBooks fills in the item's own description where none was sent
        assert sent.description in (None, line.findtext("Desc"))
        if sent.kind in (LineKind.CHARGE, LineKind.DISCOUNT):
            assert line.findtext("Amount") == str(sent.amount)


def _set(requests: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        f'<QBXML><QBXMLMsgsRq onError="continueOnError">{requests}</QBXMLMsgsRq></QBXML>'
    )
