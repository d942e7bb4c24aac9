"""What callers send: the shapes of requests, and the plain records that billing takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictInt, model_validator

from dray.api.v1.fields import Custom, Day, Exact, Flag, Given, Moment, Name, Text
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine, GivenPayment
from dray.billing.states import InvoiceState
from dray_sdk import LineKind

MOST_AT_ONCE: Final = 500
MOST_SENT: Final = 10_000
REFERENCE: Final = "#/components/schemas/"
PublicId = Annotated[Name, Field(min_length=1, examples=["inv_k3x7…"])]


class AddressIn(Given):
    """A postal address; every part is optional."""

    line1: Name | None = None
    line2: Name | None = None
    line3: Name | None = None
    line4: Name | None = None
    line5: Name | None = None
    city: Name | None = None
    region: Name | None = None
    postal_code: Name | None = None
    country: Name | None = None

    def parts(self) -> dict[str, str]:
        """The parts that were given."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class CustomerIn(Given):
    """A customer. `parent` is the name of the customer above it: there are two levels."""

    external_id: Name | None = None
    name: Annotated[Name, Field(min_length=1)] | None = None
    parent: Name | None = None
    company_name: Name | None = None
    email: Name | None = None
    phone: Name | None = None
    billing_address: AddressIn | None = None
    shipping_address: AddressIn | None = None

    def fields(self) -> dict[str, Any]:
        """The fields that were given, as billing takes them."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value.parts() if isinstance(value, AddressIn) else value for name, value in given.items()}


class InvoiceCustomerIn(Given):
    """Who is invoiced: `external_id`, `id` or `name` says who; the rest is this invoice's own bill-to."""

    id: Name | None = None
    external_id: Name | None = None
    name: Name | None = None
    parent: Name | None = None
    company_name: Name | None = None
    email: Name | None = None
    phone: Name | None = None
    billing_address: AddressIn | None = None

    def given(self) -> GivenCustomer:
        """The record that billing takes."""
        address = self.billing_address.parts() if self.billing_address else None
        return GivenCustomer(**{**self.model_dump(exclude={"billing_address"}), "billing_address": address})


class LineIn(Given):
    """One line. A charge has quantity and unit price, or an amount, or all three; a discount an amount below zero or a
    percentage; a text only words; a subtotal nothing."""

    kind: LineKind = LineKind.CHARGE
    item: Name | None = None
    description: Text | None = None
    quantity: Exact | None = None
    unit_price: Exact | None = None
    amount: Exact | None = None
    percent: Exact | None = None
    taxable: Flag | None = None
    accounting_class: Name | None = Field(None, alias="class")
    service_date: Day | None = None
    custom: Custom | None = None

    def given(self) -> GivenLine:
        """The record that billing takes."""
        return GivenLine(**self.model_dump())


class PaymentIn(Given):
    """Money received elsewhere; kept and shown, never posted."""

    amount: Exact
    date: Day | None = None
    method: Name | None = None
    reference: Name | None = None

    def given(self) -> GivenPayment:
        """The record that billing takes."""
        return GivenPayment(**self.model_dump())


_OWN_SHAPE: Final = frozenset({"customer", "lines", "payments", "shipping_address"})


