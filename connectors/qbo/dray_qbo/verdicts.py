"""What the code of a fault can say became of a request, and how the tables of codes are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dray_sdk import Remedy


class Verdict(Enum):
    """What a fault says became of what was asked."""

    REFUSED = "refused"
    STALE = "stale"
    LATER = "later"
    SHUT_OUT = "shut out"
    GONE = "gone"
    """There is no such thing: absent where it was looked up, refused where it was written."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Code:
    """One code: the verdict, and for people what it means, who can help and what to do. `delay` is in seconds."""

    verdict: Verdict
    meaning: str
    who: Remedy
    action: str
    delay: int = 60


_AGAIN = "Nothing to do: it is tried again by itself."
_LOOKED_UP = "Nothing to do: QuickBooks is asked whether it has the record."
TO_SUPPORT = "Send the details to support. Nothing was written in QuickBooks."
CONNECT = "Open Connections and connect QuickBooks Online again, as an administrator of that company."
CORRECT = "Correct it and send the invoice again."


def ours(meaning: str) -> Code:
    """A request of ours that Intuit finds malformed: our bug, and refused all the same."""
    return Code(Verdict.REFUSED, meaning, Remedy.SUPPORT, TO_SUPPORT)


def user(meaning: str, action: str = CORRECT) -> Code:
    """Refused; whoever sent the invoice can put it right."""
    return Code(Verdict.REFUSED, meaning, Remedy.USER, action)


def bookkeeper(meaning: str, action: str) -> Code:
    """Refused; it is put right in the books."""
    return Code(Verdict.REFUSED, meaning, Remedy.BOOKKEEPER, action)


def shut_out(meaning: str, who: Remedy = Remedy.USER, action: str = CONNECT) -> Code:
    """Nobody of ours is let in."""
    return Code(Verdict.SHUT_OUT, meaning, who, action)


def later(meaning: str, delay: int = 60) -> Code:
    """Nothing was done; `delay` seconds later it may be."""
    return Code(Verdict.LATER, meaning, Remedy.NOBODY, _AGAIN, delay)


def unclear(meaning: str) -> Code:
    """It may or may not have been done."""
    return Code(Verdict.UNKNOWN, meaning, Remedy.NOBODY, _LOOKED_UP)
