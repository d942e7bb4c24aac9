"""What an invoice names and the books do not have, have as another thing, or have put aside. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dray_sdk import Entry, Fix, Invoice, Kind, LineKind, Lookup, Problem, Reference

# QuickBooks Online keeps customers, vendors and employees in one list of names (fault 6240)
_OTHER_HOLDERS = {Kind.VENDOR: "a vendor", Kind.EMPLOYEE: "an employee"}
_LABELS = {
    Kind.ITEM: "product or service",
    Kind.TERMS: "terms",
    Kind.CLASS: "class",
    Kind.DEPARTMENT: "location",
    Kind.TAX_CODE: "tax code",
}
_NEVER_CHARGED = {"category": "a category", "group": "a bundle"}


def link_problems(invoice: Invoice, lookup: Lookup) -> Iterator[Problem]:
    """Problems of names, by the copy of the books' lists."""
    yield from _number(invoice, lookup)
    yield from _customer(invoice, lookup)
    for field in ("terms", "accounting_class", "department", "tax_code"):
        yield from _entry(getattr(invoice, field), field, lookup)
    for number, line in enumerate(invoice.lines):
        yield from _entry(line.accounting_class, f"lines/{number}/accounting_class", lookup)
        if line.item is not None and line.kind in (LineKind.CHARGE, LineKind.DISCOUNT):
            yield from _item(line.item, number, lookup)


def _customer(invoice: Invoice, lookup: Lookup) -> Iterator[Problem]:
    customer = invoice.customer
    found = _found(customer, lookup)
    if found:
        yield from _one_of(found, "customer", "customer", customer.name)
        if len(found) == 1:
            yield from _currency(invoice, found[0])
        return
    if customer.books_id:
        return
    # the last name alone must be free among all three kinds, whatever stands above it; so must the one above it be,
    # where it has to be made too
    above, _, name = customer.name.rpartition(":")
    made = (name,) if not above or lookup.by_name(Kind.CUSTOMER, above) else (name, above)
    for one in made:
        for kind, what in _OTHER_HOLDERS.items():
            if lookup.by_name(kind, one):
                yield _taken(one, what)
                return
    if name != customer.name and lookup.by_name(Kind.CUSTOMER, name):
        yield _taken(name, "another customer")


def _number(invoice: Invoice, lookup: Lookup) -> Iterator[Problem]:
    """A company that warns of numbers used twice refuses the second (fault 6140)."""
    others = [entry for entry in lookup.by_name(Kind.INVOICE, invoice.number) if not _is_ours(entry, invoice)]
    if others:
        yield Problem(
            "duplicate_number",
            "number",
            f"QuickBooks Online has another invoice numbered {invoice.number}. Give this one another number.",
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
            f"QuickBooks Online has {active} entries called “{name}”, and which {label} is meant is not clear. "
            "Choose the one that is meant.",
            Fix("pick", "Choose the one that is meant"),
        )


def _taken(name: str, what: str) -> Problem:
    return Problem(
        "name_taken",
        "customer",
        f"In QuickBooks Online “{name}” is {what}, and no two names there are alike. "
        "Choose another name for the customer there, or link one that exists.",
        Fix("pick", "Choose a customer"),
    )


def _currency(invoice: Invoice, entry: Entry) -> Iterator[Problem]:
    currency = entry.details.get("currency")
    if currency and currency != invoice.currency:
        yield Problem(
            "customer_currency",
            "currency",
            f"The invoice is in {invoice.currency}, and in QuickBooks Online “{entry.name}” is invoiced in {currency}. "
            "Choose another customer there, or change the currency.",
            Fix("edit", "Change the currency"),
        )


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
            f"QuickBooks Online has no {label} “{reference.name}”. Choose one that it has, or add it there.",
            Fix("pick", "Choose one"),
        )
        return
    yield from _one_of(found, field, label, reference.name)


def _item(item: Reference, number: int, lookup: Lookup) -> Iterator[Problem]:
    field = f"lines/{number}/item"
    yield from _entry(item, field, lookup)
    found = _found(item, lookup)
    what = _NEVER_CHARGED.get(found[0].details.get("type", "")) if found else None
    if what:
        yield Problem(
            "item_type",
            field,
            f"Line {number + 1}: in QuickBooks Online “{item.name}” is {what}, and a line needs a product or service. "
            "Choose another.",
            Fix("pick", "Choose an item"),
        )


def _inactive(field: str, name: str) -> Problem:
    return Problem(
        "inactive",
        field,
        f"In QuickBooks Online “{name}” is inactive. Make it active there, or choose another.",
        Fix("pick", "Choose another"),
    )
