"""What happened to an invoice, in words. A row stores the kind and its details; the sentence is made when it is read.

`SENTENCES` is the whole of it: kind → the function that makes the sentence. Raw codes stay in the details, where a page
folds them away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select

from dray.billing.models import TimelineEntry
from dray.billing.states import Move
from dray_tenants.scope import Scoped

Details = Mapping[str, Any]
Sentence = Callable[[Details], str]


def _name(details: Details) -> str:
    return str(details.get("connection_name") or "the accounting system")


def _because(details: Details) -> str:
    reason = details.get("detail") or details.get("reason")
    return f": {str(reason).rstrip('.')}." if reason else "."


def _said(before: str) -> Sentence:
    return lambda details: f"{before}{_because(details)}"


def _always(sentence: str) -> Sentence:
    return lambda details: sentence


ASKED: Final = "asked"
LOOKED_UP: Final = "looked_up"
LATE: Final = "late"
"""`found` in the details of an acceptance that did not come with the answer itself: the books were asked what became of
it, or searched for it, or their answer came late."""

_FOUND: Final[Mapping[str, str]] = {
    ASKED: "Dray asked what had become of it: {name} had accepted it{number}. It was not sent again",
    LOOKED_UP: "Dray searched {name} for it and found it there{number}. It was not sent again",
    LATE: "The answer came late: {name} had accepted it{number}. It was not sent again",
}


def _accepted(details: Details) -> str:
    said = _FOUND.get(str(details.get("found")), "{name} accepted it{number}. It")
    locked = ", and is locked from now on." if said.endswith("again") else " is locked from now on."
    warning = details.get("warning")
    return said.format(name=_name(details), number=_as(details)) + locked + (f" {warning}" if warning else "")


def _absent(details: Details) -> str:
    name, number = _name(details), details.get("sought")
    sought = f" for number {number}, and for what this customer was billed that day" if number else ""
    return f"Dray searched {name}{sought}: it is not there."


def _stopped(details: Details) -> str:
    if details.get("code") in ("twin", "already_there"):
        return f"Dray searched {_name(details)} before anything left, and stopped{_because(details)}"
    return f"Checked again before it left, and it cannot go like this{_because(details)}"


def _sent(details: Details) -> str:
    if details.get("only_looked_up"):
        return f"It waits for the next exchange with {_name(details)}, which looks it up there and posts nothing."
    return f"Sent to {_name(details)}. It waits there in line."


def _found_there(details: Details) -> str:
    return f"{_name(details)} has it{_as(details)}. It was not posted again, and is locked from now on."


def _as(details: Details) -> str:
    return f" as number {details['number']}" if details.get("number") else ""


def _edited(details: Details) -> str:
    fields = details.get("fields")
    return f"Changed: {', '.join(map(str, fields))}." if fields else "Changed."


def _kept(details: Details) -> str:
    said = f"{details.get('theirs', 'something else')} for {details.get('field', 'a field')}"
    return f"Billing says {said}. A person's edit was kept."


def _replaces(details: Details) -> str:
    return f"Copied from {details.get('number', 'another invoice')}, which it is to take the place of."


def _additional(details: Details) -> str:
    return f"An administrator says that it is charged beside {details.get('number', 'the original')}."


SENTENCES: Final[Mapping[str, Sentence]] = {
    "created": _always("Created."),
    "imported": _always("Imported from a file."),
    "edited": _edited,
    "updated_by_billing": _edited,
    "kept_a_persons_edit": _kept,
    "push_refused": _said("Billing sent a change that was not taken, because the invoice is no longer open to changes"),
    "kept_mine": lambda details: f"A person's {details.get('field', 'edit')} stands; billing's was set aside.",
    "deleted": _always("Deleted."),
    "restored": _always("Brought back after it was deleted."),
    "marked_not_sent": _said("Marked as not to be sent"),
    "unmarked_not_sent": _always("No longer marked as not to be sent."),
    "sent": _sent,
    "sent_again": lambda details: (
        _sent(details).replace(". It waits", " again. It waits")
        if not details.get("only_looked_up")
        else _sent(details)
    ),
    "not_queued": _said("It could not be sent"),
    Move.CLAIM.value: lambda details: f"Handed over to {_name(details)}. The answer is awaited.",
    Move.UNPEND.value: _always("Taken back before anything left. It is a draft again."),
    Move.JUDGED_IMPOSSIBLE.value: _stopped,
    Move.ACCEPTED.value: _accepted,
    Move.REFUSED.value: lambda details: f"{_name(details)} said no{_because(details)}",
    Move.NOT_RUN.value: lambda details: (
        f"{_name(details)} did not get to it{_because(details)} Nothing was written; it waits in line again."
    ),
    "set_aside": lambda details: f"It did not leave{_because(details)} It waits in line and is tried again.",
    Move.ANSWER_LOST.value: lambda details: (
        f"No answer came from {_name(details)}: it may have it, or not. Dray asks there before anything is sent again."
    ),
    Move.STILL_UNKNOWN.value: lambda details: (
        f"Dray searched {_name(details)}, and cannot tell{_because(details)} A person says which it is."
    ),
    Move.PROVED_ABSENT.value: lambda details: f"{_absent(details)} It waits in line again, and is sent once.",
    Move.TAKEN_BACK.value: lambda details: f"{_absent(details)} It is a draft again, as somebody wished.",
    Move.BACK_TO_DRAFT.value: _said("It is a draft again"),
    Move.FOUND_THERE.value: _found_there,
    "replaces": _replaces,
    "said_additional": _additional,
    "receipt_differs": _said("What the books recorded is not what was sent"),
    "said_same": lambda details: (
        f"Somebody said that {_name(details)} has it already{_as(details)}. Dray looks there; nothing is posted."
    ),
    "said_anyway": lambda details: f"Somebody said to post it, whatever {_name(details)} has that is like it.",
    "said_none": lambda details: (
        f"Somebody said that it is none of what {_name(details)} has that is like it. Dray looks there once more."
    ),
    "said_take_back": lambda details: (
        f"Somebody wants it back. It becomes a draft when {_name(details)} is proved not to have it."
    ),
    Move.CONNECTION_REMOVED.value: lambda details: f"{_name(details)} was removed. It is a draft again.",
    Move.LEFT_UNPROVED.value: lambda details: (
        f"{_name(details)} was removed while its answer was awaited. Nobody knows whether it arrived: look there."
    ),
    Move.ARRIVED_AFTER_ALL.value: lambda details: (
        f"{_name(details)} answered after it was removed here: it has it{_as(details)}. It is locked from now on."
    ),
    "arrived_elsewhere": lambda details: (
        f"{_name(details)} answered after it was removed here: it has it{_as(details)}. It goes to no other books."
    ),
    "proved_not_taken": lambda details: (
        f"{_name(details)} answered after it was removed here: it did not take it{_because(details)}"
    ),
    "said_elsewhere": lambda details: (
        f"An administrator said that the books before do not have it. It may go to {_name(details)}."
    ),
    "books_agree": lambda details: f"{_name(details)} has it again as it was sent.",
    "books_changed": _said("It was changed in the accounting system"),
    "books_paid": _said("It was paid"),
    "books_credited": _always("It was credited in full in the accounting system."),
    "books_voided": _always("It was voided in the accounting system."),
    "books_deleted": _always("It was deleted in the accounting system."),
}
"""kind → sentence. Every sentence is whole with empty details too: a lost detail never hides that it happened."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an invoice's story: when, who, what in words, and the raw details behind it."""

    at: dt.datetime
    kind: str
    actor: str
    sentence: str
    details: Mapping[str, Any]


def sentence(kind: str, details: Details) -> str:
    """The sentence. KeyError for a kind that is not in the table: a bug in whoever wrote the row."""
    said = SENTENCES[kind](details)
    return said[:1].upper() + said[1:]


def note(session: Scoped, kind: str, invoices: Iterable[tuple[int, Details]], *, at: dt.datetime, actor: str) -> None:
    """Write one entry for each (invoice id, details), in one statement."""
    if kind not in SENTENCES:
        raise KeyError(kind)
    rows = [
        {"invoice_id": invoice_id, "at": at, "kind": kind, "actor": actor, "details": dict(details) or None}
        for invoice_id, details in invoices
    ]
    if rows:
        session.execute(insert(TimelineEntry), rows)


def story(session: Scoped, invoice_id: int) -> Sequence[Happening]:
    """Everything that happened to the invoice, oldest first."""
    columns = (TimelineEntry.at, TimelineEntry.kind, TimelineEntry.actor, TimelineEntry.details)
    rows = session.execute(select(*columns).where(TimelineEntry.invoice_id == invoice_id).order_by(TimelineEntry.id))
    return [
        Happening(at, kind, actor, sentence(kind, details or {}), details or {}) for at, kind, actor, details in rows
    ]
