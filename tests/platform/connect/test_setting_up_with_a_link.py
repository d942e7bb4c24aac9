"""A customer sets QuickBooks up with a link: each step ticks itself, and the end is a proof."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from dray.backup.aftermath import settle
from dray.billing.routing import starts
from dray.connections.models import Connection, Install, IssuedFile
from dray.housekeeping import drop_the_old
from dray.onboarding.models import ObservedCall, Setup
from dray_qbd.simulator.qwc import AddRefused
from dray_tenants.models import AuditEntry
from tests.ground.databases import MigratedTemplate
from tests.platform.connect.customer import Customer
from tests.platform.web.stage import Stage


def test_each_step_ticks_itself_when_it_is_seen(customer: Customer) -> None:
    customer.claim()
    assert customer.done() == []
    qwc, password = customer.hand_over()
    assert customer.done() == ["file"]
    connector = customer.web_connector(qwc, password)
    connector.add()
    assert customer.done() == ["file", "reached"]
    connector.run_once()
    assert customer.done() == ["file", "reached", "password", "books", "read"]
    assert customer.hint() == ""
    assert customer.confirm(first_day="2026-11-01") == 303
    assert "confirmed" in customer.done()
    customer.stage.now += dt.timedelta(minutes=10)
    connector.run_once()
    assert customer.done()[-1] == "by_itself"
    assert "All 7 steps are done." in customer.live()


def test_the_end_is_a_proof_with_the_invoices_that_wait(stage: Stage, customer: Customer) -> None:
    stage.invoices(2)
    stage.invoices(1, "X" * 60, first=30000)
    customer.installed().run_once()
    assert customer.confirm(first_day="") == 303
    page = customer.live()
    assert "Connected to Harlan Roll-Off &amp; Recycling." in page
    assert "2 are ready to send and 1 needs a decision" in page
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        assert connection.confirmed_at is not None
        assert connection.bound_by == "set-up link of owner@harlan.example"
        assert starts(session) == {}
        setup = session.scalars(select(Setup)).one()
        assert setup.ended_for == "proved"


def test_the_first_day_is_kept_and_a_wrong_one_changes_nothing(stage: Stage, customer: Customer) -> None:
    customer.installed().run_once()
    assert customer.confirm(first_day="soon") == 422
    with stage.session() as session:
        assert session.scalars(select(Connection.confirmed_at)).one() is None
    assert customer.confirm(first_day="2026-11-01") == 303
    with stage.session() as session:
        assert list(starts(session).values()) == [dt.date(2026, 11, 1)]


def test_a_proved_link_opens_nothing_more(customer: Customer) -> None:
    customer.installed().run_once()
    customer.confirm()
    for button in ("begin", "password", "identity", "code", "company"):
        assert customer.browser.press(f"{customer.steps}/{button}").status_code == 410, button
    assert customer.browser.get(f"{customer.steps}/file").status_code == 410
    stranger = Customer(customer.stage, customer.connection, link=customer.link)
    answer = stranger.browser.get(customer.link)
    assert answer.status_code == 410
    assert "This connection is set up" in answer.text


def test_another_company_file_than_was_looked_at_is_not_confirmed(stage: Stage, customer: Customer) -> None:
    customer.installed().run_once()
    answer = customer.browser.press(f"{customer.steps}/company", mark="0" * 24, first_day="")
    assert answer.status_code == 409
    with stage.session() as session:
        assert session.scalars(select(Connection.confirmed_at)).one() is None


def test_a_company_file_that_refuses_the_file_takes_a_new_one(stage: Stage, customer: Customer) -> None:
    first = customer.installed()
    first.run_once()
    customer.confirm()
    stage.now += dt.timedelta(days=3)
    # Another computer, the same company file: QuickBooks takes a stamp only once.
    again = Customer(stage, customer.connection)
    again.quickbooks = customer.quickbooks
    again.claim()
    qwc, password = again.hand_over()
    with pytest.raises(AddRefused, match="QBWC1039"):
        again.web_connector(qwc, password).add()
    qwc, password = again.hand_over("identity")
    connector = again.web_connector(qwc, password)
    connector.add()
    report = connector.run_once()
    assert report.code is None
    assert again.done()[:6] == ["file", "reached", "password", "books", "read", "confirmed"]
    assert "Connected to" in again.live()
    assert first.run_once().minimum == 3600
    assert again.hint() == "closed"
    with stage.session() as session:
        assert session.scalars(select(Connection.state)).all() == ["active"]
        assert len(session.scalars(select(Install)).all()) == 2


def test_every_file_is_in_the_register(stage: Stage, customer: Customer) -> None:
    customer.installed()
    customer.browser.get(f"{customer.steps}/file")
    with stage.session() as session:
        files = session.scalars(select(IssuedFile)).all()
    assert [file.issued_to for file in files] == ["owner@harlan.example"] * 2
    assert {file.issued_by for file in files} == {"set-up link of owner@harlan.example"}


def every_value(path: Path) -> Iterator[bytes]:
    """All that stands in any row of the database, unpacked where it is compressed."""
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    plain = value if isinstance(value, bytes) else str(value).encode()
                    yield plain
                    with suppress(zlib.error):
                        yield zlib.decompress(plain)


def test_the_password_is_nowhere_but_in_that_one_answer(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, migrated_template: MigratedTemplate
) -> None:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path, settings={"DRAY_LOG_LEVEL": "debug"})
    customer = Customer(stage, stage.connect(called=False))
    customer.claim()
    qwc, password = customer.hand_over()
    connector = customer.web_connector(qwc, password)
    connector.add()
    connector.run_once()
    connector._password = password.lower()  # however it is typed
    connector.run_once()
    customer.browser.press(f"{customer.steps}/password", csrf_token="wrong", password=password)
    logged = "".join(capfd.readouterr())
    assert "request" in logged, "the log was seen"
    bare = password.replace("-", "")
    pages = customer.browser.get(customer.steps).text + customer.live()
    with stage.session() as session:
        kept = [
            *(f"{row.said} {row.answered} {row.sentence}" for row in session.scalars(select(ObservedCall))),
            *(str(row.details) for row in session.scalars(select(AuditEntry))),
        ]
    file = (stage.home / "dray.db").read_bytes() + (stage.home / "dray.db-wal").read_bytes()
    everything = list(every_value(stage.home / "dray.db"))
    assert any(b"authenticate" in each for each in everything), "the calls were seen"
    stage.close()
    for secret in (password, bare, password.lower(), bare.lower()):
        assert secret not in logged
        assert not any(secret.encode() in each for each in everything)
        assert secret not in pages
        assert not any(secret in text for text in kept)
        assert secret.encode() not in file


def test_the_place_adapts_the_words(customer: Customer) -> None:
    assert "window of your hosting provider" in customer.claim("hosted")


def test_a_call_that_nobody_watches_is_not_noted(stage: Stage, customer: Customer) -> None:
    connector = customer.installed()
    connector.run_once()
    customer.confirm()
    with stage.session() as session:
        noted = len(session.scalars(select(ObservedCall.id)).all())
    stage.now += dt.timedelta(hours=2)
    stage.app.extensions["dray"].observer.watches.look_again()
    connector.run_once()
    with stage.session() as session:
        assert len(session.scalars(select(ObservedCall.id)).all()) == noted


def test_a_page_names_the_version_of_the_web_connector(customer: Customer) -> None:
    customer.installed().run_once()
    assert re.search(r"Signed in, version [0-9.]+", customer.live())


def test_noted_calls_are_dropped_after_a_month(stage: Stage, customer: Customer) -> None:
    customer.installed().run_once()
    stage.now += dt.timedelta(days=29)
    drop_the_old(stage.app.extensions["dray"])
    with stage.session() as session:
        assert session.scalars(select(ObservedCall.id)).all() != []
    stage.now += dt.timedelta(days=2)
    drop_the_old(stage.app.extensions["dray"])
    with stage.session() as session:
        assert session.scalars(select(ObservedCall.id)).all() == []


def test_after_a_restore_no_link_is_good(stage: Stage, customer: Customer) -> None:
    customer.claim()
    with stage.app.app_context(), stage.app.extensions["dray"].engines.write.begin() as connection:
        settle(connection, stage.now, at=stage.now)
    assert customer.browser.get(customer.steps).status_code == 410
