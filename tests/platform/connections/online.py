"""An installation whose books are called, and a pretend Intuit on a port of this machine."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from sqlalchemy import select

from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth import answering, authorizing, confirming
from dray.connections.oauth.answering import Answered
from dray.connections.oauth.authorizing import Who
from dray.connections.oauth.models import Grant, GrantState
from dray.installation import Dray, compose
from dray.settings import read_settings
from dray_qbo.simulator import App, Company, Intuit, Limits, Rotation, Server
from dray_sdk import Connector
from dray_tenants.companies import create_tenant
from dray_tenants.scope import ScopedSession

START = dt.datetime(2026, 11, 19, 16, 46, 12, tzinfo=dt.UTC)
ACTOR = "ann@larkspur.example"
KEYS = "k1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
REDIRECT = "http://localhost:8000/oauth/qbo/callback"


@dataclass
class Clock:
    """Time that only passes when a test says so; ours and Intuit's."""

    now: dt.datetime = START

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


def environment(home: Path, database_url: str, intuit_url: str) -> dict[str, str]:
    """The settings of an installation that calls that Intuit."""
    app = App()
    return {
        "DRAY_HOME": str(home),
        "DRAY_DATABASE_URL": database_url,
        "DRAY_SECRET_KEY": "a secret of this test alone, and long enough",
        "DRAY_VAULT_KEYS": KEYS,
        "DRAY_LOG_LEVEL": "error",
        "DRAY_QBO_CLIENT_ID": app.client_id,
        "DRAY_QBO_CLIENT_SECRET": app.client_secret,
        "DRAY_QBO_ENVIRONMENT": f"{intuit_url}/.well-known/openid_configuration",
        "DRAY_QBO_API_URL": intuit_url,
    }


def pretend_intuit(
    clock: Clock | None = None, rotation: Rotation = Rotation.STRICT, redirect: str = REDIRECT
) -> Intuit:
    """Two companies, to which our application may be connected."""
    companies = [Company.sample(name="Larkspur Landscaping"), Company.sample(name="Marigold Nursery")]
    for at, company in enumerate(companies, 1):
        company.realm_id = f"913035000000000{at}"
    app = App(redirect_uris=(redirect,), rotation=rotation)
    if clock is None:
        return Intuit(*companies, app=app, limits=Limits.none())
    return Intuit(*companies, app=app, clock=clock, dice=random.Random(7), limits=Limits.none())


LARKSPUR, MARIGOLD = "9130350000000001", "9130350000000002"


class Online:
    """One company with a person who connects its books."""

    def __init__(self, home: Path, database_url: str, server: Server, clock: Clock) -> None:
        self.clock, self.server, self.intuit = clock, server, server.intuit
        self.environment = environment(home, database_url, server.url)
        self.parts: Dray = compose(read_settings(self.environment), clock=clock)
        self.tenant = self.company("larkspur")
        self.who = Who(self.tenant, ACTOR, "a secret of this browser")

    def company(self, slug: str) -> int:
        """A tenant's internal id."""
        with ScopedSession(self.parts.engines) as session:
            tenant = create_tenant(session, self.parts.vault, name=slug, slug=slug, now=self.clock())
            session.commit()
            return tenant.id

    @property
    def connector(self) -> Connector:
        """QuickBooks Online, as the registry found it."""
        found = self.parts.registry.get("qbo")
        assert found is not None
        return found

    @contextmanager
    def session(self, tenant: int | None = None) -> Iterator[ScopedSession]:
        """A session in the company's scope."""
        with ScopedSession(self.parts.engines) as session, session.tenant(tenant or self.tenant):
            yield session

    def set_out(self, who: Who | None = None, again: str = "") -> str:
        """Begin; the address that the browser is sent to."""
        who = who or self.who
        with self.session(who.tenant_id) as session:
            connection = session.scalar(select(Connection).where(Connection.public_id == again))
            address = authorizing.begin(
                session, self.parts, self.connector, who, randomness=secrets.token_bytes, connection=connection
            )
            session.commit()
        return address

    def consent(self, address: str, realm: str = LARKSPUR, decision: str = "allow") -> dict[str, str]:
        """What a person does at Intuit; what the redirect back says."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        reply = requests.post(
            f"{self.server.url}/connect/oauth2",
            {**asked, "realm": realm, "decision": decision},
            allow_redirects=False,
            timeout=10,
        )
        assert reply.status_code == 302, reply.text
        assert reply.headers["Location"].startswith(REDIRECT), urlencode(asked)
        return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}

    def come_back(self, said: dict[str, str], who: Who | None = None) -> Answered:
        """The browser brings the answer."""
        return answering.take_answer(self.parts, self.connector, said, who or self.who)

    def connect(self, realm: str = LARKSPUR, name: str = "Main company", who: Who | None = None) -> str:
        """All of it; the connection's public id."""
        who = who or self.who
        answered = self.come_back(self.consent(self.set_out(who), realm), who)
        with self.session(who.tenant_id) as session:
            grant = confirming.pending(session, answered.grant, who.actor, at=self.clock(), lock=True)
            assert grant is not None
            connection = confirming.confirm(
                session,
                grant,
                self.connector,
                name,
                at=self.clock(),
                actor=who.actor,
                randomness=secrets.token_bytes,
            )
            session.commit()
            return connection.public_id

    def key_of(self, public_id: str, tenant: int | None = None) -> int:
        """A connection's internal id."""
        with self.session(tenant) as session:
            return session.scalars(select(Connection.id).where(Connection.public_id == public_id)).one()

    def grants(self, tenant: int | None = None) -> list[GrantState]:
        """The states of all consents, oldest first."""
        with self.session(tenant) as session:
            return list(session.scalars(select(Grant.state).order_by(Grant.id)))

    def login(self, public_id: str) -> Grant:
        """The login of a connection, detached."""
        with self.session() as session:
            grant = session.scalars(
                select(Grant)
                .join(Connection, Connection.id == Grant.connection_id)
                .where(Connection.public_id == public_id, Grant.state.in_((GrantState.LIVE, GrantState.ENDED)))
            ).one()
            session.expunge(grant)
            return grant

    def trouble(self, public_id: str) -> str:
        """The code of what stops a connection."""
        key = self.key_of(public_id)
        with self.session() as session:
            statement = select(ConnectionStatus.trouble).where(ConnectionStatus.connection_id == key)
            return str((session.scalars(statement).one() or {}).get("code", ""))


@contextmanager
def online_at(home: Path, database_url: str, rotation: Rotation = Rotation.STRICT) -> Iterator[Online]:
    """It, running. A call that Intuit leaves without an answer ends after a moment."""
    clock = Clock()
    with Server(pretend_intuit(clock, rotation), hold=0.05) as server:
        online = Online(home, database_url, server, clock)
        try:
            yield online
        finally:
            online.parts.engines.dispose()
