"""The form in which an invoice is written, as texts: read from a request or an invoice, and turned into what billing
takes. Pure. Nothing that somebody typed is lost on the way: what cannot be read stays in its field, with a complaint.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Protocol

from dray.billing.amounts import product
from dray.billing.checking import ADDRESS_PARTS, TEXTS
from dray.billing.given import Complaint, GivenCustomer, GivenInvoice, GivenLine, GivenPayment
from dray_sdk import LineKind

DAYS: Final = ("date", "due_date", "ship_date")
ADDRESSES: Final = ("bill_to", "ship_to")
FIELDS: Final = (
    "customer_id", "customer_q", "new_parent", "number", *DAYS, *TEXTS, "currency", "tax", "email", "phone",
    *(f"{address}-{part}" for address in ADDRESSES for part in ADDRESS_PARTS),
)  # fmt: skip
ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "line": (
        "kind", "item", "description", "quantity", "unit_price", "amount", "percent", "taxable", "accounting_class",
        "service_date", "custom",
    ),
    "payment": ("amount", "date", "method", "reference"),
    "custom": ("name", "value"),
}  # fmt: skip
"""Kinds of rows, and the fields of each. A form names its rows in order (`line` = key), and their fields by key."""
NEW: Final = "new"
"""In place of a customer's id: the one that is typed, who is created."""
MOST_ROWS: Final = 1_000

_OF_KIND: Final[Mapping[str, frozenset[str]]] = {
    LineKind.CHARGE.value: frozenset({"quantity", "unit_price", "amount"}),
    LineKind.DISCOUNT.value: frozenset({"amount", "percent"}),
    LineKind.TEXT.value: frozenset(),
    LineKind.SUBTOTAL.value: frozenset(),
}
"""Which figures a kind of line has; the others are not shown and not read."""
_FIGURES: Final = ("quantity", "unit_price", "amount", "percent")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?", re.ASCII)
_LONGEST_NUMBER: Final = 40
_TAXED: Final[Mapping[str, bool | None]] = {"yes": True, "no": False}


