"""A QuickBooks that stands still in time, and short ways to ask it."""

from datetime import datetime, timedelta, timezone
from itertools import count
from uuid import UUID

from lxml import etree

from dray_qbd.simulator import Company, Faults, QuickBooks

EASTERN = timezone(timedelta(hours=-4))
NOON = datetime(2026, 8, 5, 12, 0, 0, tzinfo=EASTERN)
VERSION_LINE = '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'


def quickbooks(company: Company | None = None, faults: Faults | None = None, now: datetime = NOON) -> QuickBooks:
    numbers = count(1)
    return QuickBooks(
        company or Company.sample(), lambda: now, faults, lambda: UUID(int=next(numbers)), lambda seconds: None
    )


def message_set(requests: str, **attributes: str) -> str:
    said = "".join(f' {name}="{value}"' for name, value in {"onError": "continueOnError", **attributes}.items())
    return f"{VERSION_LINE}<QBXML><QBXMLMsgsRq{said}>{requests}</QBXMLMsgsRq></QBXML>"


def ask(books: QuickBooks, requests: str, **attributes: str) -> etree._Element:
    """The QBXMLMsgsRs that answers these requests."""
    root = etree.fromstring(books.process(message_set(requests, **attributes)))
    return root[0]


def one(books: QuickBooks, request: str, **attributes: str) -> etree._Element:
    """The only response to one request."""
    (response,) = ask(books, request, **attributes)
    return response


def status(response: etree._Element) -> tuple[str | None, str | None]:
    return response.get("statusCode"), response.get("statusMessage")


def customer(name: str, inside: str = "") -> str:
    return f"<CustomerAddRq><CustomerAdd><Name>{name}</Name>{inside}</CustomerAdd></CustomerAddRq>"


def invoice(number: str, lines: str, before: str = "", name: str = "Acme Corp", after: str = "") -> str:
    """An InvoiceAdd; `before` goes after the date and number, `after` behind the terms."""
    return (
        f"<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>{name}</FullName></CustomerRef>"
        f"<TxnDate>2026-08-01</TxnDate><RefNumber>{number}</RefNumber>{before}{after}{lines}</InvoiceAdd></InvoiceAddRq>"
    )


def line(item: str, inside: str = "") -> str:
    return f"<InvoiceLineAdd><ItemRef><FullName>{item}</FullName></ItemRef>{inside}</InvoiceLineAdd>"
