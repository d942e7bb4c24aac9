"""What callers get: the shapes of answers. They describe; `rendering` makes the JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, Field

from dray.billing.states import InvoiceState
from dray_sdk import LineKind

Decimals = str
"""An exact decimal as text, such as "12.50"."""


class Address(BaseModel):
    """A postal address; parts that say nothing are left out."""

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    line5: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Customer(BaseModel):
    """A customer."""

    id: str
    version: int
    external_id: str | None
    name: str
    parent: str | None
    company_name: str | None
    email: str | None
    phone: str | None
    billing_address: Address | None
    shipping_address: Address | None
    created_at: dt.datetime
    updated_at: dt.datetime


class Customers(BaseModel):
    """A page of customers, by name."""

    data: list[Customer]
    next: str | None


class InvoiceCustomer(BaseModel):
    """Who is invoiced, and this invoice's own bill-to."""

    id: str
    external_id: str | None
    name: str
    parent: str | None
    email: str | None
    phone: str | None
    billing_address: Address | None


class Line(BaseModel):
    """One line, with the amount that it comes to."""

    kind: LineKind
    item: str | None
    description: str | None
    quantity: Decimals | None
    unit_price: Decimals | None
    amount: Decimals | None
    percent: Decimals | None
    taxable: bool | None
    accounting_class: str | None = Field(alias="class")
    service_date: dt.date | None
    custom: dict[str, str]


class Payment(BaseModel):
    """Money received elsewhere."""

    amount: Decimals
    date: dt.date | None
    method: str | None
    reference: str | None


class Fix(BaseModel):
    """What would solve a problem."""

    action: str
    label: str
    value: str | None


class Problem(BaseModel):
    """Why an invoice cannot go as it is, or what to know about it. `field` is a path into the invoice."""

    code: str
    field: str
    detail: str
    severity: Literal["blocks", "warns"]
    fix: Fix | None


class NotSent(BaseModel):
    """Why the invoice is not to be sent."""

    reason: str


class InTheBooks(BaseModel):
    """What the accounting system says of it. Amounts are null until it told them."""

    id: str
    number: str | None
    total: Decimals | None
    tax: Decimals | None
    balance: Decimals | None
    accepted_at: dt.datetime


class Invoice(BaseModel):
    """An invoice. `locked`: the accounting system has it, or may have it, and it takes no change here."""

    id: str
    version: int
    external_id: str | None
    number: str
    state: InvoiceState
    not_sent: NotSent | None
    customer: InvoiceCustomer
    service_location: str | None
    shipping_address: Address | None
    date: dt.date
    due_date: dt.date | None
    currency: str
    po_number: str | None
    terms: str | None
    rep: str | None
    accounting_class: str | None = Field(alias="class")
    department: str | None
    message: str | None
    memo: str | None
    ship_date: dt.date | None
    tax_code: str | None
    custom: dict[str, str]
    lines: list[Line]
    payments: list[Payment]
    subtotal: Decimals
    tax: Decimals | None
    total: Decimals
    connection: str | None
    locked: bool
    books: InTheBooks | None
    problems: list[Problem]
    created_at: dt.datetime
    updated_at: dt.datetime


class Invoices(BaseModel):
    """A page of invoices."""

    data: list[Invoice]
    next: str | None


class FieldProblem(BaseModel):
    """One field that is wrong: a JSON pointer into the request, and why."""

    pointer: str
    detail: str


class ProblemDetails(BaseModel):
    """An error, by RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)


class OneAnswer(BaseModel):
    """The answer to one of several: 201 created, 200 updated or the same again, 409 or 422 with the problem."""

    status: int
    invoice: Invoice | None = None
    problem: ProblemDetails | None = None


class Answers(BaseModel):
    """One answer for each invoice, in the order given."""

    invoices: list[OneAnswer]


class SendResult(BaseModel):
    """The state that an invoice is in now, null where there is none; and why nothing was done, or what to know."""

    id: str
    state: InvoiceState | None
    problems: list[Problem]


class SendResults(BaseModel):
    """One result for each invoice, in the order given."""

    results: list[SendResult]


class Happening(BaseModel):
    """What happened: in words, with the raw details behind it."""

    at: dt.datetime
    kind: str
    actor: str
    text: str
    details: dict[str, Any]


class Timeline(BaseModel):
    """Everything that happened to an invoice, oldest first."""

    data: list[Happening]
    next: str | None


class BoundBooks(BaseModel):
    """Which books a connection belongs to."""

    id: str | None
    name: str
    edition: str | None
    country: str | None
    currency: str | None


class Counts(BaseModel):
    """How many of the connection's invoices are under way or need attention."""

    pending_sync: int
    sending: int
    checking: int
    needs_attention: int


