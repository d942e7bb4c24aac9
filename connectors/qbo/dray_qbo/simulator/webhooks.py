"""What QuickBooks Online tells an application by webhook: the two bodies, and the signature over their bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from dray_qbo.simulator import exact

SIGNATURE = "intuit-signature"

_PAST = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Merge": "merged",
    "Void": "voided",
    "Emailed": "emailed",
}


class Style(StrEnum):
    """LEGACY was the only form until 2026."""

    LEGACY = "legacy"
    CLOUD_EVENTS = "cloudevents"


@dataclass(frozen=True, slots=True)
class Event:
    """One change: Create, Update, Delete, Merge, Void or Emailed. `deleted` is the id that a merge did away with."""

    realm_id: str
    kind: str
    identity: str
    operation: str
    at: datetime
    deleted: str = ""


def body(style: Style, events: Sequence[Event], identities: Sequence[str]) -> bytes:
    """The bytes of one delivery; `identities` are those of CloudEvents, one for each event."""
    if style is Style.LEGACY:
        return _legacy(events)
    return exact.write([_cloud_event(*pair) for pair in zip(events, identities, strict=True)]).encode()


def signature(content: bytes, verifier: str) -> str:
    """Base64 of HMAC-SHA256 over the raw body, keyed with the application's verifier token."""
    return base64.b64encode(hmac.new(verifier.encode(), content, hashlib.sha256).digest()).decode()


def headers(content: bytes, verifier: str, style: Style, tid: str, now: datetime) -> Mapping[str, str]:
    """What travels with a delivery."""
    said = {
        "content-type": "application/json; charset=utf-8",
        "accept": "application/json",
        SIGNATURE: signature(content, verifier),
        "intuit-created-time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S%z"),
        "intuit-t-id": tid,
        "user-agent": "intuit_notification_server/0.1",
    }
    return said | ({"intuit-notification-schema-version": "0.1"} if style is Style.LEGACY else {})


def _legacy(events: Sequence[Event]) -> bytes:
    realms: dict[str, list[dict[str, str]]] = {}
    for event in events:
        moment = event.at.astimezone(UTC)
        entity = {"name": event.kind, "id": event.identity, "operation": event.operation}
        if event.deleted:
            entity["deletedId"] = event.deleted
        entity["lastUpdated"] = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
        realms.setdefault(event.realm_id, []).append(entity)
    told = [{"realmId": realm, "dataChangeEvent": {"entities": entities}} for realm, entities in realms.items()]
    return exact.write({"eventNotifications": told}).encode()


def _cloud_event(event: Event, identity: str) -> dict[str, object]:
    moment = event.at.astimezone(UTC)
    return {
        "specversion": "1.0",
        "id": identity,
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": f"qbo.{event.kind.lower()}.{_PAST[event.operation]}.v1",
        "datacontenttype": "application/json",
        # Nine digits of fraction, as the real ones have, although the clock knows six.
        "time": moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        "intuitentityid": event.identity,
        "intuitaccountid": event.realm_id,
        "data": {"deletedid": event.deleted} if event.deleted else {},
    }
