"""Intuit's webhooks: whether they signed a call, and what it tells, in the old form and as CloudEvents. Pure.

A call has one form or the other, by a switch of the app in Intuit's portal: the old one is an object, the new one
(CloudEvents 1.0 in JSON, from 2026) a list. The signature is the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dray_qbo.v3.reader import Record, moment, part, parts, text
from dray_sdk import Change, Happening, Kind, RemoteProtocolError

SIGNATURE = "intuit-signature"

_KINDS = {
    "customer": Kind.CUSTOMER,
    "vendor": Kind.VENDOR,
    "employee": Kind.EMPLOYEE,
    "item": Kind.ITEM,
    "account": Kind.ACCOUNT,
    "term": Kind.TERMS,
    "taxcode": Kind.TAX_CODE,
    "class": Kind.CLASS,
    "department": Kind.DEPARTMENT,
    "invoice": Kind.INVOICE,
    "creditmemo": Kind.CREDIT,
    "payment": Kind.PAYMENT,
}
_OPERATIONS = {
    "create": Happening.CREATED,
    "update": Happening.UPDATED,
    "delete": Happening.DELETED,
    "merge": Happening.MERGED,
    "void": Happening.VOIDED,
    "emailed": Happening.EMAILED,
}
_HAPPENINGS = {happening.value: happening for happening in Happening}
_TYPE = re.compile(r"qbo\.([a-z]+)\.([a-z]+)\.v\d+", re.ASCII | re.IGNORECASE)


def verify(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether these bytes were signed with the verifier token: base64 of HMAC-SHA256 over the raw body, compared in
    constant time. Never raises."""
    if not secret:
        return False
    given = [value for name, value in headers.items() if name.lower() == SIGNATURE]
    wanted = base64.b64encode(hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).digest())
    return len(given) == 1 and hmac.compare_digest(given[0].strip().encode("utf-8", "surrogatepass"), wanted)


def changes(body: bytes) -> tuple[Change, ...]:
    """What a verified body tells, in its order. RemoteProtocolError for a body in neither form."""
    try:
        found: Any = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError("a webhook that is not JSON") from error
    if isinstance(found, list):
        return tuple(_of_events(found))
    if isinstance(found, dict) and isinstance(found.get("eventNotifications"), list):
        return tuple(_of_notifications(found))
    raise RemoteProtocolError("a webhook in neither of Intuit's forms")


def _of_notifications(body: Record) -> Iterator[Change]:
    for notification in parts(body, "eventNotifications"):
        realm = text(notification, "realmId")
        for entity in parts(part(notification, "dataChangeEvent"), "entities"):
            kind = _KINDS.get((text(entity, "name") or "").lower())
            happening = _OPERATIONS.get((text(entity, "operation") or "").lower())
            books_id, at = text(entity, "id"), text(entity, "lastUpdated")
            if realm is None or kind is None or happening is None or books_id is None:
                continue
            gone = text(entity, "deletedId") if happening is Happening.MERGED else None
            # the old form has no id of its own for a change
            notice = "/".join((realm, kind.value, books_id, happening.value, gone or "", at or ""))
            yield Change(realm, kind, gone or books_id, happening, notice, moment(at), books_id if gone else None)


def _of_events(events: list[Any]) -> Iterator[Change]:
    for event in events:
        if not isinstance(event, dict):
            raise RemoteProtocolError("a webhook with something else than events")
        named = _TYPE.fullmatch(text(event, "type") or "")
        kind = _KINDS.get(named[1].lower()) if named else None
        happening = _HAPPENINGS.get(named[2].lower()) if named else None
        realm, books_id, at = text(event, "intuitaccountid"), text(event, "intuitentityid"), text(event, "time")
        if realm is None or kind is None or happening is None or books_id is None:
            continue
        gone = text(event, "data/deletedid") if happening is Happening.MERGED else None
        # Intuit's own ids have been seen to be the same for different changes of one entity
        notice = "/".join((text(event, "id") or "", realm, kind.value, books_id, happening.value, at or ""))
        yield Change(realm, kind, gone or books_id, happening, notice, moment(at), books_id if gone else None)
