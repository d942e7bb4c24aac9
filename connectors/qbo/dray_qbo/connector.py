"""QuickBooks Online as a connector: the object that the entry point names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from dray_qbo import batches, endpoints, explanations, judge, landings, limits, tax, webhooks
from dray_qbo.messages.lists import LISTINGS
from dray_qbo.messages.pulls import ENTITIES
from dray_sdk import (
    INTERFACE,
    Authorization,
    Batch,
    Books,
    Capabilities,
    Change,
    Customer,
    Explanation,
    Find,
    Invoice,
    Kind,
    Landing,
    Limit,
    Lookup,
    Money,
    Outcome,
    Problem,
    Redaction,
    Request,
    Response,
    Setting,
    Timing,
)

if TYPE_CHECKING:
    from dray_sdk.testing.pretend import PretendBooks

_NAMED = frozenset({"books_id", "name"})

CAPABILITIES = Capabilities(
    creates=frozenset({Kind.CUSTOMER, Kind.INVOICE}),
    updates=frozenset({Kind.CUSTOMER}),
    voids=frozenset({Kind.INVOICE}),
    finds=MappingProxyType(
        {
            **dict.fromkeys(LISTINGS, _NAMED),
            Kind.INVOICE: frozenset({"books_id", "number", "customer", "date"}),
        }
    ),
    pulls=frozenset(ENTITIES),
    # QuickBooks Online takes ids only
    resolves=frozenset({Kind.CUSTOMER, Kind.ITEM, Kind.TERMS, Kind.CLASS, Kind.DEPARTMENT, Kind.TAX_CODE}),
    creates_when_missing=frozenset({Kind.CUSTOMER}),
    batch=batches.MOST,
    # it repeats the answer to a repeated request; what became of one it cannot be asked without sending it
    recovers=False,
    repeats_for=3600,
    dialled_into=False,
)

TIMING = Timing(
    seconds_per_write=0.5,
    seconds_per_request=30.0,
    # QuickBooks Online gives a request up after 120 seconds
    answer_within=130.0,
    carrier_over_after=150,
    # 500 requests a minute, 40 of them batches, and 10 a second, for one company and one app
    requests_per_minute=400,
    at_once=8,
    bulk_per_minute=40,
)

REDACTION = Redaction(
    elements=frozenset({"Detail"}),
    members=frozenset(
        {
            "access_token", "refresh_token", "id_token", "token",
            # the gateway repeats the token that it did not take, in its small-letter fault
            "detail",
            "PrimaryTaxIdentifier", "SecondaryTaxIdentifier", "TaxIdentifier", "BusinessNumber", "GSTIN", "ResaleNum",
            "SSN", "BirthDate", "Gender", "HiredDate", "ReleasedDate", "PrimaryAddr", "EmployeeNumber",
            "CompanyAddr", "LegalAddr", "CustomerCommunicationAddr",
            "CreditCardPayment", "CreditChargeInfo", "CreditChargeResponse", "VendorPaymentBankDetail", "AcctNum",
        }
    ),
    headers=frozenset({"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}),
)  # fmt: skip


class QuickBooksOnline:
    """Translates for QuickBooks Online's REST interface, version 3, minor version 75. Holds no state."""

    interface: int = INTERFACE
    name: str = "qbo"
    title: str = "QuickBooks Online"
    version: str = "0.1.0"
    capabilities: Capabilities = CAPABILITIES
    authorization: Authorization = endpoints.AUTHORIZATION
    settings: tuple[Setting, ...] = endpoints.SETTINGS
    limits: tuple[Limit, ...] = limits.LIMITS
    timing: Timing = TIMING
    redaction: Redaction = REDACTION
    explanations: Mapping[str, Explanation] = explanations.EXPLANATIONS
    webhook_secret: str = endpoints.WEBHOOK_TOKEN

    def address(self, settings: Mapping[str, str]) -> str:
        """The address below which every request's path lies. ValueError for settings that name none."""
        return endpoints.address(settings)

    def encode(self, batch: Batch, books: Books) -> Request:
        """The request that carries the batch to the company `books.id`, which must be known for `Identify` too: it is
        the realm that the OAuth callback named. LocalProtocolError for what is not declared or cannot be held."""
        return batches.encode(batch, books)

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        """One outcome per operation, in order. Never raises for what QuickBooks Online or a proxy sent."""
        return batches.decode(batch, request, response)

    def together(self, finds: Sequence[Find]) -> Sequence[int]:
        """The places of the finds that one query answers."""
        return batches.together(finds)

    def recover(self, batch: Batch, books: Books) -> Request | None:
        """Always None. QuickBooks Online answers a repeated requestid with its first answer, but does what it has not
        seen yet: such a request could post. Within `capabilities.repeats_for` seconds the platform may send the
        identical bytes again; after that each operation is looked up."""
        return None

    def limits_for(self, books: Books | None) -> tuple[Limit, ...]:
        """The limits of QuickBooks Online: the same in every edition and country."""
        return limits.LIMITS

    def landings_for(self, books: Books | None) -> tuple[Landing, ...]:
        """Where each field of an invoice lands in QuickBooks Online."""
        return landings.landings_for(books)

    def judge(self, document: Invoice | Customer, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
        """Every problem that the document would have there, what blocks first. Takes a customer too."""
        return judge.judge(document, books, lookup)

    def predict_tax(self, document: Invoice, books: Books | None, lookup: Lookup | None) -> Money | None:
        """The tax that QuickBooks Online would add, None where it cannot be known."""
        return tax.predicted_tax(document, books)

    def explain(self, code: str, text: str = "") -> Explanation | None:
        """What a fault's code means, or that of a call without a readable answer."""
        return explanations.explain(code, text)

    def verify(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """Whether Intuit signed this webhook with the verifier token."""
        return webhooks.verify(headers, body, secret)

    def changes(self, body: bytes) -> tuple[Change, ...]:
        """What a verified webhook tells. RemoteProtocolError for a body that is none."""
        return webhooks.changes(body)

    def pretend(self) -> PretendBooks:
        """Fresh pretend books in memory, for the conformance kit."""
        from dray_qbo.simulator.pretend import PretendOnline  # noqa: PLC0415  who serves needs none

        return PretendOnline()

    def page_of(self, kind: Kind, books_id: str, settings: Mapping[str, str]) -> str | None:
        """Invoices have a page of their own in Intuit's sandbox and in the real QuickBooks Online."""
        return endpoints.page_of_invoice(books_id, settings) if kind is Kind.INVOICE else None

    def simulate(self, arguments: Sequence[str]) -> int:
        """Run the pretend QuickBooks Online."""
        # here and not above: whoever only serves needs no second QuickBooks in memory
        from dray_qbo.simulator.command import simulate  # noqa: PLC0415  who serves needs none

        status: int = simulate(arguments)
        return status


connector = QuickBooksOnline()
