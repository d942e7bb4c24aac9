"""Connections: making one, its file, its password shown once, and what the other side has said."""

import datetime as dt
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select, update

from dray.connections.models import ConnectionStatus, Install
from dray.registry import FoundConnector, Registry
from dray_sdk import Connector
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

SECRET = re.compile(r'<div class="secret">.*?<code>([^<]+)</code>', re.DOTALL)


@pytest.fixture
def page(stage: Stage) -> Browsing:
    page = stage.browse(stage.person("denise@harlan.example", Role.ADMIN))
    page.get("/connections/new")
    return page


@pytest.fixture
def connection(stage: Stage, page: Browsing) -> str:
    """The address of a new connection's page."""
    connector = re.findall(r'name="connector" value="(\w+)"', page.html)[0]
    answer = page.press("/connections", name="Main company", connector=connector)
    assert answer.status_code == 303
    address: str = answer.location
    page.get(address)
    return address


def test_without_a_connection_the_page_leads_to_making_one(page: Browsing) -> None:
    html = page.get("/connections").text
    assert "No books are connected yet" in html
    assert 'href="/connections/new"' in html


def test_a_new_connection_begins_with_its_first_step(page: Browsing, connection: str) -> None:
    html = page.get(connection).text
    assert "Step 1 of 4" in html
    assert "Download the .qwc file" in html
    assert "Not heard from yet" in html
    assert "Main company" in page.get("/connections").text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": "Main company", "connector": "nothing"}, "Choose the accounting system first."),
        ({"name": " "}, "Give the connection a name"),
        ({"name": "x" * 61}, "Give the connection a name of at most 60 characters"),
        ({"name": "Main company"}, "There is a connection called “Main company” already."),
    ],
)
def test_what_cannot_be_made_is_said_and_what_was_typed_is_kept(
    page: Browsing, connection: str, form: dict[str, str], says: str
) -> None:
    html = page.get("/connections/new").text
    connector = re.findall(r'name="connector" value="(\w+)"', html)[0]
    answer = page.press("/connections", False, **({"connector": connector} | form))
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{form["name"]}"' in answer.text
    assert len(set(re.findall(r"/connections/con_\w+", page.get("/connections").text))) == 1


def test_only_what_can_be_set_up_here_is_offered(stage: Stage, page: Browsing) -> None:
    parts = stage.app.extensions["dray"]
    elsewhere = SimpleNamespace(name="elsewhere", title="Books Elsewhere")
    found = FoundConnector("elsewhere", "other", True, cast(Connector, elsewhere))
    stage.app.extensions["dray"] = replace(parts, registry=Registry([*parts.registry.found, found]))
    assert "Books Elsewhere" not in page.get("/connections/new").text
    assert page.press("/connections", name="Main", connector="elsewhere").status_code == 422


def test_the_file_is_handed_out_without_a_password(stage: Stage, page: Browsing, connection: str) -> None:
    answer = page.press(f"{connection}/file")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert ".qwc" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    with stage.unscoped() as session:
        install = session.scalars(select(Install)).one()
    assert install.user_name.encode() in answer.data
    assert "Step 2 of 4" in page.get(connection).text


def test_a_password_is_shown_once_and_kept_nowhere(stage: Stage, page: Browsing, connection: str) -> None:
    answer = page.press(f"{connection}/password")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    shown = SECRET.search(answer.text)
    assert shown is not None
    assert re.fullmatch(r"([0-9A-Z]{4}-){4}[0-9A-Z]{4}", shown[1])
    assert "This is the only time it is shown." in answer.text
    again = page.get(connection).text
    assert shown[1] not in again
    assert "A password exists; it cannot be shown again." in again
    with stage.session() as session:
        install = session.scalars(select(Install)).one()
        kept = str(install.passwords) + str([row.details for row in session.scalars(select(AuditEntry))])
    assert shown[1] not in kept
    assert shown[1].replace("-", "") not in kept
    parts = stage.app.extensions["dray"]
    assert parts.passwords.position(shown[1], install.passwords) == 0


def test_a_new_password_overlaps_with_the_one_before(stage: Stage, page: Browsing, connection: str) -> None:
    first = SECRET.findall(page.press(f"{connection}/password").text)[0]
    answer = page.press(f"{connection}/password").text
    second = SECRET.findall(answer)[0]
    assert first != second
    assert "The password before it works until this one has been used once" in answer
    with stage.unscoped() as session:
        stored = session.scalars(select(Install)).one().passwords
    check = stage.app.extensions["dray"].passwords.position
    assert (check(second, stored), check(first, stored)) == (0, 1)


