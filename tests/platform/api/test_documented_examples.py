"""The examples of the API's document run: each request is made, and its answer holds what the document says."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Flask

from dray.api.v1.budgets import A_MINUTE
from dray.extensions import EXTENSION
from dray.onboarding import operator_tokens
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession
from tests.ground.tree import ROOT
from tests.platform.api.conftest import Program, token
from tests.platform.shop import NOW, Shop

DOCUMENTS = ROOT / "docs" / "api"
PAGE = (DOCUMENTS / "README.md").read_text(encoding="utf-8")
SETTING_UP = (DOCUMENTS / "setting-up.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```http\n(.*?)```\s+```json\n(\d{3})\n(.*?)```", re.DOTALL)
ELLIPSIS = "…"


def test_every_example_answers_what_the_document_says(app: Flask) -> None:
    engines = app.extensions[EXTENSION].engines
    run(PAGE, Program(app, token(engines, Shop(engines, "paperworks"), TokenScope.WRITE)), 6)


def test_every_example_of_setting_up_answers_what_the_document_says(app: Flask) -> None:
    with ScopedSession(app.extensions[EXTENSION].engines) as session:
        bearer = operator_tokens.mint(session, "Billing product", at=NOW).bearer
        session.commit()
    run(SETTING_UP, Program(app, bearer), 6)


def test_every_document_of_the_api_is_run() -> None:
    assert sorted(path.name for path in DOCUMENTS.glob("*.md")) == ["README.md", "setting-up.md"]


def run(page: str, program: Program, at_least: int) -> None:
    """Make each request of the document and compare its answer."""
    examples = EXAMPLE.findall(page)
    assert len(examples) == page.count("```http") > at_least
    known: dict[str, str] = {}
    for request, status, answer in examples:
        for begun, whole in known.items():
            request = request.replace(f"{begun}{ELLIPSIS}", whole)  # noqa: PLW2901  with the ids of the answers before
        head, _, body = request.strip().partition("\n\n")
        first, *headers = head.splitlines()
        method, address = first.split(" ", 1)
        sent = dict(line.split(": ", 1) for line in headers)
        came = program.call(
            method,
            address.removeprefix("/api/v1"),
            body.encode() if body else None,
            **{name.replace("-", "_"): value for name, value in sent.items()},
        )
        assert came.status_code == int(status), (first, came.text)
        missing = differences(json.loads(answer), came.json, first, known)
        assert missing == []


def test_the_document_says_how_often_programs_may_call() -> None:
    assert f"{A_MINUTE:,} requests" in PAGE


def differences(said: Any, came: Any, where: str, known: dict[str, str]) -> list[str]:
    """What the document says and the answer does not; ids that are seen for the first time are remembered."""
    if isinstance(said, dict) and isinstance(came, dict):
        return [
            found
            for name, value in said.items()
            for found in differences(value, came.get(name, "(absent)"), f"{where} {name}", known)
        ]
    if isinstance(said, list) and isinstance(came, list) and len(said) == len(came):
        return [
            found
            for at, (one, other) in enumerate(zip(said, came, strict=True))
            for found in differences(one, other, f"{where}[{at}]", known)
        ]
    if isinstance(said, str) and said.endswith(ELLIPSIS) and isinstance(came, str):
        begun = said.removesuffix(ELLIPSIS)
        if begun:
            known.setdefault(begun, came)
        return [] if came.startswith(begun) else [f"{where}: {came!r} does not begin with {begun!r}"]
    return [] if said == came else [f"{where}: {came!r} instead of {said!r}"]
