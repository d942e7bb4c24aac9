"""What a caller gives to make or change an invoice, whoever the caller is: API, page, import.

Plain records without rules; `checking` holds the rules. Field names are those of the API, so that a complaint's pointer
leads to what the caller wrote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dray_sdk import LineKind


@dataclass(frozen=True, slots=True)
class GivenCustomer:
    """Who is invoiced: by our id, by the caller's id, or by name; the rest is this invoice's own bill-to."""

    id: str | None = None
    external_id: str | None = None
    name: str | None = None
    parent: str | None = None
    company_name: str | None = None
    email: str | None = None
    phone: str | None = None
    billing_address: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class GivenLine:
    """One line. Decimals are exact; `amount` is in units of the invoice's currency."""

    kind: LineKind = LineKind.CHARGE
    item: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None
    taxable: bool | None = None
    accounting_class: str | None = None
    service_date: dt.date | None = None
    custom: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class GivenPayment:
    """Money that the caller says it has received. Kept and shown; never posted."""

    amount: Decimal
    date: dt.date | None = None
    method: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class GivenInvoice:
    """A whole invoice. `number` None draws one; `currency` None is the tenant's. `subtotal` and `total` are checked
    against the lines and never taken instead of them."""

    customer: GivenCustomer
    date: dt.date
    lines: Sequence[GivenLine]
    external_id: str | None = None
    number: str | None = None
    currency: str | None = None
    due_date: dt.date | None = None
    ship_date: dt.date | None = None
    service_location: str | None = None
    shipping_address: Mapping[str, str] | None = None
    po_number: str | None = None
    terms: str | None = None
    rep: str | None = None
    accounting_class: str | None = None
    department: str | None = None
    tax_code: str | None = None
    message: str | None = None
    memo: str | None = None
    custom: Mapping[str, str] | None = None
    payments: Sequence[GivenPayment] = field(default_factory=tuple)
    tax: Decimal | None = None
    subtotal: Decimal | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one field of what was given. `path` leads to it: ("lines", 0, "amount")."""

    path: tuple[str | int, ...]
    detail: str

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)


class Unacceptable(Exception):
    """What was given cannot be kept as it is. Nothing was changed."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("; ".join(complaint.detail for complaint in complaints))


class NotNow(Exception):
    """The invoice's state or version forbids it. The message is a sentence for people; nothing was changed."""


class Missing(LookupError):
    """There is no such thing in this tenant."""
