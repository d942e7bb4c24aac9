"""Several processes as one: what ends is started again or ends everything, and none is left behind."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from dray.cli.supervision import Child, supervise

FOREVER = "import signal; signal.pause()"
STUBBORN = "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.write(1, b'deaf'); signal.pause()"


def child(code: str, *, vital: bool = False) -> Child:
    return Child("it", [sys.executable, "-c", code], dict(os.environ), vital=vital)


def ended(one: Child) -> bool:
    return one.process is None or one.process.poll() is not None


def test_it_ends_in_order_when_it_is_told_to() -> None:
    stop = threading.Event()
    both = [child(FOREVER, vital=True), child(FOREVER)]
    assert supervise(both, stop, meanwhile=stop.set) == 0
    assert all(ended(one) for one in both)
    assert all(one.process is not None for one in both)


def test_the_end_of_a_vital_one_ends_everything(capsys: pytest.CaptureFixture[str]) -> None:
    both = [child("raise SystemExit(3)", vital=True), child(FOREVER)]
    assert supervise(both, threading.Event()) == 1
    assert all(ended(one) for one in both)
    assert "it ended with status 3; stopping everything" in capsys.readouterr().err


def test_another_is_started_again_after_a_pause_that_grows() -> None:
    stop, now = threading.Event(), [0.0]
    restless = child("raise SystemExit(1)")
    pauses: list[float] = []

    def hurry() -> None:
        if restless.process is None and (not pauses or restless.start_at != pauses[-1]):
            pauses.append(restless.start_at)
            now[0] = restless.start_at
        if restless.deaths == 3:
            stop.set()

    assert supervise([restless], stop, meanwhile=hurry, clock=lambda: now[0]) == 0
    assert pauses == [2.0, 6.0, 14.0]


def test_one_waits_until_it_may_start() -> None:
    stop = threading.Event()
    waiting = child(FOREVER)
    waiting.ready = lambda: False
    rounds = iter(range(3))

    def look() -> None:
        assert waiting.process is None
        if next(rounds) == 2:
            stop.set()

    supervise([waiting], stop, meanwhile=look)


def test_an_error_in_between_leaves_none_running() -> None:
    one = child(FOREVER)

    def break_down() -> None:
        raise RuntimeError("the clerk fell ill")

    with pytest.raises(RuntimeError, match="clerk"):
        supervise([one], threading.Event(), meanwhile=break_down)
    assert one.process is not None
    assert ended(one)


def test_one_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dray.cli.supervision.GRACE", 0.2)
    stop = threading.Event()
    one = child(STUBBORN)
    reads, writes = os.pipe()

    def once_it_is_deaf() -> None:
        assert os.read(reads, 4) == b"deaf"
        stop.set()

    deaf = os.dup(1)
    os.dup2(writes, 1)
    try:
        supervise([one], stop, meanwhile=once_it_is_deaf)
    finally:
        os.dup2(deaf, 1)
    assert one.process is not None
    assert one.process.returncode == -9
