"""Batches: up to 30 operations in one call, each answered by its own bId, each on its own."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from dray_qbo.simulator import exact
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.facts import BY_WORD
from dray_qbo.simulator.realm import Realm, check_request_id
from dray_qbo.simulator.refusals import Refusal, missing
from dray_qbo.simulator.sales import Options

MOST = 30
LONGEST_REQUEST_ID = 36
LONGEST_ITEM_ID = 10
_OWN_KEYS = {"bId", "operation", "optionsData", "Query", "CDCQuery", "ReportQuery", "id"}


def run(realm: Realm, body: Any, requestid: str = "", *, only: int = MOST) -> list[Record]:
    """The `BatchItemResponse`. `only` so many items are done, as when the call breaks off.

    With a requestid, an item whose bId was answered under it before is answered the same and not done again.
    Refusal 1040, 2010, 2020, 2130 for the whole batch.
    """
    check_request_id(requestid, LONGEST_REQUEST_ID)
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not items or not isinstance(items, list):
        raise missing("BatchItemRequest")
    if len(items) > MOST:
        raise Refusal(1040, f"Batch size exceeds allowed limit. The batch limit size is {MOST}.")
    for item in items:
        if not isinstance(item, dict):
            raise Refusal(2010, "Property Name:Can not construct instance of BatchItemRequest")
        if not isinstance(item.get("bId"), str) or not item["bId"]:
            raise missing("bId")
        if requestid:
            check_request_id(item["bId"], LONGEST_ITEM_ID)
    return [_answered(realm, item, requestid) for item in items[:only]]


def _answered(realm: Realm, item: Record, requestid: str) -> Record:
    def answer() -> tuple[int, Record]:
        try:
            return 200, _done(realm, item)
        except Refusal as refusal:
            return refusal.status, {"Fault": refusal.body(in_batch=True)}

    asked = hashlib.sha256(exact.write(item).encode()).hexdigest() if requestid else ""
    key = f"{requestid}/{item['bId']}" if requestid else ""
    try:
        _, body = realm.once(key, asked, answer)
    except Refusal as refusal:
        body = {"Fault": refusal.body(in_batch=True)}
    return {**body, "bId": item["bId"]}


def _done(realm: Realm, item: Record) -> Record:
    if "Query" in item:
        return realm.query(str(item["Query"]))
    if "CDCQuery" in item:
        asked = item["CDCQuery"] if isinstance(item["CDCQuery"], dict) else {}
        asked = {str(name).lower(): held for name, held in asked.items()}  # the schema writes them with capitals
        return realm.changes(str(asked.get("entities", "")), str(asked.get("changedsince", "")))
    if "ReportQuery" in item:
        raise Refusal(500, "Operation ReportQuery is not supported.")
    words = [name for name in item if name not in _OWN_KEYS]
    if len(words) != 1:
        raise missing("Entity")
    kind = BY_WORD.get(words[0].lower())
    if kind is None:
        raise Refusal(2000, f"The specified object name is unsupported or invalid. Object Name:{words[0]}")
    options = set(re.split(r"[,&=\s]+", str(item.get("optionsData") or "").lower()))  # name=value pairs, or bare values
    operation = "void" if "void" in options else str(item.get("operation") or "")
    if not operation:
        raise missing("operation")
    return realm.write(kind, item[words[0]], operation, Options("allowduplicatedocnum" in options))
