"""An answer that comes when its connection is removed already: the last word of books that nobody can ask any more.

A removal by force leaves what was on its way unproved. What the late answer says definitely is proof: taken, and the
invoice is locked; not taken, and it may go to other books. Where a person has acted in the meantime, what they did
stands as far as it can: an invoice that waits for other books is taken out of their line, and one that these hold by
now is shown as being in two places.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from dray.billing import differences, postings, problems, timeline
from dray.billing.bulk import NO_SYNC
from dray.billing.differences import Difference, Seen
from dray.billing.elsewhere import ARRIVED
from dray.billing.models import Invoice, Posting
from dray.billing.postings import Change
from dray.billing.states import LIVE, Move, PostingState
from dray.connections.removal import name_before
from dray.sync.models import SyncBatch
from dray.sync.settlement import accepted
from dray.sync.turn import Turn
from dray_sdk import Deferred, NotRun, Outcome, Posted, Refused, Stale


def use(turn: Turn, row: SyncBatch, outcomes: Sequence[Outcome]) -> None:
    """Apply what is definite to the postings of a batch that were left unproved; does nothing for any other batch."""
    unproved = select(Posting).where(Posting.batch_id == row.id, Posting.unproved_at.is_not(None))
    invoices = [posting.invoice_id for posting in turn.session.scalars(unproved)]
    if not invoices:
        return
    # Send locks them too: whoever is second sees what the first one did.
    turn.session.scalars(
        select(Invoice.id).where(Invoice.id.in_(invoices)).order_by(Invoice.id).with_for_update()
    ).all()
    again = unproved.order_by(Posting.position).execution_options(populate_existing=True)
    for posting in turn.session.scalars(again).all():
        if not posting.position or posting.position > len(outcomes):
            continue
        match outcomes[posting.position - 1]:
            case Posted() as taken:
                _they_have_it(turn, posting, taken)
            case Refused() | Stale() | NotRun() as said_no:
                _they_do_not(turn, posting, said_no)
            case Deferred():
                _they_do_not(turn, posting, None)
            case _:
                pass


def _they_have_it(turn: Turn, posting: Posting, taken: Posted) -> None:
    name = name_before(turn.connection)
    told = {"connection_name": name, "number": taken.number}
    change = Change(posting.id, told, receipt=accepted(taken))
    if posting.state == PostingState.REFUSED.value:
        postings.move(turn.session, Move.ARRIVED_AFTER_ALL, [change], at=turn.at, actor=turn.actor)
        return
    as_number = f" as number {taken.number}" if taken.number else ""
    posting.problem = problems.refusal(ARRIVED, f"{name} has it{as_number}: the answer came after it was removed here.")
    turn.session.flush()
    timeline.note(turn.session, "arrived_elsewhere", [(posting.invoice_id, told)], at=turn.at, actor=turn.actor)
    other = turn.session.scalar(
        select(Posting).where(Posting.invoice_id == posting.invoice_id, Posting.state.in_(sorted(LIVE)))
    )
    if other is None:
        return
    if other.state == PostingState.QUEUED.value:
        postings.move(turn.session, Move.UNPEND, [Change(other.id)], at=turn.at, actor=turn.actor)
        return
    # An administrator said that it was not there, and it was: both sets of books hold it, or soon may.
    twice = Seen(posting.invoice_id, Difference.ALREADY_THERE, taken.books_id, taken.number, taken.total, taken.balance)
    differences.record(turn.session, turn.connection.id, name, [twice], at=turn.at, actor=turn.actor)


def _they_do_not(turn: Turn, posting: Posting, said_no: Refused | NotRun | Stale | None) -> None:
    name = name_before(turn.connection)
    posting.unproved_at = None
    told = {"connection_name": name}
    if said_no is not None:
        told["detail"] = said_no.text
    timeline.note(turn.session, "proved_not_taken", [(posting.invoice_id, told)], at=turn.at, actor=turn.actor)
    if posting.state == PostingState.REFUSED.value:
        detail = f"{name} did not take it before it was removed. Send it to other books."
        problem = problems.refusal("not_taken", detail)
        posting.problem = problem
        shown = update(Invoice).where(Invoice.id == posting.invoice_id).values(problems=[problem], updated_at=turn.at)
        turn.session.execute(shown, execution_options=NO_SYNC)
    turn.session.flush()
