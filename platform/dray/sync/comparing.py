"""What looking up posted invoices again has shown: differences to record, or one question about the company file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select, update

from dray.billing import differences
from dray.billing.differences import Difference, Seen, Taken
from dray.billing.receipt_models import Receipt
from dray.connections import questions
from dray.connections.models import Connection
from dray.sync.models import Exchange
from dray.twin import misplaced
from dray_sdk import Absent, Found, Outcome
from dray_tenants.scope import Scoped


def take(
    session: Scoped,
    connection: Connection,
    exchange: Exchange,
    outcomes: Mapping[int, Outcome],
    asked_at: dt.datetime,
    *,
    at: dt.datetime,
    actor: str,
) -> None:
    """Receipt → outcome of its Find, which left at `asked_at`: what the books told of later is still to be looked up.
    Where a large part has vanished, posting stops and one question is asked; nothing of that part is recorded then.
    Questions that were not answered leave everything as it was, for the usual looking up."""
    exchange.read_back += len(outcomes)
    seen = _compare(session, outcomes)
    vanished = _newly_vanished(session, seen)
    looked_at = len(seen)
    if connection.question is not None:
        looked_at = int(connection.question["looked_at"])
    if questions.is_flood(looked_at, len(vanished)):
        exchange.stopped = questions.ask(session, connection, looked_at, vanished, at=at)
        seen = {receipt_id: one for receipt_id, one in seen.items() if receipt_id not in vanished}
    elif connection.question is not None and len(seen) == len(outcomes):
        questions.withdraw(session, connection)
    differences.record(session, connection.id, connection.name, list(seen.values()), at=at, actor=actor)
    answered = {one.invoice_id: outcomes[receipt_id] for receipt_id, one in seen.items()}
    misplaced.settle(session, connection.id, answered, at)
    read = update(Receipt).where(Receipt.id.in_(list(seen))).values(read_at=at)
    session.execute(read, execution_options={"synchronize_session": False})
    told = update(Receipt).where(Receipt.id.in_(list(outcomes)), Receipt.wanted_at <= asked_at).values(wanted_at=None)
    session.execute(told, execution_options={"synchronize_session": False})


def _compare(session: Scoped, outcomes: Mapping[int, Outcome]) -> dict[int, Seen]:
    """Of what was answered: receipt → what was seen."""
    columns = (Receipt.id, Receipt.invoice_id, Receipt.number, Receipt.total_minor, Receipt.balance_minor)
    seen: dict[int, Seen] = {}
    for key, invoice_id, number, total, balance in session.execute(
        select(*columns).where(Receipt.id.in_(list(outcomes)))
    ):
        taken = Taken(number, total, balance)
        match outcomes[key]:
            case Found(candidates) if len(candidates) == 1:
                seen[key] = differences.compare(invoice_id, taken, candidates[0])
            case Absent():
                seen[key] = differences.compare(invoice_id, taken, None)
            case _:
                pass
    return seen


def _newly_vanished(session: Scoped, seen: Mapping[int, Seen]) -> list[int]:
    gone = {key: one.invoice_id for key, one in seen.items() if one.difference is Difference.GONE}
    known = differences.known_gone(session, list(gone.values()))
    return [key for key, invoice_id in gone.items() if invoice_id not in known]
