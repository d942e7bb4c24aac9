"""Setting out: a state that is bound to the tenant, the person and their browser, good once and for ten minutes."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dray.connections import offers
from dray.connections.models import Connection
from dray.connections.oauth import token_endpoint
from dray.connections.oauth.application import application_of
from dray.connections.oauth.discovery import endpoints_of
from dray.connections.oauth.models import Grant, GrantState
from dray.installation import Dray
from dray_sdk import Connector
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

__all__ = ["ANSWER_WITHIN", "Who", "begin", "state_hash"]

ANSWER_WITHIN: Final = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Who:
    """Who sets out: a person, as the audit names them, in one browser, for one tenant. `browser` is a secret that only
    this browser's cookie holds."""

    tenant_id: int
    actor: str
    browser: str

    @property
    def browser_hash(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(self.browser.encode()).digest()


def begin(
    session: Scoped,
    parts: Dray,
    connector: Connector,
    who: Who,
    *,
    randomness: Callable[[int], bytes],
    name: str = "",
    connection: Connection | None = None,
) -> str:
    """The address to which the browser goes to give consent. In the caller's transaction.

    `connection` is to be connected again; otherwise `name` is what the new one is to be called. Raises NotSetUp where
    an operator has something to do first, NotOffered where the company may not use the connector, and Undiscovered.
    """
    if connection is None:
        offers.require(session, connector.name, connector.title)
    app = application_of(parts.settings, connector)
    endpoints = endpoints_of(app.discovery)
    state = base64.urlsafe_b64encode(randomness(32)).decode().rstrip("=")
    at = parts.clock()
    session.add(
        Grant(
            public_id=new_public_id("gra", randomness),
            connector=connector.name,
            state=GrantState.ASKED,
            connection_id=connection.id if connection is not None else None,
            name=name,
            nonce=state_hash(state),
            browser=who.browser_hash,
            initiator=who.actor,
            asked_at=at,
            ends_at=at + ANSWER_WITHIN,
        )
    )
    session.flush()
    with token_endpoint.session_of(app) as oauth:
        url: str = oauth.create_authorization_url(endpoints.authorization, state=state)[0]
    return url


def state_hash(text: str) -> bytes:
    """What is stored of a state."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
