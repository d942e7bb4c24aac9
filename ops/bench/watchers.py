"""Whether people who watch keep Web Connectors waiting: idle polls with and without 200 open live pages.

    python -m ops.bench.watchers [--watchers 200] [--seconds 30] [--database URL]

Both run against `dray serve` with two workers. A watcher is one open page: like a browser's it asks for the changing
parts every 2.5 seconds, says which version it has, hears most often that nothing changed, and asks later when it is
told. A poll is what a Web Connector does when nothing is due: clientVersion, authenticate. Told is how long polls take
at the median and at the 95th percentile, without watchers and with them, and the ratio, which holds on any machine.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import update

from dray import sign_in
from dray.app import create_app
from dray.connections.models import Connection, ConnectionStatus
from dray.settings import read_settings
from dray_tenants import login
from dray_tenants.members import add_member
from dray_tenants.models import Tenant
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from ops.bench.stage import Caller, Stage, a_stage

EVERY: Final = 2.5
"""Seconds between two looks of a live page."""
POLLERS: Final = 4
CONNECTIONS: Final = 20
_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)
_VERSION: Final = (
    '<clientVersion xmlns="http://developer.intuit.com/"><strVersion>34.0.0.12</strVersion></clientVersion>'
)
_AUTHENTICATE: Final = (
    '<authenticate xmlns="http://developer.intuit.com/"><strUserName>{}</strUserName><strPassword>{}</strPassword>'
    "</authenticate>"
)


@dataclass
class Seen:
    """What came of the requests, from several threads: seconds that each took, and answers that were none."""

    took: list[float] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    later: int = 0
    """How often somebody was told to ask again later."""


def main() -> int:
    """Measure, and print one line for each figure; 1 where a watcher or a Web Connector was turned away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    options = parser.parse_args()
    with a_stage(options.database) as stage:
        callers = stage.callers(CONNECTIONS)
        _nothing_due(stage)
        pages = _pages(stage, callers)
        with stage.served():
            _polled(stage.port, callers, 3)
            alone = _polled(stage.port, callers, options.seconds)
            with _watched(stage.port, pages, options.watchers) as watching:
                beside = _polled(stage.port, callers, options.seconds)
    return _report(alone, beside, watching, options)


def _report(alone: Seen, beside: Seen, watching: Seen, options: argparse.Namespace) -> int:
    print(f"polls alone              {_told(alone.took)}")
    print(f"beside {options.watchers:3} watchers      {_told(beside.took)}")
    print(
        f"looks of the watchers    {_told(watching.took)}, {len(watching.took) / options.seconds:.0f} a second;"
        f" {watching.later} were told to ask again"
    )
    for name, at in (("median", 50), ("95th percentile", 95)):
        print(f"ratio at the {name:16} {_percentile(beside.took, at) / _percentile(alone.took, at):5.2f}")
    odd = [*alone.odd, *beside.odd, *watching.odd]
    for each in sorted(set(odd)):
        print(f"not as expected          {odd.count(each)} times: {each}")
    return 1 if odd else 0


def _nothing_due(stage: Stage) -> None:
    """Every connection has been set up: what calls finds nothing to do."""
    with ScopedSession(stage.dray.engines) as session:
        session.execute(update(ConnectionStatus).values(due_at=None, last_contact_at=stage.dray.clock()))
        session.commit()


def _pages(stage: Stage, callers: list[Caller]) -> list[tuple[str, str]]:
    """(address, cookie) of the live page of each company's connection, as its owner sees it."""
    app = create_app(read_settings(stage.environment | {"DRAY_LOG_LEVEL": "error"}))
    made = []
    with ScopedSession(stage.dray.engines) as session:
        now = stage.dray.clock()
        for at, caller in enumerate(callers):
            tenant = session.get(Tenant, caller.tenant_id)
            assert tenant is not None
            user = create_user(session, f"owner{at}@bench.example", "a long word for the bench", now=now)
            add_member(session, tenant, user, Role.OWNER, now=now)
            _row, secret = login.start(session, user, ip="127.0.0.1", user_agent="bench", now=now)
            with session.tenant(tenant.id):
                connection = session.get(Connection, caller.connection_id)
                assert connection is not None
                connection.state, connection.bound_at = "active", now
                address = f"/connections/{connection.public_id}/live"
            session.commit()
            client = app.test_client()
            with client.session_transaction() as cookie:
                cookie[sign_in.KEY] = secret
            name = str(app.config["SESSION_COOKIE_NAME"])
            kept = client.get_cookie(name)
            assert kept is not None
            made += [(page, f"{name}={kept.value}") for page in (address, "/overview/live")]
    app.extensions["dray"].engines.dispose()
    return made


def _polled(port: int, callers: list[Caller], seconds: float) -> Seen:
    """Idle polls for so long, a few at a time."""
    seen, until = Seen(), time.monotonic() + seconds

    def poll(first: int) -> None:
        at = first
        while time.monotonic() < until:
            caller = callers[at % len(callers)]
            at += POLLERS
            path = urlsplit(caller.url).path
            sign = _AUTHENTICATE.format(caller.user, caller.password)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            began = time.perf_counter()
            for body, expected in ((_VERSION, b"clientVersionResult"), (sign, b"<string>none</string>")):
                connection.request("POST", path, _ENVELOPE.format(body), {"Content-Type": "text/xml; charset=utf-8"})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200 or expected not in text:
                    seen.odd.append(f"a poll was answered {answer.status}")
            seen.took.append(time.perf_counter() - began)
            connection.close()

    _all([threading.Thread(target=poll, args=(first,)) for first in range(POLLERS)])
    return seen


@contextmanager
def _watched(port: int, pages: list[tuple[str, str]], count: int) -> Iterator[Seen]:
    """So many open pages meanwhile, each in step with itself alone."""
    seen, stop = Seen(), threading.Event()

    def watch(number: int) -> None:
        address, cookie = pages[number % len(pages)]
        etag, wait = "", EVERY
        stop.wait(EVERY * (number % 50) / 50)
        while not stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            began = time.perf_counter()
            connection.request("GET", address, headers={"Cookie": cookie, "If-None-Match": etag})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status == 503 and "Retry-After" in answer.headers:
                seen.later += 1
                wait *= 1.2 + (number * 37 + seen.later) % 60 / 100
            else:
                seen.took.append(time.perf_counter() - began)
                if answer.status not in (200, 304):
                    seen.odd.append(f"a watcher was answered {answer.status}")
                etag = answer.headers.get("ETag", "")
                wait = max(EVERY, wait * 0.7)
            stop.wait(wait)

    threads = [threading.Thread(target=watch, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(EVERY)
    seen.took.clear()
    yield seen
    stop.set()
    for thread in threads:
        thread.join()


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _percentile(took: list[float], at: int) -> float:
    return statistics.quantiles(took, n=100)[at - 1]


def _told(took: list[float]) -> str:
    median, late = (_percentile(took, at) * 1000 for at in (50, 95))
    return f"{median:7.1f} ms, {late:7.1f} at the 95th, {len(took)} of them"


if __name__ == "__main__":
    raise SystemExit(main())
