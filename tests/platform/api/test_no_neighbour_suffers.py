"""One tenant's programs take a part of a process and never all of it."""

import threading
from dataclasses import dataclass, field

import pytest
from flask import Flask

from dray.api.v1 import shares
from dray.api.v1.shares import AT_WORK, LONGEST_WAIT, SAVED, SHARE, WAITING, NoRoom, Shares
from dray.cli.serve import gunicorn_options
from dray.extensions import EXTENSION
from dray_tenants.models import TokenScope
from tests.platform.api.conftest import Program, token
from tests.platform.shop import Shop


@dataclass
class Machine:
    """Time that passes when somebody works or waits."""

    now: float = 100.0
    used: float = 0.0
    waits: list[float] = field(default_factory=list)

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.used += seconds

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)

    def shares(self) -> Shares:
        return Shares(now=lambda: self.now, used=lambda: self.used, pause=self.wait)


@pytest.fixture(autouse=True)
def real_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is in the product; the other tests of the API do not wait."""
    monkeypatch.setattr(shares, "SHARE", SHARE)


def test_a_process_has_threads_left_whatever_one_tenant_does() -> None:
    assert gunicorn_options("127.0.0.1:0", 2)["threads"] > AT_WORK + WAITING


def test_a_program_in_a_loop_gets_a_quarter_of_the_time_after_the_first_second() -> None:
    machine = Machine()
    room = machine.shares()
    began = machine.now
    while machine.used < 11:
        with room.turn(7):
            machine.work(0.02)
    assert machine.used / (machine.now - began) == pytest.approx(SHARE, rel=0.15)
    assert max(machine.waits) <= LONGEST_WAIT
    quiet = len(machine.waits)
    with room.turn(8):
        machine.work(0.02)
    assert len(machine.waits) == quiet


def test_who_pauses_never_waits() -> None:
    machine = Machine()
    room = machine.shares()
    for _ in range(200):
        with room.turn(7):
            machine.work(0.02)
        machine.now += 0.1
    assert machine.waits == []


def test_after_one_that_cost_much_the_next_is_told_when_to_come() -> None:
    machine = Machine()
    room = machine.shares()
    with room.turn(7):
        machine.work(SAVED + 1)
    with pytest.raises(NoRoom) as told, room.turn(7):
        raise AssertionError("it was worked on")
    assert told.value.seconds == 2
    machine.now += told.value.seconds
    with room.turn(7):
        pass


def test_at_most_two_are_worked_on_and_who_waits_too_long_is_sent_away() -> None:
    room = Shares()
    at_work, done, most = threading.Semaphore(0), threading.Event(), []
    lock, here = threading.Lock(), [0]

    def request() -> None:
        with room.turn(7):
            with lock:
                here[0] += 1
                most.append(here[0])
            at_work.release()
            done.wait(20)
            with lock:
                here[0] -= 1

    threads = [threading.Thread(target=request) for _ in range(AT_WORK)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert at_work.acquire(timeout=20)
    with pytest.raises(NoRoom), room.turn(7):
        raise AssertionError("a third was worked on")
    with room.turn(8):
        pass
    done.set()
    for thread in threads:
        thread.join()
    assert max(most) == AT_WORK
    with room.turn(7):
        pass


def test_the_answer_says_when_to_come_back(app: Flask) -> None:
    engines = app.extensions[EXTENSION].engines
    shop, other = Shop(engines, "paperworks"), Shop(engines, "stonemill")
    machine = Machine()
    held = machine.shares()
    app.extensions[shares._KEY] = held
    with held.turn(shop.tenant_id):
        machine.work(SAVED + 1)
    refused = Program(app, token(engines, shop, TokenScope.READ)).call("GET", "/invoices")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert "Wait 2 s" in refused.json["detail"]
    assert Program(app, token(engines, other, TokenScope.READ)).call("GET", "/invoices").status_code == 200
