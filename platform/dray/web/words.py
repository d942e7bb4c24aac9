"""What pages say of states: colour, icon and word, always the three together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dray.billing.states import InvoiceState


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown. `tone` is a class of the stylesheet, `icon` a symbol of `icons.svg`."""

    tone: str
    icon: str
    word: str
    long: str = ""

    def __str__(self) -> str:
        return self.long or self.word


_S = InvoiceState

INVOICE_LOOKS: Final[Mapping[str, Look]] = {
    _S.DRAFT.value: Look("s-idle", "draft", "Draft"),
    _S.PENDING_SYNC.value: Look("s-move", "clock", "Pending sync"),
    _S.SENDING.value: Look("s-move", "send", "Sending"),
    _S.CHECKING.value: Look("s-warn", "search", "Checking"),
    _S.SYNCED.value: Look("s-ok", "lock", "Synced", "Synced (locked)"),
    _S.NEEDS_ATTENTION.value: Look("s-bad", "alert", "Needs attention"),
    "not_sent": Look("s-idle", "minus", "Not sent"),
}

TABS: Final = (
    _S.DRAFT.value,
    _S.PENDING_SYNC.value,
    _S.SENDING.value,
    _S.CHECKING.value,
    _S.NEEDS_ATTENTION.value,
    _S.SYNCED.value,
    "not_sent",
)
"""The tabs after "All", in the order of an invoice's way."""

SENDABLE: Final = frozenset({_S.DRAFT.value, _S.NEEDS_ATTENTION.value})
"""The states in which the page offers to send."""

TIMELINE_LOOKS: Final[Mapping[str, Look]] = {
    "created": Look("s-idle", "draft", "Created"),
    "imported": Look("s-idle", "file", "Imported"),
    "edited": Look("s-idle", "pencil", "Edited"),
    "updated_by_billing": Look("s-idle", "refresh", "Updated by billing"),
    "kept_a_persons_edit": Look("s-warn", "info", "Your change was kept"),
    "push_refused": Look("s-warn", "info", "Change from billing not taken"),
    "kept_mine": Look("s-idle", "check", "Your change stands"),
    "deleted": Look("s-idle", "minus", "Deleted"),
    "restored": Look("s-idle", "undo", "Brought back"),
    "marked_not_sent": Look("s-idle", "minus", "Marked as not sent"),
    "unmarked_not_sent": Look("s-idle", "undo", "Mark taken away"),
    "sent": Look("s-move", "send", "Sent"),
    "sent_again": Look("s-move", "send", "Sent again"),
    "not_queued": Look("s-bad", "alert", "Not sent"),
    "claim": Look("s-move", "computer", "Picked up"),
    "unpend": Look("s-idle", "undo", "Unpended"),
    "judged_impossible": Look("s-bad", "alert", "Stopped before it left"),
    "accepted": Look("s-ok", "lock", "Accepted"),
    "refused": Look("s-bad", "alert", "Refused by the books"),
    "not_run": Look("s-warn", "clock", "Not reached"),
    "set_aside": Look("s-warn", "clock", "Set aside for a while"),
    "answer_lost": Look("s-warn", "search", "Answer lost"),
    "still_unknown": Look("s-warn", "search", "Still checking"),
    "proved_absent": Look("s-move", "clock", "Back in line"),
    "taken_back": Look("s-idle", "undo", "Taken back"),
    "back_to_draft": Look("s-idle", "draft", "Draft again"),
    "found_there": Look("s-ok", "lock", "Found in the books"),
    "replaces": Look("s-idle", "copy", "A replacement"),
    "said_additional": Look("s-warn", "send", "An additional charge"),
    "receipt_differs": Look("s-warn", "book", "Other figures in the books"),
    "said_same": Look("s-warn", "search", "Said to be there already"),
    "said_anyway": Look("s-warn", "send", "To be posted anyway"),
    "said_none": Look("s-warn", "search", "Said to be none of them"),
    "said_take_back": Look("s-warn", "undo", "To be taken back"),
    "connection_removed": Look("s-warn", "plug", "Connection removed"),
    "left_unproved": Look("s-bad", "alert", "Not known whether it arrived"),
    "arrived_after_all": Look("s-ok", "lock", "Arrived after all"),
    "arrived_elsewhere": Look("s-warn", "book", "Arrived after all"),
    "proved_not_taken": Look("s-idle", "info", "Proved not to have arrived"),
    "said_elsewhere": Look("s-warn", "send", "To be sent elsewhere"),
    "books_agree": Look("s-ok", "book", "In the books again"),
    "books_changed": Look("s-warn", "book", "Changed in the books"),
    "books_paid": Look("s-ok", "check", "Paid"),
    "books_credited": Look("s-warn", "book", "Credited in the books"),
    "books_voided": Look("s-warn", "book", "Voided in the books"),
    "books_deleted": Look("s-warn", "book", "Deleted in the books"),
}
"""The headline of each kind of timeline entry; the sentence below it is billing's own."""

CONNECTION_LOOKS: Final[Mapping[str, Look]] = {
    "setting_up": Look("s-move", "plug", "Setting up"),
    "active": Look("s-ok", "check", "Connected"),
    "paused": Look("s-warn", "half", "Paused"),
    "removed": Look("s-idle", "minus", "Removed"),
}

TROUBLE_LOOKS: Final[Mapping[str, Look]] = {
    "other_books": Look("s-bad", "alert", "Wrong company file"),
    "bound_elsewhere": Look("s-bad", "alert", "Wrong company file"),
    "real_books": Look("s-bad", "alert", "Not a sample company"),
    "sample": Look("s-bad", "alert", "Sample company"),
    "older_copy": Look("s-warn", "help", "Asks a question"),
    "connector": Look("s-bad", "alert", "Connector broke"),
    "login_ended": Look("s-bad", "plug", "Signed out"),
    "disconnected": Look("s-warn", "plug", "Signed out"),
}
"""Trouble that a person ends with one answer; any other is told by its own sentence."""
