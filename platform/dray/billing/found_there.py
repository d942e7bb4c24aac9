"""Invoices that were found in the books before their first attempt, exactly as they are here: decided many at once.

A person looks over the list once and says that they are the same. Nothing is believed blindly for that: each is looked
up in the next exchange, locked once the books confirm it, and nothing is posted.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select

from dray.billing import send as sending
from dray.billing import timeline
from dray.billing.models import Customer, Invoice, Posting
from dray.billing.problems import refusal
from dray.billing.send import Judge, NotSendable, SendResult, Word
from dray.billing.states import InvoiceState, PostingState
from dray.connections.models import Connection
from dray_sdk import Money
from dray_tenants import audit
from dray_tenants.scope import Scoped

AT_ONCE: Final = 250
"""How many one press decides; as many as one transaction of Send takes."""

_CODES: Final = frozenset({"twin", "already_there"})


@dataclass(frozen=True, slots=True)
class FoundThere:
    """One of ours and the one of theirs that it is: number, customer, date and total agree, or it bears our mark."""

    public_id: str
    books_id: str
    number: str
    customer: str
    date: dt.date
    total: Money
    theirs: Mapping[str, str]
    connection: str


def found(session: Scoped, *, limit: int = AT_ONCE) -> list[FoundThere]:
    """Those that wait for a person's word, the oldest first. More than `AT_ONCE` come up as these are decided."""
    rows: list[FoundThere] = []
    statement = (
        _waiting()
        .add_columns(Customer.name)
        .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
    )
    for invoice, problem, connection, customer in session.execute(statement):
        if not _is_exact(problem):
            continue
        (theirs,) = problem["candidates"]
        total = Money(invoice.total_minor, invoice.currency)
        rows.append(
            FoundThere(
                invoice.public_id, theirs["books_id"], invoice.number, customer, invoice.date, total, theirs,
                connection.name,
            )
        )  # fmt: skip
        if len(rows) == limit:
            break
    return rows


def link(
    session: Scoped,
    chosen: Mapping[str, str],
    *,
    judge_for: Callable[[Scoped, Connection], Judge],
    actor: str,
    at: dt.datetime,
) -> list[SendResult]:
    """Each of these (public id → the books' id that was looked at) is the one that the books have. Right
    `prove_by_hand`. One result each, in order.

    Works in one transaction for each connection: call it with no other work open in the session. What is no longer
    found so, or was found to be another one meanwhile, is left as it is.
    """
    wanted = dict(list(chosen.items())[:AT_ONCE])
    by_connection: dict[int, tuple[Connection, dict[str, dict[str, str]]]] = {}
    keys: dict[int, list[int]] = defaultdict(list)
    for invoice, problem, connection in session.execute(_waiting().where(Invoice.public_id.in_(wanted))):
        if _is_exact(problem) and problem["candidates"][0]["books_id"] == wanted[invoice.public_id]:
            _, each = by_connection.setdefault(connection.id, (connection, {}))
            each[invoice.public_id] = {"books_id": wanted[invoice.public_id]}
            keys[connection.id].append(invoice.id)
    results = {public_id: _not_so(public_id) for public_id in wanted}
    for connection, each in by_connection.values():
        told = {"connection_name": connection.name}
        timeline.note(session, "said_same", [(key, told) for key in keys[connection.id]], at=at, actor=actor)
        audit.record(
            session, actor=actor, action="invoices.said_same", subject="invoices", now=at, details={"books": each}
        )
        judge = judge_for(session, connection)
        try:
            sent = sending.send(
                session, dict.fromkeys(each), connection=connection, judge=judge, actor=actor, at=at,
                word=Word(each_is=each),
            )  # fmt: skip
        except NotSendable as gone:
            sent = [SendResult(public_id, None, False, (refusal("removed", str(gone)),)) for public_id in each]
        results |= {result.id: result for result in sent}
    return list(results.values())


def _waiting() -> Select[Any]:
    return (
        select(Invoice, Posting.problem, Connection)
        .join(Posting, (Posting.tenant_id == Invoice.tenant_id) & (Posting.invoice_id == Invoice.id))
        .join(Connection, (Connection.tenant_id == Posting.tenant_id) & (Connection.id == Posting.connection_id))
        .where(
            Posting.state == PostingState.REFUSED.value,
            Invoice.state == InvoiceState.NEEDS_ATTENTION.value,
            Invoice.deleted_at.is_(None),
            Connection.state != "removed",
        )
        .order_by(Posting.id)
    )


def _is_exact(problem: Mapping[str, Any] | None) -> bool:
    return bool(problem and problem.get("code") in _CODES and problem.get("exact"))


def _not_so(public_id: str) -> SendResult:
    detail = "It is no longer found so. Look at it again."
    return SendResult(public_id, InvoiceState.NEEDS_ATTENTION, False, (refusal("not_found_so", detail),))
