"""A tenant's programs may call so often in a minute, whichever process answers; the others do not notice."""

import datetime as dt
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from dray.api.v1 import budgets
from dray.extensions import EXTENSION
from dray.onboarding import operator_tokens
from dray.onboarding.models import OperatorToken
from dray_tenants.database import Engines
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession
from tests.platform.api.conftest import Program, token
from tests.platform.shop import NOW, Shop


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten requests a minute, taken four at a time."""
    monkeypatch.setattr(budgets, "A_MINUTE", 10)
    monkeypatch.setattr(budgets, "HANDFUL", 4)


@pytest.fixture
def parts(app: Flask) -> Engines:
    """The application's engines."""
    engines: Engines = app.extensions[EXTENSION].engines
    return engines


def test_who_calls_too_often_is_told_when_to_come_back(app: Flask, parts: Engines) -> None:
    shop, other = Shop(parts, "paperworks"), Shop(parts, "stonemill")
    loop = Program(app, token(parts, shop, TokenScope.READ))
    assert [loop.call("GET", "/invoices").status_code for _ in range(10)] == [200] * 10
    refused = loop.call("GET", "/invoices")
    assert refused.status_code == 429
    assert refused.content_type == "application/problem+json"
    assert refused.headers["Retry-After"] == "60"
    assert "Wait 60 s" in refused.json["detail"]
    again = Program(app, token(parts, shop, TokenScope.WRITE))
    assert again.call("POST", "/invoices/send", {"ids": []}).status_code == 429
    assert Program(app, token(parts, other, TokenScope.READ)).call("GET", "/invoices").status_code == 200


def test_several_processes_share_one_minute_and_the_next_one_is_new(parts: Engines) -> None:
    tenant = Shop(parts, "paperworks").tenant_id
    second = int(NOW.timestamp())
    processes = [budgets.Budgets() for _ in range(3)]
    purse, take = ("tenant", tenant), partial(budgets._take, parts)
    answers = [each.spend(purse, second + 7, take) for _ in range(10) for each in processes]
    assert answers.count(0) == 10
    assert set(answers) == {0, 53}
    assert processes[0].spend(purse, second + int(dt.timedelta(minutes=1).total_seconds()), take) == 0


def test_an_operators_token_has_a_minute_of_its_own(app: Flask, parts: Engines) -> None:
    with ScopedSession(parts) as session:
        bearers = [operator_tokens.mint(session, name, at=NOW).bearer for name in ("one", "other")]
        session.commit()
    loop, other = (Program(app, bearer) for bearer in bearers)
    path = "/operator/connections/con_none/set-up"
    assert [loop.call("GET", path).status_code for _ in range(10)] == [404] * 10
    refused = loop.call("GET", path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert other.call("GET", path).status_code == 404
    with ScopedSession(parts) as session:
        row = session.scalars(select(OperatorToken).where(OperatorToken.name == "one")).one()
        assert (row.minute, row.used) == (int(NOW.timestamp()) // 60, 12)
