"""Everything that the page of one invoice shows, read once. Writes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from dray.billing import company_settings, documents, receipts, timeline
from dray.billing.models import Invoice, InvoiceLine
from dray.billing.person_edits import as_problems
from dray.billing.posting_models import Posting
from dray.billing.receipt_models import Receipt
from dray.billing.receipts import Figures
from dray.billing.send import Judge
from dray.billing.states import InvoiceState
from dray.connections.models import Connection
from dray.sync.models import SyncBatch
from dray.web.invoices.preflight import Problems, problems_now, without_a_carrier
from dray.web.words import SENDABLE, TIMELINE_LOOKS, Look
from dray_sdk import Address, Money
from dray_sdk import Invoice as Document
from dray_tenants.scope import Scoped

_UNKNOWN: Final = Look("s-idle", "info", "Noted")
_TOLD_IN_WORDS: Final = frozenset(
    {"connection_name", "detail", "reason", "number", "warning", "fields", "found", "sought", "only_looked_up"}
)
"""Details that the sentence itself says; what else there is, codes above all, is folded away below it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history. `raw` is what a supporter wants to see, as text."""

    at: dt.datetime
    look: Look
    sentence: str
    actor: str
    raw: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the receipt: what was sent and what the books say. `same` is None where they said nothing."""

    field: str
    sent: str
    theirs: str
    same: bool | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice in the books that ours may be: `text` says it in one sentence, the rest field by field. Fields are
    empty where the books did not tell them; `whole` is false where the sentence is all that was kept."""

    books_id: str
    text: str
    number: str
    date: dt.date | None
    customer: str
    total: str
    whole: bool


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One invoice as its page shows it. `document` is what was sent, or, before that, what would be.

    `candidates`: invoices in the books that it may be. `wanted_back`: somebody asked for it back as soon as that is
    safe. `asked_at`: when the books were last asked what became of it.
    """

    key: int
    public_id: str
    version: int
    number: str
    state: str
    not_sent: str
    payments: Sequence[Mapping[str, Any]]
    document: Document
    amounts: Sequence[Money | None]
    problems: Sequence[Mapping[str, Any]]
    created_at: dt.datetime
    connection: Connection | None
    queued_at: dt.datetime | None
    handed_out_at: dt.datetime | None
    not_before: dt.datetime | None
    receipt: Receipt | None
    candidates: Sequence[Candidate]
    wanted_back: bool
    asked_at: dt.datetime | None
    history: Sequence[Event]

    @property
    def seen_as(self) -> str:
        """The state that the page shows."""
        return "not_sent" if self.not_sent else self.state

    @property
    def sendable(self) -> bool:
        """Whether the page offers to send it."""
        return self.state in SENDABLE and not self.not_sent

    @property
    def pending(self) -> bool:
        """Whether the page offers to unpend it."""
        return self.state == InvoiceState.PENDING_SYNC

    @property
    def books_number(self) -> str:
        """What the books call it."""
        return (self.receipt.number or "") if self.receipt else ""


def read(
    session: Scoped, public_id: str, *, judge_for: Callable[[Connection | None], Judge], now: dt.datetime
) -> InvoicePage | None:
    """The invoice, or None where this tenant has none of that id. `judge_for` gives the judge of the connection that it
    last went to, or for None of the one that it would go to; a draft carries the problems that this one finds."""
    invoice = session.scalar(select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None)))
    if invoice is None:
        return None
    posting = session.scalar(
        select(Posting).where(Posting.invoice_id == invoice.id).order_by(Posting.id.desc()).limit(1)
    )
    receipt = None
    if posting is not None:
        receipt = session.scalar(select(Receipt).where(Receipt.posting_id == posting.id))
    connection_id = posting.connection_id if posting is not None else invoice.connection_id
    connection = None
    if connection_id is not None:
        connection = session.scalar(select(Connection).where(Connection.id == connection_id))
    # What has left is shown as it left, whatever was edited since.
    left = posting is not None and invoice.state not in SENDABLE
    frozen = documents.thaw(posting.document) if posting is not None and left else None
    state = invoice.state
    problems: Problems = invoice.problems or ()
    if state == InvoiceState.DRAFT and invoice.not_sent is None:
        problems = problems_now(session, [invoice.id], judge_for(connection))[invoice.id]
    if state in SENDABLE:
        problems = (*problems, *as_problems(invoice.person_edits))
    if state == InvoiceState.SENDING and connection_id in without_a_carrier(session, now):
        state = InvoiceState.CHECKING.value
    return InvoicePage(
        key=invoice.id,
        public_id=invoice.public_id,
        version=invoice.version,
        number=invoice.number,
        state=state,
        not_sent=invoice.not_sent or "",
        payments=invoice.payments or (),
        document=frozen or documents.build(session, [invoice.id])[invoice.id],
        amounts=_amounts(session, invoice),
        problems=problems,
        created_at=invoice.created_at,
        connection=connection,
        queued_at=posting.queued_at if posting else None,
        handed_out_at=posting.handed_out_at if posting else None,
        not_before=posting.not_before if posting else None,
        receipt=receipt,
        candidates=_candidates(posting),
        asked_at=_asked_at(session, posting) if state == InvoiceState.CHECKING else None,
        wanted_back=bool(posting and posting.take_back and state == InvoiceState.CHECKING),
        history=history(session, invoice.id),
    )


