"""Pages that follow by themselves use half of a worker at most, and one thread of it. Pure: no server, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from dray.web.live_share import LiveShare


@dataclass
class Worker:
    """A worker whose clock and work the test moves."""

    now: float = 0.0
    spent: float = 0.0
    work: float = 0.02
    meanwhile: list[tuple[str, str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    breaks: bool = False

    def __post_init__(self) -> None:
        self.share = LiveShare(self._app, ticks=lambda: self.now, spent=lambda: self.spent)

    def _app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.meanwhile:
            self.seen.append(self.ask(*self.meanwhile.pop()))
        if self.breaks:
            raise ZeroDivisionError
        self.now += self.work
        self.spent += self.work
        start_response("200 OK", [])
        return [b""]

    def ask(self, path: str = "/overview/live", method: str = "GET") -> str:
        said: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> object:
            said.append(status + (" later" if any(name == "Retry-After" for name, _ in headers) else ""))
            return lambda _data: None

        list(self.share({"REQUEST_METHOD": method, "PATH_INFO": path}, start))  # type: ignore[arg-type]
        return said[0]


OK, LATER = "200 OK", "503 Service Unavailable later"


def test_after_a_look_the_worker_rests_from_looks_for_as_long_as_it_took() -> None:
    worker = Worker()
    assert worker.ask() == OK
    assert worker.ask() == LATER
    worker.now += 0.019
    assert worker.ask() == LATER
    worker.now += 0.002
    assert worker.ask() == OK


@pytest.mark.parametrize(
    ("path", "method"), [("/qbwc/ins_1", "POST"), ("/invoices", "GET"), ("/overview/live", "POST"), ("/alive", "GET")]
)
def test_everything_else_is_answered_meanwhile(path: str, method: str) -> None:
    worker = Worker()
    assert worker.ask() == OK
    assert worker.ask(path, method) == OK
    worker.now += 1
    worker.meanwhile = [(path, method)]
    assert worker.ask() == OK
    assert worker.seen == [OK]


def test_one_look_at_a_time() -> None:
    worker = Worker(meanwhile=[("/connections/con_1/live", "GET")])
    assert worker.ask() == OK
    assert worker.seen == [LATER]


def test_waiting_for_the_database_costs_nobody_a_rest() -> None:
    worker = Worker(work=0.0)
    assert [worker.ask() for _ in range(3)] == [OK, OK, OK]


def test_a_look_that_breaks_closes_the_door_to_nobody() -> None:
    worker = Worker(work=0.0, breaks=True)
    with pytest.raises(ZeroDivisionError):
        worker.ask()
    worker.breaks = False
    assert worker.ask() == OK
