"""The answer that comes back: a code becomes tokens, sealed at once, and the company is read with them.

Whatever is wrong with an answer, its state is good once: what was looked at is spent.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog
from sqlalchemy import select

from dray.connections.binding import is_for_tests
from dray.connections.models import Connection
from dray.connections.oauth import confirming, keeping, leaving, revoking, taking, token_endpoint
from dray.connections.oauth.application import NotSetUp, application_of, holds_samples_only
from dray.connections.oauth.authorizing import Who, state_hash
from dray.connections.oauth.discovery import Endpoints, Undiscovered, endpoints_of
from dray.connections.oauth.models import Grant, GrantState
from dray.connections.oauth.reading import NotRead, read_company
from dray.connections.oauth.token_endpoint import AppRefused, Given, GrantOver, NoTokens
from dray.installation import Dray
from dray_sdk import Books, Connector, OAuth2, canonical
from dray_tenants.scope import ScopedSession

__all__ = ["Answered", "NotConnected", "take_answer"]

CONFIRM_WITHIN: Final = dt.timedelta(hours=1)
_LONGEST_CODE: Final = 4096

_log = structlog.get_logger(__name__)


class NotConnected(Exception):
    """It did not come to a connection; the message is a sentence for people. `connection` is the public id of the one
    that was to be connected again, if any."""

    def __init__(self, sentence: str, connection: str = "") -> None:
        super().__init__(sentence)
        self.connection = connection


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer: a company to confirm (`grant`), or a `connection` that is connected again."""

    grant: str = ""
    connection: str = ""


def take_answer(parts: Dray, connector: Connector, said: Mapping[str, str], who: Who) -> Answered:
    """What the other side's redirect said, brought by a browser. Call it with no transaction open.

    A connection that is connected again takes the same company only, and needs nobody to confirm what it knows
    already. Raises NotConnected.
    """
    grant = _spend_state(parts, connector, said.get("state", ""), who)
    if said.get("error"):
        raise _declined(connector, said["error"], grant)
    code, books_id = said.get("code", ""), _books_id(connector, said)
    if not code or len(code) > _LONGEST_CODE:
        raise NotConnected(f"{connector.title} sent no usable answer. Nothing was connected. Start again.", grant.again)
    endpoints, given = _exchange(parts, connector, code, grant)
    with ScopedSession(parts.engines) as session, session.tenant(who.tenant_id):
        row = session.scalars(select(Grant).where(Grant.id == grant.id).with_for_update()).one()
        at = parts.clock()
        row.state, row.given_at, row.ends_at, row.books_id = GrantState.PENDING, at, at + CONFIRM_WITHIN, books_id
        keeping.keep(session, parts.vault, row, given, endpoints, at=at)
        session.commit()
    try:
        watch = parts.registry.watches.get(connector.name)
        books = read_company(parts.settings, connector, given.access, books_id, watch)
    except NotRead as trouble:
        _abandon(parts, who.tenant_id, grant.id)
        raise NotConnected(str(trouble), grant.again) from None
    with ScopedSession(parts.engines) as session, session.tenant(who.tenant_id):
        row = session.scalars(select(Grant).where(Grant.id == grant.id).with_for_update()).one()
        if is_for_tests(session) and holds_samples_only(parts.settings, connector):
            books = replace(books, sample=True)
        row.books, row.books_id = canonical.dump(books), books.id
        session.commit()
    if not grant.again:
        return Answered(grant=grant.public_id)
    return _connect_again(parts, connector, grant, books, who)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is needed of the row once its state is spent. `again`: public id of the connection to connect again."""

    id: int
    public_id: str
    connection_id: int | None
    again: str


def _spend_state(parts: Dray, connector: Connector, state: str, who: Who) -> _Asked:
    foreign = NotConnected(
        f"This answer of {connector.title} belongs to nothing that was begun here, in this browser, in the last ten "
        "minutes. Nothing was connected. Start again."
    )
    with ScopedSession(parts.engines) as session, session.tenant(who.tenant_id):
        grant = session.scalar(select(Grant).where(Grant.nonce == state_hash(state)).with_for_update())
        if grant is None or grant.state is not GrantState.ASKED or grant.connector != connector.name:
            raise foreign
        mine = hmac.compare_digest(grant.browser, who.browser_hash) and grant.initiator == who.actor
        if not mine or grant.ends_at is None or grant.ends_at <= parts.clock():
            raise foreign
        again = session.scalar(select(Connection.public_id).where(Connection.id == grant.connection_id)) or ""
        asked = _Asked(grant.id, grant.public_id, grant.connection_id, again)
        grant.state, grant.ends_at = GrantState.OVER, None
        session.commit()
    return asked


def _declined(connector: Connector, error: str, grant: _Asked) -> NotConnected:
    if error == "access_denied":
        return NotConnected(
            f"You did not let us into {connector.title}. Nothing was connected or changed.", grant.again
        )
    _log.warning("consent was refused", connector=connector.name, error=error[:80])
    return NotConnected(
        f"{connector.title} did not take what it was asked for. Nothing was connected. Whoever runs this installation "
        "has to look at its settings.",
        grant.again,
    )


def _books_id(connector: Connector, said: Mapping[str, str]) -> str | None:
    oauth = connector.authorization
    parameter = oauth.books_parameter if isinstance(oauth, OAuth2) else None
    return said.get(parameter, "") if parameter else None


def _exchange(parts: Dray, connector: Connector, code: str, grant: _Asked) -> tuple[Endpoints, Given]:
    """At once, in the callback: a code lives for minutes and is good once."""
    title = connector.title
    try:
        app = application_of(parts.settings, connector)
        endpoints = endpoints_of(app.discovery)
        return endpoints, token_endpoint.exchange(app, endpoints, code, at=parts.clock())
    except GrantOver:
        sentence = f"{title} did not take its own answer any more. Nothing was connected. Start again."
    except (AppRefused, NotSetUp) as wrong:
        _log.error("our application is not taken", connector=connector.name, trouble=str(wrong))
        sentence = (
            f"{title} does not take this installation's own credentials. Nothing was connected. Whoever runs it has to "
            "check them."
        )
    except (NoTokens, Undiscovered) as trouble:
        _log.warning("a code could not be exchanged", connector=connector.name, trouble=str(trouble))
        sentence = f"{title} could not be reached. Nothing was connected. Start again in a few minutes."
    raise NotConnected(sentence, grant.again)


def _connect_again(parts: Dray, connector: Connector, grant: _Asked, books: Books, who: Who) -> Answered:
    """The new tokens take the place of the old ones, if they are for the same company."""
    try:
        with ScopedSession(parts.engines) as session, session.tenant(who.tenant_id):
            row = session.scalars(select(Grant).where(Grant.id == grant.id)).one()
            confirming.connect_again(session, row, books, at=parts.clock(), actor=who.actor)
            session.commit()
    except (confirming.OtherCompany, taking.BooksTaken) as refused:
        _abandon(parts, who.tenant_id, grant.id)
        raise NotConnected(str(refused), grant.again) from None
    return Answered(connection=grant.again)


def _abandon(parts: Dray, tenant_id: int, grant_id: int) -> None:
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        grant = session.scalars(select(Grant).where(Grant.id == grant_id).with_for_update()).one()
        leaving.abandon(session, grant, at=parts.clock())
        session.commit()
    revoking.revoke_now(parts, tenant_id, grant_id)
