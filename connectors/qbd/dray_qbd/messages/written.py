"""What the answer to one write means, by its status code."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from dray_qbd.messages.fields import field_of
from dray_qbd.qbxml.reader import Answered
from dray_qbd.statuses import Verdict, speaks_of_a_lock, status
from dray_sdk import (
    Customer,
    Deferred,
    Disconnected,
    InDoubt,
    Invoice,
    NotRun,
    Outcome,
    Refused,
    Stale,
)

RETRY_LOCK_AFTER = 300
"""Seconds. A person who has the record open in QuickBooks is rarely gone earlier."""

_PROOFS = "ErrorRecovery"
_Posted = Callable[[etree._Element, str | None, str, str], Outcome]
_TAKEN = (Verdict.TAKEN, Verdict.TAKEN_WITH_WARNING)


def written(answer: Answered, ret_name: str, posted: _Posted, record: Customer | Invoice) -> Outcome:
    """The outcome of an Add. A Ret, or the ErrorRecovery that a repeated answer holds in its stead (qbXML 11.0 and
    later), proves that QuickBooks has the record; without either even status 0 proves nothing."""
    code, text = answer.code, answer.text
    known = status(code)
    proof = answer.element.find(ret_name)
    if proof is None:
        proof = answer.element.find(_PROOFS)
    if known is not None and known.verdict in _TAKEN:
        warning = text or known.meaning if known.verdict is Verdict.TAKEN_WITH_WARNING else None
        return InDoubt(code, text) if proof is None else posted(proof, warning, code, text)
    if proof is not None:
        # a code that nobody knows, or that means nothing about a write, beside the record itself
        unclear = known is None or known.verdict in (Verdict.UNKNOWN, Verdict.NOTHING_FOUND)
        return posted(proof, text or None, code, text) if unclear else InDoubt(code, text)
    return _without_proof(Verdict.UNKNOWN if known is None else known.verdict, code, text, record)


def _without_proof(verdict: Verdict, code: str, text: str, record: Customer | Invoice) -> Outcome:
    if verdict is Verdict.REFUSED_UNLESS_LOCKED:
        verdict = Verdict.LOCKED if speaks_of_a_lock(text) else Verdict.REFUSED
    match verdict:
        case Verdict.REFUSED:
            return Refused(code, text, field_of(code, text, record))
        case Verdict.LOCKED:
            return Deferred(RETRY_LOCK_AFTER, code, text)
        case Verdict.HELD_UP:
            return NotRun(culprit=False, code=code, text=text)
        case Verdict.STALE:
            return Stale(code, text)
        case Verdict.SHUT_OUT:
            return Disconnected(code, text)
        case _:
            return InDoubt(code, text)
