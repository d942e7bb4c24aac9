"""Log lines name the request and never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from flask import Flask

from dray.logs import configure, without_secrets


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "event",
    [
        {"password": "hush"},
        {"api_token": "hush"},
        {"Authorization": "Bearer hush"},
        {"url": "postgresql+psycopg://dray:hush@db.example/dray"},
        {"event": "called with Bearer hush"},
        {"body": "<strPassword>hush</strPassword>"},
        {"exception": "OperationalError: redis://:hush@r.example"},
        {"ticket": "hush"},
        {"vault_keys": "k1:hush"},
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(event: dict[str, str]) -> None:
    assert "hush" not in json.dumps(without_secrets(None, "info", dict(event)))


def test_what_is_no_secret_stays() -> None:
    event = {"event": "request", "rule": "/invoices/<public_id>", "status": 200, "key_of_row": "a"}
    assert without_secrets(None, "info", dict(event)) == event


def test_lines_and_answers_carry_the_same_number(
    application: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = application(DRAY_LOG_LEVEL="info")
    capsys.readouterr()
    answer = app.test_client().get("/no/such/page")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["status"], line["rule"]) == (404, "(no such address)")


def test_a_proxys_number_is_taken_and_a_forged_one_is_not(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz", headers={"X-Request-ID": "abcdef123456"}).headers["X-Request-ID"] == "abcdef123456"
    assert client.get("/healthz", headers={"X-Request-ID": "<b>"}).headers["X-Request-ID"] != "<b>"


def test_what_libraries_log_is_one_json_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    logging.getLogger("some.library").warning("lost %s", "postgresql+psycopg://dray:hush@db.example/x")
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["level"] == "warning"
    assert "hush" not in line["event"]


def test_a_level_silences_what_is_below(capsys: pytest.CaptureFixture[str]) -> None:
    configure("console", "warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("heard")
    said = capsys.readouterr().err
    assert "heard" in said
    assert "quiet" not in said
