"""Invoices: adding one, and finding one by number, by TxnID, or by customer and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from lxml import etree

from dray_qbd.company import currency_code
from dray_qbd.messages.addresses import address_block
from dray_qbd.messages.found import found
from dray_qbd.messages.marks import braced, contradicts
from dray_qbd.messages.message import Answers, Message, by_id, by_id_or_name, held
from dray_qbd.messages.written import written
from dray_qbd.qbxml import reader, writer
from dray_qbd.qbxml.reader import Answered
from dray_qbd.qbxml.writer import Content
from dray_sdk import (
    Absent,
    Address,
    Books,
    Create,
    Delivery,
    Entry,
    Find,
    Found,
    InDoubt,
    Invoice,
    Kind,
    Line,
    LineKind,
    LocalProtocolError,
    Money,
    Outcome,
    Posted,
    Reference,
)


def billing_name(invoice: Invoice) -> str:
    """The name on the bill-to block: of the customer, and for a job of the customer above it."""
    return invoice.customer.name.partition(":")[0]


def shipping_name(invoice: Invoice) -> str:
    """The first line of the ship-to block: the place of service where one is named."""
    return invoice.service_location or billing_name(invoice)


def ship_to(invoice: Invoice) -> Address | None:
    """The ship-to address. A place of service alone makes a block of one line."""
    if invoice.ship_to or not invoice.service_location:
        return invoice.ship_to
    return Address(line1=invoice.service_location)


def invoice_add(invoice: Invoice, books: Books) -> dict[str, Content | None]:
    """The content of InvoiceAdd for books whose preferences are known.

    Printing and e-mailing are always said, since an absent element leaves them to that company's habit. Tax
    elements are left out where sales tax is off: QuickBooks refuses them there (status 3250).
    """
    taxed = books.preferences.get("sales_tax") != "off"
    return {
        "CustomerRef": by_id(invoice.customer),
        "ClassRef": by_id_or_name(invoice.accounting_class),
        "TemplateRef": by_id_or_name(invoice.template),
        "TxnDate": invoice.date.isoformat(),
        "RefNumber": held(invoice.number),
        "BillAddress": address_block(invoice.bill_to, billing_name(invoice)),
        "ShipAddress": address_block(ship_to(invoice), shipping_name(invoice)),
        "PONumber": held(invoice.po_number),
        "TermsRef": by_id_or_name(invoice.terms),
        "DueDate": invoice.due_date.isoformat() if invoice.due_date else None,
        "SalesRepRef": by_id_or_name(invoice.rep),
        "ShipDate": invoice.ship_date.isoformat() if invoice.ship_date else None,
        "ItemSalesTaxRef": by_id_or_name(invoice.tax_code) if taxed else None,
        "Memo": held(invoice.memo),
        "CustomerMsgRef": {"FullName": held(invoice.message)} if invoice.message else None,
        "IsToBePrinted": "true" if invoice.delivery is Delivery.PRINTED else "false",
        "IsToBeEmailed": "true" if invoice.delivery is Delivery.EMAILED else "false",
        "ExternalGUID": braced(invoice.mark),
        "InvoiceLineAdd": [_line_add(line, books, taxed) for line in invoice.lines],
    }


def _line_add(line: Line, books: Books, taxed: bool) -> dict[str, Content | None]:
    if line.kind is LineKind.TEXT:
        return {"Desc": held(line.description)}
    content: dict[str, Content | None] = {"ItemRef": by_id(line.item), "Desc": held(line.description)}
    if content["ItemRef"] is None:
        raise LocalProtocolError(f"a {line.kind.value} line needs an item")
    if line.kind is LineKind.SUBTOTAL:
        return content
    content.update(_charged(line) if line.kind is LineKind.CHARGE else _discounted(line))
    content["ClassRef"] = by_id_or_name(line.accounting_class)
    content["ServiceDate"] = line.service_date.isoformat() if line.service_date else None
    content["SalesTaxCodeRef"] = _tax_status(line, books) if taxed else None
    return content


def multiplies(line: Line) -> bool:
    """Whether quantity × price is the amount itself, without rounding."""
    return (
        line.quantity is not None
        and line.unit_price is not None
        and line.amount is not None
        and line.quantity * line.unit_price == line.amount.decimal
    )


def _charged(line: Line) -> dict[str, Content | None]:
    """Quantity with rate where they give the amount exactly, else the amount itself with the quantity: QuickBooks then
    works out the rate, and never the amount."""
    if line.amount is None:
        raise LocalProtocolError("a charge needs an amount")
    quantity = None if line.quantity is None else _plain(line.quantity)
    if multiplies(line) and line.unit_price is not None:
        return {"Quantity": quantity, "Rate": _plain(line.unit_price)}
    return {"Quantity": quantity, "Amount": str(line.amount)}


def _discounted(line: Line) -> dict[str, Content | None]:
    """A negative amount, or a negative percentage of the line above. QuickBooks takes no quantity with a discount."""
    if line.amount is not None:
        return {"Amount": str(line.amount)}
    if line.percent is None:
        raise LocalProtocolError("a discount needs an amount or a percentage")
    return {"RatePercent": _plain(-abs(line.percent))}


def _tax_status(line: Line, books: Books) -> Content | None:
    if line.taxable is None:
        return None
    name = "taxable_code" if line.taxable else "nontaxable_code"
    books_id = books.preferences.get(f"{name}_id")
    if books_id:
        return {"ListID": books_id}
    # QuickBooks US makes these two itself when sales tax is switched on
    return {"FullName": books.preferences.get(name) or ("Tax" if line.taxable else "Non")}


def _plain(number: Decimal) -> str:
    return f"{number:f}"


def _write_add(operation: Create, request_id: str, books: Books) -> tuple[str, ...]:
    invoice = cast(Invoice, operation.record)
    return (writer.request("InvoiceAddRq", request_id, {"InvoiceAdd": invoice_add(invoice, books)}),)


def _expects_add(_operation: Create, request_id: str) -> Mapping[str, str]:
    return {request_id: "InvoiceAddRs"}


def _read_add(operation: Create, answers: Answers) -> Outcome:
    invoice = cast(Invoice, operation.record)

    def posted(ret: etree._Element, warning: str | None, code: str, text: str) -> Outcome:
        books_id = reader.text(ret, "TxnID")
        number = reader.text(ret, "RefNumber")
        if not books_id:
            return InDoubt(code, text)
        ours = reader.guid(ret.findtext("ExternalGUID")) is not None
        if contradicts(invoice.mark, ret) or (number and not ours and number != invoice.number):
            return InDoubt(code, f"QuickBooks answered about another invoice: {number}")
        total, tax = _total(ret, invoice.currency)
        return Posted(
            books_id,
            number=number,
            total=total,
            tax=tax,
            balance=reader.money(ret, "BalanceRemaining", invoice.currency),
            revision=reader.text(ret, "EditSequence"),
            warning=warning,
            code=code,
            text=text,
        )

    return written(answers["InvoiceAddRs"], "InvoiceRet", posted, invoice)


def _total(ret: etree._Element, currency: str) -> tuple[Money | None, Money | None]:
    """Total and tax. QuickBooks tells the subtotal and the tax, never their sum."""
    subtotal = reader.money(ret, "Subtotal", currency)
    tax = reader.money(ret, "SalesTaxTotal", currency)
    if subtotal is None:
        return None, tax
    return (subtotal if tax is None else subtotal + tax), tax


def _write_find(operation: Find, request_id: str, _books: Books) -> tuple[str, ...]:
    return (writer.request("InvoiceQueryRq", request_id, _wanted(operation)),)


def _wanted(find: Find) -> dict[str, Content | None]:
    # the three ways exclude each other in the schema; the most exact one is taken
    if find.books_id:
        # only for one that is looked up again: by what it was settled tells a credit from a payment
        return {"TxnID": [find.books_id], "IncludeLinkedTxns": "true"}
    if find.number:
        return {"RefNumber": [find.number]}
    if find.customer is None or find.date is None:
        raise LocalProtocolError("an invoice is found by id, by number, or by customer and date")
    day = find.date.isoformat()
    customer: Content = (
        {"ListID": [find.customer.books_id]} if find.customer.books_id else {"FullName": [find.customer.name]}
    )
    return {"TxnDateRangeFilter": {"FromTxnDate": day, "ToTxnDate": day}, "EntityFilter": customer}


def together(find: Find) -> tuple[str, ...] | None:
    """Which finds may travel in one query: those by number, and those by linked customers on the same day. None for one
    that travels alone: of several TxnIDs a single unknown one may be answered as if none were there."""
    if find.kind is not Kind.INVOICE or find.books_id:
        return None
    if find.number:
        return ("number",)
    if find.customer is None or not find.customer.books_id or find.date is None:
        return None
    return ("customer", find.date.isoformat())


def write_together(finds: Sequence[Find], request_id: str) -> str:
    """One query for all of them: QuickBooks searches once instead of once for each."""
    wanted = _wanted(finds[0])
    if finds[0].number:
        wanted["RefNumber"] = list(dict.fromkeys(find.number for find in finds if find.number))
    else:
        ids = dict.fromkeys(find.customer.books_id for find in finds if find.customer and find.customer.books_id)
        wanted["EntityFilter"] = {"ListID": list(ids)}
    return writer.request("InvoiceQueryRq", request_id, wanted)


def read_together(finds: Sequence[Find], answer: Answered) -> tuple[Outcome, ...]:
    """Each find's own share of the answer."""
    everything = _read_find(finds[0], {"InvoiceQueryRs": answer})
    if not isinstance(everything, Found):
        return (everything,) * len(finds)
    return tuple([_share(find, everything) for find in finds])


