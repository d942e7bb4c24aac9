"""Every connection at a glance, the most urgent first."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from dray.alerts import telling
from dray.connections.models import Connection, ConnectionStatus
from dray.onboarding import fleet
from dray.onboarding.fleet import Health, Place, Wanted
from dray.onboarding.models import SelfCheck
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.console.office import Office
from tests.platform.shop import NOW, Shop
from tests.platform.web.stage import Stage


def trouble(stage: Stage, public_id: str, **values: object) -> None:
    with stage.unscoped() as session, session.tenant(stage.tenant):
        key = session.scalars(select(Connection.id).where(Connection.public_id == public_id)).one()
        session.execute(update(ConnectionStatus).where(ConnectionStatus.connection_id == key).values(**values))
        session.commit()


def test_what_is_worst_comes_first_and_is_counted(stage: Stage, office: Office) -> None:
    stage.connect("Well")
    silent, failing = stage.connect("Silent one"), stage.connect("Failing one")
    stage.connect("New one", called=False)
    telling.tell(stage._parts())
    trouble(stage, silent, last_contact_at=stage.now - dt.timedelta(days=4))
    telling.tell(stage._parts())
    told = {"code": "0x80040414", "sentence": "A window is open in QuickBooks.", "text": "", "at": "x"}
    trouble(stage, failing, trouble=told)
    page = office.staff().get("/console").text
    places = [page.index(f"<small>{name}</small>") for name in ("Failing one", "Silent one", "New one", "Well")]
    assert places == sorted(places)
    assert "A window is open in QuickBooks." in page
    assert "since then the Web Connector has not called" in page
    only = office.staff("tom@dray.example").get("/console?health=silent").text
    assert "<small>Silent one</small>" in only
    assert "<small>Well</small>" not in only


def test_the_same_trouble_in_several_places_is_one_line(stage: Stage, office: Office) -> None:
    told = {"code": "QBWC1012", "sentence": "Our door was shut.", "text": "", "at": "x"}
    for name in ("One", "Two"):
        trouble(stage, stage.connect(name), trouble=told)
    page = office.staff().get("/console").text
    assert "The same trouble in several places" in page
    assert "1 company, QBWC1012" in page


def test_the_same_trouble_is_one_click_away_and_a_wrong_password_is_failing(stage: Stage, office: Office) -> None:
    told = {"code": "QBWC1012", "sentence": "Our door was shut.", "text": "", "at": "x"}
    for name in ("One", "Two"):
        trouble(stage, stage.connect(name), trouble=told)
    trouble(stage, stage.connect("Three"), denied_at=stage.now)
    agent = office.staff()
    assert 'href="/console?code=QBWC1012"' in agent.get("/console").text
    same = agent.get("/console?code=QBWC1012").text
    assert "<small>One</small>" in same
    assert "<small>Three</small>" not in same
    assert "<small>Three</small>" in agent.get("/console?health=failing").text
    assert "Nothing is like that" in agent.get("/console?code=x").text
    assert "Nothing is like that" in agent.get("/console?problems=1").text
    refused = stage.invoices(1)
    stage.sent(refused)
    stage.claimed(refused)
    stage.refused(refused)
    assert "<small>Three</small>" in agent.get("/console?problems=1").text


def test_taking_and_snoozing_from_the_list_keep_its_filters_and_stand_in_the_audit(
    stage: Stage, office: Office
) -> None:
    one = stage.connect("One")
    agent = office.staff()
    said = agent.press("/console/triage?q=harlan", follow=False, take=one)
    assert said.location == "/console?q=harlan"
    assert 'name="release"' in agent.get("/console").text
    agent.press("/console/triage", snooze=one)
    assert "<small>One" in agent.get("/console?health=snoozed").text
    agent.press("/console/triage", wake=one)
    agent.press("/console/triage", release=one)
    assert "Nothing is like that" in agent.get("/console?mine=1").text
    for form in ({"take": "con_none"}, {"burn": one}, {}):
        assert "Choose a connection" in agent.press("/console/triage", follow=True, **form).text
    kept = [entry for entry in office.audit(stage.tenant) if entry[1] == "staff.care_kept"]
    assert kept == [("support, rosa@dray.example", "staff.care_kept")] * 4


@pytest.mark.parametrize("after", ["1", "x.y.z", "1.2.3.4", "9.99999999999999999.1", "-1.0.0", "1." + "9" * 40 + ".1"])
def test_a_place_that_nobody_gave_is_passed_over_or_harmless(office: Office, after: str) -> None:
    assert office.staff().get("/console", query_string={"after": after}).status_code == 200


@pytest.mark.parametrize("search", ["harlan", "HARLAN", "second", "%", "'; drop table tenants --", "dray_"])
def test_searching_finds_parts_of_names_and_takes_nothing_literally_wrong(
    stage: Stage, office: Office, search: str
) -> None:
    stage.connect("Second books")
    page = office.staff().get("/console", query_string={"q": search}).text
    found = "<small>Second books</small>" in page
    assert found is (search.lower() in ("harlan", "second", "dray_"))


def test_pages_follow_each_other_on_both_engines(engines: Engines, shop: Shop) -> None:
    with shop.session() as session:
        for number in range(fleet.PAGE + 3):
            row = Connection(
                public_id=f"con_{number:04}", connector="toy", name=f"Books {number}", state="active",
                created_at=NOW, created_by="test",
            )  # fmt: skip
            session.add(row)
            session.flush()
            status = ConnectionStatus(
                connection_id=row.id, tenant_id=session.require_tenant(), connector="toy", lease=0
            )
            status.last_contact_at = NOW
            session.add(status)
        session.commit()
    with ScopedSession(engines, read_only=True) as session, session.every_tenant("test"):
        first, place = fleet.page(session, Wanted(), now=NOW)
        assert place is not None
        second, end = fleet.page(session, Wanted(after=Place.read(str(place))), now=NOW)
        assert end is None
        counted = fleet.counts(session, now=NOW)
        assert fleet.clusters(session) == []
    assert len(first) == fleet.PAGE
    seen = [row.public_id for row in (*first, *second)]
    assert len(seen) == len(set(seen)) == fleet.PAGE + 3
    assert counted[Health.WELL] == fleet.PAGE + 3


def test_what_may_wait_comes_last_until_its_time_is_over(stage: Stage, office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    stage.connect("Well")
    page = f"/console/connections/{customer.connection}"
    agent.get(page)
    assert "Kept." in agent.press(f"{page}/care", follow=True, mine="1", days="7", note="Away until <Monday>").text
    home = agent.get("/console").text
    assert home.index("<small>Well") < home.index("Boone Valley Dumpsters</a>")
    assert "Note: Away until &lt;Monday&gt;" in home
    assert "Boone Valley Dumpsters</a>" in agent.get("/console?mine=1").text
    assert "Boone Valley Dumpsters</a>" in agent.get("/console?health=snoozed").text
    assert "Boone Valley Dumpsters</a>" not in office.staff("tom@dray.example").get("/console?mine=1").text
    agent.get(page)
    assert "at most 31 days" in agent.press(f"{page}/care", follow=True, days="99").text
    assert "at most 2,000 characters" in agent.press(f"{page}/care", follow=True, note="x" * 2001).text
    stage.now += dt.timedelta(days=6, hours=23)
    agent.press(f"{page}/access", reason="Look again", minutes="60")
    stage.now += dt.timedelta(hours=2)
    assert "Boone Valley Dumpsters</a>" not in agent.get("/console?health=snoozed").text


def test_a_fault_of_our_own_address_is_told_before_links_are_sent(stage: Stage, office: Office) -> None:
    with stage.unscoped() as session:
        found = [
            {"subject": "certificate", "well": False, "sentence": "it is not trusted"},
            {"subject": "qbwc service", "well": True, "sentence": "serverVersion answers"},
        ]
        session.add(SelfCheck(at=stage.now, findings=found))
        session.commit()
    page = office.staff().get("/console").text
    assert "Our own address, certificate:" in page
    assert "Do not send links before it is mended." in page
    assert "serverVersion answers" not in page