def _asked_at(session: Scoped, posting: Posting | None) -> dt.datetime | None:
    if posting is None or posting.batch_id is None:
        return None
    columns = (SyncBatch.asked_at, SyncBatch.looked_at)
    row = session.execute(select(*columns).where(SyncBatch.id == posting.batch_id)).one_or_none()
    return max((moment for moment in row or () if moment is not None), default=None)


def _candidates(posting: Posting | None) -> list[Candidate]:
    given: Sequence[Mapping[str, str]] = ((posting.problem or {}).get("candidates") or ()) if posting else ()
    return [
        Candidate(
            books_id=each["books_id"],
            text=each["text"],
            number=each.get("number", ""),
            date=dt.date.fromisoformat(each["date"]) if each.get("date") else None,
            customer=each.get("customer", ""),
            total=f"{Decimal(each['total']):,f}" if each.get("total") else "",
            whole="customer" in each,
        )
        for each in given
    ]


def history(session: Scoped, invoice_id: int) -> list[Event]:
    """What happened to it, newest first."""
    return [
        Event(
            at=each.at,
            look=TIMELINE_LOOKS.get(each.kind, _UNKNOWN),
            sentence=each.sentence,
            actor=each.actor,
            raw=_raw(each.details),
        )
        for each in reversed(timeline.story(session, invoice_id))
    ]


def compare(page: InvoicePage) -> list[Compared]:
    """The receipt: what was sent beside what the books say. It compares and corrects nothing."""
    receipt, document = page.receipt, page.document
    if receipt is None:
        return []
    total, tax = _money(receipt.total_minor, document), _money(receipt.tax_minor, document)
    # Books that number by themselves are in their right: another number is told, not held against them.
    numbers_agree = True if receipt.number == document.number else None
    rows = [Compared("Number", document.number, receipt.number or "", numbers_agree)]
    if document.tax is None and total is not None and tax is not None:
        before_tax = total - tax
        rows += [
            Compared("Before tax", _text(document.subtotal), _text(before_tax), document.subtotal == before_tax),
            Compared("Tax", "left to the books", _text(tax), None),
            Compared("Total", "left to the books", _text(total), None),
        ]
        return rows
    rows.append(Compared("Total", _text(document.total), _text(total), _same(document.total, total)))
    if document.tax is not None:
        rows.append(Compared("Tax", _text(document.tax), _text(tax), _same(document.tax, tax)))
    return rows


def receipt_sentence(session: Scoped, page: InvoicePage) -> str:
    """The receipt in one sentence: the total of both sides, and the cause where they differ; empty before there is one,
    or while the books have not told it."""
    receipt, document = page.receipt, page.document
    theirs = _money(receipt.total_minor, document) if receipt is not None else None
    if receipt is None or theirs is None:
        return ""
    sent = Figures(document.total.minor, document.tax.minor if document.tax else None, document.subtotal.minor)
    differs = receipts.cause_of(
        sent,
        Figures(receipt.total_minor, receipt.tax_minor),
        lines=len(document.lines),
        tolerance=company_settings.read(session).tolerance_minor,
    )
    mine = _text(document.total) + (" before tax" if document.tax is None else "")
    said = f"The books say {_text(theirs)}, you sent {mine}."
    if differs is None:
        return said
    cause, ours, other = differs
    apart = Money(other - ours, document.currency)
    return f"{said} {receipts.WHY[cause]}: {_text(apart) if apart.minor < 0 else '+' + _text(apart)}."


def address_lines(address: Address | None) -> list[str]:
    """A postal address as lines, in the order in which it is written on an envelope."""
    if address is None:
        return []
    lines = [address.line1, address.line2, address.line3, address.line4, address.line5]
    town = " ".join(part for part in (address.region, address.postal_code) if part)
    lines.append(", ".join(part for part in (address.city, town) if part))
    return [line for line in [*lines, address.country] if line]


def _amounts(session: Scoped, invoice: Invoice) -> list[Money | None]:
    """Each line's amount as Dray reckons it, percentages included, which a document leaves to the books."""
    minors = session.scalars(
        select(InvoiceLine.amount_minor).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.position)
    )
    return [None if minor is None else Money(minor, invoice.currency) for minor in minors]


def _money(minor: int | None, document: Document) -> Money | None:
    return None if minor is None else Money(minor, document.currency)


def _same(sent: object, theirs: object) -> bool | None:
    return None if sent is None or theirs is None else sent == theirs


def _text(money: Money | None) -> str:
    return "" if money is None else f"{money.decimal:,f}"


def _raw(details: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in details.items() if name not in _TOLD_IN_WORDS and value not in (None, "")}
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(rest.items())
    )
