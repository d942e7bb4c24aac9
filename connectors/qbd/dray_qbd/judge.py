"""What QuickBooks Desktop would not take, found before anything leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dray_qbd.judge_lines import line_problems
from dray_qbd.judge_links import link_problems
from dray_qbd.limits import BY_FIELD
from dray_qbd.messages.addresses import PRINTED_LINES, printed
from dray_qbd.messages.customers import address_name
from dray_qbd.messages.invoices import billing_name, ship_to, shipping_name
from dray_qbd.texts import colon_problem, text_problems
from dray_sdk import Address, Books, Customer, Delivery, Fix, Invoice, Lookup, Problem, Severity

_ADDRESS_PARTS = ("line1", "line2", "line3", "line4", "line5", "city", "region", "postal_code", "country")
_MOST_FULL_NAME = BY_FIELD["customer/full_name"].maximum


def judge(document: Invoice | Customer, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
    """Every problem, those that block before those that only warn. Lines are numbered from 0 in the paths."""
    if isinstance(document, Customer):
        found = list(_customer(document))
    else:
        found = [*_header(document), *_customer_name(document), *_addresses(document)]
        found.extend(line_problems(document))
        if books is not None:
            found.extend(_company(document, books))
        if lookup is not None:
            found.extend(link_problems(document, lookup))
    return tuple(sorted(found, key=_warns)) if len(found) > 1 else tuple(found)


def _warns(problem: Problem) -> bool:
    return problem.severity is Severity.WARNS


def _header(invoice: Invoice) -> Iterator[Problem]:
    if not invoice.number.strip():
        yield Problem("missing", "number", "The invoice has no number. Give it one.", Fix("edit", "Give it a number"))
    yield from text_problems(invoice.number, "number", BY_FIELD["number"])
    yield from text_problems(invoice.po_number, "po_number", BY_FIELD["po_number"])
    yield from text_problems(invoice.memo, "memo", BY_FIELD["memo"], breaks=True)
    for problem in text_problems(invoice.message, "message", BY_FIELD["message"]):
        # a shorter one would have to be in QuickBooks' list too
        yield replace(problem, fix=Fix("memo", "Put it into the memo")) if problem.code == "too_long" else problem
    for field in ("terms", "rep", "accounting_class", "tax_code"):
        reference = getattr(invoice, field)
        # what is linked travels by its ListID, whatever we call it
        if reference is not None and not reference.books_id:
            yield from text_problems(reference.name, field, BY_FIELD[field])
    if invoice.total.minor < 0:
        yield Problem(
            "credit",
            "total",
            f"The total is {invoice.total}: this is a credit, not an invoice. "
            "Enter it in QuickBooks as a credit memo, or change the lines.",
            Fix("edit", "Change the lines"),
        )
    if invoice.department is not None:
        yield _warning("department", "QuickBooks Desktop has no departments: the department stays here.")
    if invoice.delivery is Delivery.EMAILED and not invoice.email:
        yield _NO_ADDRESS
    if invoice.custom:
        yield _warning("custom", "Custom fields are not carried into QuickBooks Desktop: they stay here.")


# QuickBooks looks at the customer's own address there, which is not known here where it was not made from here
_NO_ADDRESS = Problem(
    "no_email",
    "email",
    "This connection puts invoices on QuickBooks' list of what is to be e-mailed, and there is no e-mail address here. "
    "QuickBooks takes it only where its own customer has one.",
    Fix("edit", "Add an address"),
    Severity.WARNS,
)


def _warning(field: str, detail: str, code: str = "not_carried") -> Problem:
    return Problem(code, field, detail, severity=Severity.WARNS)


def _customer_name(invoice: Invoice) -> Iterator[Problem]:
    """Where the customer is not linked yet it may be made from the invoice: with its name, e-mail and phone. An invoice
    itself has no place for the last two in QuickBooks."""
    name = invoice.customer.name
    limit = BY_FIELD["customer/name"]
    if not invoice.customer.books_id:
        yield from _parts(name, "customer/name")
        yield from text_problems(invoice.email, "email", BY_FIELD["customer/email"])
        yield from text_problems(invoice.phone, "phone", BY_FIELD["customer/phone"])
    elif invoice.bill_to or invoice.ship_to:
        yield from text_problems(billing_name(invoice), "customer/name", limit)


def _parts(name: str, field: str) -> Iterator[Problem]:
    for part in name.split(":"):
        if not part.strip():
            yield Problem(
                "missing",
                field,
                "A part of the customer's name is empty. Write a name on each side of the colon.",
                Fix("edit", "Write the name"),
            )
        yield from text_problems(part, field, BY_FIELD["customer/name"])
    if len(name) > _MOST_FULL_NAME:
        yield from text_problems(name, field, BY_FIELD["customer/full_name"])


def _addresses(invoice: Invoice) -> Iterator[Problem]:
    yield from text_problems(invoice.service_location, "service_location", BY_FIELD["service_location"])
    yield from _address(invoice.bill_to, "bill_to", "bill_to", billing_name(invoice))
    yield from _address(ship_to(invoice), "ship_to", "ship_to", shipping_name(invoice))


def _address(address: Address | None, field: str, limits: str, first: str) -> Iterator[Problem]:
    if not address:
        return
    for part in _ADDRESS_PARTS:
        text = getattr(address, part)
        # a place of service that stands for the whole address was looked at under its own name
        if text and text is not first:
            yield from text_problems(text, f"{field}/{part}", BY_FIELD[f"{limits}/{part}"])
    lines = printed(address, first)
    if lines > PRINTED_LINES:
        yield Problem(
            "address_lines",
            field,
            f"The address takes {lines} lines with the name on top, and QuickBooks prints {PRINTED_LINES}. "
            "Put two of its lines into one.",
            Fix("edit", "Shorten the address"),
        )


def _company(invoice: Invoice, books: Books) -> Iterator[Problem]:
    """What these books' own preferences do not allow."""
    if books.country and books.country != "US":
        yield _warning(
            "tax_code",
            f"These books belong to another edition of QuickBooks ({books.country}), where tax works by other rules. "
            "Compare the first invoice there before you send more.",
            "other_edition",
        )
    if books.currency and invoice.currency != books.currency:
        yield Problem(
            "currency",
            "currency",
            f"The invoice is in {invoice.currency} and these books are kept in {books.currency}. "
            f"Send it to books in {invoice.currency}, or write it in {books.currency}.",
            Fix("edit", "Change the currency"),
        )
    if books.closing_date and invoice.date <= books.closing_date:
        yield Problem(
            "closed_period",
            "date",
            f"The date {invoice.date} lies in a closed period: these books are closed to {books.closing_date}. "
            "Use a later date, or move the closing date in QuickBooks.",
            Fix("edit", "Change the date"),
        )
    if books.preferences.get("class_tracking") == "off":
        yield from _classes_off(invoice)
    if books.preferences.get("sales_tax") == "off":
        yield from _tax_off(invoice)


