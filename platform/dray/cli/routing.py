"""`dray routing …`: where a tenant's invoices go when it has several sets of books."""

from __future__ import annotations

import datetime as dt
from typing import Final

import click
from sqlalchemy import select

from dray.billing import routing
from dray.billing.given import Missing, Unacceptable
from dray.cli.output import answer, as_json, refuse, rows
from dray.cli.workplace import ACTOR, opened, tenant_session
from dray.connections.models import Connection
from dray_tenants.scope import ScopedSession

__all__ = ["command"]

EVERY: Final = "every"


@click.group("routing")
def command() -> None:
    """Which connection is proposed for which invoices."""


tenant_option = click.option("--tenant", required=True, metavar="SLUG")


@command.command("list")
@tenant_option
@as_json
def list_rules(tenant: str, as_json: bool) -> None:
    """The rules in the order in which they are asked, and the first day of each connection that has one."""
    with opened() as parts, tenant_session(parts, tenant, read_only=True) as session:
        ids = _public_ids(session)
        facts = [
            {"id": rule.public_id, "field": rule.field, "value": rule.value, "connection": ids[rule.connection_id]}
            for rule in routing.rules_of(session)
        ]
        starts = {ids[key]: day.isoformat() for key, day in routing.starts(session).items()}
    table = [(each["id"], each["field"], each["value"], each["connection"]) for each in facts]
    said = rows(("id", "field", "value", "connection"), table) if table else "There is no rule: all go to the default."
    said += "".join(f"\n{key} takes invoices from {day} on." for key, day in starts.items())
    answer(as_json, {"rules": facts, "starts": starts}, said)


@command.command("add")
@tenant_option
@click.argument("field", type=click.Choice(list(routing.FIELDS)))
@click.argument("value")
@click.argument("connection_id", metavar="CONNECTION")
@as_json
def add(tenant: str, field: str, value: str, connection_id: str, as_json: bool) -> None:
    """Propose CONNECTION for invoices whose FIELD is VALUE (a number only has to begin with it)."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        try:
            rule = routing.add_rule(session, field, value, connection_id, at=parts.clock(), actor=ACTOR)
        except Missing as missing:
            refuse(str(missing))
        except Unacceptable as refused:
            refuse("; ".join(each.detail for each in refused.complaints))
        facts = {"id": rule.public_id, "field": rule.field, "value": rule.value, "connection": connection_id}
        session.commit()
    answer(as_json, facts, f"Added rule {facts['id']}. It is asked after those that were there.")


@command.command("drop")
@tenant_option
@click.argument("rule_id", metavar="ID")
@as_json
def drop(tenant: str, rule_id: str, as_json: bool) -> None:
    """Delete a rule. What was sent stays where it is."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        try:
            routing.drop_rule(session, rule_id, at=parts.clock(), actor=ACTOR)
        except Missing as missing:
            refuse(str(missing))
        session.commit()
    answer(as_json, {"id": rule_id, "deleted": True}, f"Deleted rule {rule_id}.")


@command.command("start")
@tenant_option
@click.argument("connection_id", metavar="CONNECTION")
@click.argument("day", metavar="YYYY-MM-DD|every")
@as_json
def start(tenant: str, connection_id: str, day: str, as_json: bool) -> None:
    """From which day on invoices go into these books; earlier ones that arrive are marked as being there already."""
    try:
        first_day = None if day == EVERY else dt.date.fromisoformat(day)
    except ValueError:
        raise click.UsageError(f"{day!r} is no day such as 2026-01-31, nor the word {EVERY}") from None
    with opened() as parts, tenant_session(parts, tenant) as session:
        try:
            routing.set_start(session, connection_id, first_day, at=parts.clock(), actor=ACTOR)
        except Missing as missing:
            refuse(str(missing))
        except Unacceptable as refused:
            refuse("; ".join(each.detail for each in refused.complaints))
        session.commit()
    said = f"takes invoices from {first_day} on" if first_day else "takes invoices of every day"
    facts = {"connection": connection_id, "first_day": first_day.isoformat() if first_day else None}
    answer(as_json, facts, f"{connection_id} {said}. It holds for those that arrive from now on.")


def _public_ids(session: ScopedSession) -> dict[int, str]:
    return dict(session.execute(select(Connection.id, Connection.public_id)).all())
