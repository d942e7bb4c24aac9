"""Days closed, on the company's page and in the support office; what the office sees of a silent computer."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select, update

from dray.alerts import telling
from dray.connections.models import Connection, ConnectionStatus
from dray.mail.models import Mail
from dray_tenants.roles import Role
from tests.platform.console.office import Office
from tests.platform.web.stage import Stage

TAKE = re.compile(r'action="(/(?:console/)?closures/clo_\w+/take-away)"')


def in_use(stage: Stage, public_id: str) -> None:
    """The connection has been set up, and called just now."""
    with stage.unscoped() as session:
        with session.every_tenant("a connection is named by its id alone"):
            row = session.scalars(select(Connection).where(Connection.public_id == public_id)).one()
        with session.tenant(row.tenant_id):
            row.state = "active"
            of = ConnectionStatus.connection_id == row.id
            session.execute(update(ConnectionStatus).where(of).values(last_contact_at=stage.now))
            session.commit()


def test_a_calendar_is_kept_once_and_followed_by_companies(stage: Stage, office: Office) -> None:
    stage.connect()
    agent, owner = office.staff(), stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    holiday = {"first": "2026-11-26", "last": "2026-11-27", "reason": "Thanksgiving <&>"}
    agent.get("/console/closures")
    assert "is in US holidays" in agent.press("/console/closures", follow=True, calendar="US holidays", **holiday).text
    assert "Thanksgiving &lt;&amp;&gt;" in agent.get("/console/closures").text
    page = owner.get("/closures").text
    assert "US holidays" in page
    assert (
        "Closed on the days of US holidays"
        in owner.press("/closures/calendar", follow=True, calendar="US holidays").text
    )
    assert "1 company" in agent.get("/console/closures").text
    stage.now = dt.datetime(2026, 11, 26, 15, tzinfo=dt.UTC)
    telling.tell(stage._parts())
    assert "Closed until Nov 27, 2026: Thanksgiving" in owner.get(f"/connections/{stage.connection}").text
    assert (
        "working days again" in owner.press("/closures/calendar", follow=True, calendar="US holidays", leave="1").text
    )
    assert "no such calendar" in owner.press("/closures/calendar", follow=True, calendar="Nothing").text
    found = TAKE.search(agent.get("/console/closures").text)
    assert found is not None
    assert "Taken away." in agent.press(found[1], follow=True).text
    assert ("denise@harlan.example", "closures.followed") in office.audit(stage.tenant)


def test_a_companys_own_days_are_its_own_and_bad_ones_change_nothing(stage: Stage, office: Office) -> None:
    owner = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    owner.get("/closures")
    for form, told in (
        ({"first": "soon", "last": "", "reason": "x"}, "such as 2026-12-24"),
        ({"first": "2026-12-24", "last": "2026-12-20", "reason": "x"}, "is before the first"),
        ({"first": "2026-12-24", "last": "2027-12-24", "reason": "x"}, "at most 92 days"),
        ({"first": "2026-12-24", "last": "", "reason": " "}, "Say why"),
        ({"first": "2026-01-01", "last": "", "reason": "x"}, "is over already"),
        ({"first": "2036-01-01", "last": "", "reason": "x"}, "Look at the year"),
    ):
        assert told in owner.press("/closures", follow=True, **form).text, form
    assert "None is planned." in owner.get("/closures").text
    said = owner.press("/closures", follow=True, first="2026-12-24", last="2026-12-31", reason="Between the years").text
    assert "Dec 24, 2026</time> to" in said
    other = stage.company("Prairie Box Co.", "prairie")
    stranger = stage.browse(stage.person("lou@prairie.example", Role.OWNER, other))
    taking = TAKE.search(said)
    assert taking is not None
    assert "Between the years" not in stranger.get("/closures").text
    assert "taken away already" in stranger.press(taking[1], follow=True).text
    assert "Between the years" in owner.get("/closures").text
    assert "Taken away." in owner.press(taking[1], follow=True).text
    viewer = stage.browse(stage.person("val@harlan.example", Role.VIEWER))
    assert "Add these days" not in viewer.get("/closures").text


def test_a_silent_computer_is_explained_to_the_office_and_its_contact_told_what_to_do(
    stage: Stage, office: Office
) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    page = f"/console/connections/{customer.connection}"
    agent.get(page)
    in_use(stage, customer.connection)
    telling.tell(stage._parts())
    stage.now += dt.timedelta(days=4)
    assert telling.tell(stage._parts()).letters == 1
    with stage.unscoped() as session:
        mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        assert (mail.recipient, mail.subject) == (
            "owner@boone.example", "Boone Valley Dumpsters: The computer with QuickBooks is silent",
        )  # fmt: skip
    agent.press(f"{page}/access", reason="It is silent", minutes="60")
    shown = agent.get(page).text
    assert "Silent since" in shown
    assert "tick Auto-Run" in shown
    assert "Ask: “" in shown
