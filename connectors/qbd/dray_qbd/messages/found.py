"""What the answer to a query means."""

from __future__ import annotations

from collections.abc import Iterable

from dray_qbd.qbxml.reader import Answered
from dray_qbd.statuses import Verdict, status
from dray_sdk import Absent, Deferred, Disconnected, Entry, Found, InDoubt, Outcome, Refused

# asked for by its id, a thing that was deleted or never existed is answered by one of these (seen in real traffic)
_NO_SUCH_ID = ("3000", "3120")


def found(answer: Answered, entries: Iterable[Entry | None], *, by_id: bool) -> Outcome:
    """Every candidate; Absent only where QuickBooks said that it looked and holds nothing that matches."""
    candidates = tuple([entry for entry in entries if entry is not None])
    known = status(answer.code)
    verdict = Verdict.UNKNOWN if known is None else known.verdict
    match verdict:
        case Verdict.TAKEN | Verdict.TAKEN_WITH_WARNING | Verdict.NOTHING_FOUND if candidates:
            return Found(candidates)
        case Verdict.NOTHING_FOUND:
            return Absent()
        case Verdict.TAKEN if not len(answer.element):
            return Absent()
        case Verdict.REFUSED if by_id and answer.code in _NO_SUCH_ID:
            return Absent()
        case Verdict.LOCKED:
            return Deferred(60, answer.code, answer.text)
        case Verdict.SHUT_OUT:
            return Disconnected(answer.code, answer.text)
        case Verdict.REFUSED:
            return Refused(answer.code, answer.text)
        case _:
            return InDoubt(answer.code, answer.text)
