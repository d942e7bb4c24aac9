"""`dray tenant …`: billing companies."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import select

from dray import emptying
from dray.cli.output import answer, as_json, read_password, refuse, rows
from dray.cli.workplace import ACTOR, open_session, opened, tenant_session
from dray.connections.oauth import revoking
from dray.leaving import deleting, departing
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
@click.option("--test", is_flag=True, help="A company to try things with: no real books, and it can be emptied.")
@as_json
def create(
    name: str, *, slug: str | None, admin: str | None, password_stdin: bool, time_zone: str, test: bool, as_json: bool
) -> None:
    """Make a tenant, with its first owner if --admin is given."""
    if password_stdin and not admin:
        raise click.UsageError("--password-stdin is for the password of --admin")
    with opened() as parts, open_session(parts) as session:
        now = parts.clock()
        try:
            tenant = create_tenant(session, parts.vault, name=name, now=now, slug=slug, time_zone=time_zone, test=test)
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


@command.command()
@click.argument("slug", required=False)
@click.option("--undo", is_flag=True, help="Take it back, as long as its time is not over.")
@click.option("--due", is_flag=True, help="Finish every deletion whose time is over, as the owner of the tables.")
@as_json
def delete(slug: str | None, undo: bool, due: bool, as_json: bool) -> None:
    """Ask for the deletion of a tenant, which can be undone for 30 days; with --due, do what is due.

    Where the application's login owns the tables, the worker does what is due by itself.
    """
    if due is (slug is not None) or (due and undo):
        raise click.UsageError("name a tenant, or say --due")
    if due:
        with opened() as parts:
            gone = deleting.delete_due(parts)
            left = deleting.overdue(parts)
        if left:
            refuse("This login does not own the tables. Name the owner in DRAY_DATABASE_OWNER_URL.")
        answer(as_json, {"rows": gone}, f"{gone:,} rows are deleted.")
        return
    with opened() as parts, tenant_session(parts, slug or "") as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).one()
        consents: Sequence[int] = ()
        try:
            if undo:
                departing.undo(session, parts, tenant, actor=ACTOR)
                facts, said = {"id": tenant.public_id, "due": None}, f"{slug} stays."
            else:
                row, consents = departing.ask(session, parts, tenant, actor=ACTOR)
                facts = {"id": tenant.public_id, "due": row.due_at.isoformat()}
                said = f"{slug} is deleted on {row.due_at:%Y-%m-%d}. Until then: dray tenant delete {slug} --undo"
        except (departing.LeavingAlready, departing.TooLate) as refused:
            refuse(str(refused))
        tenant_id = tenant.id
        session.commit()
        for each in consents:
            revoking.revoke_now(parts, tenant_id, each)
    answer(as_json, facts, said)


@command.command("list")
@as_json
def list_tenants(as_json: bool) -> None:
    """Every tenant."""
    with opened() as parts, open_session(parts, read_only=True) as session:
        columns = (Tenant.public_id, Tenant.slug, Tenant.name, Tenant.test)
        found = session.execute(select(*columns).order_by(Tenant.slug)).all()
    facts = [{"id": public_id, "slug": slug, "name": name, "test": test} for public_id, slug, name, test in found]
    table = rows(
        ("slug", "name", "id", "for"),
        [(slug, name, public_id, "tests" if test else "work") for public_id, slug, name, test in found],
    )
    answer(as_json, {"tenants": facts}, table if facts else "There is no tenant yet.")


@command.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Really: everything that was tried there goes.")
@as_json
def reset(slug: str, yes: bool, as_json: bool) -> None:
    """Empty a test company: its invoices, customers, items, imports and connections. People, tokens and record stay."""
    if not yes:
        refuse(f"this deletes everything that was tried in {slug}; say --yes")
    with opened() as parts, tenant_session(parts, slug) as session:
        try:
            deleted = emptying.empty(session, at=parts.clock(), actor=ACTOR)
        except emptying.NoTestCompany as real:
            refuse(str(real))
        session.commit()
    answer(as_json, {"slug": slug, "deleted": deleted}, f"{slug} is empty again: {emptying.told(deleted)}.")