def _share(find: Find, everything: Found) -> Outcome:
    def mine(entry: Entry) -> bool:
        if find.number:
            return (entry.number or "").casefold() == find.number.casefold()
        return (
            entry.customer is not None
            and find.customer is not None
            and entry.customer.books_id == find.customer.books_id
        )

    candidates = tuple(filter(mine, everything.candidates))
    return Found(candidates) if candidates else Absent()


def _expects_find(_operation: Find, request_id: str) -> Mapping[str, str]:
    return {request_id: "InvoiceQueryRs"}


def _read_find(operation: Find, answers: Answers) -> Outcome:
    answer = answers["InvoiceQueryRs"]
    currency = operation.total.currency if operation.total else "USD"
    entries = [invoice_entry(ret, currency) for ret in answer.element.iterfind("InvoiceRet")]
    return found(answer, entries, by_id=bool(operation.books_id))


def invoice_entry(ret: etree._Element, currency: str) -> Entry | None:
    """An invoice as read. `currency` holds where the books name none or one that nobody here knows."""
    books_id = reader.text(ret, "TxnID")
    if not books_id:
        return None
    currency = currency_code(reader.text(ret, "CurrencyRef/FullName") or "") or currency
    total, tax = _total(ret, currency)
    customer = reader.text(ret, "CustomerRef/FullName")
    paid = reader.flag(ret, "IsPaid")
    return Entry(
        Kind.INVOICE,
        books_id,
        number=reader.text(ret, "RefNumber"),
        date=reader.date(ret, "TxnDate"),
        customer=Reference(Kind.CUSTOMER, customer or "", books_id=reader.text(ret, "CustomerRef/ListID")),
        total=total,
        tax=tax,
        balance=reader.money(ret, "BalanceRemaining", currency),
        mark=reader.guid(ret.findtext("ExternalGUID")),
        revision=reader.text(ret, "EditSequence"),
        changed=reader.moment(ret, "TimeModified"),
        details=_details(ret, paid, total, currency),
    )


def _details(ret: etree._Element, paid: bool | None, total: Money | None, currency: str) -> dict[str, str]:
    details = {} if paid is None else {"paid": "yes" if paid else "no"}
    credited = [
        amount
        for linked in ret.iterfind("LinkedTxn")
        if reader.text(linked, "TxnType") == "CreditMemo"
        and (amount := reader.money(linked, "Amount", currency)) is not None
    ]
    if total and credited and sum(abs(amount.minor) for amount in credited) >= total.minor:
        details["credited"] = "yes"
    return details


ADD = Message(_write_add, _expects_add, _read_add)
FIND = Message(_write_find, _expects_find, _read_find)
