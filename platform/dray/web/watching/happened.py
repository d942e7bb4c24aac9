"""Lists of what happened in some days: the invoices behind the figures of the overview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from flask import Blueprint, render_template, request

from dray.dashboard import happened
from dray.dashboard.figures import DAYS, beginning
from dray.dashboard.happened import Happened, Span
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray_tenants.roles import Right

LONGEST: Final = 31
"""Days that one list spans at most."""


def add_happened_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/overview/synced", "synced", show_synced)
    web.add_url_rule("/overview/refused", "refused", show_refused)


@needs(Right.VIEW)
def show_synced() -> str:
    """What the books took: on one `day`, or in the last `days`."""
    return _list("Synced", happened.accepted)


@needs(Right.VIEW)
def show_refused() -> str:
    """What was refused then."""
    return _list("Refused", happened.refused)


def _list(word: str, read: Callable[..., Sequence[Happened]]) -> str:
    session, now = database(), dray().clock()
    first, last = _days(now.astimezone(viewer().zone).date())
    span = Span(beginning(first, viewer().zone), beginning(last + dt.timedelta(days=1), viewer().zone))
    after = request.args.get("after", "")
    rows = read(session, span, before=int(after) if after.isdecimal() and len(after) < 19 else None)
    arguments = {name: request.args[name] for name in ("day", "days") if request.args.get(name)}
    return render_template(
        "overview/happened.html",
        word=word,
        first=first,
        last=last,
        rows=rows[: happened.PAGE],
        older=rows[happened.PAGE - 1].key if len(rows) > happened.PAGE else None,
        later=bool(after),
        arguments=arguments,
        side=beside.read(session, dray().registry, now),
    )


def _days(today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day that the address names; the fortnight of the overview where it names none."""
    try:
        day = dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        pass
    else:
        return (day, day) if dt.date(2000, 1, 1) <= day <= dt.date(2200, 1, 1) else (today, today)
    text = request.args.get("days", "")
    days = int(text) if text.isdecimal() and len(text) < 3 else DAYS
    return today - dt.timedelta(days=min(max(days, 1), LONGEST) - 1), today
