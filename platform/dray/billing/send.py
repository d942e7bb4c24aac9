"""Send: freeze each invoice as it stands and put it in line for one connection.

Sending works in pieces, each in its own transaction, so that nobody else waits long for the database. An invoice is
wholly in line or not at all; when a process dies in between, the pieces before it stand and the same Send, made again,
finds them already in line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from sqlalchemy import insert, select, update

from dray.billing import counts, documents, elsewhere, replacing, timeline
from dray.billing.amounts import problems_of
from dray.billing.bulk import NO_SYNC, pieces, update_each
from dray.billing.haste import in_turns
from dray.billing.models import Invoice, TimelineEntry
from dray.billing.posting_models import Posting, Sending
from dray.billing.problems import all_stored, blocking, refusal
from dray.billing.states import EDITABLE, InvoiceState, PostingState
from dray.connections import choices, due
from dray.connections.choices import Choices
from dray.connections.models import Connection
from dray_sdk import Invoice as Document
from dray_sdk import Money, Problem
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

_WHERE_IT_IS: Final[Mapping[InvoiceState, str]] = {
    InvoiceState.PENDING_SYNC: "It is already in line.",
    InvoiceState.SENDING: "It is on its way. Wait for the answer.",
    InvoiceState.CHECKING: "It may have arrived already. Dray is asking; nothing is sent twice.",
    InvoiceState.SYNCED: "The books have accepted it already.",
}

PIECE: Final = 250
"""How many invoices one transaction of Send takes at most: some 50 ms of the writer's time on SQLite, judging not
counted. Where that takes longer the pieces get smaller."""


class Judge(Protocol):
    """Finds every problem that a document would have in one set of books, in about 0.1 ms."""

    def __call__(self, document: Document, /) -> tuple[Problem, ...]:
        """Every problem, worst first."""
        ...


@runtime_checkable
class LooksAhead(Protocol):
    """A judge that is quicker with many documents when it has seen them all first, and that wants to know which of
    them were kept back."""

    def look_ahead(self, documents: Sequence[Document]) -> None:
        """Learn in a few statements what judging these will ask."""
        ...

    def read_again_for(self, documents: Sequence[Document]) -> None:
        """These were kept back: what that rests on may be put right soon."""
        ...


@runtime_checkable
class Rewrites(Protocol):
    """A judge that knows rules by which a document is changed before it is sent. It judges the changed one."""

    def as_sent(self, document: Document) -> Document:
        """The document as it is sent."""
        ...


def as_sent(judge: Judge, document: Document) -> Document:
    """What is frozen when the document is sent."""
    return judge.as_sent(document) if isinstance(judge, Rewrites) else document


class FindsJudges(Protocol):
    """How the doors of the application (API, pages, commands) come by the judge of a connection."""

    def judge_for(self, session: Scoped, connection: Connection) -> Judge:
        """The judge, which knows the connection's books and what is cached of their lists."""
        ...


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one invoice that was to be sent or taken back.

    `state` is the state that it is in now, None where there is no such invoice; `done` whether what was asked happened
    (an invoice that is already in line was not sent again). `problems` are in stored form and say why not, or warn.
    """

    id: str
    state: InvoiceState | None
    done: bool
    problems: tuple[Mapping[str, Any], ...] = ()


class NotSendable(Exception):
    """Nothing can be sent to this connection; the message is a sentence for people."""


def send(
    session: Scoped,
    wanted: Mapping[str, int | None],
    *,
    connection: Connection,
    judge: Judge,
    actor: str,
    at: dt.datetime,
    word: Word | None = None,
) -> list[SendResult]:
    """Put invoices in line for `connection`; one result each, in the order of `wanted`.

    `wanted` maps public ids to the version that was looked at, or None for whatever it is now. Commits after every
    piece, and lets others write before the next: call it with no other work open in the session. Invoices that are new,
    drafts or in need of attention are sent; for any other the result says where it is. `word` is what a person decided
    of a twin in the books. Raises NotSendable where the connection was removed.
    """
    target = _Target(connection.id, connection.public_id, connection.name, choices.of(connection))
    desk = _Desk(session, target, judge, actor, at, word or Word())
    ids = list(wanted)
    results: list[SendResult] = []
    for some in in_turns(ids, PIECE):
        _refuse_removed(session, connection)
        results += desk.take({public_id: wanted[public_id] for public_id in some})
        session.commit()
    return results


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of an invoice that the books seem to hold already.

    `anyway`: post it all the same; nobody looks for a twin again. `is_already`: {"books_id": …} or {"number": …} of the
    one that it is; then nothing is posted, and it is locked once the books confirm that they have it. `elsewhere`: an
    administrator says that the books of a connection that was removed do not have it, so that it may go to these.
    `each_is`: for many at once, public id → what `is_already` says of one.
    """

    anyway: bool = False
    elsewhere: bool = False
    is_already: Mapping[str, str] | None = None
    each_is: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def said_to_be(self, public_id: str) -> Mapping[str, str] | None:
        """What the books have it as, by that person's word."""
        return self.each_is.get(public_id, self.is_already)


