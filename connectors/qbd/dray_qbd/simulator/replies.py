"""What a request is answered with, and what every request is worked on with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dray_qbd.simulator.checker import LINES, MACRO, Record
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.faults import Faults
from dray_qbd.simulator.iterators import Iterators
from dray_qbd.simulator.statuses import Refusal


@dataclass(slots=True)
class Reply:
    """One XxxRs before it is XML: a status, the objects to show, elements outside any Ret, further attributes."""

    code: int = 0
    named: tuple[str, ...] = ()
    rets: list[tuple[str, Record]] = field(default_factory=list)
    plain: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] = ()


@dataclass(slots=True)
class Work:
    """The company that a request works on, the moment, and what belongs to the session or the message set."""

    company: Company
    now: datetime
    faults: Faults
    iterators: Iterators
    macros: dict[str, str] = field(default_factory=dict)


def shown(record: Record, *, lines: bool = True, linked: bool = False, owners: Collection[str] = ()) -> Record:
    """A record as a response shows it: lines, links and custom fields only where they were asked for."""
    view = dict(record)
    if not lines:
        view.pop(LINES, None)
        view.pop("AppliedToTxnRet", None)
    if not linked:
        view.pop("LinkedTxn", None)
    if extra := view.pop("DataExtRet", None):
        view["DataExtRet"] = [one for one in extra if one.get("OwnerID", "0") in owners]
    return view


def macro_or_id(work: Work, text: str) -> str:
    """A TxnID, also where a macro of this message set stands for it. Refusal 9100."""
    if not text.startswith(MACRO):
        return text
    name = text.removeprefix(MACRO)
    if name not in work.macros:
        raise Refusal(9100, name)
    return work.macros[name]
