"""QuickBooks Desktop as a connector: the object that the entry point names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from dray_qbd import batches, explanations, judge, landings, limits, narration, serve, tax
from dray_qbd.messages.lists import LISTINGS
from dray_qbd.qwc import qwc
from dray_sdk import (
    INTERFACE,
    Authorization,
    Batch,
    Books,
    Call,
    Capabilities,
    Customer,
    Desk,
    Explanation,
    Invitation,
    InvitationFile,
    Invoice,
    Kind,
    Landing,
    Limit,
    Lookup,
    Money,
    Narration,
    Outcome,
    Password,
    Problem,
    Redaction,
    Reply,
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
    finds=MappingProxyType(
        {
            # templates are only listed: their query finds nothing by name or id
            **dict.fromkeys((kind for kind in LISTINGS if kind is not Kind.TEMPLATE), _NAMED),
            Kind.INVOICE: frozenset({"books_id", "number", "customer", "date"}),
        }
    ),
    pulls=frozenset(LISTINGS),
    # ListIDs survive a renaming, and a missing entry is found before anything leaves; a message travels by its text
    resolves=frozenset({Kind.CUSTOMER, Kind.ITEM, Kind.TERMS, Kind.CLASS, Kind.TAX_CODE, Kind.REP}),
    creates_when_missing=frozenset({Kind.CUSTOMER}),
    batch=100,
    recovers=True,
    dialled_into=True,
)

REDACTION = Redaction(
    elements=frozenset(
        {
            "strPassword", "strHCPResponse",
            "EIN", "SSN", "VendorTaxIdent", "BirthDate", "Gender", "Ethnicity", "USCitizen", "Disabled",
            "DisabilityDesc", "USVeteran", "MilitaryStatus", "EmployeeAddress", "EmployeePayrollInfo",
            "EmergencyContacts",
            "Address", "AddressBlock", "LegalAddress", "CompanyAddressForCustomer", "CompanyAddressBlockForCustomer",
            "CreditCardInfo", "CreditCardNumber", "NameOnCard", "CreditCardAddress", "CreditCardPostalCode",
            "CreditCardTxnInfo", "CreditCardTxnInputInfo", "BankNumber", "NameOnCheck", "AutomaticLoginUserName",
        }
    ),
    headers=frozenset({"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}),
)  # fmt: skip


class QuickBooksDesktop:
    """Translates for QuickBooks Desktop 2014 and later, reached through Intuit's Web Connector. Holds no state."""

    interface: int = INTERFACE
    name: str = "qbd"
    title: str = "QuickBooks Desktop"
    version: str = serve.VERSION
    mount: str = "qbwc"
    capabilities: Capabilities = CAPABILITIES
    authorization: Authorization = Password()
    settings: tuple[Setting, ...] = ()
    limits: tuple[Limit, ...] = limits.LIMITS
    timing: Timing = Timing()
    redaction: Redaction = REDACTION
    explanations: Mapping[str, Explanation] = explanations.EXPLANATIONS

    def encode(self, batch: Batch, books: Books) -> Request:
        """The message set that carries the batch. LocalProtocolError for what is not declared or cannot be held."""
        return batches.encode(batch, books)

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        """One outcome per operation, in order. Never raises for what QuickBooks or the Web Connector sent."""
        return batches.decode(batch, request, response)

    def recover(self, batch: Batch, books: Books) -> Request | None:
        """An empty status check of the batch's message set; None for a batch that only reads."""
        return batches.recover(batch)

    def serve(self, call: Call, desk: Desk) -> Reply:
        """Answer the Web Connector, or a person who opens the address."""
        return serve.serve(call, desk)

    def narrate(self, call: Call) -> Narration:
        """What the Web Connector just did, in plain words."""
        return narration.narrate(call)

    def refuse(self, sentence: str) -> Reply:
        """A SOAP fault."""
        return serve.refuse(sentence)

    def invite(self, invitation: Invitation) -> InvitationFile:
        """The .qwc file."""
        return qwc(invitation)

    def limits_for(self, books: Books | None) -> tuple[Limit, ...]:
        """The limits of QuickBooks Desktop US. They are the same from 2014 on and in every edition."""
        return limits.LIMITS

    def landings_for(self, books: Books | None) -> tuple[Landing, ...]:
        """Where each field of an invoice lands in QuickBooks Desktop."""
        return landings.landings_for(books)

    def judge(self, document: Invoice | Customer, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
        """Every problem that the document would have there, what blocks first. Takes a customer too."""
        return judge.judge(document, books, lookup)

    def predict_tax(self, document: Invoice, books: Books | None, lookup: Lookup | None) -> Money | None:
        """The sales tax that QuickBooks would add, None where it cannot be known."""
        return tax.predicted_tax(document, books, lookup)

    def explain(self, code: str, text: str = "") -> Explanation | None:
        """What a status code, HRESULT or QBWC code means."""
        return explanations.explain(code, text)

    def pretend(self) -> PretendBooks:
        """Fresh pretend books in memory, for the conformance kit."""
        from dray_qbd.simulator.pretend import PretendDesktop  # noqa: PLC0415  who serves needs none

        return PretendDesktop()

    def simulate(self, arguments: Sequence[str]) -> int:
        """Run the pretend QuickBooks with its pretend Web Connector."""
        # here and not above: whoever only serves needs no second QuickBooks in memory
        from dray_qbd.simulator.command import simulate  # noqa: PLC0415  who serves needs none

        status: int = simulate(arguments)
        return status


connector = QuickBooksDesktop()
