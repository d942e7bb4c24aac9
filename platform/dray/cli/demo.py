"""`dray demo`: everything at once, with an invented company and pretend books that call every few seconds."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from sqlalchemy import Select, select

from dray.billing.invoices import push_many
from dray.billing.models import Customer, Invoice
from dray.billing.send import send
from dray.billing.states import InvoiceState
from dray.cli import demo_company, demo_online
from dray.cli.database import migrate
from dray.cli.output import refuse, say
from dray.cli.serve import DEFAULT_BIND
from dray.cli.supervision import Child, dray_command, stop_on_signals, supervise
from dray.cli.up import web_and_worker
from dray.connections.models import Connection
from dray.connections.opening import invitation, open_connection
from dray.installation import Dray, compose
from dray.registry import find_connectors
from dray.settings import VARIABLES, read_settings
from dray_sdk import Connector, DialsIn, Simulated
from dray_tenants.companies import create_tenant, find_tenant
from dray_tenants.members import add_member
from dray_tenants.models import TokenScope
from dray_tenants.roles import Role, StaffRole
from dray_tenants.scope import ScopedSession
from dray_tenants.tokens import mint
from dray_tenants.users import create_user

__all__ = ["command", "seed"]

OWNER: Final = "owner@prairie-rolloff.example"
AGENT: Final = "agent@dray.example"
PASSWORD: Final = "roll-off-demo"  # noqa: S105  shown on the screen, and only ever for this machine
SLUG: Final = "demo"
ALREADY_SENT: Final = 12
CLERK: Final = "Sam Sample (demo clerk)"
CLERK_EVERY: Final = 15.0
CLERK_SENDS: Final = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """What the seed has made: what is printed, and what the pretend books are started with."""

    connector: str
    connection: str
    invitation: Path
    books_password: str
    password: str
    token: str


@click.command("demo")
@click.option("--bind", default=DEFAULT_BIND, show_default=True, metavar="HOST:PORT")
@click.option(
    "--home", type=click.Path(file_okay=False, path_type=Path), help="Keep everything there; it must be empty."
)
@click.option("--every", type=click.IntRange(1, 3600), default=5, show_default=True, help="Seconds between two calls.")
@click.option("--clerk/--no-clerk", default=True, help="Whether an invented clerk sends a few invoices meanwhile.")
def command(bind: str, home: Path | None, every: int, clerk: bool) -> None:
    """Run Dray with an invented company and pretend books.

    Ctrl-C stops everything and, without --home, leaves nothing behind.
    """
    with stop_on_signals() as stop, _home(home) as place:
        host, _, port = bind.rpartition(":")
        environment = _environment(place, port)
        online = demo_online.pretend_online(find_connectors(None), place, environment)
        environment |= online.settings if online else {}
        settings = read_settings(environment)
        migrate(settings)
        parts = compose(settings)
        local = host in ("127.0.0.1", "localhost", "[::1]")
        with parts.engines:
            stage = seed(parts, place, PASSWORD if local else secrets.token_urlsafe(9))
            greet = _Greeting(f"http://127.0.0.1:{port}/healthz", lambda: _welcome(settings.public_url, stage, place))
            pretend = _pretend_books(stage, place, every, environment)
            pretend.ready = lambda: greet.done
            children = [*web_and_worker(bind, environment=environment), pretend]
            sign_in: Callable[[], None] = _nobody
            if online is not None:
                children.append(online.child(environment))
                sign_in = _SignIn(parts, online, demo_online.seed(parts, stage.password))
            send_some = _Clerk(parts, stage) if clerk else _nobody

            def meanwhile() -> None:
                greet()
                if greet.done:
                    sign_in()
                    send_some()

            status = supervise(children, stop, meanwhile=meanwhile)
    say("Stopped.")
    sys.exit(status)


def seed(parts: Dray, home: Path, password: str) -> Stage:
    """Fill an empty database with the invented company. Refuses where there is a company already."""
    now = parts.clock()
    connector = _connector(parts)
    with ScopedSession(parts.engines) as session:
        if find_tenant(session, SLUG) is not None:
            refuse(f"{home} holds a demo already; name an empty directory, or leave --home out")
        tenant = create_tenant(
            session, parts.vault, name=demo_company.COMPANY, now=now, slug=SLUG, time_zone=demo_company.TIME_ZONE
        )
        add_member(session, tenant, create_user(session, OWNER, password, now=now), Role.OWNER, now=now)
        create_user(session, AGENT, password, now=now, staff=StaffRole.AGENT)
        token = mint(session, tenant, "demo", scope=TokenScope.WRITE, now=now).bearer
        session.flush()
        with session.tenant(tenant.id):
            connection = open_connection(
                session, connector, "Main company", at=now, actor=OWNER, randomness=secrets.token_bytes
            )
            file = invitation(session, connection, connector, parts.address, at=now, actor=OWNER)
            books_password = parts.passwords.mint(session, connection, at=now, actor=OWNER)
            path = home / file.name
            path.write_bytes(file.content)
            session.commit()
            drafts = list(demo_company.invoices(demo_company.today(now)))
            push_many(session, drafts, at=now, actor=OWNER, kind="imported")
            for chosen in (_oldest(ALREADY_SENT), _named_like_a_vendor()):
                _send(parts, session, connection.public_id, chosen, OWNER)
            return Stage(connector.name, connection.public_id, path, books_password, password, token)


def _connector(parts: Dray) -> Connector:
    able = [
        each for each in parts.registry.enabled.values() if isinstance(each, DialsIn) and isinstance(each, Simulated)
    ]
    if not able:
        refuse("no enabled connector brings pretend books that dial in")
    return able[0]


def _send(parts: Dray, session: ScopedSession, connection_id: str, chosen: Select[str], actor: str) -> None:
    """Send the chosen ones, as somebody at the office would."""
    connection = session.scalars(select(Connection).where(Connection.public_id == connection_id)).one()
    ids = session.scalars(chosen).all()
    judge = parts.judge_for(session, connection)
    session.commit()
    send(session, dict.fromkeys(ids), connection=connection, judge=judge, actor=actor, at=parts.clock())


def _oldest(count: int) -> Select[str]:
    return (
        select(Invoice.public_id)
        .where(Invoice.state == InvoiceState.DRAFT, Invoice.problems.is_(None), Invoice.deleted_at.is_(None))
        .order_by(Invoice.date, Invoice.id)
        .limit(count)
    )


def _named_like_a_vendor() -> Select[str]:
    """Nothing here knows yet that the books will refuse it."""
    return (
        select(Invoice.public_id)
        .join(Customer, Customer.id == Invoice.customer_id)
        .where(Customer.name.in_(demo_company.VENDORS))
    )


class _Clerk:
    """Sends a few invoices every so often, so that one sees them go."""

    def __init__(self, parts: Dray, stage: Stage) -> None:
        self._parts = parts
        self._stage = stage
        self._next_at = time.monotonic() + CLERK_EVERY

    def __call__(self) -> None:
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + CLERK_EVERY
        with ScopedSession(self._parts.engines) as session:
            tenant = find_tenant(session, SLUG)
            if tenant is not None:
                with session.tenant(tenant.id):
                    _send(self._parts, session, self._stage.connection, _oldest(CLERK_SENDS), CLERK)


class _SignIn:
    """Connects the second company once its books answer, and sends its first invoices."""

    def __init__(self, parts: Dray, online: demo_online.PretendOnline, tenant_id: int) -> None:
        self._parts = parts
        self._online = online
        self._tenant_id = tenant_id
        self._done = False

    def __call__(self) -> None:
        if self._done:
            return
        connection = demo_online.connect(self._parts, self._online, self._tenant_id)
        if connection is None:
            return
        self._done = True
        with ScopedSession(self._parts.engines) as session, session.tenant(self._tenant_id):
            _send(self._parts, session, connection, _oldest(ALREADY_SENT), demo_online.OWNER)
        click.echo(f"{demo_online.COMPANY} is signed in to its books.")


def _nobody() -> None:
    """No clerk."""


class _Greeting:
    """Says where everything is, once, as soon as the web answers."""

    def __init__(self, url: str, greet: Callable[[], None]) -> None:
        self._url = url
        self._greet = greet
        self.done = False

    def __call__(self) -> None:
        if self.done:
            return
        try:
            urllib.request.urlopen(self._url, timeout=1).close()  # noqa: S310  our own address
        except (urllib.error.URLError, OSError):
            return
        self.done = True
        self._greet()


def _welcome(url: str, stage: Stage, home: Path) -> None:
    click.echo(f"""
