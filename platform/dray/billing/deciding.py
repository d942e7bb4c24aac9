"""What a person decides of an invoice that the books hold, or may hold: it is that one, none of them, take it back.

None of these believes anybody blindly. "It is that one" locks the invoice only once the books confirm it; "none of
them" leaves out what that person looked at, and the books are asked again; "take it back" makes a draft only once it is
proved that the books do not have it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from dray.billing import send as sending
from dray.billing import timeline
from dray.billing.models import Invoice, Posting
from dray.billing.problems import refusal
from dray.billing.send import Judge, SendResult, Word
from dray.billing.states import EDITABLE, InvoiceState, PostingState
from dray.connections import due
from dray.connections.models import Connection
from dray_tenants import audit
from dray_tenants.scope import Scoped

_MAY_BE_THERE: Final = (PostingState.SENDING.value, PostingState.IN_DOUBT.value)
"""Handed over, and no answer yet: people see Checking as soon as whoever carries it has fallen silent."""


def it_is_already_there(
    session: Scoped,
    public_id: str,
    there: Mapping[str, str],
    *,
    connection: Connection,
    judge: Judge,
    actor: str,
    at: dt.datetime,
) -> SendResult:
    """The invoice is the one that the books know by `there`: {"books_id": …} or {"number": …}. Commits.

    A draft or refused invoice waits for the next exchange, which looks it up and posts nothing; a doubt is looked up
    under that name too.
    """
    if set(there) not in ({"books_id"}, {"number"}) or not all(there.values()):
        raise ValueError("say which one it is: its number in the books")
    word = Word(is_already=dict(there))
    return _decide(session, public_id, word, "said_same", connection=connection, judge=judge, actor=actor, at=at)


def post_anyway(
    session: Scoped, public_id: str, *, connection: Connection, judge: Judge, actor: str, at: dt.datetime
) -> SendResult:
    """Post a refused invoice whatever the books hold that is like it. Commits. A right of its own: this can double."""
    word = Word(anyway=True)
    return _decide(session, public_id, word, "said_anyway", connection=connection, judge=judge, actor=actor, at=at)


def send_elsewhere(
    session: Scoped, public_id: str, *, connection: Connection, judge: Judge, actor: str, at: dt.datetime
) -> SendResult:
    """Send an invoice that was left unproved in the books of a removed connection to `connection`. Commits.

    An administrator's word (right `post_anyway`) that those books do not have it. These books are still searched for a
    twin before anything leaves.
    """
    word = Word(elsewhere=True)
    return _decide(session, public_id, word, "said_elsewhere", connection=connection, judge=judge, actor=actor, at=at)


def take_back(session: Scoped, public_id: str, *, actor: str, at: dt.datetime) -> SendResult:
    """A doubt becomes a draft as soon as it is proved that the books do not have it. Commits."""
    invoice, posting = _doubt(session, public_id)
    if invoice is None or posting is None:
        return _nothing_in_doubt(invoice, public_id)
    posting.take_back = True
    _note(session, invoice, posting, "said_take_back", {}, actor=actor, at=at)
    session.commit()
    return SendResult(public_id, InvoiceState.CHECKING, True)


def none_of_these(session: Scoped, public_id: str, *, actor: str, at: dt.datetime) -> SendResult:
    """A doubt is none of the invoices that the books were found to hold. Commits.

    Only those are left out, and the books are asked once more: what is not there then goes in line again, and anything
    that turns up meanwhile is shown first. For those with the right `prove_by_hand`.
    """
    invoice, posting = _doubt(session, public_id)
    candidates = (posting.problem or {}).get("candidates") if posting is not None else None
    if invoice is None or posting is None or not candidates:
        return _nothing_in_doubt(invoice, public_id)
    ids = [str(each["books_id"]) for each in candidates]
    posting.problem = {"not_these": sorted({*ids, *(posting.problem or {}).get("not_these", ())})}
    posting.is_already = None
    _note(session, invoice, posting, "said_none", {"not_these": ids}, actor=actor, at=at)
    session.commit()
    return SendResult(public_id, InvoiceState.CHECKING, True)


def _decide(
    session: Scoped,
    public_id: str,
    word: Word,
    kind: str,
    *,
    connection: Connection,
    judge: Judge,
    actor: str,
    at: dt.datetime,
) -> SendResult:
    invoice, posting = _doubt(session, public_id, connection.id)
    if invoice is not None and InvoiceState(invoice.state) in EDITABLE:
        told = {"connection_name": connection.name, **(word.is_already or {})}
        timeline.note(session, kind, [(invoice.id, told)], at=at, actor=actor)
        (result,) = sending.send(
            session, {public_id: None}, connection=connection, judge=judge, actor=actor, at=at, word=word
        )
        return result
    if invoice is None or posting is None or word.is_already is None:
        return _nothing_in_doubt(invoice, public_id)
    posting.is_already = dict(word.is_already)
    _note(session, invoice, posting, kind, word.is_already, actor=actor, at=at)
    session.commit()
    return SendResult(public_id, InvoiceState.CHECKING, True)


def _doubt(session: Scoped, public_id: str, target: int = 0) -> tuple[Invoice | None, Posting | None]:
    """The invoice, and its posting where that is in doubt; both locked until the transaction ends, and before them the
    turns of the connections that are concerned: in the order in which exchanges and Send lock them too."""
    of_doubt = (
        select(Posting.connection_id)
        .join(Invoice, (Invoice.tenant_id == Posting.tenant_id) & (Invoice.id == Posting.invoice_id))
        .where(Invoice.public_id == public_id, Posting.state.in_(_MAY_BE_THERE))
    )
    for connection_id in sorted({target, *session.scalars(of_doubt)} - {0}):
        due.take_turn(session, connection_id)
    invoice = session.scalar(
        select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None)).with_for_update()
    )
    if invoice is None:
        return None, None
    statement = select(Posting).where(Posting.invoice_id == invoice.id, Posting.state.in_(_MAY_BE_THERE))
    return invoice, session.scalar(statement.with_for_update())


def _note(
    session: Scoped,
    invoice: Invoice,
    posting: Posting,
    kind: str,
    said: Mapping[str, Any],
    *,
    actor: str,
    at: dt.datetime,
) -> None:
    name = session.scalars(select(Connection.name).where(Connection.id == posting.connection_id)).one()
    timeline.note(session, kind, [(invoice.id, {"connection_name": name, **said})], at=at, actor=actor)
    audit.record(
        session,
        actor=actor,
        action=f"invoice.{kind}",
        subject=f"invoice:{invoice.public_id}",
        now=at,
        details=dict(said),
    )
    due.mark_due(session, posting.connection_id, at)


def _nothing_in_doubt(invoice: Invoice | None, public_id: str) -> SendResult:
    if invoice is None:
        return SendResult(public_id, None, False, (refusal("not_found", "There is no invoice with this id."),))
    state = InvoiceState(invoice.state)
    detail = "There is nothing to decide: the books have answered. Look at the invoice again."
    return SendResult(public_id, state, False, (refusal("nothing_to_decide", detail),))
