"""`dray doctor`: every effective setting, and whether what they name works."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urlsplit

import click
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from dray.backup.models import Backup
from dray.cli.output import answer, as_json
from dray.cli.workplace import opened
from dray.connections import brakes, opening
from dray.connections.oauth.application import NotSetUp, address_of, application_of, is_connected_here
from dray.installation import Dray
from dray.keys import SECRET_KEY_FILE, VAULT_KEYS_FILE
from dray.leaving import deleting
from dray.mail.transport import MailServer, Refused, ServerAway, Transport
from dray.migrations import newest, revision_of
from dray.onboarding import self_check
from dray.settings import MASK, VARIABLES, masked_url
from dray_sdk import SendsWebhooks
from dray_tenants.connector_passwords import HashKeys
from dray_tenants.models import Tenant
from dray_tenants.scope import APP_ROLE, ScopedSession
from dray_tenants.vault import SealBroken

__all__ = ["Finding", "command", "examine"]

FRESH_BACKUP: Final = dt.timedelta(days=2)
STILL_CALLS: Final = dt.timedelta(days=30)
"""Who has not called for so long does not keep a former address in use."""
LEAST_FREE: Final = 500 * 1024 * 1024
PATIENCE: Final = 5.0
"""Seconds for another machine to answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found. `well` None: worth knowing, and no fault."""

    subject: str
    well: bool | None
    sentence: str


@click.command("doctor")
@as_json
def command(as_json: bool) -> None:
    """Print every setting in force, secrets masked, and check database, keys, public address, disk and mail."""
    with opened() as parts:
        settings = effective(parts)
        findings = list(examine(parts))
    well = all(finding.well is not False for finding in findings)
    lines = [f"{name:<26} {value}" for name, value in settings.items()]
    lines += ["", *(f"{_MARKS[finding.well]} {finding.subject}: {finding.sentence}" for finding in findings)]
    facts: dict[str, Any] = {
        "well": well,
        "settings": settings,
        "findings": [{"subject": each.subject, "well": each.well, "detail": each.sentence} for each in findings],
    }
    answer(as_json, facts, "\n".join(lines))
    if not well:
        raise click.ClickException("something is wrong; see above")


_MARKS: Final = {True: "well ", False: "WRONG", None: "note "}


def effective(parts: Dray) -> dict[str, str]:
    """Every setting as it is in force, those that the enabled connectors declare too."""
    shown = {}
    for variable in VARIABLES:
        value = getattr(parts.settings, variable.attribute)
        if variable.secret:
            value = MASK
        elif isinstance(value, tuple):
            value = ", ".join(value)
        shown[variable.name] = masked_url(str(value)) if value is not None else f"({variable.shown_default})"
    for connector in parts.registry.enabled.values():
        values = parts.settings.declared(connector.settings)
        for setting in connector.settings:
            given = values[setting.name]
            shown[setting.name] = "(none)" if given is None else MASK if setting.secret else given
    return shown


def examine(parts: Dray) -> Iterator[Finding]:
    """Look at everything, in an order in which the first fault found explains the later ones."""
    for look in _LOOKS:
        yield from look(parts)


def _names(parts: Dray) -> Iterator[Finding]:
    known = {variable.name for variable in VARIABLES}
    known |= {setting.name for each in parts.registry.enabled.values() for setting in each.settings}
    for name in sorted(parts.settings.environment):
        if name.startswith("DRAY_") and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Finding("settings", None, f"{name} is set, and nothing reads it{hint}")


def _connectors(parts: Dray) -> Iterator[Finding]:
    for each in parts.registry.found:
        if each.enabled:
            yield Finding(f"connector {each.name}", not each.reason, each.reason or "enabled")
            yield from _what_it_needs(parts, each.name)
    if not parts.registry.enabled:
        yield Finding("connectors", False, "none is enabled; nothing can be sent")


def _what_it_needs(parts: Dray, name: str) -> Iterator[Finding]:
    """What an operator has to enter before anybody can use an enabled connector, or before its books can tell us."""
    connector = parts.registry.get(name)
    if connector is None:
        return
    if is_connected_here(connector):
        try:
            application_of(parts.settings, connector)
            address_of(parts.settings, connector)
        except NotSetUp as missing:
            yield Finding(f"connector {name}", None, f"nobody can sign in to its books yet: {missing}")
    secret = connector.webhook_secret if isinstance(connector, SendsWebhooks) else ""
    if secret and not parts.settings.declared(connector.settings).get(secret):
        sentence = f"{secret} is not set: what its books tell of changes is refused, and found a day later"
        yield Finding(f"connector {name}", None, sentence)


def _public_url(parts: Dray) -> Iterator[Finding]:
    url = urlsplit(parts.settings.public_url)
    host = url.hostname or ""
    if host == "localhost":
        yield Finding("public address", None, f"{url.geturl()} is reached from this machine alone")
    elif url.scheme != "https":
        yield Finding("public address", False, f"{url.geturl()} is not https; the Web Connector calls nothing else")
    elif host.replace(".", "").isdigit() or ":" in host:
        yield Finding("public address", False, f"{host} is a number; the Web Connector wants a host name")
    else:
        yield Finding("public address", True, url.geturl())


def _imprint(parts: Dray) -> Iterator[Finding]:
    """Set-up files keep what they were made with, so this is said before the first one."""
    settings = parts.settings
    if not settings.support_phone and not settings.support_email:
        yield Finding(
            "support", None, "set DRAY_SUPPORT_PHONE or DRAY_SUPPORT_EMAIL: no set-up file or page says who helps"
        )


def _reach(parts: Dray) -> Iterator[Finding]:
    """Whether customers' computers could call; and how many still call a former address."""
    for seen in self_check.look(parts.settings.public_url, parts.registry, now=parts.clock()):
        yield Finding(seen.subject, seen.well, seen.sentence)
    try:
        with (
            ScopedSession(parts.engines, read_only=True) as session,
            session.every_tenant("ways in that call a former address"),
        ):
            since = parts.clock() - STILL_CALLS
            for address, count in opening.at_former_addresses(session, parts.settings.public_url, since=since).items():
                ways = "1 way in that called lately was" if count == 1 else f"{count} ways in that called lately were"
                yield Finding("former address", None, f"{ways} set up with {address}; keep it working")
    except SQLAlchemyError:
        return  # said by the look at the database


