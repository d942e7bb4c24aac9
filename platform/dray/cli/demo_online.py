"""The demo's second company, whose books are called: it signs in to pretend books as a person would.

The pretend books say on their first lines with which settings they are reached, `NAME=value`; their page of consent is
read like any page, and its first button pressed.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from sqlalchemy import select

from dray.billing.invoices import push_many
from dray.cli import demo_company
from dray.cli.supervision import Child, dray_command
from dray.connections.models import Connection
from dray.connections.oauth import answering, authorizing, confirming
from dray.connections.oauth.answering import NotConnected
from dray.connections.oauth.application import NotSetUp, is_connected_here
from dray.connections.oauth.authorizing import Who
from dray.connections.oauth.discovery import Undiscovered
from dray.installation import Dray
from dray.registry import Registry
from dray_sdk import Connector, IsCalled, OAuth2, Simulated
from dray_tenants.companies import create_tenant
from dray_tenants.members import add_member
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user

__all__ = ["OWNER", "PretendOnline", "connect", "pretend_online", "seed"]

OWNER: Final = "owner@cedar-hauling.example"
SLUG: Final = "demo-online"
COMPANY: Final = "Cedar Hauling (demo)"
INVOICES: Final = 24
_INTRODUCED_WITHIN: Final = 20.0


@dataclass(frozen=True, slots=True)
class PretendOnline:
    """Pretend books that are called: the settings that reach them, and how they are started."""

    connector: str
    settings: Mapping[str, str]
    arguments: tuple[str, ...]

    def child(self, environment: Mapping[str, str]) -> Child:
        """The process."""
        return Child("the pretend books online", dray_command(*self.arguments), dict(environment))


def pretend_online(registry: Registry, home: Path, environment: Mapping[str, str]) -> PretendOnline | None:
    """The first enabled connector whose books are called and that brings pretend ones; None where there is none, or
    where they do not say how they are reached."""
    able = [each for each in registry.enabled.values() if isinstance(each, Simulated) and is_connected_here(each)]
    if not able:
        return None
    arguments = (
        "simulate", able[0].name, "--bind", f"127.0.0.1:{_free_port()}", "--company", str(home / "company-online.json"),
        "--item", *demo_company.ITEMS, "--vendor", *demo_company.VENDORS,
    )  # fmt: skip
    settings = _introduced(able[0], arguments, environment)
    return PretendOnline(able[0].name, settings, arguments) if settings else None


def seed(parts: Dray, password: str) -> int:
    """The company and its drafts; its internal id."""
    now = parts.clock()
    with ScopedSession(parts.engines) as session:
        tenant = create_tenant(session, parts.vault, name=COMPANY, now=now, slug=SLUG, time_zone=demo_company.TIME_ZONE)
        add_member(session, tenant, create_user(session, OWNER, password, now=now), Role.OWNER, now=now)
        session.commit()
        key = tenant.id
        with session.tenant(key):
            invoices = list(demo_company.invoices(demo_company.today(now), count=INVOICES, first=7001))[:INVOICES]
            push_many(session, invoices, at=now, actor=OWNER, kind="imported")
    return key


def connect(parts: Dray, online: PretendOnline, tenant_id: int) -> str | None:
    """Sign in there and confirm the company; the connection's public id. None while the books do not answer yet."""
    connector = parts.registry.get(online.connector)
    who = Who(tenant_id, OWNER, secrets.token_urlsafe(12))
    if connector is None:
        return None
    try:
        with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
            address = authorizing.begin(session, parts, connector, who, randomness=secrets.token_bytes)
            session.commit()
        answered = answering.take_answer(parts, connector, _agree(address), who)
    except (requests.RequestException, Undiscovered, NotConnected, NotSetUp):
        return None
    return _confirm(parts, connector, answered.grant, who)


def _confirm(parts: Dray, connector: Connector, consent: str, who: Who) -> str | None:
    at = parts.clock()
    with ScopedSession(parts.engines) as session, session.tenant(who.tenant_id):
        grant = confirming.pending(session, consent, who.actor, at=at, lock=True)
        if grant is None:
            return None
        name = confirming.books_of(grant).name
        confirming.confirm(session, grant, connector, name, at=at, actor=who.actor, randomness=secrets.token_bytes)
        session.commit()
        return session.scalars(select(Connection.public_id)).one()


def _agree(address: str) -> dict[str, str]:
    """What the books' page sends back when its first button is pressed."""
    page = requests.get(address, timeout=10)
    form = _FirstForm()
    form.feed(page.text)
    there = urljoin(address, form.action or address)
    reply = requests.post(there, form.fields, timeout=10, allow_redirects=False)
    return dict(parse_qsl(urlsplit(reply.headers.get("Location", "")).query))


class _FirstForm(HTMLParser):
    """The fields of a page's form as they are filled in, and its first button."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._pressed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what the form would send."""
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = value
        elif tag == "button" and not self._pressed:
            self._pressed = True
            self.fields[name] = value


def _introduced(connector: Connector, arguments: tuple[str, ...], environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that the pretend books say when they start; nothing where they say none in time."""
    process = subprocess.Popen(
        dray_command(*arguments), env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    too_late = threading.Timer(_INTRODUCED_WITHIN, process.kill)
    too_late.start()
    declared = {setting.name for setting in connector.settings}
    found: dict[str, str] = {}
    try:
        for line in process.stdout or ():
            name, _, value = line.strip().partition("=")
            if name in declared:
                found[name] = value
            if _suffice(connector, found):
                return found
    finally:
        too_late.cancel()
        process.kill()
        process.communicate()
    return {}


def _suffice(connector: Connector, found: Mapping[str, str]) -> bool:
    """Whether these settings lead somewhere."""
    oauth = connector.authorization
    if not isinstance(oauth, OAuth2) or not isinstance(connector, IsCalled):
        return False
    needed = (oauth.client_id_setting, oauth.client_secret_setting, oauth.environment_setting)
    try:
        return all(name in found for name in needed if name) and bool(connector.address(found))
    except ValueError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])
