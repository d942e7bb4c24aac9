"""What people can be told of, who is told by default, and when it is too late in the evening. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from dray_tenants.roles import Role


class Cause(StrEnum):
    """Something that needs somebody."""

    SILENCE = "silence"
    """The computer that fetches the invoices has not called for longer than it usually takes."""
    STOPPED = "stopped"
    """The last run stopped: the wrong company file, a question, a failure."""
    LOGIN = "login"
    """The consent of books that we call has ended, or ends soon."""
    REFUSALS = "refusals"
    """Invoices need attention."""
    DIFFERENCES = "differences"
    """Invoices were changed, voided or deleted in the books."""
    DIGEST = "digest"
    """Not an alert: what came of the invoices that a person sent, once they are all through."""


TITLES: Final[Mapping[Cause, str]] = {
    Cause.SILENCE: "The computer with QuickBooks is silent",
    Cause.STOPPED: "A run stopped: the wrong company file, or a question",
    Cause.LOGIN: "A sign-in to the books ends soon, or has ended",
    Cause.REFUSALS: "Invoices were refused",
    Cause.DIFFERENCES: "Invoices were changed, voided or deleted in the books",
    Cause.DIGEST: "What became of the invoices that I sent",
}

DEFAULTS: Final[Mapping[Role, frozenset[Cause]]] = {
    Role.OWNER: frozenset({Cause.SILENCE, Cause.DIGEST}),
    Role.ADMIN: frozenset({Cause.SILENCE, Cause.DIGEST}),
    Role.BOOKKEEPER: frozenset({Cause.DIGEST}),
    Role.BILLING: frozenset({Cause.DIGEST}),
    Role.VIEWER: frozenset(),
}
"""What somebody is told who never chose."""

LOGIN_ENDS_IN: Final = dt.timedelta(days=14)


def is_quiet(now: dt.datetime, begin: str, end: str) -> bool:
    """Whether a moment, in the tenant's zone, is in the quiet hours. The same time twice is never quiet."""
    clock = f"{now:%H:%M}"
    if begin <= end:
        return begin <= clock < end
    return clock >= begin or clock < end


def is_time(text: str) -> bool:
    """Whether it is a time of day as `is_quiet` takes it."""
    try:
        return f"{dt.time.fromisoformat(text):%H:%M}" == text
    except ValueError:
        return False