def _classes_off(invoice: Invoice) -> Iterator[Problem]:
    classed = [f"lines/{number}/accounting_class" for number, line in enumerate(invoice.lines) if line.accounting_class]
    if invoice.accounting_class:
        classed.insert(0, "accounting_class")
    for field in classed:
        yield Problem(
            "class_tracking_off",
            field,
            "Class tracking is switched off in these books. Switch it on in QuickBooks under Edit, Preferences, "
            "Accounting, or take the class out.",
            Fix("edit", "Take the class out"),
        )


def _tax_off(invoice: Invoice) -> Iterator[Problem]:
    advice = "Switch it on in QuickBooks under Edit, Preferences, Sales Tax, or take the tax out of the invoice."
    if invoice.tax is not None and invoice.tax.minor:
        yield Problem(
            "sales_tax_off",
            "tax",
            f"The invoice expects {invoice.tax} of tax, and sales tax is switched off in these books. {advice}",
            Fix("edit", "Change the tax"),
        )
    if invoice.tax_code is not None:
        yield Problem(
            "sales_tax_off",
            "tax_code",
            f"The invoice names a sales tax item, and sales tax is switched off in these books. {advice}",
            Fix("edit", "Take the tax code out"),
        )


def _customer(customer: Customer) -> Iterator[Problem]:
    if not customer.name.strip():
        yield Problem("missing", "name", "The customer has no name. Write one.", Fix("edit", "Write a name"))
    yield from colon_problem(customer.name, "name")
    yield from text_problems(customer.name, "name", BY_FIELD["customer/name"])
    yield from text_problems(customer.company_name, "company_name", BY_FIELD["customer/company_name"])
    yield from text_problems(customer.email, "email", BY_FIELD["customer/email"])
    yield from text_problems(customer.phone, "phone", BY_FIELD["customer/phone"])
    if customer.parent is not None:
        full = f"{customer.parent.name}:{customer.name}"
        if len(full) > _MOST_FULL_NAME:
            yield from text_problems(full, "name", BY_FIELD["customer/full_name"])
    first = address_name(customer)
    for field in ("billing_address", "shipping_address"):
        yield from _address(getattr(customer, field), field, f"customer/{field}", first)
