"""Our application at the other side: what an operator entered for a connector, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dray.settings import Settings
from dray_sdk import Connector, IsCalled, Kind, Links, OAuth2

__all__ = [
    "Application",
    "NotSetUp",
    "address_of",
    "application_of",
    "holds_samples_only",
    "is_connected_here",
    "page_in_books",
]


class NotSetUp(Exception):
    """An operator has not given what the connector needs; the message names the setting."""


@dataclass(frozen=True, slots=True)
class Application:
    """Who we are at the other side, and where its discovery document is."""

    connector: str
    title: str
    oauth: OAuth2
    client_id: str
    client_secret: str = field(repr=False)
    discovery: str
    redirect_uri: str


def is_connected_here(connector: Connector) -> bool:
    """Whether a connection to its books is made by signing in there: we call them, with what OAuth gives us."""
    return isinstance(connector, IsCalled) and isinstance(connector.authorization, OAuth2)


def application_of(settings: Settings, connector: Connector) -> Application:
    """Our application for that connector. NotSetUp where something is missing or wrong."""
    oauth = connector.authorization
    if not isinstance(oauth, OAuth2):
        raise NotSetUp(f"{connector.title} is not connected by signing in there.")
    given = _given(settings, connector)
    try:
        discovery = oauth.discovery_for(given)
    except ValueError as wrong:
        raise NotSetUp(f"{wrong}.") from None
    return Application(
        connector=connector.name,
        title=connector.title,
        oauth=oauth,
        client_id=_needed(given, oauth.client_id_setting),
        client_secret=_needed(given, oauth.client_secret_setting),
        discovery=discovery,
        redirect_uri=f"{settings.public_url}/oauth/{connector.name}/callback",
    )


def holds_samples_only(settings: Settings, connector: Connector) -> bool:
    """Whether the environment that an operator chose for the connector holds nobody's real books: one that the
    connector declares as such, or one of the operator's own (a pretend accounting system) that it does not know."""
    oauth = connector.authorization
    if not isinstance(oauth, OAuth2) or not oauth.sample_environments:
        return False
    real = {url for name, url in oauth.environments.items() if name not in oauth.sample_environments}
    try:
        return oauth.discovery_for(_given(settings, connector)) not in real
    except ValueError:
        return False


def address_of(settings: Settings, connector: Connector) -> str:
    """The address below which the connector's requests lie. NotSetUp where the settings name none."""
    if not isinstance(connector, IsCalled):
        raise NotSetUp(f"{connector.title} is not called from here.")
    try:
        return connector.address(_given(settings, connector))
    except ValueError as wrong:
        raise NotSetUp(f"{wrong}.") from None


def page_in_books(settings: Settings, connector: Connector | None, kind: Kind, books_id: str) -> str:
    """The address at which people see that record in the books; empty where there is none. Only ever https."""
    facet: object = connector
    if connector is None or not isinstance(facet, Links):
        return ""
    address = facet.page_of(kind, books_id, _given(settings, connector)) or ""
    return address if address.startswith("https://") else ""


def _given(settings: Settings, connector: Connector) -> Mapping[str, str]:
    return {name: value for name, value in settings.declared(connector.settings).items() if value is not None}


def _needed(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    if not value:
        raise NotSetUp(f"{name} is not set. An operator of this installation has to enter it first.")
    return value
