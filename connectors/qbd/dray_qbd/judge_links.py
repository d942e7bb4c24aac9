"""What an invoice names and the books do not have, have as another thing, or have put aside. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dray_sdk import Entry, Fix, Invoice, Kind, LineKind, Lookup, Problem, Reference

# QuickBooks keeps customers, vendors, employees and other names in one list of names (status 3100)
_OTHER_HOLDERS = {
    Kind.VENDOR: "a vendor",
    Kind.EMPLOYEE: "an employee",
    Kind.OTHER_NAME: "an entry of the Other Names list",
}
_LABELS = {
    Kind.ITEM: "item",
    Kind.TERMS: "terms",
    Kind.CLASS: "class",
    Kind.TAX_CODE: "sales tax item",
    Kind.REP: "sales rep",
    Kind.MESSAGE: "customer message",
}
_FITS = {
    LineKind.CHARGE: None,
    LineKind.DISCOUNT: "discount",
    LineKind.SUBTOTAL: "subtotal",
}
_NEVER_CHARGED = {"discount": "a discount item", "subtotal": "a subtotal item", "group": "a group of items"}


def link_problems(invoice: Invoice, lookup: Lookup) -> Iterator[Problem]:
    """Problems of names, by the copy of the books' lists."""
    yield from _customer(invoice.customer, lookup)
    for field in ("terms", "rep", "accounting_class", "tax_code"):
        yield from _entry(getattr(invoice, field), field, lookup)
    if invoice.message:
        yield from _entry(Reference(Kind.MESSAGE, invoice.message), "message", lookup)
    for number, line in enumerate(invoice.lines):
        yield from _entry(line.accounting_class, f"lines/{number}/accounting_class", lookup)
        if line.item is not None and line.kind is not LineKind.TEXT:
            yield from _item(line.item, line.kind, number, lookup)


def _customer(customer: Reference, lookup: Lookup) -> Iterator[Problem]:
    if customer.books_id:
        entry = lookup.by_books_id(Kind.CUSTOMER, customer.books_id)
        if entry is not None and not entry.active:
            yield _inactive("customer", customer.name)
        return
    found = lookup.by_name(Kind.CUSTOMER, customer.name)
    if found:
        if not any(entry.active for entry in found):
            yield _inactive("customer", customer.name)
        return
    # a job's name is free below its customer; the customer's own must be free, or be a customer's already
    top = customer.name.partition(":")[0]
    if top != customer.name and lookup.by_name(Kind.CUSTOMER, top):
        return
    for kind, what in _OTHER_HOLDERS.items():
        if lookup.by_name(kind, top):
            yield Problem(
                "name_taken",
                "customer",
                f"In QuickBooks “{top}” is {what}, and QuickBooks does not invoice it. "
                "Choose another name for the customer there, or link one that exists.",
                Fix("pick", "Choose a customer"),
            )
            return


def _found(reference: Reference, lookup: Lookup) -> tuple[Entry, ...]:
    if reference.books_id:
        entry = lookup.by_books_id(reference.kind, reference.books_id)
        return () if entry is None else (entry,)
    return lookup.by_name(reference.kind, reference.name)


def _entry(reference: Reference | None, field: str, lookup: Lookup) -> Iterator[Problem]:
    if reference is None:
        return
    found = _found(reference, lookup)
    label = _LABELS.get(reference.kind, reference.kind.value)
    if not found:
        yield Problem(
            f"missing_{reference.kind.value}",
            field,
            f"QuickBooks has no {label} “{reference.name}”. Choose one that it has, or add it in QuickBooks.",
            Fix("pick", "Choose one"),
        )
    elif not any(entry.active for entry in found):
        yield _inactive(field, reference.name)


def _item(item: Reference, kind: LineKind, number: int, lookup: Lookup) -> Iterator[Problem]:
    field = f"lines/{number}/item"
    yield from _entry(item, field, lookup)
    found = _found(item, lookup)
    sort = found[0].details.get("type", "") if found else ""
    wanted = _FITS[kind]
    if not sort or sort == wanted or (wanted is None and sort not in _NEVER_CHARGED):
        return
    what = _NEVER_CHARGED.get(sort, "no such item")
    need = f"a {wanted} item" if wanted else "an item that is charged"
    yield Problem(
        "item_type",
        field,
        f"Line {number + 1}: in QuickBooks “{item.name}” is {what}, and this line needs {need}. Choose another item.",
        Fix("pick", "Choose an item"),
    )


def _inactive(field: str, name: str) -> Problem:
    return Problem(
        "inactive",
        field,
        f"In QuickBooks “{name}” is inactive. Make it active there, or choose another.",
        Fix("pick", "Choose another"),
    )
