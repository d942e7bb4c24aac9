"""An HTTP answer before its content: what the status proves when there is no fault that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dray_qbo import refusals
from dray_qbo.explanations import EXPLANATIONS
from dray_qbo.v3 import faults, reader
from dray_qbo.v3.faults import Fault
from dray_qbo.v3.reader import Record
from dray_sdk import (
    Answer,
    Deferred,
    Disconnected,
    Failure,
    InDoubt,
    NoAnswer,
    NotRun,
    Outcome,
    Purpose,
    RemoteProtocolError,
)

AGAIN_AFTER = 60
"""Seconds to wait where QuickBooks Online does not say: its limits count by the minute."""

_LONGEST_WAIT = 3600


@dataclass(frozen=True, slots=True)
class Content:
    """An answer with status 200 and without a fault."""

    record: Record


def content(answer: Answer, purpose: Purpose, together: int = 1) -> Content | Outcome:
    """The object that the answer holds, or the outcome of everything that was asked.

    A fault decides where one can be read, whatever the status; else the status does. A 401 comes here only after the
    platform has refreshed the token and asked once more.

    `together`: how many operations travelled. Whoever is not let in has done nothing (RFC 9110, 15.5.2); but access may
    end while a batch is at work, and then its first operations may have been done.
    """
    found = _content(answer, purpose)
    if isinstance(found, Disconnected) and answer.status in (401, 403) and purpose is Purpose.WRITE and together > 1:
        return InDoubt(found.code, "access ended, perhaps with a part of the batch done")
    return found


def _content(answer: Answer, purpose: Purpose) -> Content | Outcome:
    try:
        record = reader.read(answer.body)
        fault = faults.in_json(record)
    except RemoteProtocolError as unclear:
        found = faults.in_xml(answer.body)
        return _without_fault(answer, purpose, str(unclear)) if found is None else _faulty(answer, found, purpose)
    if fault is not None:
        return _faulty(answer, fault, purpose)
    if answer.status != 200:
        return _without_fault(answer, purpose, "")
    return Content(record)


def failed(failure: Failure, purpose: Purpose) -> Outcome:
    """What it proves that no answer came. Only a connection that was never made proves that nothing was done; and of a
    question about an earlier request not even that says anything of the earlier one."""
    if failure.code == NoAnswer.UNREACHED and purpose is not Purpose.ASK:
        return Deferred(AGAIN_AFTER, failure.code, failure.text)
    return InDoubt(failure.code, failure.text)


def _faulty(answer: Answer, fault: Fault, purpose: Purpose) -> Outcome:
    outcome = refusals.of_request(fault, purpose)
    if isinstance(outcome, Deferred) or (answer.status == 429 and purpose is not Purpose.ASK):
        delay = outcome.delay if isinstance(outcome, Deferred) else AGAIN_AFTER
        return Deferred(_wait(answer.headers, delay), fault.reasons[0].code, refusals.words(fault))
    if answer.status == 401 and purpose is not Purpose.ASK:
        return _shut_out(fault.reasons[0].code)
    if answer.status >= 500 and isinstance(outcome, NotRun):
        # a validation fault is told with 400; beside 500 it proves nothing
        return InDoubt(outcome.code, outcome.text)
    return outcome


def _without_fault(answer: Answer, purpose: Purpose, unclear: str) -> Outcome:
    """The status alone. 503 proves that nothing was done only where it comes with a time to wait: a proxy says 503 also
    when it lost the server that was already at work."""
    code = f"http_{answer.status}" if answer.status != 200 else ""
    text = unclear or f"QuickBooks Online answered with HTTP status {answer.status}"
    if purpose is Purpose.ASK:
        return InDoubt(code, text)
    match answer.status:
        case 401:
            return _shut_out("http_401")
        case 413:
            return NotRun(culprit=None, code=code, text=text)
        case 429:
            return Deferred(_wait(answer.headers), code, text)
        case 503 if _told_to_wait(answer.headers):
            return Deferred(_wait(answer.headers), code, text)
        case status if status >= 500 and purpose is not Purpose.WRITE:
            return Deferred(AGAIN_AFTER, code, text)
        case _:
            return InDoubt(code, text)


def _shut_out(code: str) -> Outcome:
    known = EXPLANATIONS.get(code) or EXPLANATIONS["http_401"]
    return Disconnected(code, f"{known.meaning} {known.action}")


def _told_to_wait(headers: Mapping[str, str]) -> bool:
    return any(name.lower() == "retry-after" for name in headers)


def _wait(headers: Mapping[str, str], otherwise: int = AGAIN_AFTER) -> int:
    """Retry-After in seconds (RFC 9110, 10.2.3). Its other form, a time, would need a clock: then `otherwise`."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isascii() and value.strip().isdecimal():
            return max(1, min(_LONGEST_WAIT, int(value.strip()[:6])))
    return otherwise
