"""The real program, in processes of its own: it starts, answers, and leaves nothing behind when it is stopped."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.platform.cli.shell import Shell

Start = Callable[..., subprocess.Popen[str]]
PATIENCE = 120
SERVER_VERSION = b"""<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<serverVersion xmlns="http://developer.intuit.com/" /></soap:Body></soap:Envelope>"""
AUTHENTICATE = b"""<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<authenticate xmlns="http://developer.intuit.com/"><strUserName>ann</strUserName><strPassword>hush</strPassword>
</authenticate></soap:Body></soap:Envelope>"""


@pytest.fixture
def start(small_shell: Shell) -> Iterator[Start]:
    """Starts `dray …`; whatever a test leaves running is ended after it."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **settings: str) -> subprocess.Popen[str]:
        running.append(small_shell.program(*arguments, **settings))
        return running[-1]

    yield run
    for process in running:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def read_until(lines: Iterator[str], words: str) -> list[str]:
    """The lines up to the one with these words in it."""
    seen = []
    for line in lines:
        seen.append(line)
        if words in line:
            return seen
    pytest.fail(f"it ended before saying {words!r}: {''.join(seen)}")


def ask(url: str, body: bytes | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {"Content-Type": "text/xml; charset=utf-8"} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_serve_answers_people_probes_and_web_connectors(start: Start, free_port: int) -> None:
    server = start("serve", "--bind", f"127.0.0.1:{free_port}", "--workers", "1")
    assert server.stderr is not None
    read_until(iter(server.stderr), "Booting worker")
    here = f"http://127.0.0.1:{free_port}"
    assert ask(f"{here}/healthz") == (200, "ok\n")
    status, version = ask(f"{here}/qbwc/in_7", SERVER_VERSION)
    assert (status, "serverVersionResult" in version) == (200, True)
    status, denied = ask(f"{here}/qbwc/in_7/", AUTHENTICATE)
    assert (status, "<string>nvu</string>" in denied) == (200, True)
    assert 'room="mounts"' in ask(f"{here}/metrics")[1]
    (worker,) = children_of(server.pid)
    server.terminate()
    assert server.wait(timeout=PATIENCE) == 0
    assert not is_running(worker)


@pytest.mark.parametrize("command", ["serve", "up", "worker", "doctor", "migrate"])
def test_a_wrong_setting_stops_the_start_with_one_line(start: Start, command: str) -> None:
    process = start(command, DRAY_PUBLIC_URL="nowhere")
    said, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said == ""
    assert complaint.count("\n") == 1
    assert "DRAY_PUBLIC_URL" in complaint


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_runs_web_and_worker_and_stops_both(start: Start, free_port: int, number: int) -> None:
    up = start("up", "--bind", f"127.0.0.1:{free_port}", "--workers", "1")
    assert up.stderr is not None
    lines = iter(up.stderr)
    said = read_until(lines, "Booting worker")
    if not any("worker started" in line for line in said):
        read_until(lines, "worker started")
    assert ask(f"http://127.0.0.1:{free_port}/healthz")[0] == 200
    started = children_of(up.pid)
    assert len(started) == 2
    up.send_signal(number)
    assert up.wait(timeout=PATIENCE) == 0
    assert not any(is_running(pid) for pid in started)


def test_up_ends_when_the_web_cannot_run(start: Start, free_port: int) -> None:
    first = start("serve", "--bind", f"127.0.0.1:{free_port}", "--workers", "1")
    assert first.stderr is not None
    read_until(iter(first.stderr), "Booting worker")
    up = start("up", "--bind", f"127.0.0.1:{free_port}")
    _, complaint = up.communicate(timeout=PATIENCE)
    assert up.returncode == 1
    assert "the web ended with status 1; stopping everything" in complaint


def test_whoever_kills_up_leaves_nothing_running(start: Start, free_port: int) -> None:
    up = start("up", "--bind", f"127.0.0.1:{free_port}", "--workers", "1")
    assert up.stderr is not None
    read_until(iter(up.stderr), "Booting worker")
    started = children_of(up.pid)
    watched = [os.pidfd_open(pid) for pid in started]
    up.kill()
    up.wait(timeout=PATIENCE)
    for descriptor in watched:
        # Readable once the process has ended.
        with os.fdopen(descriptor) as ended:
            wait_for(ended.fileno())


def wait_for(descriptor: int) -> None:
    ready, _, _ = select.select([descriptor], [], [], PATIENCE)
    assert ready, "it is still running"


def test_the_demo_shows_invoices_going_into_the_pretend_books(start: Start, free_port: int) -> None:
    demo = start("demo", "--bind", f"127.0.0.1:{free_port}", "--every", "1", "--no-clerk")
    assert demo.stdout is not None
    lines = iter(demo.stdout)
    greeting = "".join(read_until(lines, "Press Ctrl-C"))
    assert f"http://localhost:{free_port}" in greeting
    home = greeting.partition("Files")[2].split()[0]
    assert "owner@cedar-hauling.example" in greeting
    said = read_until(lines, "is signed in to its books")
    if not any("invoices sent" in line for line in said):
        read_until(lines, "invoices sent")
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0
    assert not Path(home).exists()
