"""When a connector breaks: the one batch waits, everybody can read why, and everything else goes on.

What a connector cannot put into words is tried by itself first, so that one invoice holds up no other. Alone, an
invoice waits for a while and is tried again; a customer that cannot be created tells the invoices that need it. Where
the connector breaks over anything else, or is slow, this exchange ends, and the next one tries again.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import update

from dray.billing import problems, timeline
from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections import links
from dray.connections.links import LinkState
from dray.connections.models import ConnectionStatus
from dray.guests import GuestBroke
from dray.sync.steps import Step
from dray.sync.turn import Turn

CODE: Final = "connector"
"""The code under which people find it."""

AGAIN_AFTER: Final = dt.timedelta(minutes=30)
"""An invoice over which a connector broke waits so long before it is tried again."""


def set_aside(turn: Turn, step: Step, broke: GuestBroke, *, last: bool) -> None:
    """What becomes of a step that the connector broke over, in the caller's transaction. Nothing of it has left.
    `last`: it broke often enough for this exchange."""
    tell(turn, broke, stops=last or broke.slow)
    if step.asks and step.about is not None:
        step.about.asked_at = turn.at  # as where books remember nothing: each operation is looked up
    elif len(step.posts) > 1 or len(step.creates) > 1:
        turn.connection.batch_size = 1
    elif step.posts:
        _wait(turn, step, broke)
    elif step.creates:
        _say_no(turn, step, broke)
    else:
        turn.exchange.stopped = _next_run(broke)


def tell(turn: Turn, broke: GuestBroke, *, stops: bool) -> None:
    """Put it where the company and the operators look: the next exchange that finds nothing wrong takes it away."""
    trouble = {
        "code": CODE,
        "text": repr(broke.__cause__)[:500] if broke.__cause__ else "",
        "sentence": _next_run(broke),
    }
    turn.session.execute(
        update(ConnectionStatus)
        .where(ConnectionStatus.connection_id == turn.connection.id)
        .values(trouble={**trouble, "at": turn.at.isoformat()}),
        execution_options=_QUIET,
    )
    if stops:
        turn.exchange.stopped = _next_run(broke)


def _wait(turn: Turn, step: Step, broke: GuestBroke) -> None:
    until = turn.at + AGAIN_AFTER
    waiting = (
        update(Posting)
        .where(Posting.id == step.posts[0].posting_id, Posting.state == PostingState.QUEUED.value)
        .values(not_before=until)
        .returning(Posting.invoice_id)
    )
    invoice_id = turn.session.scalar(waiting, execution_options=_QUIET)
    if invoice_id is not None:  # else somebody took it back meanwhile
        details = {**turn.details, "detail": str(broke), "code": CODE}
        timeline.note(turn.session, "set_aside", [(invoice_id, details)], at=turn.at, actor=turn.actor)


def _say_no(turn: Turn, step: Step, broke: GuestBroke) -> None:
    ((key, name),) = step.creates
    detail = f"{broke} The customer “{name}” was not created. Ask your support, and send the invoice again afterwards."
    links.record(
        turn.session,
        turn.connection.id,
        key,
        name=name,
        state=LinkState.ABSENT,
        at=turn.at,
        values={"problem": problems.refusal("cannot_encode", detail, "customer")},
    )


def _next_run(broke: GuestBroke) -> str:
    return f"{broke} What it was about waits, and the next run tries again. Whoever runs Dray sees this too."


_QUIET: Final = {"synchronize_session": False}
