"""What every code means, gathered from the tables of status codes, HRESULTs and QBWC codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dray_qbd.hresults import HRESULTS, spelled
from dray_qbd.qbwc_codes import QBWC
from dray_qbd.statuses import SET_STATUSES, STATUSES, Verdict, speaks_of_a_lock, status
from dray_sdk import Explanation, Remedy

EXPLANATIONS: Mapping[str, Explanation] = MappingProxyType(
    {
        code: Explanation(code, known.meaning, known.who, known.action)
        for table in (STATUSES, SET_STATUSES, HRESULTS, QBWC)
        for code, known in table.items()
    }
)
"""By code, spelled as QuickBooks and the Web Connector spell it."""


def explain(code: str, text: str = "") -> Explanation | None:
    """What a code means. Codes may be written in any of their usual ways ("QBWC1012", "1012: …" stays a status code).

    Where QuickBooks' own words say that the record is only locked, that is what is explained.
    """
    bare = code.strip()
    known = EXPLANATIONS.get(bare) or EXPLANATIONS.get(bare.upper()) or EXPLANATIONS.get(spelled(bare))
    if known is None and status(bare) is not None:
        known = replace(EXPLANATIONS["9100"], code=bare)
    if known is None:
        return None
    found = STATUSES.get(known.code)
    if found is not None and found.verdict is Verdict.REFUSED_UNLESS_LOCKED and speaks_of_a_lock(text):
        return replace(
            known,
            meaning="Somebody is working on this record in QuickBooks.",
            who=Remedy.NOBODY,
            action="Nothing to do: it is tried again by itself at the next update.",
        )
    return known
