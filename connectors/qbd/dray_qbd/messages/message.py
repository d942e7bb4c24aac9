"""The shape that every message has: how an operation is written, which answers it expects, what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dray_qbd.characters import strangers
from dray_qbd.qbxml.reader import Answered
from dray_qbd.qbxml.writer import Content
from dray_sdk import Books, LocalProtocolError, Outcome, Reference

Answers = Mapping[str, Answered]
"""The answers to one operation, by the name of their element (InvoiceAddRs)."""


@dataclass(frozen=True, slots=True)
class Message:
    """How one kind of operation speaks qbXML.

    `write` gives the requests in order. `expects` gives, for the operation with that id, requestID → name of the
    answer. `read` gives the outcome when every expected answer is there once.
    """

    write: Callable[[Any, str, Books], tuple[str, ...]]
    expects: Callable[[Any, str], Mapping[str, str]]
    read: Callable[[Any, Answers], Outcome]


def held(text: str | None) -> str | None:
    """A text that goes into the books, '' as None. LocalProtocolError for a character that they do not hold: the
    judges name it to people long before."""
    if not text:
        return None
    odd = strangers(text)
    if odd:
        raise LocalProtocolError(f"QuickBooks Desktop does not hold {', '.join(map(repr, odd[:5]))} in {text[:80]!r}")
    return text


def by_id(reference: Reference | None) -> Content | None:
    """A reference that must be resolved before it travels."""
    if reference is None:
        return None
    if not reference.books_id:
        raise LocalProtocolError(f"the {reference.kind.value} {reference.name!r} has no ListID yet")
    return {"ListID": reference.books_id}


def by_id_or_name(reference: Reference | None) -> Content | None:
    """A reference that QuickBooks also takes by its full name."""
    if reference is None:
        return None
    return {"ListID": reference.books_id} if reference.books_id else {"FullName": held(reference.name)}
