"""What a fault means for what was asked: one table, read for a whole request and for one item of it."""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbo.explanations import CODES
from dray_qbo.v3.faults import Fault, Reason
from dray_qbo.verdicts import Verdict
from dray_sdk import Absent, Deferred, Disconnected, InDoubt, NotRun, Outcome, Purpose, Refused, Stale

# of several reasons the one that proves least decides
_ORDER = (Verdict.UNKNOWN, Verdict.SHUT_OUT, Verdict.LATER, Verdict.STALE, Verdict.GONE, Verdict.REFUSED)


def verdict(fault: Fault) -> tuple[Verdict, Reason]:
    """What the fault says, and the reason that says it. A code that nobody here knows proves nothing, whatever type
    Intuit gives the fault."""
    found: dict[Verdict, Reason] = {}
    for reason in fault.reasons:
        known = CODES.get(reason.code)
        found.setdefault(Verdict.UNKNOWN if known is None else known.verdict, reason)
    decides = next(one for one in _ORDER if one in found)
    return decides, found[decides]


def words(fault: Fault) -> str:
    """Everything that the fault says."""
    return "; ".join(dict.fromkeys(reason.text for reason in fault.reasons if reason.text))


def of_item(fault: Fault, purpose: Purpose, fields: Mapping[str, str | None]) -> Outcome:
    """The outcome of one operation that was answered by a fault. `fields`: Intuit's name of a field → ours."""
    found, reason = verdict(fault)
    text = words(fault)
    if purpose is Purpose.ASK:
        # the same bytes again: had they been forgotten meanwhile, they would be refused because they were taken once
        return InDoubt(reason.code, text)
    match found:
        case Verdict.REFUSED:
            return Refused(reason.code, text, fields.get(reason.code) or fields.get(reason.element))
        case Verdict.GONE:
            return Refused(reason.code, text) if purpose is Purpose.WRITE else Absent()
        case Verdict.STALE:
            return Stale(reason.code, text)
        case _:
            return _of_all(found, reason, text)


def of_request(fault: Fault, purpose: Purpose) -> Outcome:
    """The outcome of every operation of a request that was answered by a fault as a whole."""
    found, reason = verdict(fault)
    text = words(fault)
    if purpose is Purpose.ASK:
        return InDoubt(reason.code, text)
    if found in (Verdict.REFUSED, Verdict.GONE, Verdict.STALE):
        # nothing of it was looked at; which operation it cannot read QuickBooks Online does not say
        return NotRun(culprit=None, code=reason.code, text=text)
    return _of_all(found, reason, text)


def _of_all(found: Verdict, reason: Reason, text: str) -> Outcome:
    known = CODES.get(reason.code)
    if found is Verdict.LATER:
        return Deferred(known.delay if known else 60, reason.code, text)
    if found is Verdict.SHUT_OUT and known is not None:
        # it is shown to people, and the gateway's own words are for machines
        plain = text and "errorCode=" not in text
        return Disconnected(reason.code, text if plain else f"{known.meaning} {known.action}")
    return InDoubt(reason.code, text)
