"""What every code means, of faults and of calls that had no readable answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dray_qbo.fault_codes import ACCESS, REQUESTS
from dray_qbo.fault_codes_of_records import RECORDS
from dray_qbo.verdicts import Code, Verdict
from dray_sdk import Explanation, NoAnswer, Remedy

CODES: Mapping[str, Code] = MappingProxyType({**REQUESTS, **ACCESS, **RECORDS})
"""Every code of a fault, as Intuit writes it, without leading zeros."""

_WAITS = "Nothing to do: it is tried again by itself."
_ASKED = "Nothing to do: QuickBooks is asked whether it has the record."
_CALLS: Mapping[str, tuple[str, Remedy, str]] = {
    NoAnswer.UNREACHED: ("QuickBooks Online could not be reached.", Remedy.NOBODY, _WAITS),
    NoAnswer.UNANSWERED: ("QuickBooks Online did not answer in time.", Remedy.NOBODY, _ASKED),
    NoAnswer.BROKEN_OFF: ("The answer of QuickBooks Online broke off.", Remedy.NOBODY, _ASKED),
    "http_401": (
        "Dray's access to this company has ended.",
        Remedy.USER,
        "Open Connections and connect QuickBooks Online again, as an administrator of that company.",
    ),
    "http_413": (
        "The invoice is larger than QuickBooks Online takes.",
        Remedy.USER,
        "Split it into several invoices and send those.",
    ),
    "http_429": ("QuickBooks Online was asked more often than it allows in a minute.", Remedy.NOBODY, _WAITS),
    "http_500": ("Something went wrong inside QuickBooks Online.", Remedy.NOBODY, _ASKED),
    "http_502": ("QuickBooks Online is not reachable behind its entrance.", Remedy.NOBODY, _ASKED),
    "http_503": ("QuickBooks Online is not available just now.", Remedy.NOBODY, _WAITS),
    "http_504": ("QuickBooks Online took too long behind its entrance.", Remedy.NOBODY, _ASKED),
}

_ANSWERED = "QuickBooks Online answered so about one record. The others of the same call are not touched by it."
_ON_THE_WAY = "The whole call ended so. What was under way is looked up before anything is sent again."

EXPLANATIONS: Mapping[str, Explanation] = MappingProxyType(
    {code: Explanation(code, known.meaning, known.who, known.action, _ANSWERED) for code, known in CODES.items()}
    | {str(code): Explanation(str(code), *said, _ON_THE_WAY) for code, said in _CALLS.items()}
)
"""By code. Where only the HTTP status is known the code is `http_` and the status."""


def explain(code: str, text: str = "") -> Explanation | None:
    """What a code means; leading zeros are passed over ("003100"). Where QuickBooks Online's own words say more than
    the code does, they are what is explained."""
    bare = code.strip()
    known = EXPLANATIONS.get(bare) or EXPLANATIONS.get(bare.lstrip("0"))
    if known is None:
        return None
    found = CODES.get(known.code)
    if found is not None and found.verdict is Verdict.REFUSED and "made inactive" in text:
        return replace(
            known,
            meaning="Something that this invoice names was made inactive in QuickBooks Online.",
            who=Remedy.USER,
            action="Make it active there, or choose another here, then send the invoice again.",
        )
    return known
