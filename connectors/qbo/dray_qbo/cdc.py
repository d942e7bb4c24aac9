"""Change data capture (Intuit: "Change data capture"): what changed since a moment, and what was deleted, which no
query tells. Reaches back 30 days and gives at most 1000 records, without pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from dray_qbo import refusals
from dray_qbo.messages.pulls import ENTITIES, newest, record_of
from dray_qbo.v3 import faults
from dray_qbo.v3.reader import Record, parts, text
from dray_sdk import (
    CursorExpired,
    InDoubt,
    Kind,
    NotRun,
    Operation,
    Outcome,
    Pull,
    Pulled,
    Purpose,
    RemoteProtocolError,
)

MOST = 1000
_NOT_TRACKED = frozenset({Kind.TAX_CODE})


def tells(operations: Sequence[Operation]) -> bool:
    """Whether all of this is asked of change data capture: reads of what changed since a watermark, at their first
    page. Everything else, and the lists that it does not follow, is asked by queries."""
    return bool(operations) and all(
        isinstance(one, Pull) and one.watermark is not None and one.page is None and one.kind not in _NOT_TRACKED
        for one in operations
    )


def query_string(operations: Sequence[Operation]) -> dict[str, str]:
    """The parameters of the one request for all of them: it begins at the oldest watermark."""
    pulls = [one for one in operations if isinstance(one, Pull)]
    since = min(one.watermark for one in pulls if one.watermark is not None)
    return {
        "entities": ",".join(dict.fromkeys(ENTITIES[one.kind] for one in pulls)),
        "changedSince": since.astimezone(dt.UTC).isoformat(timespec="seconds"),
    }


def path(base: str, operations: Sequence[Operation], minor_version: str) -> str:
    """The path with its parameters."""
    return f"{base}/cdc?{urlencode({**query_string(operations), 'minorversion': minor_version})}"


def unasked(outcome: Outcome) -> Outcome:
    """The outcome of a request that was refused as a whole: most often the watermark is older than 30 days, and then
    the pass starts again by queries. A passing trouble stays what it is."""
    return CursorExpired() if isinstance(outcome, NotRun) else outcome


def read(operations: Sequence[Operation], content: Record) -> tuple[Outcome, ...]:
    """One outcome per operation. A full answer may lack something: everything starts again then."""
    try:
        responses = _responses(content)
    except RemoteProtocolError as unclear:
        return (InDoubt(text=str(unclear)),) * len(operations)
    if isinstance(responses, faults.Fault):
        return (unasked(refusals.of_request(responses, Purpose.PULL)),) * len(operations)
    count = sum(len(value) for one in responses for value in one.values() if isinstance(value, list))
    if count >= MOST:
        return (CursorExpired(),) * len(operations)
    return tuple([_pulled(one, responses) for one in operations if isinstance(one, Pull)])


def _responses(content: Record) -> list[Record] | faults.Fault:
    answers = content.get("CDCResponse")
    if not isinstance(answers, list) or not answers or not all(isinstance(one, dict) for one in answers):
        raise RemoteProtocolError("QuickBooks Online did not say what changed")
    found: list[Record] = []
    for answer in answers:
        for one in (answer, *parts(answer, "QueryResponse")):
            if (fault := faults.in_json(one)) is not None:
                return fault
        if not isinstance(answer.get("QueryResponse"), list):
            raise RemoteProtocolError("QuickBooks Online did not say what changed")
        found.extend(parts(answer, "QueryResponse"))
    return found


def _pulled(operation: Pull, responses: Sequence[Record]) -> Outcome:
    rows = [row for response in responses for row in parts(response, ENTITIES[operation.kind])]
    kept = [row for row in rows if row.get("status") != "Deleted"]
    records = [record_of(operation.kind, row) for row in kept]
    gone = [text(row, "Id") for row in rows if row.get("status") == "Deleted"]
    if any(one is None for one in (*records, *gone)):
        return InDoubt(text="QuickBooks Online gave a record that lacks its id, day or amount")
    return Pulled(
        tuple(one for one in records if one is not None),
        tuple(one for one in gone if one is not None),
        watermark=newest(rows, operation.watermark),
    )
