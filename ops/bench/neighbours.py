"""How much a busy company slows down the others: their Web Connector and their pages, alone and beside the noise.

    python -m ops.bench.neighbours [--rows 100000] [--sends 10000] [--seconds 20] [--engine sqlite|postgresql]

One company lets a program call the API in a loop, sends 10,000 invoices at once, and imports a file of 100,000 rows,
each by itself. Another company's Web Connector asks whether there is work, and one of its people opens pages, again and
again. Printed is the median and the 95th percentile of both on each engine, and how many times the quiet figure each
is. The promise is twice, for both; the machine must do nothing else meanwhile. What makes the noise runs in processes
of its own, as it would elsewhere: beside the probe it would slow down the probe itself.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from dray import sign_in
from dray.app import create_app
from dray.settings import read_settings
from dray_tenants import login, tokens
from dray_tenants.members import add_member
from dray_tenants.models import Tenant, TokenScope
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from ops.bench.imports import pieces
from ops.bench.stage import Caller, Stage, a_stage
from tests.ground.mortal_postgresql import running

NEIGHBOURS: Final = 4
PAUSE: Final = 0.02
TWICE: Final = 2.0
NOISY: Final = "bench-0"
_SOAP: Final = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)
_CALL: Final = '<{0} xmlns="http://developer.intuit.com/">{1}</{0}>'
_LOOP: Final = """
import http.client, itertools, json, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
headers = {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"}
for number in itertools.count():
    lines = [{"item": "Haul", "amount": "10.00"}]
    invoice = {"number": f"L-{number}", "date": "2026-11-20", "customer": {"name": "Loop"}, "lines": lines}
    for method, body in (("POST", json.dumps(invoice)), ("GET", None)):
        connection.request(method, "/api/v1/invoices", body, headers)
        connection.getresponse().read()
"""
_PAGES: Final = ("/invoices", "/invoices?state=draft", "/connections")


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of each idle session and of each page."""

    sessions: list[float]
    pages: list[float]


def main() -> int:
    """Measure, and print one line for each kind of noise. Status 1 where a figure is more than twice the quiet one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--sends", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each measurement takes")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="only that one, instead of both")
    parser.add_argument("--together", action="store_true", help="all noises at the same time, too")
    options = parser.parse_args()
    engines = (options.engine,) if options.engine else ("sqlite", "postgresql")
    return 0 if max(_measure(engine, options) for engine in engines) <= TWICE else 1


def _measure(engine: str, options: argparse.Namespace) -> float:
    """The worst of all figures on that engine, as times the quiet one."""
    print(engine, flush=True)
    with _database(engine) as url, a_stage(url) as stage:
        callers = stage.callers(NEIGHBOURS)
        stage.queue(callers[1], 200)
        cookie = _signed_in(stage, callers[1])
        stage.write(callers[0], options.sends)
        noises = Noises(stage, _token(stage), _file(stage, options.rows))
        with stage.served(), _worker(stage):
            for caller in callers[1:]:
                _first_contact(caller)
            quiet = _probe(stage, callers[1:], cookie, options.seconds)
            _say("quiet", quiet, quiet)
            worst = 0.0
            for name, noise in noises.all(together=options.together).items():
                with noise():
                    worst = max(worst, _say(name, _probe(stage, callers[1:], cookie, options.seconds), quiet))
    return worst


@contextmanager
def _database(engine: str) -> Iterator[str | None]:
    """The address of an empty database of a PostgreSQL server of its own; None for SQLite."""
    if engine == "sqlite":
        yield None
        return
    with (
        tempfile.TemporaryDirectory(prefix="dray-bench-") as home,
        running(Path(home)) as server,
        server.databases.database() as url,
    ):
        yield url


class Noises:
    """What the busy company does: each goes on until the block is left, or its work is done."""

    def __init__(self, stage: Stage, token: str, file: Path) -> None:
        self._stage, self._token, self._file = stage, token, file

    def all(self, *, together: bool) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        """Name → the noise, in the order in which they are measured."""
        return {
            "a program in a loop": self.program,
            "a large Send": self.send,
            "an import": self.file,
            **({"all together": self.together} if together else {}),
        }

    @contextmanager
    def file(self) -> Iterator[None]:
        """Import the file by command."""
        with self._command("invoice", "import", "--tenant", NOISY, str(self._file)):
            yield

    @contextmanager
    def send(self) -> Iterator[None]:
        """Send as many invoices as there are, and take them back, again and again."""
        over = threading.Event()

        def work() -> None:
            while not over.is_set():
                for what in ("send", "unpend"):
                    with self._command("invoice", what, "--tenant", NOISY, "--all") as process:
                        process.wait()

        yield from _until(work, over)

    @contextmanager
    def program(self) -> Iterator[None]:
        """Read and write invoices over the API without a pause."""
        with self._process([sys.executable, "-c", _LOOP, str(self._stage.port), self._token]):
            yield

    @contextmanager
    def together(self) -> Iterator[None]:
        """All of them at the same time."""
        with ExitStack() as stack:
            for noise in (self.program, self.send, self.file):
                stack.enter_context(noise())
            yield

    def _command(self, *arguments: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self._process([sys.executable, "-m", "dray", *arguments])

    @contextmanager
    def _process(self, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env=self._stage.environment, stdout=quiet, stderr=quiet)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _until(work: Callable[[], None], over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=120)


def _probe(stage: Stage, callers: list[Caller], cookie: str, seconds: float) -> Taken:
    """Sessions and pages in turn, with a little pause, as several neighbours would make them."""
    taken = Taken([], [])
    connection = http.client.HTTPConnection("127.0.0.1", stage.port)
    until = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < until:
        caller, page = callers[turn % len(callers)], _PAGES[turn % len(_PAGES)]
        turn += 1
        began = time.monotonic()
        _idle_session(connection, caller)
        taken.sessions.append(time.monotonic() - began)
        began = time.monotonic()
        connection.request("GET", page, headers={"Cookie": f"dray_session={cookie}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{page} answered {answer.status}")
        taken.pages.append(time.monotonic() - began)
        time.sleep(PAUSE)
    return taken


def _idle_session(connection: http.client.HTTPConnection, caller: Caller) -> None:
    path = "/" + caller.url.split("/", 3)[3]
    login_of = f"<strUserName>{caller.user}</strUserName><strPassword>{caller.password}</strPassword>"
    for name, inner in (
        ("serverVersion", ""),
        ("clientVersion", "<strVersion>2.3.0.207</strVersion>"),
        ("authenticate", login_of),
        ("closeConnection", "<ticket>none</ticket>"),
    ):
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"http://developer.intuit.com/{name}"'}
        connection.request("POST", path, _SOAP.format(_CALL.format(name, inner)).encode(), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{name} answered {answer.status}: {body[:200]!r}")


def _first_contact(caller: Caller) -> None:
    """The pretend QuickBooks calls once, so that nothing is due afterwards."""
    command = [sys.executable, "-m", "dray", "simulate", "qbd", "--qwc", str(caller.qwc), "--password-stdin"]
    done = subprocess.run(
        [*command, "--once", "--endpoint", caller.url],
        input=caller.password.encode(), capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr.decode()[-1000:])


@contextmanager
def _worker(stage: Stage) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", "dray", "worker"]
    process = subprocess.Popen(command, env=stage.environment, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _signed_in(stage: Stage, caller: Caller) -> str:
    """The cookie of somebody of that company."""
    now = stage.dray.clock()
    with ScopedSession(stage.dray.engines) as session:
        tenant = session.scalars(select(Tenant).where(Tenant.id == caller.tenant_id)).one()
        user = create_user(session, "ann@bench.example", os.urandom(12).hex(), now=now)
        add_member(session, tenant, user, Role.OWNER, now=now)
        _row, secret = login.start(session, user, ip="127.0.0.1", user_agent="bench", now=now)
        session.commit()
    app = create_app(read_settings(stage.environment))
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(signer.dumps({sign_in.KEY: secret}))


def _token(stage: Stage) -> str:
    with ScopedSession(stage.dray.engines) as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == NOISY)).one()
        minted = tokens.mint(session, tenant, "loop", scope=TokenScope.WRITE, now=stage.dray.clock())
        session.commit()
        return minted.bearer


def _file(stage: Stage, rows: int) -> Path:
    path = stage.home / "large.csv"
    with path.open("wb") as file:
        for part in pieces(rows):
            file.write(part)
    return path


def _say(name: str, taken: Taken, quiet: Taken) -> float:
    """Print it; how many times its quiet figure the worst of the four is."""
    worst, said = 0.0, []
    for what, now, before in (("session", taken.sessions, quiet.sessions), ("page", taken.pages, quiet.pages)):
        for percent, high in (("p50", 0.5), ("p95", 0.95)):
            took, quietly = (sorted(each)[int(len(each) * high)] for each in (now, before))
            worst = max(worst, took / quietly)
            said.append(f"{what} {percent} {took * 1000:.1f} ms, {took / quietly:.2f} times")
    print(f"  {name:20} {'; '.join(said)}; {len(taken.sessions)} of each", flush=True)
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