class Posted(Protocol):
    """What a request's form can do."""

    def get(self, key: str, default: str, /) -> str: ...

    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One line, payment or custom field, under the key that its fields carry in the page."""

    key: str
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def empty(self) -> bool:
        """Whether nothing was written into it."""
        written = any(value for name, value in self.fields.items() if name != "kind")
        return not written and self["kind"] != LineKind.SUBTOTAL.value


@dataclass(frozen=True, slots=True)
class InvoiceForm:
    """Every field by its name in the page, and the rows by their kind."""

    fields: Mapping[str, str]
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def lines(self) -> tuple[Row, ...]:
        """The lines, in order."""
        return self.rows.get("line", ())

    @property
    def written_lines(self) -> tuple[Row, ...]:
        """The lines into which something was written: those that are billed, and counted in complaints."""
        return tuple(row for row in self.lines if not row.empty)

    def with_fields(self, **fields: str) -> InvoiceForm:
        """The same with other texts."""
        return replace(self, fields={**self.fields, **fields})

    def with_rows(self, kind: str, rows: Sequence[Row]) -> InvoiceForm:
        """The same with other rows of a kind."""
        return replace(self, rows={**self.rows, kind: tuple(rows)})

    @property
    def plain(self) -> str:
        """The form as JSON, for `read_plain`."""
        rows = {kind: [dict(row.fields) for row in rows] for kind, rows in self.rows.items()}
        return json.dumps({"fields": {k: v for k, v in self.fields.items() if v}, "rows": rows}, sort_keys=True)


def read(posted: Posted) -> InvoiceForm:
    """The form as it was sent."""
    fields = {name: _text(posted.get(name, "")) for name in FIELDS}
    rows = {kind: tuple(_read_rows(posted, kind, names)) for kind, names in ROWS.items()}
    return InvoiceForm(fields, rows)


def read_plain(text: str) -> InvoiceForm | None:
    """What `InvoiceForm.plain` wrote; None for anything else."""
    try:
        found = json.loads(text)
        fields = {str(name): str(value) for name, value in found["fields"].items()}
        rows = {
            kind: tuple(
                Row(str(at), {str(k): str(v) for k, v in row.items()}) for at, row in enumerate(found["rows"][kind])
            )
            for kind in ROWS
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return InvoiceForm(fields, rows)


def blank(*, today: dt.date, lines: int = 1) -> InvoiceForm:
    """An empty form of today."""
    rows = tuple(Row(str(at), {"kind": LineKind.CHARGE.value}) for at in range(lines))
    return InvoiceForm({"date": today.isoformat()}, {"line": rows})


def of_given(given: GivenInvoice, customer: str) -> InvoiceForm:
    """The form of an invoice; `customer` is what its customer is called."""
    fields = {
        "customer_id": given.customer.id or "",
        "customer_q": customer,
        "number": given.number or "",
        "currency": given.currency or "",
        "tax": _figure(given.tax, 2),
        "email": given.customer.email or "",
        "phone": given.customer.phone or "",
    }
    fields |= {name: _day(getattr(given, name)) for name in DAYS}
    fields |= {name: getattr(given, name) or "" for name in TEXTS}
    for name, address in (("bill_to", given.customer.billing_address), ("ship_to", given.shipping_address)):
        fields |= {f"{name}-{part}": (address or {}).get(part, "") for part in ADDRESS_PARTS}
    return InvoiceForm(
        fields,
        {
            "line": tuple(Row(str(at), _of_line(line, given.currency or "")) for at, line in enumerate(given.lines)),
            "payment": tuple(Row(str(at), _of_payment(each)) for at, each in enumerate(given.payments)),
            "custom": tuple(
                Row(str(at), {"name": name, "value": value})
                for at, (name, value) in enumerate((given.custom or {}).items())
            ),
        },
    )


def to_given(form: InvoiceForm, *, external_id: str | None = None) -> tuple[GivenInvoice, list[Complaint]]:
    """What billing takes, and complaints about what could not be read; that is left out of it."""
    complaints: list[Complaint] = []
    reading = Reading(complaints)
    day = reading.day(form["date"], ("date",))
    if day is None and not complaints:
        complaints.append(Complaint(("date",), "Give the date of the invoice."))
    given = GivenInvoice(
        customer=_customer(form, complaints),
        date=day or dt.date(2000, 1, 1),
        due_date=reading.day(form["due_date"], ("due_date",)),
        ship_date=reading.day(form["ship_date"], ("ship_date",)),
        lines=[_line(row, reading, ("lines", at)) for at, row in enumerate(form.written_lines)],
        external_id=external_id,
        number=form["number"].strip() or None,
        currency=form["currency"].strip().upper() or None,
        shipping_address=_address(form, "ship_to"),
        custom=_custom(form, complaints),
        payments=list(_payments(form, reading, complaints)),
        tax=reading.figure(form["tax"], ("tax",)),
        **{name: form[name] or None for name in TEXTS},  # type: ignore[arg-type]
    )
    return given, complaints


def name_of(path: Sequence[str | int], form: InvoiceForm) -> str:
    """The name, in the page, of the field that a complaint's or problem's path leads to."""
    parts = [str(part) for part in path if str(part) not in ("customer", "")] or ["customer_q"]
    if parts[0] in ("lines", "payments") and len(parts) > 1 and parts[1].isdecimal():
        kind = parts[0][:-1]
        rows = form.written_lines if kind == "line" else _written(form, "payment")
        at = int(parts[1])
        last = parts[2] if len(parts) > 2 else ROWS[kind][0]
        return f"{kind}-{rows[at].key}-{_INSIDE.get(last, last)}" if at < len(rows) else parts[0]
    if parts[0] in _ADDRESS_NAMES:
        return f"{_ADDRESS_NAMES[parts[0]]}-{parts[1] if len(parts) > 1 else 'line1'}"
    return _INSIDE.get(parts[0], parts[0])


_INSIDE: Final[Mapping[str, str]] = {
    "class": "accounting_class", "name": "customer_q", "full_name": "customer_q", "external_id": "customer_q",
    "id": "customer_q", "parent": "new_parent",
}  # fmt: skip
_ADDRESS_NAMES: Final[Mapping[str, str]] = {
    "billing_address": "bill_to", "bill_to": "bill_to", "shipping_address": "ship_to", "ship_to": "ship_to",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads texts; what is none is complained of, and read as nothing."""

    complaints: list[Complaint]

    def figure(self, text: str, path: tuple[str | int, ...]) -> Decimal | None:
        """A number as people write it; None for nothing, and for what is none."""
        plain = text.strip().replace("−", "-").lstrip("$€£").replace("-$", "-")
        if not plain:
            return None
        if len(plain) <= _LONGEST_NUMBER and _NUMBER.fullmatch(plain) and re.search(r"[0-9]", plain):
            return Decimal(plain.replace(",", ""))
        self.complaints.append(Complaint(path, f"“{text.strip()[:40]}” is not a number. Write it like 1,425.00."))
        return None

    def day(self, text: str, path: tuple[str | int, ...]) -> dt.date | None:
        """A day as date fields send it; None for nothing, and for what is none."""
        if not text.strip():
            return None
        try:
            return dt.date.fromisoformat(text.strip())
        except ValueError:
            self.complaints.append(Complaint(path, f"“{text.strip()[:40]}” is not a date. Write it like 2026-11-30."))
            return None


