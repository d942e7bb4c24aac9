"""`dray closure …`: days on which companies are closed, their own and those of calendars that they share."""

from __future__ import annotations

import datetime as dt

import click

from dray.cadence import closures
from dray.cadence.models import Closure
from dray.cli.output import answer, as_json, refuse, rows
from dray.cli.workplace import ACTOR, opened, tenant_session
from dray_tenants.scope import ScopedSession

__all__ = ["command"]

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("closure")
def command() -> None:
    """Days on which nobody is at the computer: nobody is told that it is silent."""


tenant_option = click.option("--tenant", metavar="SLUG", help="The company's own days.")
calendar_option = click.option("--calendar", metavar="NAME", help="Days that several companies share.")


@command.command("list")
@tenant_option
@as_json
def list_closures(tenant: str | None, as_json: bool) -> None:
    """The shared calendars; with --tenant, a company's own days and the calendars that it follows."""
    with opened() as parts:
        today = parts.clock().date()
        if tenant is None:
            with ScopedSession(parts.engines, read_only=True) as session:
                found = closures.shared(session, today=today)
                follows = [each.name for each in closures.calendars(session)]
        else:
            with tenant_session(parts, tenant, read_only=True) as session:
                found, follows = closures.own(session, today=today), list(closures.followed(session))
        facts = [_facts(row) for row in found]
    table = [[each[key] or "" for key in ("id", "calendar", "first", "last", "reason")] for each in facts]
    said = rows(("id", "calendar", "first", "last", "reason"), table) if table else "No closure is planned."
    answer(as_json, {"closures": facts, "calendars": follows}, said)


@command.command("add")
@tenant_option
@calendar_option
@click.argument("first", type=DAY, metavar="FIRST")
@click.argument("last", type=DAY, metavar="LAST")
@click.argument("reason")
@as_json
def add(
    tenant: str | None, calendar: str | None, first: dt.datetime, last: dt.datetime, reason: str, as_json: bool
) -> None:
    """Close one company, or all that follow a calendar, from FIRST to LAST (2026-12-24), both included."""
    if (tenant is None) is (calendar is None):
        raise click.UsageError("name either --tenant or --calendar")
    days = (first.date(), last.date(), reason)
    with opened() as parts:
        at = parts.clock()
        try:
            if calendar is not None:
                with ScopedSession(parts.engines) as session:
                    row = closures.add_shared(session, calendar, *days, at=at, actor=ACTOR)
                    facts = _facts(row)
                    session.commit()
            else:
                with tenant_session(parts, tenant or "") as session:
                    row = closures.add_own(session, *days, at=at, actor=ACTOR)
                    facts = _facts(row)
                    session.commit()
        except ValueError as refused:
            refuse(str(refused))
    answer(as_json, facts, f"Closed from {facts['first']} to {facts['last']}: {facts['reason']} ({facts['id']}).")


@command.command("remove")
@tenant_option
@click.argument("closure_id", metavar="ID")
@as_json
def remove(tenant: str | None, closure_id: str, as_json: bool) -> None:
    """Take days away: of a shared calendar, or with --tenant of a company's own."""
    with opened() as parts:
        if tenant is None:
            with ScopedSession(parts.engines) as session:
                done = closures.take_away_shared(session, closure_id)
                session.commit()
        else:
            with tenant_session(parts, tenant) as session:
                done = closures.take_away_own(session, closure_id, at=parts.clock(), actor=ACTOR)
                session.commit()
    if not done:
        refuse(f"There is no such closure: {closure_id}. See which there are with: dray closure list")
    answer(as_json, {"id": closure_id, "removed": True}, f"Took {closure_id} away.")


@command.command("follow")
@click.option("--tenant", required=True, metavar="SLUG")
@click.argument("calendar")
@as_json
def follow(tenant: str, calendar: str, as_json: bool) -> None:
    """Close a company on the days of CALENDAR, those too that are added to it later."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        try:
            changed = closures.follow(session, calendar, at=parts.clock(), actor=ACTOR)
        except LookupError as unknown:
            refuse(str(unknown))
        session.commit()
    answer(as_json, {"calendar": calendar, "changed": changed}, f"{tenant} is closed on the days of {calendar}.")


@command.command("leave")
@click.option("--tenant", required=True, metavar="SLUG")
@click.argument("calendar")
@as_json
def leave(tenant: str, calendar: str, as_json: bool) -> None:
    """Close a company no longer on the days of CALENDAR."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        changed = closures.leave(session, calendar, at=parts.clock(), actor=ACTOR)
        session.commit()
    answer(as_json, {"calendar": calendar, "changed": changed}, f"{tenant} works on the days of {calendar}.")


def _facts(row: Closure) -> dict[str, str | None]:
    return {
        "id": row.public_id,
        "calendar": row.calendar,
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "reason": row.reason,
    }
