"""What was seen of connections last: gathered for many of them by a few statements. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from dray.cadence.causes import Evidence
from dray.cadence.week import HOURS, is_usual, place_of
from dray.connections.models import ConnectionStatus, Install
from dray.onboarding.models import SelfCheck
from dray.sync.models import Exchange
from dray_tenants.scope import Scoped

__all__ = ["Silent", "gather"]

AT_ONCE: Final = dt.timedelta(minutes=15)
"""Who falls silent within so short a time does so for the same reason."""
FRESH: Final = dt.timedelta(days=2)
"""A self-check that is older says nothing of now."""
_PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class Silent:
    """A connection that does not call."""

    tenant_id: int
    connection_id: int
    zone: ZoneInfo
    week: str
    last: dt.datetime


def gather(session: Scoped, silent: Sequence[Silent], *, now: dt.datetime) -> Mapping[int, Evidence]:
    """By connection. The session reads every tenant, or all of these are the one in scope."""
    fault = _our_fault(session, now) if silent else ""
    found: dict[int, Evidence] = {}
    for start in range(0, len(silent), _PIECE):
        some = silent[start : start + _PIECE]
        traces = _Traces(_statuses(session, some), _last_exchanges(session, some), _installs(session, some))
        found |= {each.connection_id: _of(each, traces, fault, now) for each in some}
    return found


@dataclass(frozen=True, slots=True)
class _Traces:
    """What some connections left: `statuses` of every connection of their companies, the rest by connection."""

    statuses: Mapping[int, Sequence[ConnectionStatus]]
    exchanges: Mapping[int, Any]
    installs: Mapping[int, Any]


def _of(silent: Silent, traces: _Traces, fault: str, now: dt.datetime) -> Evidence:
    company = traces.statuses.get(silent.tenant_id, ())
    status = next(each for each in company if each.connection_id == silent.connection_id)
    exchange, install = traces.exchanges.get(silent.connection_id), traces.installs.get(silent.connection_id)
    trouble, place = status.trouble or {}, place_of(silent.last, silent.zone)
    code = str(trouble.get("code", ""))
    together = sum(
        each.last_contact_at is not None and abs(each.last_contact_at - silent.last) < AT_ONCE for each in company
    )
    return Evidence(
        last=silent.last.astimezone(silent.zone),
        now=now.astimezone(silent.zone),
        ends_its_hours=bool(is_usual(silent.week, place)) and is_usual(silent.week, (place + 1) % HOURS) is False,
        denied_at=status.denied_at.astimezone(silent.zone) if status.denied_at is not None else None,
        code=code if _is_a_code(code) else "",
        sentence=str(trouble.get("sentence", "")),
        cut_off=exchange is not None and exchange.closed_at is None and silent.last - exchange.seen_at < AT_ONCE,
        moving=install is not None and install.replaces_id is not None,
        together=together - 1,
        machine=status.holder or "",
        program=(install.program if install is not None else None) or "",
        our_fault=fault,
    )


def _is_a_code(code: str) -> bool:
    """Whether it is one of theirs, which people can look up, and no word of our own."""
    return any(letter.isdigit() for letter in code)


def _statuses(session: Scoped, some: Sequence[Silent]) -> Mapping[int, Sequence[ConnectionStatus]]:
    """Of every connection of their companies, by company: who else fell silent tells something too."""
    statement = select(ConnectionStatus).where(ConnectionStatus.tenant_id.in_({each.tenant_id for each in some}))
    by_tenant: dict[int, list[ConnectionStatus]] = {}
    for row in session.scalars(statement):
        by_tenant.setdefault(row.tenant_id, []).append(row)
    return by_tenant


def _last_exchanges(session: Scoped, some: Sequence[Silent]) -> dict[int, Any]:
    newest = (
        select(func.max(Exchange.id))
        .where(
            Exchange.tenant_id.in_({each.tenant_id for each in some}),
            Exchange.connection_id.in_([each.connection_id for each in some]),
        )
        .group_by(Exchange.tenant_id, Exchange.connection_id)
    )
    statement = select(Exchange.connection_id, Exchange.closed_at, Exchange.seen_at).where(Exchange.id.in_(newest))
    return {row.connection_id: row for row in session.execute(statement)}


def _installs(session: Scoped, some: Sequence[Silent]) -> dict[int, Any]:
    """The newest way in of each."""
    statement = (
        select(Install.connection_id, Install.replaces_id, Install.program)
        .where(
            Install.tenant_id.in_({each.tenant_id for each in some}),
            Install.connection_id.in_([each.connection_id for each in some]),
        )
        .order_by(Install.id)
    )
    return {row.connection_id: row for row in session.execute(statement)}


def _our_fault(session: Scoped, now: dt.datetime) -> str:
    check = session.scalar(select(SelfCheck).order_by(SelfCheck.id.desc()).limit(1))
    if check is None or now - check.at > FRESH:
        return ""
    return next((str(each["sentence"]) for each in check.findings if each.get("well") is False), "")