def _disk(parts: Dray) -> Iterator[Finding]:
    home = parts.settings.home
    if not home.exists():
        yield Finding("disk", None, f"{home} does not exist yet")
        return
    free = shutil.disk_usage(home).free
    yield Finding("disk", free >= LEAST_FREE, f"{free // 1024**2:,} MB free in {home}")


def _key_files(parts: Dray) -> Iterator[Finding]:
    for name in (SECRET_KEY_FILE, VAULT_KEYS_FILE):
        path = parts.settings.home / name
        if path.exists():
            private = not stat.S_IMODE(path.stat().st_mode) & 0o077
            yield Finding(
                "keys", private, f"{path} {'is private' if private else 'can be read by others; chmod 600 it'}"
            )


def _database(parts: Dray) -> Iterator[Finding]:
    try:
        with parts.engines.read.connect() as connection:
            looks = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
            for subject, look in looks.items():
                well, sentence = look(connection)
                yield Finding(subject, well, sentence)
            revision = revision_of(connection)
            fits = revision == newest()
            said = (
                f"revision {revision}" if fits else f"at {revision}, this release wants {newest()}: run `dray migrate`"
            )
            yield Finding("schema", fits, said)
    except (SQLAlchemyError, ValueError) as away:
        yield Finding("database", False, " ".join(str(getattr(away, "orig", None) or away).split()))


def _pragma(connection: Connection, name: str, wanted: str) -> tuple[bool, str]:
    found = str(connection.execute(text(f"PRAGMA {name}")).scalar())
    return found.lower() == wanted, f"{name} = {found}"


def _synchronous_commit(connection: Connection) -> tuple[bool, str]:
    found = str(connection.execute(text("SELECT current_setting('synchronous_commit')")).scalar())
    return found != "off", f"synchronous_commit = {found}"


def _role(connection: Connection) -> tuple[bool, str]:
    member = connection.execute(
        text(
            "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)"
            " AND pg_has_role(current_user, (SELECT oid FROM pg_roles WHERE rolname = :role), 'MEMBER')"
        ),
        {"role": APP_ROLE},
    ).scalar()
    return bool(member), f"{APP_ROLE} {'is there' if member else 'is missing, or not granted: run `dray migrate`'}"