Dray is at {url}

  Sign in     {OWNER}   password {stage.password}
              {demo_online.OWNER}   the same password; its books are online, and need no computer of yours
              {AGENT}   the same password; the support office, which asks for a code of an app first
  API         {url}/api/v1/invoices   with “Authorization: Bearer {stage.token}”
  Files       {home}

{ALREADY_SENT} invoices are on their way to the pretend books. Tick some more and press Send.
Press Ctrl-C to stop.
""")


def _pretend_books(stage: Stage, home: Path, every: int, environment: dict[str, str]) -> Child:
    arguments = dray_command(
        "simulate", stage.connector, "--qwc", str(stage.invitation), "--password-stdin", "--every", str(every),
        "--company", str(home / "company.json"), "--item", *demo_company.ITEMS, "--vendor", *demo_company.VENDORS,
    )  # fmt: skip
    return Child("the pretend books", arguments, environment, stdin=stage.books_password)


def _environment(home: Path, port: str) -> dict[str, str]:
    """Ours, without any setting of a real installation: a demo must never write into one."""
    names = {variable.name for variable in VARIABLES}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {
        **kept,
        "DRAY_HOME": str(home),
        "DRAY_PUBLIC_URL": f"http://localhost:{port}",
        "DRAY_LOG_FORMAT": "console",
        "DRAY_LOG_LEVEL": "warning",
    }


@contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="dray-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)
