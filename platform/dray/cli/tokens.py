"""`dray token …`: API tokens."""

from __future__ import annotations

import datetime as dt

import click
from sqlalchemy import select

from dray.cli.output import answer, as_json
from dray.cli.workplace import ACTOR, opened, tenant_session
from dray_tenants import audit
from dray_tenants.models import Tenant, TokenScope
from dray_tenants.tokens import mint

__all__ = ["command"]


@click.group("token")
def command() -> None:
    """API tokens."""


@command.command()
@click.option("--tenant", required=True, metavar="SLUG")
@click.option("--name", required=True, help="What it is for, as the tenant will see it.")
@click.option("--scope", type=click.Choice([scope.value for scope in TokenScope]), default="read", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), help="After so many days it opens nothing any more.")
@as_json
def create(tenant: str, name: str, scope: str, days: int | None, as_json: bool) -> None:
    """Make a token for one tenant. It is shown now and never again."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        company = session.scalars(select(Tenant).where(Tenant.id == session.require_tenant())).one()
        now = parts.clock()
        ends = now + dt.timedelta(days=days) if days else None
        made = mint(session, company, name, scope=TokenScope(scope), now=now, expires_at=ends)
        audit.record(
            session, actor=ACTOR, action="token.created", subject=made.token.public_id, now=now, details={"name": name}
        )
        bearer = made.bearer
        session.commit()
    answer(as_json, {"token": bearer}, bearer)
