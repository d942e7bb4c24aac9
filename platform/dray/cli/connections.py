"""`dray connection …`: a tenant's connections to its books."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import click
from sqlalchemy import select

from dray.cli.output import answer, as_json, refuse, rows, say
from dray.cli.workplace import ACTOR, open_session, opened, tenant_session
from dray.connections import binding, brakes, lifecycle, opening, questions, removal
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth import taking
from dray.connections.oauth.application import NotSetUp, application_of, is_connected_here
from dray.connections.oauth.models import Grant, GrantState
from dray.connections.opening import NameTaken, endpoint, install_of, invitation, open_connection
from dray.installation import Dray
from dray.onboarding import provisioning, reaching, setups
from dray_sdk import Connector, DialsIn, LocalProtocolError
from dray_tenants import audit
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession
from dray_tenants.users import Unacceptable, folded_email

__all__ = ["command"]


@click.group("connection")
def command() -> None:
    """Connections of a tenant to its books."""


@command.command()
@click.option("--tenant", required=True, metavar="SLUG")
@click.option("--connector", required=True, metavar="NAME", help="See `dray connector list`.")
@click.option("--name", required=True, help="What the tenant calls it, such as Main company.")
@as_json
def create(tenant: str, connector: str, name: str, as_json: bool) -> None:
    """Make a connection. The first one becomes the tenant's default.

    Books that somebody has to sign in to are connected in a browser: then this gives the address at which an
    administrator of the tenant does it, and makes nothing yet.
    """
    with opened() as parts:
        speaks = parts.registry.get(connector)
        if speaks is None:
            refuse(f"no connector {connector!r} is enabled; there is {', '.join(parts.registry.enabled) or 'none'}")
        with tenant_session(parts, tenant) as session:
            if is_connected_here(speaks):
                _tell_where(parts, speaks, name, as_json)
                return
            try:
                made = open_connection(
                    session, speaks, name, at=parts.clock(), actor=ACTOR, randomness=secrets.token_bytes
                )
            except (ValueError, NameTaken) as refused:
                refuse(str(refused))
            facts = {"id": made.public_id, "connector": made.connector, "name": made.name}
            session.commit()
    answer(as_json, facts, f"Made connection {facts['id']}. `dray connection invite {facts['id']}` comes next.")


@command.command()
@click.argument("connection_id", metavar="ID")
@as_json
def share(connection_id: str, as_json: bool) -> None:
    """Allow one more connection to the same books. Both would post there: only for a company that knows its risk."""
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            if not taking.share(session, connection):
                refuse(f"{connection.name} holds no books of its own, or one more connection is allowed already")
            audit.record(
                session,
                actor=ACTOR,
                action="connection.shared",
                subject=connection.public_id,
                now=parts.clock(),
                details={"name": connection.name},
            )
            session.commit()
    answer(as_json, {"id": connection_id}, "One more connection to the same books can be made now.")


@command.command()
@click.argument("connection_id", metavar="ID")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE.qwc")
@as_json
def invite(connection_id: str, out: Path, as_json: bool) -> None:
    """Write the file that makes the customer's computer call, and print user name and a new password, once.

    The password before, if any, works until the new one has been used.
    """
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            connector = parts.registry.get(connection.connector)
            if connector is None or not isinstance(connector, DialsIn):
                refuse(f"nothing dials in for {connection.connector}; it is connected from here")
            now = parts.clock()
            try:
                file = invitation(session, connection, connector, parts.address, at=now, actor=ACTOR)
            except LocalProtocolError as unusable:
                refuse(f"{unusable}; set DRAY_PUBLIC_URL")
            password = parts.passwords.mint(session, connection, at=now, actor=ACTOR)
            install = install_of(session, connection)
            facts = {
                "username": install.user_name,
                "password": password,
                "file": str(out),
                "endpoint": endpoint(connector, install, parts.settings.public_url),
            }
            _write(out, file.content)
            session.commit()
    answer(as_json, facts, f"User name  {facts['username']}\nPassword   {facts['password']}")
    say(f"Wrote {out}. The password is not shown again.")


@command.command()
@click.argument("connection_id", metavar="ID")
@click.option("--to", "email", metavar="EMAIL", default="", help="Send it there too.")
@click.option("--despite-self-check", is_flag=True, help="Send it even if our own public address does not answer.")
@as_json
def link(connection_id: str, email: str, despite_self_check: bool, as_json: bool) -> None:
    """Make the one-time set-up page for whoever holds the books, and print its address, once.

    It works for 24 hours, without a login, for the first browser in which its button is pressed. A link before it ends.
    Before a letter leaves, our own address is called as a Web Connector would.
    """
    with opened() as parts, open_session(parts) as session:
        if email and not despite_self_check:
            try:
                reaching.refuse_unreached(parts)
            except reaching.NotReached as away:
                refuse(f"{away} Nothing was sent; --despite-self-check sends it all the same.")
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            try:
                opening.install_of(session, connection)
                recipient = folded_email(email) if email else None
            except (LookupError, Unacceptable) as refused:
                refuse(str(refused))
            begun = setups.begin(session, connection, at=parts.clock(), actor=ACTOR, email=recipient)
            tenant = session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()
            sent = provisioning.mail_link(session, parts, tenant, begun)
            expires_at = begun.setup.link_expires_at
            facts = {
                "url": provisioning.link_address(parts, begun),
                "expires_at": expires_at.isoformat() if expires_at else None,
            }
            session.commit()
    answer(as_json, facts, str(facts["url"]))
    say("The link is not shown again." + (f" {recipient} gets it by mail." if sent else ""))


@command.command("list")
@click.option("--tenant", required=True, metavar="SLUG")
@as_json
def list_connections(tenant: str, as_json: bool) -> None:
    """A tenant's connections."""
    with opened() as parts, tenant_session(parts, tenant, read_only=True) as session:
        facts = [_facts(session, each) for each in session.scalars(select(Connection).order_by(Connection.id))]
    headings = ("id", "name", "connector", "state", "last_contact_at", "login_ends_at")
    table = rows(headings, [tuple(str(each[heading] or "") for heading in headings) for each in facts])
    answer(as_json, {"connections": facts}, table if facts else "There is no connection yet.")


