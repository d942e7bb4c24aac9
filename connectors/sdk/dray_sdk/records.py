"""What Dray carries: customers, items, invoices and what they refer to, as frozen records.

A connector translates these to its books' own wire form and back. Records hold no ids of the database; `id` is the
public id of ours, `books_id` is whatever the books call the thing. Every text is exactly what a person approved:
a connector that cannot carry a character or a length says so through `Judges` and never shortens by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from dray_sdk.money import Money

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Kind(StrEnum):
    """The kinds of things that books hold and Dray knows."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    EMPLOYEE = "employee"
    OTHER_NAME = "other_name"
    ITEM = "item"
    ACCOUNT = "account"
    TERMS = "terms"
    TAX_CODE = "tax_code"
    TAX_STATUS = "tax_status"
    CLASS = "class"
    DEPARTMENT = "department"
    REP = "rep"
    MESSAGE = "message"
    SHIP_METHOD = "ship_method"
    TEMPLATE = "template"
    INVOICE = "invoice"
    CREDIT = "credit"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that a document names. `name` is what people see (a customer's full name is "Parent:Child").

    `books_id` is None until the engine has resolved it; a connector that gets a reference without one may fall back
    to the name only for kinds that its books address by name.
    """

    kind: Kind
    name: str
    id: str | None = None
    books_id: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as a billing system gives it. Empty parts are None."""

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    line5: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part in self.__slots__)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, or with `parent` a job or site below one. `name` is the last part only, never with a colon.

    `currency` (ISO 4217) matters only in books that keep several, which fix a customer's for ever when they make it;
    None leaves it to the books.
    """

    name: str
    id: str | None = None
    parent: Reference | None = None
    company_name: str | None = None
    email: str | None = None
    phone: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    mark: str | None = None
    books_id: str | None = None
    revision: str | None = None
    active: bool = True
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A product or service that lines charge. `name` is the full name, "Parent:Child"."""

    name: str
    id: str | None = None
    description: str | None = None
    unit_price: Decimal | None = None
    books_id: str | None = None
    revision: str | None = None
    active: bool = True


class LineKind(StrEnum):
    """`charge` bills something, `text` says something, `discount` lowers the line above, `subtotal` adds up."""

    CHARGE = "charge"
    TEXT = "text"
    DISCOUNT = "discount"
    SUBTOTAL = "subtotal"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice.

    A charge has `amount`, and `quantity` with `unit_price` where those multiply to it. A discount has a negative
    `amount`, or `percent` (10 means ten percent off the line above). A text or subtotal line has neither; a
    subtotal's `amount` is what Dray computed, for comparison only. Quantity and price have at most 5 decimals.
    """

    kind: LineKind
    item: Reference | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Money | None = None
    percent: Decimal | None = None
    taxable: bool | None = None
    accounting_class: Reference | None = None
    service_date: dt.date | None = None
    custom: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


class Delivery(StrEnum):
    """What the books are to do with an invoice for its reader: put it on their list of what is to be printed, or of
    what is to be e-mailed. Nothing of either unless somebody chose it."""

    PRINTED = "printed"
    EMAILED = "emailed"


@dataclass(frozen=True, slots=True)
class Invoice:
    """The document that is posted, frozen when a person sent it.

    `mark` is a GUID of ours, the same over all attempts, that a connector stores where the books keep it and no
    customer sees it. `tax` is what the caller expects, or None where the books decide. `subtotal` is exact; `total`
    is subtotal plus the expected tax. `template` is the form that the books print it on, None for their own choice;
    `delivery` None keeps it off their lists of what is to be printed or e-mailed.
    """

    number: str
    date: dt.date
    customer: Reference
    currency: str
    lines: tuple[Line, ...]
    subtotal: Money
    total: Money
    tax: Money | None = None
    id: str | None = None
    mark: str | None = None
    bill_to: Address | None = None
    ship_to: Address | None = None
    service_location: str | None = None
    email: str | None = None
    phone: str | None = None
    due_date: dt.date | None = None
    ship_date: dt.date | None = None
    po_number: str | None = None
    terms: Reference | None = None
    rep: Reference | None = None
    accounting_class: Reference | None = None
    department: Reference | None = None
    tax_code: Reference | None = None
    message: str | None = None
    memo: str | None = None
    custom: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    template: Reference | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received, as the books tell it. Dray reads payments and never writes them."""

    books_id: str
    date: dt.date
    amount: Money
    customer: Reference | None = None
    applied: tuple[tuple[str, Money], ...] = ()
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the books' lists or transactions, as read: enough to recognise, link and compare.

    `name` is the full name of a list entry; `number`, `date`, `customer`, `total`, `tax`, `balance` and `mark` are a
    transaction's. `changed` is the books' own time of the last change (aware). `details` holds what is specific to
    the kind, by plain names (for example an item's "type", a terms entry's "days").
    """

    kind: Kind
    books_id: str
    name: str | None = None
    number: str | None = None
    date: dt.date | None = None
    customer: Reference | None = None
    total: Money | None = None
    tax: Money | None = None
    balance: Money | None = None
    mark: str | None = None
    active: bool = True
    revision: str | None = None
    changed: dt.datetime | None = None
    details: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


Record = Customer | Item | Invoice | Payment | Entry
