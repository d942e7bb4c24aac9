"""`dray brake …`: stop handing out writes, within one poll of whoever calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

import click
from sqlalchemy import select

from dray.cli.output import answer, as_json, refuse, rows
from dray.cli.workplace import ACTOR, open_session, opened
from dray.connections import brakes
from dray.connections.brakes import EVERYWHERE, Reach, Scope, of_connector
from dray.connections.models import Brake, Connection
from dray.installation import Dray
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession

__all__ = ["command"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group("brake")
def command() -> None:
    """Stop or resume handing out writes. Answers under way are still taken; callers hear of nothing to do."""


def _reach_options(function: _Command) -> _Command:
    for option in (
        click.option("--connection", "connection_id", metavar="ID", help="One connection."),
        click.option("--tenant", metavar="SLUG", help="One company."),
        click.option("--version", metavar="V", help="With --connector: that version of it alone."),
        click.option("--connector", metavar="NAME", help="Every connection of one connector."),
    ):
        function = option(function)
    return function


@command.command()
@_reach_options
@click.option("--reason", help="Why, for whoever finds it on.")
@as_json
def on(
    connector: str | None, version: str | None, tenant: str | None, connection_id: str | None, reason: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Hand out nothing more: everywhere, or for one part."""
    with opened() as parts, open_session(parts) as session:
        reach, tenant_id = _reach(parts, session, connector, version, tenant, connection_id)
        with _scope(session, tenant_id):
            done = brakes.pull(session, reach, at=parts.clock(), actor=ACTOR, reason=reason)
        session.commit()
    said = f"The brake is on: {reach}." if done else f"The brake was on already: {reach}."
    answer(as_json, {"on": True, "scope": reach.scope.value, "subject": reach.subject or None, "changed": done}, said)


@command.command()
@_reach_options
@as_json
def off(
    connector: str | None, version: str | None, tenant: str | None, connection_id: str | None, as_json: bool
) -> None:
    """Go on handing out. Names the same part as the command that pulled the brake."""
    with opened() as parts, open_session(parts) as session:
        reach, tenant_id = _reach(parts, session, connector, version, tenant, connection_id)
        with _scope(session, tenant_id):
            done = brakes.release(session, reach, at=parts.clock(), actor=ACTOR)
        if not done:
            still = ", ".join(_named(each) for each in brakes.pulled(session))
            refuse(f"the brake is not on: {reach}; it is on: {still or 'nowhere'}")
        session.commit()
    answer(
        as_json,
        {"on": False, "scope": reach.scope.value, "subject": reach.subject or None, "changed": True},
        f"The brake is off: {reach}.",
    )


@command.command()
@as_json
def status(as_json: bool) -> None:
    """Every brake that is on."""
    with opened() as parts, open_session(parts, read_only=True) as session:
        facts = [
            {
                "scope": each.scope,
                "subject": each.subject or None,
                "since": each.pulled_at.isoformat(),
                "by": each.pulled_by,
                "reason": each.reason,
            }
            for each in brakes.pulled(session)
        ]
    headings = ("scope", "subject", "since", "by", "reason")
    table = rows(headings, [tuple(str(each[heading] or "") for heading in headings) for each in facts])
    answer(as_json, {"brakes": facts}, table if facts else "No brake is on.")


def _reach(
    parts: Dray,
    session: ScopedSession,
    connector: str | None,
    version: str | None,
    tenant: str | None,
    connection_id: str | None,
) -> tuple[Reach, int | None]:
    """What the options name, and the tenant that it is about."""
    if sum(given is not None for given in (connector, tenant, connection_id)) > 1:
        raise click.UsageError("name one of --connector, --tenant and --connection, or none for everywhere")
    if version is not None and connector is None:
        raise click.UsageError("--version goes with --connector")
    if connector is not None:
        if parts.registry.get(connector) is None:
            refuse(f"no connector {connector!r} is enabled; there is {', '.join(parts.registry.enabled) or 'none'}")
        return of_connector(connector, version), None
    if tenant is not None:
        found = session.execute(select(Tenant.id, Tenant.public_id).where(Tenant.slug == tenant)).one_or_none()
        if found is None:
            refuse(f"there is no tenant {tenant!r}")
        return Reach(Scope.TENANT, found.public_id), found.id
    if connection_id is not None:
        with session.every_tenant("a connection is named by its id alone"):
            tenant_id = session.scalar(select(Connection.tenant_id).where(Connection.public_id == connection_id))
        if tenant_id is None:
            refuse(f"there is no connection {connection_id}")
        return Reach(Scope.CONNECTION, connection_id), tenant_id
    return EVERYWHERE, None


def _scope(session: ScopedSession, tenant_id: int | None) -> Any:
    return nullcontext() if tenant_id is None else session.tenant(tenant_id)


def _named(brake: Brake) -> str:
    return str(Reach(Scope(brake.scope), brake.subject))