@dataclass(frozen=True, slots=True)
class _Target:
    id: int
    public_id: str
    name: str
    choices: Choices


@dataclass(frozen=True, slots=True)
class _Found:
    """An invoice as Send meets it."""

    id: int
    public_id: str
    version: int
    state: InvoiceState
    number: str
    not_sent: str | None
    total: Money


class _Desk:
    """One press of Send, carried over its pieces."""

    def __init__(self, session: Scoped, target: _Target, judge: Judge, actor: str, at: dt.datetime, word: Word) -> None:
        self._word = word
        self._session = session
        self._target = target
        self._judge = judge
        self._actor = actor
        self._at = at
        self._sending: int | None = None
        self._sending_id = new_public_id("snd")

    def take(self, wanted: Mapping[str, int | None]) -> list[SendResult]:
        """Judge one piece and put in line what may go. Leaves the transaction open."""
        found = {row.public_id: row for row in _find(self._session, list(wanted))}
        results: dict[str, SendResult] = {}
        open_ones: list[_Found] = []
        for public_id, version in wanted.items():
            row = found.get(public_id)
            if row is None:
                results[public_id] = _missing(public_id)
            elif problem := self._why_not(row, version):
                results[public_id] = SendResult(public_id, row.state, False, (problem,))
            else:
                open_ones.append(row)
        results |= self._queue(open_ones)
        return [results[public_id] for public_id in wanted]

    def _why_not(self, row: _Found, version: int | None) -> dict[str, Any] | None:
        if row.state not in EDITABLE:
            return refusal("not_sendable", _WHERE_IT_IS[row.state])
        if row.not_sent is not None:
            return refusal("not_sent", f"It is marked not to be sent: {row.not_sent}. Take the mark away to send it.")
        if version is not None and version != row.version:
            return refusal("changed_since_review", _what_changed(self._session, row, version))
        return None

    def _queue(self, rows: Sequence[_Found]) -> dict[str, SendResult]:
        ids = [row.id for row in rows]
        suspected = self._suspected(ids)
        held = replacing.held(self._session, ids)
        built = {
            key: choices.filled(document, self._target.choices)
            for key, document in documents.build(self._session, ids).items()
        }
        if isinstance(self._judge, LooksAhead):
            self._judge.look_ahead(list(built.values()))
        good: list[tuple[_Found, Document, tuple[Problem, ...]]] = []
        bad: list[tuple[_Found, tuple[Problem, ...]]] = []
        for row in rows:
            document = built[row.id]
            problems = (
                *suspected.get(row.id, ()),
                *held.get(row.id, ()),
                *problems_of(document),
                *self._judge(document),
            )
            # What the books hold already is not written again, so nothing about writing it can stand in the way.
            if blocking(problems) and self._word.said_to_be(row.public_id) is None:
                bad.append((row, problems))
            else:
                good.append((row, as_sent(self._judge, document), problems))
        if good:
            self._put_in_line(good)
        if bad:
            self._keep(bad)
            if isinstance(self._judge, LooksAhead):
                self._judge.read_again_for([built[row.id] for row, _ in bad])
        queued = {
            row.public_id: SendResult(row.public_id, InvoiceState.PENDING_SYNC, True, tuple(all_stored(problems) or ()))
            for row, _, problems in good
        }
        kept = {
            row.public_id: SendResult(row.public_id, row.state, False, tuple(all_stored(problems) or ()))
            for row, problems in bad
        }
        return queued | kept

    def _suspected(self, ids: Sequence[int]) -> Mapping[int, tuple[Problem, ...]]:
        if self._word.is_already is not None or self._word.each_is:
            return {}
        return elsewhere.suspected(self._session, ids, self._target.id, at=self._at, word=self._word.elsewhere)

    def _put_in_line(self, good: Sequence[tuple[_Found, Document, tuple[Problem, ...]]]) -> None:
        session, at = self._session, self._at
        again = {row.id for row, _, _ in good if row.state is InvoiceState.NEEDS_ATTENTION}
        _withdraw_refused(session, again, at)
        sending = self._sending_row(len(good))
        audit.record(
            session,
            actor=self._actor,
            action="invoices.sent",
            subject=f"sending:{self._sending_id}",
            now=at,
            details={"connection": self._target.public_id, "invoices": [row.public_id for row, _, _ in good]},
        )
        session.execute(insert(Posting), [self._posting(row, document, sending) for row, document, _ in good])
        _mark_pending(session, good, self._target.id, at)
        for kind, rows in (
            ("sent", [row for row, _, _ in good if row.id not in again]),
            ("sent_again", [row for row, _, _ in good if row.id in again]),
        ):
            timeline.note(session, kind, [(row.id, self._told(row)) for row in rows], at=at, actor=self._actor)
        due.mark_due(session, self._target.id, at)
        counts.change(
            session,
            {
                InvoiceState.DRAFT.value: len(again) - len(good),
                InvoiceState.NEEDS_ATTENTION.value: -len(again),
                InvoiceState.PENDING_SYNC.value: len(good),
            },
        )

    def _told(self, row: _Found) -> dict[str, Any]:
        said = self._word.said_to_be(row.public_id) is not None
        return {"connection_name": self._target.name, **({"only_looked_up": True} if said else {})}

    def _sending_row(self, more: int) -> int:
        """The id of this press of Send, made when the first invoice goes; its number of invoices grows by `more`."""
        if self._sending is None:
            row = Sending(
                public_id=self._sending_id,
                connection_id=self._target.id,
                actor=self._actor,
                at=self._at,
                invoices=more,
            )
            self._session.add(row)
            self._session.flush()
            self._sending = row.id
        else:
            self._session.execute(
                update(Sending).where(Sending.id == self._sending).values(invoices=Sending.invoices + more),
                execution_options=NO_SYNC,
            )
        return self._sending

    def _posting(self, row: _Found, document: Document, sending: int) -> dict[str, Any]:
        frozen = documents.freeze(document)
        is_already = self._word.said_to_be(row.public_id)
        return {
            "public_id": new_public_id("pst"),
            "invoice_id": row.id,
            "connection_id": self._target.id,
            "sending_id": sending,
            "state": PostingState.QUEUED.value,
            "document": frozen.content,
            "document_hash": frozen.hash,
            "number": row.number,
            "queued_at": self._at,
            "anyway": self._word.anyway,
            "is_already": dict(is_already) if is_already else None,
        }

    def _keep(self, bad: Sequence[tuple[_Found, tuple[Problem, ...]]]) -> None:
        """Store why these were not sent, where people see it."""
        update_each(self._session, Invoice, ("problems",), [(row.id, [all_stored(problems)]) for row, problems in bad])
        told = ((row.id, {"detail": blocking(problems)[0].detail}) for row, problems in bad)
        timeline.note(self._session, "not_queued", told, at=self._at, actor=self._actor)


