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
}
_FITS = {
    LineKind.CHARGE: None,
    LineKind.DISCOUNT: "discount",
    LineKind.SUBTOTAL: "subtotal",
}
_NEVER_CHARGED = {"discount": "a discount item", "subtotal": "a subtotal item", "group": "a group of items"}


def link_problems(invoice: Invoice, lookup: Lookup) -> Iterator[Problem]:
    """Problems of names, by the copy of the books' lists."""
    yield from _number(invoice, lookup)
    yield from _customer(invoice.customer, lookup)
    for field in ("terms", "rep", "accounting_class", "tax_code"):
        yield from _entry(getattr(invoice, field), field, lookup)
    yield from _message(invoice.message, lookup)
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
        yield from _one_of(found, "customer", "customer", customer.name)
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
        return
    yield from _one_of(found, field, label, reference.name)


def _message(text: str | None, lookup: Lookup) -> Iterator[Problem]:
    """A message to the customer is one of a list of QuickBooks' own; what is not in it has its place in the memo."""
    if not text:
        return
    found = lookup.by_name(Kind.MESSAGE, text)
    if found and any(entry.active for entry in found):
        return
    why = "the message is inactive there" if found else "has no such message"
    yield Problem(
        "inactive" if found else "missing_message",
        "message",
        f"QuickBooks takes a message to the customer only from its own list, and {why}: “{text[:60]}”. Put it into the "
        "memo, or add it to the list in QuickBooks.",
        Fix("memo", "Put it into the memo"),
    )


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


def _number(invoice: Invoice, lookup: Lookup) -> Iterator[Problem]:
    """QuickBooks Desktop takes a number twice and says nothing: somebody else's invoice would have a twin in number."""
    others = [entry for entry in lookup.by_name(Kind.INVOICE, invoice.number) if not _is_ours(entry, invoice)]
    if others:
        yield Problem(
            "duplicate_number",
            "number",
            f"QuickBooks has another invoice numbered {invoice.number}. Give this one another number.",
            Fix("edit", "Give it another number"),
        )


def _is_ours(entry: Entry, invoice: Invoice) -> bool:
    ours, theirs = ((mark or "").strip("{}").casefold() for mark in (invoice.mark, entry.mark))
    return bool(ours) and ours == theirs


def _one_of(found: tuple[Entry, ...], field: str, label: str, name: str) -> Iterator[Problem]:
    """Exactly one active entry is meant; which of several it is, nobody guesses."""
    active = sum(entry.active for entry in found)
    if not active:
        yield _inactive(field, name)
    elif active > 1:
        yield Problem(
            "ambiguous",
            field,
            f"QuickBooks has {active} entries called “{name}” in its list, and which {label} is meant is not clear. "
            "Choose the one that is meant.",
            Fix("pick", "Choose the one that is meant"),
        )


def _inactive(field: str, name: str) -> Problem:
    return Problem(
        "inactive",
        field,
        f"In QuickBooks “{name}” is inactive. Make it active there, or choose another.",
        Fix("pick", "Choose another"),
    )
