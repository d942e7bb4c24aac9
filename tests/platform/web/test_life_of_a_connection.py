"""When something must stop or be put right: pausing, the wrong company file, an older copy, the brake, removal."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from dray.billing.models import BookState, Invoice, Receipt
from dray.connections import binding, brakes, questions
from dray.connections.brakes import EVERYWHERE
from dray.connections.models import Brake, Connection, ConnectionStatus, Install
from dray_sdk import Books
from dray_tenants.models import AuditEntry, Tenant
from dray_tenants.roles import GRANTS, Right, Role
from tests.platform.web.stage import Browsing, Stage

OTHER = Books(name="Harlan Roll-Off 2027", place=r"C:\Books\Harlan 2027.qbw", edition="QuickBooks Enterprise 24.0")
SAMPLE = Books(name="Sample Larry's Landscaping", place=r"C:\Sample\sample.qbw", sample=True)
SEEN = re.compile(r'name="seen" value="(\w+)"')
ASKED = re.compile(r'name="asked" value="(\w+)"')


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.ADMIN))
    page.get(here(stage))
    return page


def here(stage: Stage, below: str = "") -> str:
    return f"/connections/{stage.connection}{below}"


def found(stage: Stage) -> Connection:
    with stage.session() as session:
        return session.scalars(select(Connection).where(Connection.public_id == stage.connection)).one()


def open_file(stage: Stage, books: Books, *, unbound: bool = False) -> None:
    """The next exchange sees this file."""
    with stage.session() as session:
        row = session.scalars(select(Connection).where(Connection.public_id == stage.connection)).one()
        if unbound:
            row.books, row.bound_at, row.state = None, None, "setting_up"
        assert binding.check(session, row, books, at=stage.now).stops
        session.commit()


def ask_whether_older(stage: Stage, ids: Sequence[str]) -> None:
    """The next exchange misses these invoices."""
    with stage.session() as session:
        row = session.scalars(select(Connection).where(Connection.public_id == stage.connection)).one()
        receipts = select(Receipt.id).join(Invoice, Invoice.id == Receipt.invoice_id)
        vanished = session.scalars(receipts.where(Invoice.public_id.in_(ids)).order_by(Receipt.id)).all()
        questions.ask(session, row, 9, vanished, at=stage.now)
        session.commit()


def actions(stage: Stage) -> list[str]:
    with stage.session() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


# ---- pausing


def test_a_pause_says_what_waits_and_is_taken_back(stage: Stage, page: Browsing) -> None:
    stage.sent(stage.invoices(2))
    assert "Pause sending" in page.get(here(stage)).text
    said = page.press(here(stage, "/pause"), follow=True).text
    assert "Sending is paused." in said
    assert "2 invoices wait, and more can be put in line." in said
    assert found(stage).state == "paused"
    assert "Sending was paused already." in page.press(here(stage, "/pause"), follow=True).text
    said = page.press(here(stage, "/resume"), follow=True).text
    assert "Sending goes on." in said
    assert "2 invoices wait" not in said
    assert found(stage).state == "active"
    assert "It was not paused." in page.press(here(stage, "/resume"), follow=True).text
    assert actions(stage)[-2:] == ["connection.paused", "connection.resumed"]


# ---- the wrong company file


def test_another_company_file_is_shown_beside_ours_and_confirmed_with_a_tick(stage: Stage, page: Browsing) -> None:
    open_file(stage, OTHER)
    html = page.get(here(stage)).text
    assert "Wrong company file" in html
    for both in (r"C:\Books\Harlan 2027.qbw", r"C:\Books\Harlan Roll-Off.qbw"):
        assert both in html
    assert "The last run stopped" not in html
    mark = SEEN.findall(html)[0]
    said = page.press(here(stage, "/books"), follow=True, seen=mark).text
    assert "Tick the sentence above the button first." in said
    assert binding.bound_books(found(stage)) != OTHER
    said = page.press(here(stage, "/books"), follow=True, seen=mark, sure="1").text
    assert "Invoices go to Harlan Roll-Off 2027 from now on." in said
    assert "Another company file is open" not in said
    assert "Wrong company file" not in said
    assert binding.bound_books(found(stage)) == OTHER
    assert actions(stage)[-1] == "connection.books_confirmed"


def test_a_file_that_was_opened_meanwhile_is_not_taken_for_the_one_on_the_page(stage: Stage, page: Browsing) -> None:
    open_file(stage, OTHER)
    mark = SEEN.findall(page.get(here(stage)).text)[0]
    open_file(stage, Books(name="Somebody Else Inc.", place=r"C:\Books\else.qbw"))
    said = page.press(here(stage, "/books"), follow=True, seen=mark, sure="1").text
    assert "Other books have been open since you looked." in said
    assert "Somebody Else Inc." in said
    books = binding.bound_books(found(stage))
    assert books is not None
    assert books.name == "Harlan Roll-Off & Recycling"


def test_a_sample_company_is_taken_for_testing_at_first_contact_only(stage: Stage, page: Browsing) -> None:
    open_file(stage, SAMPLE)
    html = page.get(here(stage)).text
    assert "A sample company is open" in html
    assert 'name="seen"' not in html
    mark = found(stage).seen_books
    assert mark is not None
    open_file(stage, SAMPLE, unbound=True)
    html = page.get(here(stage)).text
    assert "Use this sample company, for testing only." in html
    page.press(here(stage, "/books"), seen=SEEN.findall(html)[0], sure="1")
    assert binding.bound_books(found(stage)) == SAMPLE


def test_a_file_of_another_connection_cannot_be_confirmed(stage: Stage, page: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    theirs = stage.connect("Prairie books", tenant=other)
    with stage.session(other) as session:
        row = session.scalars(select(Connection).where(Connection.public_id == theirs)).one()
        status = update(ConnectionStatus).where(ConnectionStatus.connection_id == row.id)
        session.execute(status.values(books_id="{TAKEN}"))
        session.commit()
    open_file(stage, Books(id="{TAKEN}", name="Prairie Box"), unbound=True)
    html = page.get(here(stage)).text
    assert "This company file belongs to another connection" in html
    assert 'name="seen"' not in html


# ---- an older copy


def vanish(stage: Stage) -> list[str]:
    ids = stage.invoices(3)
    stage.sent(ids)
    stage.claimed(ids)
    for at, each in enumerate(ids):
        stage.accepted([each], books_id=f"2C4D-{at}", number=f"48{at}")
    ask_whether_older(stage, ids)
    return ids


def test_an_older_copy_is_asked_about_once_and_answered_with_a_tick(stage: Stage, page: Browsing) -> None:
    ids = vanish(stage)
    html = page.get(here(stage)).text
    assert "This looks like an older copy of the company file" in html
    assert "3 are no longer there" in html
    assert f'href="/invoices/{ids[0]}"' in html
    mark = ASKED.findall(html)[0]
    assert "Tick the sentence" in page.press(here(stage, "/older-copy"), follow=True, asked=mark).text
    assert found(stage).question is not None
    said = page.press(here(stage, "/older-copy"), follow=True, asked=mark, sure="1").text
    assert "3 invoices noted as deleted in the books" in said
    assert found(stage).question is None
    with stage.session() as session:
        assert session.scalars(select(BookState.kind)).all() == ["gone"] * 3
    assert set(stage.states().values()) == {"synced"}
    said = page.press(here(stage, "/older-copy"), follow=True, asked=mark, sure="1").text
    assert "Look again, then answer." in said


def test_an_answer_holds_for_the_invoices_on_the_page_only(stage: Stage, page: Browsing) -> None:
    ids = vanish(stage)
    mark = ASKED.findall(page.get(here(stage)).text)[0]
    ask_whether_older(stage, ids[:2])
    assert "Look again, then answer." in page.press(here(stage, "/older-copy"), True, asked=mark, sure="1").text
    assert found(stage).question is not None


def test_the_other_answer_looks_again_and_settles_nothing(stage: Stage, page: Browsing) -> None:
    vanish(stage)
    assert "The current one is open: look again" in page.get(here(stage)).text
    page.press(here(stage, "/check"))
    assert found(stage).question is not None
    with stage.session() as session:
        assert session.scalars(select(ConnectionStatus.due_at)).one() == stage.now


# ---- passwords and identity


def test_an_older_password_is_ended_at_once(stage: Stage, page: Browsing) -> None:
    page.press(here(stage, "/password"))
    assert "End the older password now" not in page.get(here(stage)).text
    page.press(here(stage, "/password"))
    assert "End the older password now" in page.get(here(stage)).text
    said = page.press(here(stage, "/password/older"), follow=True).text
    assert "The older password opens nothing any more." in said
    assert "End the older password now" not in said
    with stage.session() as session:
        assert [len(each) for each in session.scalars(select(Install.passwords))] == [1]
    assert "There is no older password any more." in page.press(here(stage, "/password/older"), follow=True).text


def test_a_new_set_up_file_begins_its_steps_again_while_the_old_one_works(stage: Stage, page: Browsing) -> None:
    assert "Make a new set-up file" in page.get(here(stage)).text
    said = page.press(here(stage, "/identity"), follow=True).text
    assert "A new set-up file is being put to use." in said
    assert "Step 1 of 3" in said
    assert "Listening for your Web Connector" in said
    assert "Make a new set-up file" not in said
    page.press(here(stage, "/file"))
    page.press(here(stage, "/password"))
    assert "Step 3 of 3" in page.get(here(stage)).text
    with stage.session() as session:
        assert session.scalars(select(Install.retired_at)).all() == [None, None]
        # The first call of the new one retires the old.
        session.execute(update(Install).where(Install.replaces_id.is_(None)).values(retired_at=stage.now))
        session.commit()
    assert "All 4 steps are done" in page.get(here(stage)).text


# ---- removal


def test_removal_says_what_happens_and_asks_for_the_name(stage: Stage, page: Browsing) -> None:
    stage.sent(stage.invoices(2))
    assert "Remove this connection" in page.get(here(stage)).text
    html = page.get(here(stage, "/remove")).text
    assert "2 invoices that wait become Draft again." in html
    answer = page.press(here(stage, "/remove"), name="quickbooks")
    assert answer.status_code == 422
    assert "Nothing was removed. Type the name as it is written here" in answer.text
    assert 'value="quickbooks"' in answer.text
    assert found(stage).state == "active"
    said = page.press(here(stage, "/remove"), follow=True, name=" QuickBooks  Desktop ").text
    assert "QuickBooks Desktop is removed. 2 invoices that waited became Draft again." in said
    assert "No books are connected yet" in said
    assert set(stage.states().values()) == {"draft"}
    assert page.get(here(stage)).status_code == 404
    assert page.press(here(stage, "/pause")).status_code == 404
    assert "connection.removed" in actions(stage)


def test_what_is_on_its_way_is_named_and_nothing_is_removed(stage: Stage, page: Browsing) -> None:
    sending, doubtful, waiting = stage.invoices(3)
    stage.sent([sending, doubtful, waiting])
    stage.claimed([sending, doubtful])
    stage.doubtful([doubtful])
    html = page.get(here(stage, "/remove")).text
    assert "It cannot be removed yet" in html
    for each in (sending, doubtful):
        assert f'href="/invoices/{each}"' in html
    assert waiting not in html
    assert "Remove the connection" not in html
    answer = page.press(here(stage, "/remove"), name="QuickBooks Desktop")
    assert answer.status_code == 409
    assert "Nothing was removed. 2 invoices are on the way" in answer.text
    assert found(stage).state == "active"
    assert sorted(stage.states().values()) == ["checking", "pending_sync", "sending"]


def test_the_default_is_handed_over_to_the_one_that_was_chosen(stage: Stage, page: Browsing) -> None:
    first, _second, third = stage.connection, stage.connect("Second"), stage.connect("Third")
    stage.connection = first
    assert "Where invoices go by default" in page.get(here(stage, "/remove")).text
    page.press(here(stage, "/remove"), name="QuickBooks Desktop", default=third)
    assert f'href="/connections/{third}"' in page.get("/invoices").text
    stage.connection = third
    elsewhere = stage.connect("Prairie books", tenant=stage.company("Prairie Box Co.", "prairie"))
    assert page.press(here(stage, "/remove"), name="Third", default=elsewhere).status_code == 404
    assert found(stage).state == "active"


# ---- the brake


def test_a_brake_is_said_on_every_page_and_taken_off_by_who_put_it_on(stage: Stage, page: Browsing) -> None:
    assert "Sending is stopped" not in page.get("/invoices").text
    page.press(here(stage, "/brake"))
    for address in ("/invoices", "/connections", here(stage), "/users", "/imports", "/settings", "/tokens"):
        said = page.get(address).text
        assert "Sending is stopped for the moment: QuickBooks Desktop." in said, address
        assert "by denise@harlan.example" in said
    assert "Sending is stopped for the moment" in page.get("/invoices/live").text
    assert "It was stopped already." in page.press(here(stage, "/brake"), follow=True).text
    said = page.press(here(stage, "/brake/off"), follow=True).text
    assert "Sending goes on." in said
    assert "Sending is stopped" not in said
    assert "It was not stopped." in page.press(here(stage, "/brake/off"), follow=True).text
    assert actions(stage)[-2:] == ["brake.pulled", "brake.released"]


@pytest.mark.parametrize("reach", ["everywhere", "connector", "version", "tenant", "connection"])
def test_a_company_does_not_take_off_a_brake_of_who_runs_the_installation(
    stage: Stage, page: Browsing, reach: str
) -> None:
    row = found(stage)
    version = stage.app.extensions["dray"].registry.get(row.connector).version
    with stage.session() as session:
        public = session.scalars(select(Tenant.public_id).where(Tenant.id == row.tenant_id)).one()
        reaches = {
            "everywhere": EVERYWHERE,
            "connector": brakes.of_connector(row.connector),
            "version": brakes.of_connector(row.connector, version),
            "tenant": brakes.Reach(brakes.Scope.TENANT, public),
            "connection": brakes.Reach(brakes.Scope.CONNECTION, row.public_id),
        }
        brakes.pull(session, reaches[reach], at=stage.now, actor="command line", reason="doubled invoices")
        session.commit()
    html = page.get(here(stage)).text
    assert "by whoever runs Dray for you; there is nothing to do." in html
    assert "doubled invoices" not in html
    assert "Let sending go on" not in html
    page.press(here(stage, "/brake"))
    page.press(here(stage, "/brake/off"))
    with stage.session() as session:
        on = session.scalars(select(Brake.scope).where(Brake.released_at.is_(None), Brake.pulled_by == "command line"))
        assert on.all() == [reach]


def test_a_brake_on_somebody_else_is_nobody_elses_business(stage: Stage, page: Browsing) -> None:
    theirs = stage.connect("Prairie books", tenant=stage.company("Prairie Box Co.", "prairie"))
    with stage.unscoped() as session:
        brakes.pull(session, brakes.Reach(brakes.Scope.CONNECTION, theirs), at=stage.now, actor="command line")
        session.commit()
    assert "Sending is stopped" not in page.get("/invoices").text
    assert "Sending is stopped" not in page.get(here(stage)).text


# ---- who may

DOORS = {
    ("GET", "/remove"): Right.REMOVE_CONNECTION,
    ("POST", "/pause"): Right.MANAGE_CONNECTIONS,
    ("POST", "/resume"): Right.MANAGE_CONNECTIONS,
    ("POST", "/brake"): Right.MANAGE_CONNECTIONS,
    ("POST", "/brake/off"): Right.MANAGE_CONNECTIONS,
    ("POST", "/password/older"): Right.MANAGE_CONNECTIONS,
    ("POST", "/identity"): Right.MANAGE_CONNECTIONS,
    ("POST", "/books"): Right.BIND_BOOKS,
    ("POST", "/older-copy"): Right.BIND_BOOKS,
    ("POST", "/remove"): Right.REMOVE_CONNECTION,
}


@pytest.mark.parametrize("role", Role)
def test_a_role_presses_what_its_rights_allow_and_nothing_else(stage: Stage, role: Role) -> None:
    stage.connect()
    page = stage.browse(stage.person(f"{role}@harlan.example", role))
    page.get("/invoices")
    for (method, below), right in DOORS.items():
        answer = page.get(here(stage, below)) if method == "GET" else page.press(here(stage, below))
        allowed = right in GRANTS[role]
        assert (answer.status_code != 403) is allowed, (method, below)
        assert answer.status_code < 500


def test_who_may_not_is_told_who_can_and_sees_no_button(stage: Stage) -> None:
    stage.connect()
    open_file(stage, OTHER)
    page = stage.browse(stage.person("viewer@harlan.example", Role.VIEWER))
    html = page.get(here(stage)).text
    assert "An admin of your company can say so here." in html
    for button in ("from now on", "Pause sending<", "Stop sending at once", "Make a new set-up file", "Remove this"):
        assert button not in html


def test_another_companys_connection_is_not_there(stage: Stage, page: Browsing) -> None:
    theirs = stage.connect("Prairie books", tenant=stage.company("Prairie Box Co.", "prairie"))
    for method, below in DOORS:
        address = f"/connections/{theirs}{below}"
        form = {"name": "Prairie books", "sure": "1"}
        answer = page.get(address) if method == "GET" else page.press(address, False, **form)
        assert answer.status_code == 404, (method, below)
        assert "Prairie" not in answer.text


def test_a_button_without_the_pages_token_does_nothing(stage: Stage, page: Browsing) -> None:
    for method, below in DOORS:
        if method == "POST":
            assert page.client.post(here(stage, below), data={"name": "QuickBooks Desktop"}).status_code == 400
    assert found(stage).state == "active"


def test_after_a_restore_the_page_says_why_nothing_leaves_and_until_when(stage: Stage, page: Browsing) -> None:
    stage.sent(stage.invoices(2))
    with stage.session() as session:
        session.execute(update(Connection).values(restored_at=stage.now))
        session.commit()
    shown = page.get(here(stage)).text
    assert "Nothing leaves before 11:16 am." in shown
    assert "put back from a backup at 10:46 am" in shown
    assert "2 invoices wait and go by themselves after that" in shown
    assert "Nothing leaves before" in page.get(here(stage, "/live")).text
    stage.now += dt.timedelta(minutes=30)
    assert "Nothing leaves before" not in page.get(here(stage)).text