def _find(session: Scoped, public_ids: Sequence[str]) -> Iterator[_Found]:
    """The invoices, locked until the transaction ends, so that nobody edits what is being frozen."""
    for some in pieces(public_ids):
        rows = session.execute(
            select(
                Invoice.id,
                Invoice.public_id,
                Invoice.version,
                Invoice.state,
                Invoice.number,
                Invoice.not_sent,
                Invoice.total_minor,
                Invoice.currency,
            )
            .where(Invoice.public_id.in_(some), Invoice.deleted_at.is_(None))
            .order_by(Invoice.id)
            .with_for_update(of=Invoice)
        )
        for key, public_id, version, state, number, not_sent, minor, currency in rows:
            total = Money(minor, currency)
            yield _Found(key, public_id, version, InvoiceState(state), number, not_sent, total)


def _refuse_removed(session: Scoped, connection: Connection) -> None:
    """Asked at the start of every piece, under the connection's turn: whoever removes it waits for the piece, or the
    piece is not sent. Nothing is ever put in line for a connection that is no more."""
    due.take_turn(session, connection.id)
    if session.scalar(select(Connection.state).where(Connection.id == connection.id)) == "removed":
        name = connection.name
        session.rollback()
        raise NotSendable(f"{name} was removed. Choose another connection to send to.")


def _missing(public_id: str) -> SendResult:
    return SendResult(public_id, None, False, (refusal("not_found", "There is no invoice with this id."),))


def _what_changed(session: Scoped, row: _Found, version: int) -> str:
    """What became of the total since `version`, as far as the timeline knows it."""
    edits = session.scalars(
        select(TimelineEntry.details).where(TimelineEntry.invoice_id == row.id).order_by(TimelineEntry.id)
    )
    before = next(
        (d["total_before"] for d in edits if d and d.get("version", 0) > version and "total_before" in d), None
    )
    if before is None or before == str(row.total):
        return "Changed since your review. Look at it again, then send it."
    return f"Changed since your review: {before} → {row.total}. Look at it again, then send it."


def _withdraw_refused(session: Scoped, invoice_ids: set[int], at: dt.datetime) -> None:
    """Set the refused try aside; the new one has its own document. Told as one step, "sent again"."""
    for some in pieces(sorted(invoice_ids)):
        session.execute(
            update(Posting)
            .where(Posting.invoice_id.in_(some), Posting.state == PostingState.REFUSED.value)
            .values(state=PostingState.WITHDRAWN.value, settled_at=at),
            execution_options=NO_SYNC,
        )


def _mark_pending(
    session: Scoped,
    good: Sequence[tuple[_Found, Document, tuple[Problem, ...]]],
    connection_id: int,
    at: dt.datetime,
) -> None:
    for some in pieces([row.id for row, _, _ in good]):
        session.execute(
            update(Invoice)
            .where(Invoice.id.in_(some))
            .values(state=InvoiceState.PENDING_SYNC.value, connection_id=connection_id, updated_at=at, problems=None),
            execution_options=NO_SYNC,
        )
    warned = [(row.id, [all_stored(problems)]) for row, _, problems in good if problems]
    update_each(session, Invoice, ("problems",), warned)
