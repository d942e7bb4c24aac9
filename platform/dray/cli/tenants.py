"""`dray tenant …`: billing companies."""

from __future__ import annotations

import click
from sqlalchemy import select

from dray.cli.output import answer, as_json, read_password, refuse, rows
from dray.cli.workplace import open_session, opened
from dray_tenants.companies import create_tenant
from dray_tenants.members import add_member
from dray_tenants.models import Tenant
from dray_tenants.roles import Role
from dray_tenants.users import create_user, find_user

__all__ = ["command"]


@click.group("tenant")
def command() -> None:
    """Billing companies."""


@command.command()
@click.argument("name")
@click.option("--slug", help="Its short name; made from NAME when left out.")
@click.option("--admin", metavar="EMAIL", help="Its first owner. Somebody who is registered keeps their password.")
@click.option("--password-stdin", is_flag=True, help="Read the owner's password from stdin.")
@click.option("--time-zone", default="UTC", show_default=True, metavar="AREA/CITY")
@as_json
def create(name: str, slug: str | None, admin: str | None, password_stdin: bool, time_zone: str, as_json: bool) -> None:
    """Make a tenant, with its first owner if --admin is given."""
    if password_stdin and not admin:
        raise click.UsageError("--password-stdin is for the password of --admin")
    with opened() as parts, open_session(parts) as session:
        now = parts.clock()
        try:
            tenant = create_tenant(session, parts.vault, name=name, now=now, slug=slug, time_zone=time_zone)
            if admin:
                user = find_user(session, admin)
                if user is None:
                    user = create_user(session, admin, read_password(password_stdin, admin), now=now)
                add_member(session, tenant, user, Role.OWNER, now=now)
        except ValueError as refused:
            refuse(str(refused))
        facts = {"id": tenant.public_id, "slug": tenant.slug}
        session.commit()
    answer(as_json, facts, f"Made tenant {facts['slug']} ({facts['id']}).")


@command.command("list")
@as_json
def list_tenants(as_json: bool) -> None:
    """Every tenant."""
    with opened() as parts, open_session(parts, read_only=True) as session:
        found = session.execute(select(Tenant.public_id, Tenant.slug, Tenant.name).order_by(Tenant.slug)).all()
    facts = [{"id": public_id, "slug": slug, "name": name} for public_id, slug, name in found]
    table = rows(("slug", "name", "id"), [(each["slug"], each["name"], each["id"]) for each in facts])
    answer(as_json, {"tenants": facts}, table if facts else "There is no tenant yet.")
