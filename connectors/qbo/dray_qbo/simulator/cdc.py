"""Change data capture: every entity that changed since a moment, and which transactions were deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from dray_qbo.simulator import moments
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.facts import BY_WORD, KINDS
from dray_qbo.simulator.references import named
from dray_qbo.simulator.refusals import Refusal, missing

MOST = 1000
_LEFT_OUT = {"TaxCode", "TaxRate"}


def changes(company: Company, entities: str, since: str, now: datetime) -> list[Record]:
    """The `CDCResponse`: at most 1000 entities, oldest change first within a kind, deletions behind them.

    Refusal 2020, 2060, 4001, and 2090 for a moment further back than QuickBooks Online remembers.
    """
    if not entities:
        raise missing("entities")
    if not since:
        raise missing("changedSince")
    kinds = [_kind(word) for word in entities.split(",")]
    try:
        start = moments.read(since)
    except ValueError:
        raise Refusal(2060, f"Date Format is invalid. Supplied value:{since}", "changedSince") from None
    days = company.settings.cdc_days
    if days and start < now - timedelta(days=days):
        raise Refusal(2090, f"Changes can be tracked for the last {days} days. Supplied value:{since}", "changedSince")
    answers: list[Record] = []
    left = MOST
    for kind in kinds:
        found = _changed(company, kind, start)[:left]
        left -= len(found)
        if found:
            answers.append({kind: found, "startPosition": 1, "maxResults": len(found)})
        else:
            answers.append({})
    return [{"QueryResponse": answers}]


def _kind(word: str) -> str:
    kind = BY_WORD.get(word.strip().lower())
    if kind is None or kind not in KINDS or kind in _LEFT_OUT:
        raise Refusal(4001, f"QueryValidationError: invalid context declaration: {word.strip()}")
    return kind


def _changed(company: Company, kind: str, start: datetime) -> list[Record]:
    touched = [
        (at, record)
        for record in company.all(kind)
        if (at := moments.read(record["MetaData"]["LastUpdatedTime"])) >= start
    ]
    touched.sort(key=lambda pair: pair[0])
    deleted = [
        {"domain": "QBO", "status": "Deleted", "Id": one["Id"], "MetaData": {"LastUpdatedTime": one["at"]}}
        for one in company.gone
        if one["kind"] == kind and moments.read(one["at"]) >= start
    ]
    return [*(named(company, kind, record) for _, record in touched), *deleted]
