"""Two people edited one invoice at once: what each changed, field by field. Pure; nothing of either is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dray.web.invoices.form import ADDRESSES, FIELDS, ROWS, InvoiceForm, Row

LABELS: Final[Mapping[str, str]] = {
    "customer_id": "Customer", "number": "Number", "date": "Invoice date", "due_date": "Due date",
    "ship_date": "Ship date", "service_location": "Service location", "po_number": "PO number", "terms": "Terms",
    "rep": "Sales rep", "accounting_class": "Class", "department": "Department", "tax_code": "Tax code",
    "message": "Message to the customer", "memo": "Memo", "currency": "Currency", "tax": "Tax", "email": "E-mail",
    "phone": "Phone", "bill_to": "Billing address", "ship_to": "Shipping address", "line": "Lines",
    "payment": "Payments", "custom": "Custom fields",
}  # fmt: skip
"""What people call each part of the form that is changed as a whole."""

_SAID_BY: Final = frozenset({"customer_q", "new_parent"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that both changed: its name in the form, what it is called, and both values as texts."""

    name: str
    label: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The form with what both changed apart; where both changed the same, it holds `mine` and is a conflict.
    `taken`: labels of what only the other one changed, which is taken over."""

    form: InvoiceForm
    conflicts: Sequence[Conflict]
    taken: Sequence[str]


def merge(seen: InvoiceForm, mine: InvoiceForm, theirs: InvoiceForm) -> Merged:
    """Put together what two people made of the same form (`seen`)."""
    form, conflicts, taken = mine, [], []
    for name in LABELS:
        before, own, other = (_value(each, name) for each in (seen, mine, theirs))
        if other in (before, own):
            continue
        if own == before:
            form = take(form, theirs, name)
            taken.append(LABELS[name])
        else:
            conflicts.append(Conflict(name, LABELS[name], _shown(mine, name), _shown(theirs, name)))
    return Merged(form, conflicts, taken)


def take(form: InvoiceForm, source: InvoiceForm, name: str) -> InvoiceForm:
    """The form with one part of another."""
    if name in ROWS:
        return form.with_rows(name, source.rows.get(name, ()))
    return form.with_fields(**{each: source[each] for each in _fields(name)})


def _fields(name: str) -> list[str]:
    if name in ADDRESSES:
        return [each for each in FIELDS if each.startswith(f"{name}-")]
    return ["customer_id", *sorted(_SAID_BY)] if name == "customer_id" else [name]


def _value(form: InvoiceForm, name: str) -> object:
    if name in ROWS:
        return [_row(row, ROWS[name]) for row in form.rows.get(name, ()) if not row.empty]
    if name == "customer_id":
        return form[name] if form[name] not in ("", "new") else (form[name], form["customer_q"], form["new_parent"])
    return [form[each].strip() for each in _fields(name)]


def _row(row: Row, names: Sequence[str]) -> list[str]:
    return [row[name].strip() for name in names]


def _shown(form: InvoiceForm, name: str) -> str:
    if name in ROWS:
        rows = [row for row in form.rows.get(name, ()) if not row.empty]
        return "\n".join(" · ".join(text for text in _row(row, ROWS[name][:7]) if text) for row in rows) or "nothing"
    if name == "customer_id":
        return form["customer_q"] or "nobody"
    return "\n".join(text for each in _fields(name) if (text := form[each].strip())) or "nothing"