def test_looking_at_the_page_writes_nothing_down(stage: Stage, page: Browsing, connection: str) -> None:
    for _ in range(2):
        page.get(connection)
        assert page.client.get(f"{connection}/password").status_code == 405
        assert page.client.get(f"{connection}/file").status_code == 405
    with stage.unscoped() as session:
        install = session.scalars(select(Install)).one()
    assert (install.passwords, install.invited_at) == ([], None)


def test_what_the_books_said_is_shown(stage: Stage, page: Browsing) -> None:
    address = f"/connections/{stage.connect()}"
    html = page.get(address).text
    assert "All 4 steps are done" in html
    assert "C:\\Books\\Harlan Roll-Off.qbw" in html
    assert "QuickBooks Enterprise 24.0" in html
    assert "Last call" in html
    assert "Choose invoices to send" in html


def test_a_wrong_password_over_there_is_told_here(stage: Stage, page: Browsing, connection: str) -> None:
    with stage.unscoped() as session:
        session.execute(update(ConnectionStatus).values(denied_at=stage.now - dt.timedelta(minutes=2), denials=1))
        session.commit()
    html = page.get(connection).text
    assert "A wrong password came" in html
    assert "2 min ago" in html
    assert "Nothing was taken." in html


def test_what_stopped_the_last_run_is_told_with_its_code_folded(stage: Stage, page: Browsing) -> None:
    address = f"/connections/{stage.connect()}"
    trouble = {"code": "0x80040408", "text": "Could not start", "sentence": "Open the company file.", "at": "x"}
    with stage.unscoped() as session:
        session.execute(update(ConnectionStatus).values(trouble=trouble))
        session.commit()
    html = page.get(address).text
    assert "Open the company file." in html
    folds = "".join(re.findall(r"<details.*?</details>", html, re.DOTALL))
    assert html.count("0x80040408") == folds.count("0x80040408") == 1


def test_the_first_call_moves_the_page_on_by_itself(stage: Stage, page: Browsing, connection: str) -> None:
    fresh = page.get(f"{connection}/live")
    assert "Listening for your Web Connector" in fresh.text
    assert "csrf" not in fresh.text
    parts = re.findall(r'id="([\w-]+)" data-part', fresh.text)
    whole = page.get(connection).text
    assert [part for part in parts if f'id="{part}" data-part' not in whole] == []
    etag = {"If-None-Match": fresh.headers["ETag"]}
    assert page.get(f"{connection}/live", headers=etag).status_code == 304
    with stage.unscoped() as session:
        session.execute(update(ConnectionStatus).values(last_contact_at=stage.now))
        session.commit()
    assert "It has called" in page.get(f"{connection}/live", headers=etag).text


def test_checking_with_the_next_call_makes_work_due(stage: Stage, page: Browsing) -> None:
    address = f"/connections/{stage.connect()}"
    with stage.unscoped() as session:
        session.execute(update(ConnectionStatus).values(due_at=None))
        session.commit()
    page.get(address)
    assert "The next call checks everything." in page.press(f"{address}/check", follow=True).text
    with stage.unscoped() as session:
        assert session.scalars(select(ConnectionStatus.due_at)).one() == stage.now


def test_a_company_sends_a_set_up_link_to_whoever_has_the_books(stage: Stage, page: Browsing, connection: str) -> None:
    answer = page.press(f"{connection}/link", email="clerk@harlan.example")
    assert answer.headers["Cache-Control"] == "no-store"
    shown = SECRET.search(answer.text)
    assert shown is not None
    assert shown[1].startswith("http://localhost:8000/connect/")
    assert "clerk@harlan.example gets it by mail." in answer.text
    assert shown[1] not in page.get(connection).text
    path = shown[1].removeprefix("http://localhost:8000")
    assert "Connect QuickBooks for Harlan" in stage.app.test_client().get(path).text
    assert page.press(f"{connection}/link", email="nobody").status_code == 422
    assert "is not an e-mail address" in page.press(f"{connection}/link", email="nobody").text
    assert stage.app.test_client().get(path).status_code == 200, "what was refused ended nothing"