def _customer(form: InvoiceForm, complaints: list[Complaint]) -> GivenCustomer:
    own = {
        "email": form["email"] or None,
        "phone": form["phone"] or None,
        "billing_address": _address(form, "bill_to"),
    }
    chosen, typed = form["customer_id"], form["customer_q"].strip()
    if chosen and chosen != NEW:
        return GivenCustomer(id=chosen, **own)  # type: ignore[arg-type]
    if not typed:
        complaints.append(Complaint(("customer",), "Say who is invoiced: type a name and choose."))
    elif chosen != NEW:
        complaints.append(Complaint(("customer",), f"Choose who “{typed[:60]}” is: one that is there, or a new one."))
    return GivenCustomer(name=typed or None, parent=form["new_parent"].strip() or None, **own)  # type: ignore[arg-type]


def _line(row: Row, reading: Reading, path: tuple[str | int, ...]) -> GivenLine:
    kind = row["kind"] if row["kind"] in _OF_KIND else LineKind.CHARGE.value
    figures = {name: reading.figure(row[name], (*path, name)) if name in _OF_KIND[kind] else None for name in _FIGURES}
    text_only = kind in (LineKind.TEXT.value, LineKind.SUBTOTAL.value)
    return GivenLine(
        kind=LineKind(kind),
        item=None if text_only else row["item"] or None,
        description=row["description"] or None,
        taxable=None if text_only else _TAXED.get(row["taxable"]),
        accounting_class=None if text_only else row["accounting_class"] or None,
        service_date=None if text_only else reading.day(row["service_date"], (*path, "service_date")),
        custom=_kept_custom(row["custom"]),
        **figures,
    )


def _payments(form: InvoiceForm, reading: Reading, complaints: list[Complaint]) -> Iterator[GivenPayment]:
    for at, row in enumerate(_written(form, "payment")):
        path = ("payments", at, "amount")
        before = len(complaints)
        amount = reading.figure(row["amount"], path)
        if amount is None and len(complaints) == before:
            complaints.append(Complaint(path, "Say how much was paid, or empty this payment."))
        yield GivenPayment(
            amount=amount or Decimal(0),
            date=reading.day(row["date"], ("payments", at, "date")),
            method=row["method"] or None,
            reference=row["reference"] or None,
        )


def _custom(form: InvoiceForm, complaints: list[Complaint]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for row in _written(form, "custom"):
        name = row["name"].strip()
        if not name or name in found:
            said = f"The custom field “{name}” is there twice." if name else "Give the custom field a name."
            complaints.append(Complaint(("custom",), said))
        found[name] = row["value"]
    return found or None


def _address(form: InvoiceForm, name: str) -> dict[str, str] | None:
    return {part: form[f"{name}-{part}"] for part in ADDRESS_PARTS if form[f"{name}-{part}"].strip()} or None


def _written(form: InvoiceForm, kind: str) -> list[Row]:
    return [row for row in form.rows.get(kind, ()) if not row.empty]


def _kept_custom(text: str) -> dict[str, str] | None:
    """A line's custom fields travel through the page as they are; nobody edits them there."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None


def _of_line(line: GivenLine, currency: str) -> dict[str, str]:
    taxed = "" if line.taxable is None else "yes" if line.taxable else "no"
    return {
        "kind": line.kind.value,
        "item": line.item or "",
        "description": line.description or "",
        "quantity": _figure(line.quantity),
        "unit_price": _figure(line.unit_price, 2),
        "amount": "" if _follows(line, currency) else _figure(line.amount, 2),
        "percent": _figure(line.percent),
        "taxable": taxed,
        "accounting_class": line.accounting_class or "",
        "service_date": _day(line.service_date),
        "custom": json.dumps(dict(line.custom), ensure_ascii=False, sort_keys=True) if line.custom else "",
    }


def _follows(line: GivenLine, currency: str) -> bool:
    """Whether the amount is what quantity and price multiply to. It is left out of the form then: who changes the
    quantity means the amount too."""
    if line.amount is None or line.quantity is None or line.unit_price is None:
        return False
    return product(line.quantity, line.unit_price, currency).decimal == line.amount


def _of_payment(payment: GivenPayment) -> dict[str, str]:
    return {
        "amount": _figure(payment.amount, 2),
        "date": _day(payment.date),
        "method": payment.method or "",
        "reference": payment.reference or "",
    }


def _figure(value: Decimal | None, places: int = 0) -> str:
    """A figure as people write it: exact, with at least so many places."""
    if value is None:
        return ""
    plain = value.normalize()
    exponent = plain.as_tuple().exponent
    own = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"{plain:.{max(own, places)}f}"


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _read_rows(posted: Posted, kind: str, names: Sequence[str]) -> Iterator[Row]:
    for key in dict.fromkeys(posted.getlist(kind)[:MOST_ROWS]):
        if re.fullmatch(r"[0-9a-z]{1,12}", key):
            yield Row(key, {name: _text(posted.get(f"{kind}-{key}-{name}", "")) for name in names})


def _text(value: str) -> str:
    """Browsers send CRLF from areas of text; what is stored has LF."""
    return value.replace("\r\n", "\n")
