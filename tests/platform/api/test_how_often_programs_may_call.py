"""A tenant's programs may call so often in a minute, whichever process answers; the others do not notice."""

import datetime as dt

import pytest
from flask import Flask

from dray.api.v1 import budgets
from dray.extensions import EXTENSION
from dray_tenants.database import Engines
from dray_tenants.models import TokenScope
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
    answers = [each.spend(parts, tenant, second + 7) for _ in range(10) for each in processes]
    assert answers.count(0) == 10
    assert set(answers) == {0, 53}
    assert processes[0].spend(parts, tenant, second + int(dt.timedelta(minutes=1).total_seconds())) == 0
