"""The shape that every message has: how an operation is written, which answers it expects, what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dray_qbo.characters import strangers
from dray_qbo.v3.faults import Fault
from dray_qbo.v3.reader import Record
from dray_qbo.v3.writer import Content
from dray_sdk import Books, LocalProtocolError, Outcome, Purpose, Reference


@dataclass(frozen=True, slots=True)
class Answered:
    """One item of an answered batch: what it holds, or why it was not done. `purpose` is what was asked for, `realm`
    the company that was asked."""

    content: Record
    fault: Fault | None
    purpose: Purpose
    realm: str


@dataclass(frozen=True, slots=True)
class Message:
    """How one kind of operation travels in a batch.

    `write` gives its items by bId, the first of which is the operation's id. `read` gives the outcome when every one of
    them was answered once; the answers come in the order of the items.
    """

    write: Callable[[Any, str, Books], Mapping[str, Content]]
    read: Callable[[Any, tuple[Answered, ...]], Outcome]


def held(text: str | None) -> str | None:
    """A text that goes into the books, '' as None. LocalProtocolError for what no text of theirs holds: the judges name
    it to people long before."""
    if not text:
        return None
    odd = strangers(text)
    if odd:
        raise LocalProtocolError(f"QuickBooks Online does not hold {', '.join(map(repr, odd[:5]))} in {text[:80]!r}")
    return text


def by_id(reference: Reference | None) -> Content | None:
    """A reference that must be resolved before it travels: QuickBooks Online takes no names."""
    if reference is None:
        return None
    if not reference.books_id:
        raise LocalProtocolError(f"the {reference.kind.value} {reference.name!r} has no id in QuickBooks Online yet")
    return {"value": reference.books_id}
