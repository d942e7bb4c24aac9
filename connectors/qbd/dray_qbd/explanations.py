"""What every code means, gathered from the tables of status codes, HRESULTs and QBWC codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dray_qbd.hresults import HRESULTS, Code, Proof, spelled
from dray_qbd.qbwc_codes import QBWC
from dray_qbd.statuses import SET_STATUSES, STATUSES, Status, Verdict, speaks_of_a_lock, status
from dray_sdk import Explanation, Remedy

_BY_THE_WEB_CONNECTOR = "The Web Connector gives it itself, on that computer; it is no answer of QuickBooks."
_BEFORE = "QuickBooks gave it when it was opened, or before it ran the message: nothing of it was written."
_IN_THE_MIDST = (
    "QuickBooks gave it in the midst of a message. What was under way is looked up before anything is sent again."
)
_TAKEN = "QuickBooks answered so about one record, which it took."
_NOT_TAKEN = "QuickBooks answered so about one record. The others of the same run are not touched by it."
_TOOK = frozenset({Verdict.TAKEN, Verdict.TAKEN_WITH_WARNING})


def _cause(known: Status | Code) -> str:
    if isinstance(known, Status):
        return _TAKEN if known.verdict in _TOOK else _NOT_TAKEN
    return _IN_THE_MIDST if known.proof is Proof.NOTHING else _BEFORE


EXPLANATIONS: Mapping[str, Explanation] = MappingProxyType(
    {
        code: Explanation(code, known.meaning, known.who, known.action, _cause(known))
        for table in (STATUSES, SET_STATUSES, HRESULTS)
        for code, known in table.items()
    }
    | {
        code: Explanation(code, known.meaning, known.who, known.action, _BY_THE_WEB_CONNECTOR)
        for code, known in QBWC.items()
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
