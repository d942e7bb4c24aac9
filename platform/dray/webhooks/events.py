"""What is told, and how a message is written and signed. Pure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from standardwebhooks.webhooks import Webhook

TYPES: Final[Mapping[str, str]] = {
    "invoice.pending_sync": "An invoice was sent and waits in line.",
    "invoice.draft": "An invoice was taken back, and is a draft again.",
    "invoice.synced": "The books accepted an invoice. It is locked from now on.",
    "invoice.needs_attention": "An invoice was refused.",
    "invoice.checking": "No answer came about an invoice. Dray asks the books what became of it.",
    "invoice.books_changed": "The books changed, voided, deleted or were paid an invoice that they had accepted.",
}
"""Type → what it says."""

TEST: Final = "webhook.test"
"""The type of a message that somebody asked for, to try an endpoint."""

OF_KIND: Final[Mapping[str, str]] = {
    "sent": "invoice.pending_sync",
    "sent_again": "invoice.pending_sync",
    "proved_absent": "invoice.pending_sync",
    "not_run": "invoice.pending_sync",
    "unpend": "invoice.draft",
    "taken_back": "invoice.draft",
    "back_to_draft": "invoice.draft",
    "connection_removed": "invoice.draft",
    "accepted": "invoice.synced",
    "found_there": "invoice.synced",
    "arrived_after_all": "invoice.synced",
    "refused": "invoice.needs_attention",
    "judged_impossible": "invoice.needs_attention",
    "left_unproved": "invoice.needs_attention",
    "answer_lost": "invoice.checking",
    "books_changed": "invoice.books_changed",
    "books_voided": "invoice.books_changed",
    "books_deleted": "invoice.books_changed",
    "books_paid": "invoice.books_changed",
    "books_agree": "invoice.books_changed",
}
"""Kind of a timeline entry → the type of event that it is told as. Any other kind is not told."""


def payload(kind: str, at: dt.datetime, data: Mapping[str, Any]) -> str:
    """The text of a message."""
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": dict(data)}, ensure_ascii=False)


def headers(message_id: str, at: dt.datetime, text: str, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that the specification asks for; signed with every secret that is good, so that a receiver may change
    from the old one to the new one when it likes."""
    signatures = [Webhook(secret).sign(message_id, at, text) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Dray-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
