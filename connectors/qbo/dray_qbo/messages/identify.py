"""Which books are these? CompanyInfo and Preferences, asked in one batch."""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbo import refusals
from dray_qbo.company import books_of
from dray_qbo.messages.found import rows
from dray_qbo.messages.message import Answered, Message
from dray_qbo.v3.writer import Content
from dray_sdk import Absent, Books, Identified, Identify, InDoubt, Outcome

_ENTITIES = {"": "CompanyInfo", "p": "Preferences"}


def bids(bid: str) -> tuple[str, ...]:
    """The ids of the items in which it travels."""
    return tuple(f"{bid}{letter}" for letter in _ENTITIES)


def _write(_operation: Identify, bid: str, _books: Books) -> Mapping[str, Content]:
    return {f"{bid}{letter}": {"Query": f"select * from {entity}"} for letter, entity in _ENTITIES.items()}  # noqa: S608  our own names


def _read(_operation: Identify, answers: tuple[Answered, ...]) -> Outcome:
    found = []
    for answer, entity in zip(answers, _ENTITIES.values(), strict=True):
        if answer.fault is not None:
            outcome = refusals.of_item(answer.fault, answer.purpose, {})
            return InDoubt(text=refusals.words(answer.fault)) if isinstance(outcome, Absent) else outcome
        found.append(rows(answer, entity) or [])
    # without its preferences nobody knows what these books take
    if any(len(some) != 1 for some in found):
        return InDoubt(text="QuickBooks Online did not say which company this is")
    books = books_of(found[0][0], found[1][0], answers[0].realm)
    return InDoubt(text="QuickBooks Online did not name the company") if books is None else Identified(books)


IDENTIFY = Message(_write, _read)