def _no_superuser(connection: Connection) -> tuple[bool, str]:
    found = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar()
    return (
        not found,
        "the login is a superuser, whom row-level security does not bind" if found else "the login is bound",
    )


_Look = Callable[[Connection], tuple[bool, str]]
_SQLITE: Final[dict[str, _Look]] = {
    "journal": lambda connection: _pragma(connection, "journal_mode", "wal"),
    "durability": lambda connection: _pragma(connection, "synchronous", "2"),
    "references": lambda connection: _pragma(connection, "foreign_keys", "1"),
    "file": lambda connection: _pragma(connection, "quick_check", "ok"),
}
_POSTGRESQL: Final[dict[str, _Look]] = {
    "durability": _synchronous_commit,
    "row-level security": _role,
    "login": _no_superuser,
}


def _sealed(parts: Dray) -> Iterator[Finding]:
    """Whether the vault's keys open what is sealed in this database."""
    try:
        with ScopedSession(parts.engines, read_only=True) as session:
            HashKeys.load(session, parts.vault)
            newest_tenant = session.scalar(
                select(Tenant).where(Tenant.data_key.is_not(None)).order_by(Tenant.id.desc()).limit(1)
            )
            if newest_tenant is not None:
                parts.vault.seal(newest_tenant, "doctor", b"")
    except SealBroken as broken:
        yield Finding("vault", False, f"the keys in force do not open this database: {broken}")
    except SQLAlchemyError:
        yield Finding("vault", None, "not checked; the database does not answer as it should")
    else:
        yield Finding("vault", True, "the keys open what is sealed")


def _backups(parts: Dray) -> Iterator[Finding]:
    try:
        with ScopedSession(parts.engines, read_only=True) as session:
            last = session.scalar(select(Backup).order_by(Backup.made_at.desc()).limit(1))
    except SQLAlchemyError:
        return  # said by the look at the database
    if last is None:
        yield Finding("backup", None, "none was made yet; `dray backup FILE` makes one")
        return
    age = parts.clock() - last.made_at
    old = f"{age.days} days" if age.days > 1 else f"{int(age.total_seconds() // 3600)} hours"
    fresh = age <= FRESH_BACKUP
    yield Finding("backup", fresh or None, f"the last one is {old} old ({last.file})")


def _brakes(parts: Dray) -> Iterator[Finding]:
    try:
        with ScopedSession(parts.engines, read_only=True) as session:
            for brake in brakes.pulled(session):
                where = f"{brake.scope} {brake.subject}".strip()
                why = f": {brake.reason}" if brake.reason else ""
                yield Finding("brake", None, f"on since {brake.pulled_at:%Y-%m-%d %H:%M} UTC, {where}{why}")
    except SQLAlchemyError:
        return


def _left(parts: Dray) -> Iterator[Finding]:
    try:
        waiting = deleting.overdue(parts)
    except SQLAlchemyError:
        return
    if waiting:
        companies = "1 company that left waits" if waiting == 1 else f"{waiting} companies that left wait"
        yield Finding("leaving", None, f"{companies} for its rows to be deleted: `dray tenant delete --due`")


def _broker(parts: Dray) -> Iterator[Finding]:
    if parts.settings.broker_url is None:
        return
    url = urlsplit(parts.settings.broker_url)
    port = url.port or {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}.get(url.scheme, 0)
    try:
        socket.create_connection((url.hostname or "localhost", port), timeout=3).close()
    except OSError as away:
        yield Finding("broker", False, f"{url.hostname}:{port} does not answer ({away})")
    else:
        yield Finding("broker", True, f"{url.hostname}:{port} answers")


def _mail(parts: Dray) -> Iterator[Finding]:
    url = parts.settings.smtp_url
    if url is None:
        yield Finding("mail", None, "no DRAY_SMTP_URL: letters are kept, and `dray mail list` shows them")
        return
    try:
        with Transport(MailServer.parse(url), timeout=PATIENCE) as transport:
            yield Finding("mail", True, transport.try_out())
    except (ServerAway, Refused) as wrong:
        yield Finding("mail", False, str(wrong))


_LOOKS: Final[tuple[Callable[[Dray], Iterator[Finding]], ...]] = (
    _names, _connectors, _public_url, _imprint, _reach, _disk, _key_files, _database, _sealed, _backups, _brakes,
    _left, _broker, _mail,
)  # fmt: skip
