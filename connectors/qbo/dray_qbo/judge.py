"""What QuickBooks Online would not take, found before anything leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dray_qbo.characters import length
from dray_qbo.company import custom_fields, po_field
from dray_qbo.judge_company import company_problems
from dray_qbo.judge_lines import line_problems
from dray_qbo.judge_links import link_problems
from dray_qbo.limits import BY_FIELD, MOST_IN_ADDRESS
from dray_qbo.messages.addresses import LINES, PARTS, lines
from dray_qbo.messages.invoices import carried
from dray_qbo.texts import colon_problem, email_problems, text_problems
from dray_sdk import Address, Books, Customer, Delivery, Fix, Invoice, Lookup, Problem, Severity


def judge(document: Invoice | Customer, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
    """Every problem, those that block before those that only warn. Lines are numbered from 0 in the paths."""
    if isinstance(document, Customer):
        found = list(_customer(document))
    else:
        found = [*_header(document), *_customer_name(document), *_addresses(document), *_stays_here(document, books)]
        found.extend(line_problems(document))
        if books is not None:
            found.extend(company_problems(document, books))
        if lookup is not None:
            found.extend(link_problems(document, lookup))
    return tuple(sorted(found, key=_warns)) if len(found) > 1 else tuple(found)


def _warns(problem: Problem) -> bool:
    return problem.severity is Severity.WARNS


def _header(invoice: Invoice) -> Iterator[Problem]:
    if not invoice.number.strip():
        yield Problem("missing", "number", "The invoice has no number. Give it one.", Fix("edit", "Give it a number"))
    yield from text_problems(invoice.number, "number", BY_FIELD["number"])
    yield from text_problems(invoice.memo, "memo", BY_FIELD["memo"], breaks=True)
    yield from text_problems(invoice.message, "message", BY_FIELD["message"], breaks=True)
    yield from email_problems(invoice.email, "email", BY_FIELD["email"])
    if invoice.delivery is Delivery.EMAILED and not invoice.email:
        yield _NO_ADDRESS
    for field in ("terms", "tax_code"):
        reference = getattr(invoice, field)
        # what is linked travels by its id, whatever we call it
        if reference is not None and not reference.books_id:
            yield from text_problems(reference.name, field, BY_FIELD[field])
    for field in ("accounting_class", "department"):
        reference = getattr(invoice, field)
        if reference is not None and not reference.books_id:
            for name in reference.name.split(":"):
                yield from text_problems(name, field, BY_FIELD[field])
    if invoice.total.minor < 0:
        yield Problem(
            "credit",
            "total",
            f"The total is {invoice.total}: this is a credit, not an invoice. "
            "Enter it in QuickBooks Online as a credit memo, or change the lines.",
            Fix("edit", "Change the lines"),
        )


_NO_ADDRESS = Problem(
    "no_email",
    "email",
    "This connection puts invoices on QuickBooks' list of what is to be e-mailed, and this one has no e-mail address. "
    "Add one, or choose otherwise on the connection's page.",
    Fix("edit", "Add an address"),
)


def _stays_here(invoice: Invoice, books: Books | None) -> Iterator[Problem]:
    """What has no place in QuickBooks Online, or none in this company."""
    if invoice.rep is not None:
        yield _left_here("rep", "QuickBooks Online has no sales reps: the sales rep stays here.")
    yield from text_problems(invoice.po_number, "po_number", BY_FIELD["po_number"])
    for name, value in invoice.custom.items():
        yield from text_problems(value, f"custom/{name}", BY_FIELD["custom/*"])
    if books is None:
        return
    if invoice.po_number and po_field(books) is None:
        yield _left_here(
            "po_number",
            "This company has no field for a PO number: it stays here. To carry it, add a custom field named "
            "“PO Number” in QuickBooks Online under Sales settings.",
        )
    fields = custom_fields(books)
    for name in invoice.custom:
        if not carried(name, fields):
            yield _left_here(
                f"custom/{name}",
                f"This company has no custom field named “{name}”: it stays here. To carry it, add one of that name in "
                "QuickBooks Online under Sales settings.",
            )


def _left_here(field: str, detail: str) -> Problem:
    return Problem("not_carried", field, detail, severity=Severity.WARNS)


def _customer_name(invoice: Invoice) -> Iterator[Problem]:
    """Where the customer is not linked yet it may be made from the invoice: with its name and phone."""
    if invoice.customer.books_id:
        return
    for part in invoice.customer.name.split(":"):
        if not part.strip():
            yield Problem(
                "missing",
                "customer/name",
                "A part of the customer's name is empty. Write a name on each side of the colon.",
                Fix("edit", "Write the name"),
            )
        yield from text_problems(part, "customer/name", BY_FIELD["customer/name"])
    yield from text_problems(invoice.phone, "phone", BY_FIELD["customer/phone"])


def _addresses(invoice: Invoice) -> Iterator[Problem]:
    yield from text_problems(invoice.service_location, "service_location", BY_FIELD["service_location"])
    yield from _address(invoice.bill_to, "bill_to", "bill_to", None)
    yield from _address(invoice.ship_to, "ship_to", "ship_to", invoice.service_location)


def _address(address: Address | None, field: str, limits: str, above: str | None) -> Iterator[Problem]:
    if not address:
        return
    for part in PARTS:
        yield from text_problems(getattr(address, part), f"{field}/{part}", BY_FIELD[f"{limits}/{part}"])
    printed = lines(address, above)
    if len(printed) > LINES or sum(length(line) for line in printed) > MOST_IN_ADDRESS:
        yield Problem(
            "address_lines",
            field,
            f"The address is too long: QuickBooks Online holds {LINES} lines with {MOST_IN_ADDRESS} characters, "
            "the place of service among them. Put two of its lines into one.",
            Fix("edit", "Shorten the address"),
        )


def _customer(customer: Customer) -> Iterator[Problem]:
    if not customer.name.strip():
        yield Problem("missing", "name", "The customer has no name. Write one.", Fix("edit", "Write a name"))
    yield from colon_problem(customer.name, "name")
    yield from text_problems(customer.name, "name", BY_FIELD["customer/name"])
    yield from text_problems(customer.company_name, "company_name", BY_FIELD["customer/company_name"])
    yield from email_problems(customer.email, "email", BY_FIELD["customer/email"])
    yield from text_problems(customer.phone, "phone", BY_FIELD["customer/phone"])
    if customer.parent is not None and customer.parent.name.count(":") >= 4:
        yield Problem(
            "levels",
            "parent",
            "Customers in QuickBooks Online stand in at most 5 levels. Choose another customer above this one.",
            Fix("edit", "Choose another"),
        )
    for field in ("billing_address", "shipping_address"):
        yield from _address(getattr(customer, field), field, f"customer/{field}", None)