class Connection(BaseModel):
    """A connection to one set of books."""

    id: str
    name: str
    connector: str
    state: str
    default: bool
    books: BoundBooks | None
    last_contact_at: dt.datetime | None
    counts: Counts
    created_at: dt.datetime


class RateCustomer(BaseModel):
    """Whose price it is."""

    id: str
    name: str
    parent: str | None


class Rate(BaseModel):
    """A price of the rate card; everybody's where `customer` is null. Both days are included."""

    id: str
    item: str
    customer: RateCustomer | None
    price: Decimals
    unit: str | None
    first_day: dt.date
    last_day: dt.date | None
    created_at: dt.datetime
    updated_at: dt.datetime


class Rates(BaseModel):
    """A page of the rate card, by item."""

    data: list[Rate]
    next: str | None


class RoutingRule(BaseModel):
    """Invoices whose `field` is `value` are proposed for the connection. The number only has to begin with it."""

    id: str
    field: str
    value: str
    connection: str


class RoutingRules(BaseModel):
    """The rules, in the order in which they are asked."""

    data: list[RoutingRule]
    next: str | None


class Emptied(BaseModel):
    """What went of a test company."""

    deleted: dict[str, int] = Field(description="How many invoices, customers, items, connections and imports.")


class Stopped(BaseModel):
    """Why an endpoint is called no more."""

    reason: str


class WebhookEndpoint(BaseModel):
    """Where a program is told what happens. `failing_since`: it has taken nothing since then."""

    id: str
    url: str
    events: list[str]
    stopped: Stopped | None
    failing_since: dt.datetime | None
    created_at: dt.datetime


class MadeWebhookEndpoint(WebhookEndpoint):
    """An endpoint that was made, with the secret that signs its messages: shown once, and null in a repeated answer."""

    secret: str | None


class WebhookEndpoints(BaseModel):
    """The endpoints, the oldest first."""

    data: list[WebhookEndpoint]
    next: str | None


class MadeTenant(BaseModel):
    """A tenant that was made."""

    id: str
    slug: str
    name: str


class MadeConnection(BaseModel):
    """A connection that was made, and waits to be set up."""

    id: str
    name: str
    connector: str


class MadeLink(BaseModel):
    """A set-up link. It is shown now and never again."""

    url: str
    expires_at: str | None


class MadeToken(BaseModel):
    """An API token. It is shown now and never again."""

    id: str
    token: str


class SetUpStep(BaseModel):
    """One step: done, now or todo."""

    step: str
    state: str
    at: str | None


class SetUpHint(BaseModel):
    """What hangs, and what to do."""

    code: str
    title: str
    detail: str


class SetUpCompany(BaseModel):
    """The company that the books named. `mark` is sent back by whoever confirms it."""

    name: str
    place: str | None
    edition: str | None
    mark: str


class SetUp(BaseModel):
    """How far a set-up is. `link` is open, claimed, proved or over; null where none was made."""

    id: str
    proved: bool
    link: str | None
    steps: list[SetUpStep]
    hint: SetUpHint | None
    books: str | None
    company: SetUpCompany | None


class MadeFile(BaseModel):
    """A set-up file, and the password that belongs to it. The password is shown now and never again; the one before
    works until this one has been used."""

    file: str
    media_type: str
    content: str
    user_name: str
    password: str


class Connections(BaseModel):
    """The tenant's connections."""

    data: list[Connection]
    next: str | None
