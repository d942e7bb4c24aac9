"""Whether other books have an invoice, or may have it: known or suspected in one set of books, it goes to no other.

Only the removal of a connection by force leaves such a suspicion behind: nobody can ask those books any more. An
administrator may say that they do not have it (`billing.deciding.send_elsewhere`). Against an answer that came late and
said that they do, no word helps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from dray.billing.bulk import pieces
from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections.models import Connection
from dray_sdk import Fix, Problem
from dray_tenants.scope import Scoped

ARRIVED: Final = "arrived"
"""The problem's code on a posting whose books answered after their removal that they have it."""

CARRIED_FOR: Final = dt.timedelta(minutes=30)
"""So long after it was handed over an invoice may still arrive: no carrier waits longer, whichever it is."""

_MAY_BE_THERE: Final = frozenset({PostingState.SENDING, PostingState.IN_DOUBT, PostingState.POSTED})


def suspected(
    session: Scoped, invoice_ids: Sequence[int], target: int, *, at: dt.datetime, word: bool = False
) -> dict[int, tuple[Problem, ...]]:
    """Of these invoices, those that may not go to the connection `target`, with the reason. `word`: an administrator
    says that the other books do not have them; then only an answer stands against it, or that it may still arrive.

    The word is given once for each target: what was tried there after the suspicion arose stands for it.
    """
    found: dict[int, tuple[Problem, ...]] = {}
    tried: dict[int, int] = {}
    columns = (
        Posting.id,
        Posting.invoice_id,
        Posting.connection_id,
        Posting.state,
        Posting.unproved_at,
        Posting.handed_out_at,
        Posting.problem,
    )
    for some in pieces(invoice_ids):
        statement = (
            select(*columns, Connection.name)
            .join(Connection, (Connection.tenant_id == Posting.tenant_id) & (Connection.id == Posting.connection_id))
            .where(Posting.invoice_id.in_(some))
            .order_by(Posting.id.desc())
        )
        for key, invoice_id, connection_id, state, unproved_at, left_at, problem, name in session.execute(statement):
            if unproved_at is not None and (problem or {}).get("code") == ARRIVED:
                found[invoice_id] = (Problem(ARRIVED, "", str((problem or {})["detail"]) + _NOT_TWICE),)
                tried[invoice_id] = key
            elif connection_id == target:
                tried.setdefault(invoice_id, key)
            elif word:
                if unproved_at is not None and left_at is not None and at - left_at < CARRIED_FOR:
                    found[invoice_id] = (_may_still_arrive(name),)
            elif (unproved_at is not None or state in _MAY_BE_THERE) and tried.get(invoice_id, 0) < key:
                found[invoice_id] = (_may_be_in(name),)
    return found


_NOT_TWICE: Final = " It goes to no other books; mark it as not to be sent here."


def _may_still_arrive(name: str) -> Problem:
    minutes = int(CARRIED_FOR.total_seconds() // 60)
    return Problem(
        "may_still_arrive",
        "",
        f"It may still arrive in {name}: a computer can hold what it took for {minutes} minutes. Look into those books "
        "after that, then send it.",
    )


def _may_be_in(name: str) -> Problem:
    return Problem(
        "may_be_elsewhere",
        "",
        f"It was on its way to {name}, and nobody knows whether it arrived. Look into those books first. If they do "
        "not have it, an administrator may send it here.",
        Fix("send_elsewhere", "It is not there: send it"),
    )
