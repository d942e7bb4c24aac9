"""Pages of books that we call speak of no other program, and lead to the books' own pages."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from dray.connections.models import Connection, ConnectionStatus
from dray.connections.opening import open_connection
from dray_sdk import Books, canonical
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def online(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    """A company whose only books are Online, as Intuit's production would be."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    settings = {
        "DRAY_QBO_CLIENT_ID": "an-id",
        "DRAY_QBO_CLIENT_SECRET": "a-secret",
        "DRAY_QBO_ENVIRONMENT": "production",
    }
    stage = Stage(tmp_path, settings=settings)
    with stage.session() as session:
        connector = stage._parts().registry.get("qbo")
        made = open_connection(session, connector, "Larkspur Online", at=stage.now, actor=DENISE, randomness=bytes)
        made.state, made.books_id, made.bound_at = "active", "9130350000000001", stage.now
        made.books = canonical.dump(Books(name="Larkspur Landscaping", id="9130350000000001", currency="USD"))
        stage.connection = made.public_id
        session.commit()
    yield stage
    stage.close()


@pytest.fixture
def page(online: Stage) -> Browsing:
    return online.browse(online.person(DENISE, Role.ADMIN))


def test_the_button_that_sends_names_its_target_and_nobody_waits_for_a_call(online: Stage, page: Browsing) -> None:
    (invoice,) = online.invoices(1)
    review = page.get(f"/invoices/review?pick={invoice}.1").text
    assert "to Larkspur Online" in review
    assert "Within seconds" in review
    assert "Web Connector" not in review
    online.sent([invoice])
    shown = page.get(f"/invoices/{invoice}").text
    assert "Goes within seconds." in shown
    assert "Web Connector" not in shown


def test_an_accepted_invoice_leads_to_its_page_in_the_books(online: Stage, page: Browsing) -> None:
    (invoice,) = online.invoices(1)
    online.sent([invoice])
    online.claimed([invoice])
    assert "Open it in" not in page.get(f"/invoices/{invoice}").text
    online.accepted([invoice], books_id="266", number="1043")
    shown = page.get(f"/invoices/{invoice}").text
    assert 'href="https://qbo.intuit.com/app/invoice?txnId=266"' in shown
    assert "Open it in Larkspur Online" in shown


def test_books_on_a_computer_have_no_such_page(stage: Stage) -> None:
    stage.connect()
    page = stage.browse(stage.person(DENISE, Role.ADMIN))
    (invoice,) = stage.invoices(1)
    stage.sent([invoice])
    assert "Goes with the next run" in page.get(f"/invoices/{invoice}").text
    stage.claimed([invoice])
    stage.accepted([invoice])
    assert "Open it in" not in page.get(f"/invoices/{invoice}").text


def test_books_that_we_call_are_never_silent(online: Stage) -> None:
    email = online.person(DENISE, Role.ADMIN)
    with online.session() as session:
        session.execute(update(ConnectionStatus).values(last_contact_at=online.now))
        session.commit()
    online.now += dt.timedelta(days=20)
    shown = online.browse(email).get(f"/connections/{online.connection}").text
    assert "ilent" not in shown
    assert "Signed out" in shown


def test_the_list_of_invoices_asks_nobody_to_finish_a_set_up_that_is_finished(online: Stage, page: Browsing) -> None:
    ids = online.invoices(1)
    shown = page.get("/invoices").text
    assert "has not called yet" not in shown
    assert "What you send goes within seconds." in shown
    online.sent(ids)
    shown = page.get("/invoices").text
    assert "1 pending invoice will go within seconds." in shown
    assert "Goes within seconds" in shown
    assert "next run" not in shown


def test_the_list_of_invoices_says_what_holds_up_books_that_we_call(online: Stage, page: Browsing) -> None:
    with online.session() as session:
        session.execute(update(Connection).values(state="paused"))
        session.commit()
    shown = page.get("/invoices").text
    assert "Paused." in shown
    assert f'/connections/{online.connection}">What to do' in shown