@command.command()
@click.argument("connection_id", metavar="ID")
@as_json
def show(connection_id: str, as_json: bool) -> None:
    """One connection: its books, its last contact, what went wrong."""
    with opened() as parts, open_session(parts, read_only=True) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            connector = parts.registry.get(connection.connector)
            held_by = brakes.covering(session, connection, connector.version if connector else "")
            facts = {
                **_facts(session, connection),
                "question": (questions.asked(connection) or {}).get("sentence"),
                "seen_books": (connection.seen_books or {}).get("name"),
                "brake": ", ".join(f"{each.scope} {each.subject}".strip() for each in held_by) or None,
            }
    answer(
        as_json, facts, "\n".join(f"{name:<16} {value if value is not None else ''}" for name, value in facts.items())
    )


@command.command()
@click.argument("connection_id", metavar="ID")
@as_json
def pause(connection_id: str, as_json: bool) -> None:
    """Settle doubts and read, but send nothing more until `resume`."""
    _change(connection_id, lifecycle.pause, as_json, "is paused. What waits keeps waiting")


@command.command()
@click.argument("connection_id", metavar="ID")
@as_json
def resume(connection_id: str, as_json: bool) -> None:
    """Send again."""
    _change(connection_id, lifecycle.resume, as_json, "sends again")


@command.command()
@click.argument("connection_id", metavar="ID")
@click.argument("name")
@as_json
def rename(connection_id: str, name: str, as_json: bool) -> None:
    """Call a connection something else. Set-up files that are out there keep working."""
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            try:
                changed = lifecycle.rename(session, connection, name, at=parts.clock(), actor=ACTOR)
            except (lifecycle.NotNow, NameTaken, ValueError) as refused:
                refuse(str(refused))
            facts = {"id": connection_id, "name": connection.name, "changed": changed}
            session.commit()
    answer(as_json, facts, f"It is called {facts['name']}.")


@command.command()
@click.argument("connection_id", metavar="ID")
@click.option("--now", "at_once", is_flag=True, help="End the password before at once, not when the new one is seen.")
@as_json
def rotate(connection_id: str, at_once: bool, as_json: bool) -> None:
    """Make a new password and print it, once. The one before works until the new one has been used."""
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            try:
                password = parts.passwords.mint(session, connection, at=parts.clock(), actor=ACTOR)
                if at_once:
                    lifecycle.end_older_passwords(session, connection, at=parts.clock(), actor=ACTOR)
                user = opening.install_of(session, connection).user_name
            except LookupError as nothing:
                refuse(str(nothing))
            session.commit()
    answer(as_json, {"username": user, "password": password}, f"User name  {user}\nPassword   {password}")
    say("The password is not shown again." + (" The one before opens nothing any more." if at_once else ""))


@command.command()
@click.argument("connection_id", metavar="ID")
@as_json
def renew(connection_id: str, as_json: bool) -> None:
    """Give the connection a new identity, for a computer that refuses its old set-up file (QBWC1039).

    Connection, queue and history stay; `dray connection invite` then writes the new file and makes its password. The
    old set-up works until the new one is used.
    """
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            try:
                install = lifecycle.new_identity(
                    session, connection, at=parts.clock(), actor=ACTOR, randomness=secrets.token_bytes
                )
            except (LookupError, lifecycle.NotNow) as refused:
                refuse(str(refused))
            user = install.user_name
            session.commit()
    facts = {"id": connection_id, "username": user}
    answer(as_json, facts, f"The new user name is {user}. `dray connection invite {connection_id}` comes next.")


