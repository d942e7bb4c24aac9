"""The states of a posting, what people see of them, and the moves between them.

A posting is one try to bring one invoice into one set of books. The table below is the whole of it: a move that is not
in it does not happen. `in_doubt` never goes straight back to `sending`: what may have been posted is first proved
absent, and then waits in line again.
"""

from __future__ import annotations

from enum import StrEnum


class PostingState(StrEnum):
    """Where one posting stands."""

    QUEUED = "queued"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    POSTED = "posted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class InvoiceState(StrEnum):
    """What people see."""

    DRAFT = "draft"
    PENDING_SYNC = "pending_sync"
    SENDING = "sending"
    CHECKING = "checking"
    SYNCED = "synced"
    NEEDS_ATTENTION = "needs_attention"


class Move(StrEnum):
    """Why a posting leaves its state."""

    CLAIM = "claim"
    UNPEND = "unpend"
    JUDGED_IMPOSSIBLE = "judged_impossible"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_RUN = "not_run"
    ANSWER_LOST = "answer_lost"
    STILL_UNKNOWN = "still_unknown"
    PROVED_ABSENT = "proved_absent"
    TAKEN_BACK = "taken_back"
    BACK_TO_DRAFT = "back_to_draft"
    CONNECTION_REMOVED = "connection_removed"
    LEFT_UNPROVED = "left_unproved"
    ARRIVED_AFTER_ALL = "arrived_after_all"
    FOUND_THERE = "found_there"


_S = PostingState

TRANSITIONS: dict[tuple[PostingState, Move], PostingState] = {
    (_S.QUEUED, Move.CLAIM): _S.SENDING,
    (_S.QUEUED, Move.UNPEND): _S.WITHDRAWN,
    (_S.QUEUED, Move.JUDGED_IMPOSSIBLE): _S.REFUSED,
    (_S.QUEUED, Move.CONNECTION_REMOVED): _S.WITHDRAWN,
    (_S.QUEUED, Move.FOUND_THERE): _S.POSTED,
    (_S.SENDING, Move.ACCEPTED): _S.POSTED,
    (_S.SENDING, Move.REFUSED): _S.REFUSED,
    (_S.SENDING, Move.NOT_RUN): _S.QUEUED,
    (_S.SENDING, Move.ANSWER_LOST): _S.IN_DOUBT,
    (_S.SENDING, Move.LEFT_UNPROVED): _S.REFUSED,
    (_S.IN_DOUBT, Move.ACCEPTED): _S.POSTED,
    (_S.IN_DOUBT, Move.REFUSED): _S.REFUSED,
    (_S.IN_DOUBT, Move.PROVED_ABSENT): _S.QUEUED,
    (_S.IN_DOUBT, Move.TAKEN_BACK): _S.WITHDRAWN,
    (_S.IN_DOUBT, Move.STILL_UNKNOWN): _S.IN_DOUBT,
    (_S.IN_DOUBT, Move.LEFT_UNPROVED): _S.REFUSED,
    (_S.REFUSED, Move.BACK_TO_DRAFT): _S.WITHDRAWN,
    (_S.REFUSED, Move.ARRIVED_AFTER_ALL): _S.POSTED,
}
"""state × move → state. A new posting starts `queued` (Send); a refused one that is sent again is withdrawn and a new
posting queued in the same transaction, so that every try keeps its own frozen document. `found_there` posts nothing: a
person said that the books hold the invoice already, and the books confirmed it. `left_unproved` happens only when an
operator forces the removal of a connection: nobody can ask those books any more, and Send takes the invoice to no other
books until an administrator says so (`postings.unproved_at`). `arrived_after_all` is of such a one alone: the books'
answer came after the removal, and they had taken it."""

LIVE = frozenset({_S.QUEUED, _S.SENDING, _S.IN_DOUBT, _S.POSTED})
"""An invoice has at most one posting in these states; a partial unique index keeps it so."""

SEEN_AS: dict[PostingState | None, InvoiceState] = {
    None: InvoiceState.DRAFT,
    _S.WITHDRAWN: InvoiceState.DRAFT,
    _S.QUEUED: InvoiceState.PENDING_SYNC,
    _S.SENDING: InvoiceState.SENDING,
    _S.IN_DOUBT: InvoiceState.CHECKING,
    _S.POSTED: InvoiceState.SYNCED,
    _S.REFUSED: InvoiceState.NEEDS_ATTENTION,
}

EDITABLE = frozenset({InvoiceState.DRAFT, InvoiceState.NEEDS_ATTENTION})
"""The states in which an invoice can be changed or deleted."""


class IllegalMove(Exception):
    """The table has no such move from that state."""

    def __init__(self, state: PostingState, move: Move) -> None:
        super().__init__(f"a posting that is {state} cannot be moved by {move}")


def after(state: PostingState, move: Move) -> PostingState:
    """The state that follows. IllegalMove where the table has none."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise IllegalMove(state, move) from None


def sources(move: Move) -> tuple[PostingState, ...]:
    """The states from which the move may happen."""
    return tuple(state for state, via in TRANSITIONS if via is move)
