"""What books say of their own accord: that something in them changed. A hint where to look, never the news itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from dray_sdk.records import Kind


class Happening(StrEnum):
    """What befell an entry of the books."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    MERGED = "merged"
    VOIDED = "voided"
    EMAILED = "emailed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a webhook tells of. It may come late, twice, out of order, or not at all.

    `books` is the `Books.id` of the books it happened in: one call may tell of several, and of some that are no longer
    connected. `at` is the books' own time (aware), None where they do not say. `notice` is the same whenever the same
    change is told again. `into` is the entry that is left after `merged`; `books_id` is then the one that is gone.
    """

    books: str
    kind: Kind
    books_id: str
    happening: Happening
    notice: str
    at: dt.datetime | None = None
    into: str | None = None


@runtime_checkable
class SendsWebhooks(Protocol):
    """The books call `/webhooks/<connector>` when something changed. `webhook_secret` names the setting that holds
    what their calls are signed with."""

    webhook_secret: str

    def verify(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """Whether the books signed exactly these bytes. Pure, compares in constant time, looks into the body only
        afterwards, finds headers without regard to case, and is False for an empty secret. Never raises."""
        ...

    def changes(self, body: bytes) -> tuple[Change, ...]:
        """What a verified body tells, in its order; kinds that Dray does not know are left out.

        Quick: books give up on a call after seconds (Intuit: three), so nothing is fetched here. Raises
        RemoteProtocolError for a body that is in none of the books' forms.
        """
        ...