@command.command()
@click.argument("connection_id", metavar="ID")
@click.option("--for-testing", is_flag=True, help="Take a sample company, for testing only.")
@as_json
def confirm(connection_id: str, for_testing: bool, as_json: bool) -> None:
    """Say that the company file seen last is the right one: moved, renamed, restored, or new for a new year.

    Also answers the question whether an older copy is the right one.
    """
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            seen, at = binding.seen_books(connection), parts.clock()
            vanished = 0
            try:
                if seen is not None:
                    binding.confirm_books(session, connection, seen, at=at, actor=ACTOR, for_testing=for_testing)
                if seen is None or questions.asked(connection) is not None:
                    vanished = questions.confirm_older_copy(session, connection, at=at, actor=ACTOR)
            except (binding.NotConfirmable, questions.NothingAsked) as refused:
                refuse(str(refused))
            books = binding.bound_books(connection)
            named = binding.named(books) if books else ""
            session.commit()
    answer(
        as_json, {"id": connection_id, "books": named, "vanished": vanished}, f"{named} is the right one from now on."
    )


@command.command()
@click.argument("connection_id", metavar="ID")
@click.option("--force", is_flag=True, help="Even while invoices are on their way; each is marked as unproved.")
@click.option("--default", "default_id", metavar="ID", help="The connection that becomes the default instead.")
@as_json
def remove(connection_id: str, force: bool, default_id: str | None, as_json: bool) -> None:
    """Remove a connection: what waits becomes Draft again, what was accepted stays."""
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        default, of_tenant = _find(session, default_id) if default_id else (None, tenant_id)
        if of_tenant != tenant_id:
            refuse(f"there is no connection {default_id} in this company")
        with session.tenant(tenant_id):
            try:
                removed = removal.remove_connection(
                    session, connection, at=parts.clock(), actor=ACTOR, force=force, default=default
                )
            except (removal.StillOnTheirWay, removal.UnfitDefault) as refused:
                refuse(str(refused))
    facts = {"id": connection_id, "drafts": removed.drafts, "unproved": removed.unproved, "default": removed.default}
    said = f"Removed. {removed.drafts} invoices are drafts again."
    if removed.unproved:
        said += f" Of {removed.unproved} nobody knows whether they arrived: look into those books."
    answer(as_json, facts, said)


def _tell_where(parts: Dray, connector: Connector, name: str, machine: bool) -> None:
    """The address at which the books are signed in to. Nothing is made: a connection knows its company."""
    try:
        application_of(parts.settings, connector)
        usable = opening.usable_name(name)
    except (NotSetUp, ValueError) as lacking:
        refuse(str(lacking))
    query = urlencode({"connector": connector.name, "name": usable})
    address = f"{parts.settings.public_url}/connections/new?{query}"
    facts = {"id": None, "connector": connector.name, "name": usable, "url": address}
    answer(machine, facts, f"An administrator of the tenant signs in to {connector.title} here:\n{address}")


def _change(connection_id: str, change: Callable[..., bool], machine: bool, what: str) -> None:
    with opened() as parts, open_session(parts) as session:
        connection, tenant_id = _find(session, connection_id)
        with session.tenant(tenant_id):
            try:
                changed = change(session, connection, at=parts.clock(), actor=ACTOR)
            except lifecycle.NotNow as refused:
                refuse(str(refused))
            facts = {"id": connection_id, "state": connection.state, "changed": changed}
            name = connection.name
            session.commit()
    answer(machine, facts, f"{name} {what}." if changed else f"{name} was {facts['state']} already.")


def _find(session: ScopedSession, public_id: str) -> tuple[Connection, int]:
    """The connection of that id, whosever it is: an operator's command names no tenant beside it."""
    with session.every_tenant("a connection is named by its id alone"):
        found = session.scalar(select(Connection).where(Connection.public_id == public_id))
        if found is None:
            refuse(f"there is no connection {public_id}")
        return found, found.tenant_id


def _facts(session: ScopedSession, connection: Connection) -> dict[str, str | None]:
    status = session.scalars(
        select(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    ).one_or_none()
    company = session.scalars(select(Tenant.slug).where(Tenant.id == connection.tenant_id)).one()
    contact = status.last_contact_at if status else None
    trouble = status.trouble if status else None
    return {
        "id": connection.public_id,
        "tenant": company,
        "name": connection.name,
        "connector": connection.connector,
        "state": connection.state,
        "books": (connection.books or {}).get("name"),
        "last_contact_at": contact.isoformat() if contact else None,
        "trouble": trouble["sentence"] if trouble else None,
        "login_ends_at": _login_ends_at(session, connection),
    }


def _login_ends_at(session: ScopedSession, connection: Connection) -> str | None:
    """Until when somebody has to sign in to these books again; None where nobody signs in."""
    ends = session.execute(
        select(Grant.refresh_ends_at, Grant.grant_ends_at).where(
            Grant.connection_id == connection.id, Grant.state == GrantState.LIVE
        )
    ).one_or_none()
    first = min((moment for moment in ends or () if moment is not None), default=None)
    return first.isoformat() if first else None


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as refused:
        refuse(f"{out} cannot be written: {refused.strerror}")
