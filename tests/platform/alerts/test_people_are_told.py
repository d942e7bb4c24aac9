"""People are told once for each cause until it is over; the letters arrive at a real mail server that misbehaves."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dray.alerts import telling
from dray.alerts.causes import Cause, is_quiet
from dray.alerts.models import Alert
from dray.billing import differences
from dray.billing.differences import Difference, Seen
from dray.billing.models import Invoice
from dray.connections.models import Connection, ConnectionStatus
from dray.mail.models import Mail
from dray.mail.outbox import send_due
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.platform.mail.mail_server import PostOffice, open_post_office
from tests.platform.web.stage import Browsing, Stage

OWNER = "denise.okafor@harlan.example"
CLERK = "carl@harlan.example"
ALL = [cause.value for cause in Cause]


@pytest.fixture
def stage(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(OWNER, Role.OWNER)
    stage.person(CLERK, Role.BILLING)
    stage.connect()
    yield stage
    stage.close()


@pytest.fixture
def owner(stage: Stage) -> Browsing:
    browser = stage.browse(OWNER)
    browser.get("/alerts")
    return browser


def tell(stage: Stage) -> telling.Told:
    return telling.tell(stage._parts())


def subjects(stage: Stage, email: str) -> list[str]:
    """What was written to somebody so far."""
    with stage.unscoped() as session:
        return list(session.scalars(select(Mail.subject).where(Mail.recipient == email).order_by(Mail.id)))


def choose(stage: Stage, browser: Browsing, email: str, *causes: str) -> None:
    html = browser.get("/alerts").text
    found = re.search(rf'<h2 id="h-(usr_\w+)">{re.escape(email)}', html)
    assert found, html
    assert browser.press("/alerts", person=found[1], cause=list(causes)).status_code == 303


def refused(stage: Stage, count: int = 1, first: int = 20471, actor: str = CLERK) -> list[str]:
    ids = stage.invoices(count, first=first)
    stage.sent(ids, actor=actor)
    stage.claimed(ids)
    stage.refused(ids)
    return ids


def call(stage: Stage) -> None:
    """The Web Connector calls."""
    with stage.session() as session:
        values = {"last_contact_at": stage.now, "idle_since": stage.now, "idle_polls": 1}
        session.execute(update(ConnectionStatus).values(values))
        session.commit()


def test_silence_is_told_to_admins_once_and_again_when_it_came_back(stage: Stage) -> None:
    stage.sent(stage.invoices(1), actor="connection")
    assert tell(stage).letters == 0
    stage.now += dt.timedelta(hours=1)
    assert tell(stage) == telling.Told(opened=1, letters=1)
    assert tell(stage) == telling.Told()
    stage.now += dt.timedelta(hours=5)
    assert tell(stage) == telling.Told()
    call(stage)
    assert tell(stage) == telling.Told(cleared=1)
    stage.now += dt.timedelta(hours=1)
    assert tell(stage) == telling.Told(opened=1, letters=1)
    said = "Harlan Roll-Off & Recycling: The computer with QuickBooks is silent"
    assert subjects(stage, OWNER) == [said, said]
    assert subjects(stage, CLERK) == [], "who never chose is told nothing but what they sent"


def test_what_comes_and_goes_is_not_told_each_time(stage: Stage, owner: Browsing) -> None:
    choose(stage, owner, OWNER, Cause.REFUSALS)
    for times in range(4):
        refused(stage, first=1000 + times, actor="billing")
        tell(stage)
        stage.marked([_id(stage, f"INV-{1000 + times}")])
        tell(stage)
        stage.now += dt.timedelta(minutes=20)
    assert len(subjects(stage, OWNER)) == 1
    stage.now += dt.timedelta(hours=4)
    refused(stage, first=2000, actor="billing")
    tell(stage)
    assert len(subjects(stage, OWNER)) == 2


def _id(stage: Stage, number: str) -> str:
    with stage.session() as session:
        return session.scalars(select(Invoice.public_id).where(Invoice.number == number)).one()


def test_the_sender_gets_one_letter_when_all_are_through(stage: Stage) -> None:
    first, second = stage.invoices(3, first=100), stage.invoices(2, first=200)
    stage.sent(first, actor=CLERK)
    stage.sent(second, actor=CLERK)
    stage.claimed([*first, *second])
    stage.accepted(first[:2])
    stage.accepted(second)
    assert tell(stage).digests == 1, "the second press is through"
    assert subjects(stage, CLERK) == ["Harlan Roll-Off & Recycling: 2 invoices accepted"]
    stage.refused(first[2:])
    assert tell(stage).digests == 1
    assert subjects(stage, CLERK)[1:] == ["Harlan Roll-Off & Recycling: 2 of 3 invoices accepted, 1 refused"]
    assert tell(stage).digests == 0
    assert subjects(stage, OWNER) == []


def test_who_took_everything_back_or_is_a_program_gets_no_letter(stage: Stage) -> None:
    taken_back = stage.invoices(1, first=100)
    stage.sent(taken_back, actor=CLERK)
    clerk = stage.browse(CLERK)
    clerk.get("/invoices")
    clerk.press("/invoices/unpend", pick=f"{taken_back[0]}.1")
    by_program = stage.invoices(1, first=200)
    stage.sent(by_program, actor="token billing")
    stage.claimed(by_program)
    stage.accepted(by_program)
    assert tell(stage).digests == 0
    assert subjects(stage, CLERK) == []


def test_each_cause_reaches_who_chose_it(stage: Stage, owner: Browsing) -> None:
    choose(stage, owner, OWNER, *ALL)
    (one,) = stage.invoices(1, first=1)
    stage.sent([one], actor="billing")
    stage.claimed([one])
    stage.accepted([one])
    refused(stage, actor="billing")
    with stage.session() as session:
        connection = session.scalars(select(Connection.id)).one()
        key = session.scalars(select(Invoice.id).where(Invoice.public_id == one)).one()
        differences.record(session, connection, "Books", [Seen(key, Difference.VOIDED)], at=stage.now, actor="test")
        trouble = {"code": "other_books", "text": "", "sentence": "The file Other.qbw is open.", "at": "2026-11-19"}
        session.execute(update(ConnectionStatus).values(trouble=trouble))
        session.commit()
    assert tell(stage).opened == 3
    said = " ".join(subjects(stage, OWNER))
    assert "A run stopped" in said
    assert "Invoices were refused" in said
    assert "changed, voided or deleted" in said
    owner.get("/problems")
    owner.press("/problems/differences/aside", cause="differs~voided~", reason="On purpose")
    assert tell(stage).cleared == 1, "what was set aside is over"


def test_in_quiet_hours_nobody_is_told_and_in_the_morning_they_are(stage: Stage, owner: Browsing) -> None:
    choose(stage, owner, OWNER, Cause.REFUSALS)
    assert "Nothing was changed" in owner.press("/alerts/quiet", follow=True, begin="22:00", end="").text
    owner.press("/alerts/quiet", begin="22:00", end="06:30")
    stage.now = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)  # 11 pm in Chicago
    refused(stage)
    assert tell(stage) == telling.Told(opened=1)
    assert "Not told yet" in owner.get("/alerts").text
    stage.now = dt.datetime(2026, 11, 20, 12, 31, tzinfo=dt.UTC)  # 6:31 am
    assert tell(stage).letters == 1
    assert tell(stage).digests == 0, "the sender was told in the same round"
    assert len(subjects(stage, CLERK)) == 1


def test_letters_arrive_although_the_server_refuses_at_first(stage: Stage, owner: Browsing, free_port: int) -> None:
    choose(stage, owner, OWNER, Cause.REFUSALS)
    refused(stage, 2)
    tell(stage)
    parts = stage._parts()
    mailing = replace(parts, settings=replace(parts.settings, smtp_url=f"smtp://127.0.0.1:{free_port}"))
    assert send_due(mailing).put_off >= 1, "nobody answers yet"
    with open_post_office(free_port) as office:
        office.on_letter = ["451 come back later"]
        stage.now += dt.timedelta(minutes=5)
        send_due(mailing)
        stage.now += dt.timedelta(minutes=10)
        send_due(mailing)
        _arrived(office)


def _arrived(office: PostOffice) -> None:
    assert sorted(office.recipients) == sorted([OWNER, CLERK])
    by_subject = {str(letter["Subject"]).partition(": ")[2]: letter for letter in office.taken}
    alert = by_subject["Invoices were refused"].get_body(("plain",))
    digest = by_subject["0 of 2 invoices accepted, 2 refused"].get_body(("plain",))
    assert alert is not None
    assert digest is not None
    assert "2 invoices need somebody before the books take them." in alert.get_content()
    assert "http://localhost:8000/problems" in alert.get_content()
    assert "INV-20471 (The books have no terms called “Net 45”)" in digest.get_content()


def test_a_test_letter_goes_to_oneself(stage: Stage, owner: Browsing) -> None:
    said = owner.press("/alerts/test", follow=True).text
    assert "no mail server" in said
    assert subjects(stage, OWNER) == ["Harlan Roll-Off & Recycling: a test from Dray"]


def test_everybody_chooses_for_themselves_and_only_who_manages_people_for_others(stage: Stage, owner: Browsing) -> None:
    html = owner.get("/alerts").text
    found = re.search(rf'<h2 id="h-(usr_\w+)">{re.escape(OWNER)}', html)
    assert found
    clerk = stage.browse(CLERK)
    assert OWNER not in clerk.get("/alerts").text.replace("denise.okafor@harlan.example</span>", "")
    assert clerk.press("/alerts", person=found[1], cause=[]).status_code == 403
    assert clerk.press("/alerts/quiet", begin="22:00", end="06:00").status_code == 403
    choose(stage, clerk, CLERK, Cause.SILENCE)
    stage.sent(stage.invoices(1), actor="billing")
    stage.now += dt.timedelta(hours=1)
    tell(stage)
    assert len(subjects(stage, CLERK)) == 1


def test_another_company_is_told_nothing_of_this_one(stage: Stage) -> None:
    theirs = stage.company("Prairie Box Co.", "prairie")
    stage.person("ann@prairie.example", Role.OWNER, theirs)
    stage.sent(stage.invoices(1), actor="billing")
    stage.now += dt.timedelta(hours=1)
    tell(stage)
    assert subjects(stage, "ann@prairie.example") == []
    assert len(subjects(stage, OWNER)) == 1
    with stage.session(theirs) as session:
        assert session.scalars(select(Alert)).all() == []


def test_quiet_hours_reach_over_midnight() -> None:
    def at(hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime(2026, 11, 20, hour, minute, tzinfo=dt.UTC)

    assert is_quiet(at(23), "22:00", "06:30")
    assert is_quiet(at(6, 29), "22:00", "06:30")
    assert not is_quiet(at(6, 30), "22:00", "06:30")
    assert is_quiet(at(12), "12:00", "13:00")
    assert not is_quiet(at(13), "12:00", "13:00")
    assert not is_quiet(at(13), "13:00", "13:00")
