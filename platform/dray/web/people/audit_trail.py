"""The record of who did what in a company: read, narrowed, and verified."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.people.audits import look_over
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray.web.people import audit_sentences
from dray_tenants import audit
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Right
from dray_tenants.scope import ScopedSession

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which entries are wanted. Empty fields narrow nothing; days are in the company's zone, both included."""

    who: str
    what: str
    first: dt.date | None
    last: dt.date | None

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Narrowed:
        """What the address asks for. What it cannot be narrows nothing."""
        what = arguments.get("what", "")
        return cls(
            arguments.get("who", "").replace("\0", "").strip()[:200],
            what if what in audit_sentences.KINDS else "",
            _date(arguments.get("from", "")),
            _date(arguments.get("to", "")),
        )

    @property
    def query(self) -> dict[str, Any]:
        """The same as arguments of an address."""
        first, last = (each.isoformat() if each else "" for each in (self.first, self.last))
        named = {"who": self.who, "what": self.what, "from": first, "to": last}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record."""

    at: dt.datetime
    actor: str
    sentence: str
    icon: str
    sealed: bool
    raw: str


@needs(Right.VIEW_AUDIT)
def show_audit() -> str:
    """The newest entries, or those before or after one."""
    wanted = Narrowed.read(request.args)
    before, after = _number(request.args.get("before")), _number(request.args.get("after"))
    rows, newer, older = _read(wanted, before, after)
    return render_template(
        "audit/list.html",
        entries=[_entry(row) for row in rows],
        wanted=wanted,
        kinds=audit_sentences.KINDS,
        newer=url_for("web.audit", **wanted.query, after=rows[0].id) if newer else "",
        older=url_for("web.audit", **wanted.query, before=rows[-1].id) if older else "",
        side=beside.read(database(), dray().registry, dray().clock()),
    )


@needs(Right.VIEW_AUDIT)
def verify_audit() -> Response:
    """Walk the whole chain, say what was found, and note that it was looked over."""
    # In a session that only reads: a long chain must not keep the writer waiting.
    tenant_id = viewer().tenant.id
    database().commit()
    with ScopedSession(dray().engines, read_only=True) as reading, reading.tenant(tenant_id):
        seen = look_over(reading)
    audit.record(
        database(),
        actor=viewer().actor,
        action="audit.verified",
        subject=viewer().tenant.public_id,
        now=dray().clock(),
        details={"finding": "whole" if seen.whole else f"altered at entry {seen.broken_at}", "rows": seen.rows},
    )
    database().commit()
    flash(Notice(seen.sentence).plain, "s-ok" if seen.whole else "s-bad")
    return redirect(url_for("web.audit"), 303)


def _read(wanted: Narrowed, before: int | None, after: int | None) -> tuple[Sequence[AuditEntry], bool, bool]:
    """One page, newest first, and whether there are newer and older ones."""
    narrowed = _narrow(wanted)
    if after is not None:
        found = database().scalars(narrowed.where(AuditEntry.id > after).order_by(AuditEntry.id).limit(PAGE + 1)).all()
        return list(reversed(found[:PAGE])), len(found) > PAGE, bool(found)
    if before is not None:
        narrowed = narrowed.where(AuditEntry.id < before)
    found = database().scalars(narrowed.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
    return found[:PAGE], before is not None and bool(found), len(found) > PAGE


def _narrow(wanted: Narrowed) -> Any:
    entries = select(AuditEntry)
    if wanted.who:
        entries = entries.where(func.lower(AuditEntry.actor).contains(wanted.who.lower(), autoescape=True))
    if wanted.what:
        entries = entries.where(AuditEntry.action.startswith(f"{wanted.what}.", autoescape=True))
    if wanted.first:
        entries = entries.where(AuditEntry.at >= _midnight(wanted.first))
    if wanted.last:
        entries = entries.where(AuditEntry.at < _midnight(wanted.last + dt.timedelta(days=1)))
    return entries


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), viewer().zone).astimezone(dt.UTC)


def _entry(row: AuditEntry) -> Entry:
    facts = {"action": row.action, "subject": row.subject, **row.details}
    if row.sequence is not None and row.hash is not None:
        facts |= {"entry": row.sequence, "seal": row.hash.hex()}
    return Entry(
        row.at,
        row.actor,
        audit_sentences.sentence(row.action, row.subject, row.details),
        audit_sentences.icon_of(row.action),
        row.sequence is not None,
        "\n".join(f"{name}: {_plain(value)}" for name, value in facts.items()),
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _date(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    # Days at the edges of the calendar have no midnight in every zone.
    return day if 1970 <= day.year <= 9000 else None