class InvoiceChanges(Given):
    """The fields of an invoice to change; what is left out stays, `null` empties. `lines` are replaced as a whole."""

    external_id: Name | None = None
    number: Name | None = None
    customer: InvoiceCustomerIn | None = None
    service_location: Text | None = None
    shipping_address: AddressIn | None = None
    date: Day | None = None
    due_date: Day | None = None
    ship_date: Day | None = None
    currency: Annotated[Name, Field(pattern="^[A-Z]{3}$")] | None = None
    po_number: Text | None = None
    terms: Text | None = None
    rep: Text | None = None
    accounting_class: Text | None = Field(None, alias="class")
    department: Text | None = None
    message: Text | None = None
    memo: Text | None = None
    tax_code: Text | None = None
    custom: Custom | None = None
    lines: Annotated[list[LineIn], Field(max_length=1_000)] | None = None
    payments: Annotated[list[PaymentIn], Field(max_length=100)] | None = None
    subtotal: Exact | None = None
    tax: Exact | None = None
    total: Exact | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as billing takes them."""
        changes = {name: getattr(self, name) for name in self.model_fields_set - _OWN_SHAPE}
        if "lines" in self.model_fields_set:
            changes["lines"] = [line.given() for line in self.lines or ()]
        if "payments" in self.model_fields_set:
            changes["payments"] = [payment.given() for payment in self.payments or ()]
        if "shipping_address" in self.model_fields_set:
            changes["shipping_address"] = self.shipping_address.parts() if self.shipping_address else None
        if self.customer is not None:
            given = self.customer.given()
            changes["customer"] = {name: getattr(given, name) for name in self.customer.model_fields_set}
        return changes


class InvoiceIn(InvoiceChanges):
    """An invoice. Without a number one is drawn. Sums, where given, must be what the lines come to."""

    customer: InvoiceCustomerIn
    date: Day
    lines: Annotated[list[LineIn], Field(max_length=1_000)]

    def given(self) -> GivenInvoice:
        """The record that billing takes."""
        return GivenInvoice(**{"payments": (), **self.changes(), "customer": self.customer.given()})


class InvoicesIn(Given):
    """Several invoices, each answered for itself: each is read by itself too, as an InvoiceIn."""

    invoices: Annotated[
        list[Any],
        Field(min_length=1, max_length=MOST_AT_ONCE, json_schema_extra={"items": {"$ref": REFERENCE + "InvoiceIn"}}),
    ]


class SendIn(Given):
    """Which invoices: a list of ids, or {id: version that was looked at}."""

    ids: (
        Annotated[list[PublicId], Field(max_length=MOST_SENT)]
        | Annotated[dict[PublicId, StrictInt | None], Field(max_length=MOST_SENT)]
    )
    connection: Name | None = None

    def wanted(self) -> dict[str, int | None]:
        """Public id → version, each once."""
        return dict.fromkeys(self.ids) if isinstance(self.ids, list) else dict(self.ids)


class UnpendIn(Given):
    """Which invoices to take back."""

    ids: Annotated[list[PublicId], Field(max_length=MOST_SENT)]


class RateCustomerIn(Given):
    """Whose price it is: one of `id`, `external_id` and `name`, with `parent` where the name alone is not enough."""

    id: Name | None = None
    external_id: Name | None = None
    name: Name | None = None
    parent: Name | None = None


class RateIn(Given):
    """A price of the rate card; without a customer it is everybody's. It holds until its last day, or until a later
    price of the same item and customer begins."""

    item: Annotated[Name, Field(min_length=1)]
    price: Exact
    first_day: Day
    last_day: Day | None = None
    unit: Name | None = None
    customer: RateCustomerIn | None = None

    def fields(self) -> dict[str, Any]:
        """The fields as a file would give them."""
        whose = self.customer.model_dump() if self.customer else {}
        return {
            **self.model_dump(exclude={"customer"}),
            **{f"customer_{name}": value for name, value in whose.items()},
        }


class RateChanges(Given):
    """What to change of a price; what is left out stays. For another item, customer or first day make a new one."""

    price: Exact | None = None
    unit: Name | None = None
    last_day: Day | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class RoutingRuleIn(Given):
    """A rule: invoices whose `field` is `value` are proposed for `connection`, a connection's id."""

    field: Name = Field(description="One of customer, department, class, currency, number.")
    value: Name
    connection: PublicId


class WhichCompany(Given):
    """The company that is meant, so that nothing is emptied by a token that was taken for another."""

    slug: Name = Field(description="The short name of the token’s own company.")


class WebhookEndpointIn(Given):
    """Where to tell what happens: an https address of the internet, and types of events; all of them when absent."""

    url: Annotated[str, Field(max_length=2_000)]
    events: Annotated[list[Name], Field(max_length=50)] | None = None


class NewTenant(Given):
    """A tenant to be made. The slug is made from the name when absent."""

    name: Name
    slug: Name | None = None
    time_zone: Name = Field("UTC", description="Area/City, such as America/Chicago.")
    test: bool = Field(False, description="A company to try things with: sample books only, and it can be emptied.")


class NewConnection(Given):
    """A connection to be made, and later set up by a link."""

    connector: Name = Field(description="The connector’s name, as `dray connector list` tells it.")
    name: Name


class NewLink(Given):
    """A set-up link to be made. With an address it is mailed there too, after our own address was called as a Web
    Connector would: where that does not succeed, nothing is made, unless `despite_self_check` says so."""

    email: Name | None = None
    despite_self_check: Flag = False


class NewFile(Given):
    """A set-up file to be handed out, with a new password. `new_identity`: for a company file that refuses the one
    before (QBWC1039), or another computer; queue and history stay."""

    issued_to: Name = Field("", description="Whom it is for, as the register of files tells it.")
    new_identity: Flag = False


class ConfirmedCompany(Given):
    """That the company which the books named is the right one. `mark` comes from the set-up that was looked at."""

    mark: Annotated[Name, Field(min_length=1)]
    first_day: Day | None = Field(None, description="Invoices dated earlier are not sent. Null: all are.")


class NewToken(Given):
    """An API token of a tenant to be made. Without `days` it is good until it is revoked."""

    name: Annotated[Name, Field(min_length=1, max_length=200)]
    scope: Literal["read", "write"] = "read"
    days: Annotated[StrictInt, Field(ge=1, le=3650)] | None = None


class PageQuery(Given):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 50
    after: Annotated[str, Field(max_length=500)] | None = Field(None, description="The `next` of the page before.")

    @model_validator(mode="before")
    @classmethod
    def _only_digits(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        limit = values.get("limit")
        if isinstance(limit, str) and not (limit.isascii() and limit.isdigit() and len(limit) <= 4):
            raise ValueError("limit is a number from 1 to 500")
        return values


class InvoicesQuery(PageQuery):
    """Which invoices. With `updated_after` the oldest change comes first, otherwise the newest date."""

    state: InvoiceState | None = None
    customer: Name | None = Field(None, description="A customer's id.")
    number: Name | None = None
    updated_after: Moment | None = None


class RatesQuery(PageQuery):
    """Which prices."""

    item: Name | None = Field(None, description="A part of the item's name.")
