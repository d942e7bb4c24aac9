"""Staff see a company for a stated reason and a limited time; the company sees it, and ends it."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from dray.console import access
from dray_tenants.roles import Role, StaffRole
from tests.platform.console.office import Office
from tests.platform.web.stage import Browsing, Stage

BUTTONS = ("link", "watch", "password", "password/older", "pause", "resume", "rename", "move")


@pytest.fixture
def agent(office: Office) -> Browsing:
    return office.staff()


@pytest.fixture
def page(stage: Stage) -> str:
    return f"/console/connections/{stage.connect()}"


def test_without_a_code_of_the_second_factor_nothing_opens(stage: Stage, office: Office, page: str) -> None:
    half = office.staff("half@dray.example", code=False)
    for address in ("/console", page, "/console/errors", "/console/access", "/console/connectors"):
        assert half.get(address).status_code == 403, address
    person = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    assert person.get("/console").status_code == 403
    assert stage.app.test_client().get("/console").location.startswith("/login")


def test_every_console_page_names_its_right(stage: Stage) -> None:
    views = {name: view for name, view in stage.app.view_functions.items() if name.startswith("console.")}
    assert len(views) > 15
    assert {view.__name__ for view in views.values()} == set(access.NEEDED)


def test_an_agent_without_access_sees_the_question_and_does_nothing(stage: Stage, agent: Browsing, page: str) -> None:
    before = stage.states()
    shown = agent.get(page).text
    assert "Why do you need to look?" in shown
    assert "QuickBooks Enterprise" not in shown
    assert agent.get(f"{page}/live", headers={"Sec-Fetch-Mode": "cors"}).status_code == 403
    agent.get(page)
    for button in BUTTONS:
        assert "Why do you need to look?" in agent.press(f"{page}/{button}", name="x").text, button
    assert stage.states() == before


def test_an_admin_agrees_and_ends_it(stage: Stage, office: Office, agent: Browsing, page: str) -> None:
    admin = stage.browse(stage.person("denise@harlan.example", Role.ADMIN))
    agent.get(page)
    agent.press(f"{page}/access", reason="You called about silence", minutes="30")
    assert "You have asked, and nobody has agreed yet." in agent.get(page).text
    asks = admin.get("/support-access").text
    assert "You called about silence" in asks
    row = asks.partition("/agree")[0].rpartition("/")[2]
    admin.press(f"/support-access/{row}/agree")
    assert "Live handshake" in agent.get(page).text
    admin.press(f"/support-access/{row}/end")
    assert "Why do you need to look?" in agent.get(page).text
    told = office.audit(stage.tenant)
    assert ("rosa@dray.example", "staff.access_asked") in told
    assert ("denise@harlan.example", "staff.access_agreed") in told
    assert ("denise@harlan.example", "staff.access_ended") in told
    log = admin.get("/audit").text
    assert "You called about silence" in log


def test_access_ends_by_itself(stage: Stage, agent: Browsing, page: str) -> None:
    agent.get(page)
    agent.press(f"{page}/access", reason="Nobody to ask", minutes="30")
    assert "Live handshake" in agent.get(page).text, "a company without an administrator has nobody to ask"
    stage.now += dt.timedelta(minutes=30)
    assert "Why do you need to look?" in agent.get(page).text


@pytest.mark.parametrize(("reason", "minutes"), [("", "30"), ("x", "0"), ("x", "481"), ("x", "soon")])
def test_a_question_without_reason_or_end_is_not_put(
    stage: Stage, agent: Browsing, page: str, reason: str, minutes: str
) -> None:
    agent.get(page)
    agent.press(f"{page}/access", reason=reason, minutes=minutes)
    assert "Why do you need to look?" in agent.get(page).text
    assert (
        "Nobody of the support staff has looked"
        in stage.browse(stage.person("denise@harlan.example", Role.OWNER)).get("/support-access").text
    )


def test_in_an_emergency_a_colleague_agrees_and_the_admins_are_told(
    stage: Stage, office: Office, agent: Browsing, page: str
) -> None:
    stage.person("denise@harlan.example", Role.OWNER)
    colleague = office.staff("tom@dray.example", StaffRole.OPERATOR)
    agent.get(page)
    agent.press(f"{page}/access", reason="Invoices doubled", minutes="60")
    asked = agent.get("/console/access").text
    row = asked.partition("/console/access/")[2].partition("/")[0]
    assert "Somebody else of the staff has to agree" in agent.press(f"/console/access/{row}/agree", follow=True).text
    assert "Why do you need to look?" in agent.get(page).text
    colleague.get("/console/access")
    assert "are told at once" in colleague.press(f"/console/access/{row}/agree", follow=True).text
    assert "Live handshake" in agent.get(page).text
    admin = stage.browse("denise@harlan.example")
    assert "An emergency: tom@dray.example, also of the staff, agreed." in admin.get("/support-access").text


def code_of(admin: Browsing) -> str:
    admin.get("/support-access")
    shown = admin.press("/support-access/code")
    assert shown.headers["Cache-Control"] == "no-store"
    found = re.search(r"<code>(\w{4}-\w{4})</code>", shown.text)
    assert found is not None
    return found[1]


def test_a_code_read_on_the_telephone_lets_one_of_the_staff_look_once(
    stage: Stage, office: Office, agent: Browsing, page: str
) -> None:
    admin = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    code = code_of(admin)
    assert code not in admin.get("/support-access").text
    agent.get(page)
    assert "Say why you need to look" in agent.press(f"{page}/access", follow=True, code=code, minutes="30").text
    agent.press(f"{page}/access", reason="You are on the telephone", minutes="30", code=f" {code.lower()} ")
    assert "Live handshake" in agent.get(page).text
    assert "By a code of denise@harlan.example" in admin.get("/support-access").text
    colleague = office.staff("tom@dray.example")
    colleague.get(page)
    assert "not good" in colleague.press(f"{page}/access", follow=True, reason="x", minutes="30", code=code).text
    stage.now += dt.timedelta(minutes=30)
    assert "Why do you need to look?" in agent.get(page).text
    told = office.audit(stage.tenant)
    assert ("denise@harlan.example", "staff.code_made") in told
    assert ("denise@harlan.example", "staff.access_agreed") in told


def test_a_code_cannot_be_guessed_outlived_or_carried_to_another_company(
    stage: Stage, office: Office, agent: Browsing, page: str
) -> None:
    admin = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    prairie = stage.company("Prairie Box Co.", "prairie")
    stage.person("lou@prairie.example", Role.OWNER, prairie)
    theirs = f"/console/connections/{stage.connect('Books', tenant=prairie)}"

    def refused(code: str, at: str = page) -> bool:
        agent.get(at)
        agent.press(f"{at}/access", reason="x", minutes="30", code=code)
        return "Why do you need to look?" in agent.get(at).text

    assert refused(code_of(admin), at=theirs), "another company's"
    older, newer = code_of(admin), code_of(admin)
    assert refused(older), "a newer one ends it"
    for _ in range(4):
        assert refused("AAAA-AAAA")
    assert refused(newer), "five wrong ones end it"
    late = code_of(admin)
    stage.now += dt.timedelta(minutes=15)
    assert refused(late)
    tried = [entry for entry in office.audit(stage.tenant) if entry == ("rosa@dray.example", "staff.code_refused")]
    assert len(tried) == 5


def test_who_may_not_decide_about_people_sees_no_support_access(stage: Stage, page: str) -> None:
    billing = stage.browse(stage.person("billing@harlan.example", Role.BILLING))
    assert billing.get("/support-access").status_code == 403
    assert "/support-access" not in billing.get("/invoices").text


def test_everything_staff_do_stands_in_the_companys_audit(stage: Stage, office: Office, agent: Browsing) -> None:
    customer = office.begin(agent, company="Harlan Roll-Off & Recycling", email="")
    page = f"/console/connections/{customer.connection}"
    agent.get(page)
    for button in ("link", "watch", "password", "pause", "resume", "move"):
        agent.press(f"{page}/{button}")
        agent.get(page)
    agent.press(f"{page}/rename", name="Other name")
    done = {action for actor, action in office.audit(stage.tenant) if "rosa@dray.example" in actor}
    assert done >= {
        "connection.opened", "connection.link_made", "connection.password_made", "connection.paused",
        "connection.resumed", "connection.new_identity", "connection.renamed", "staff.access_opened", "staff.watches",
    }  # fmt: skip


def test_who_begins_an_installation_may_watch_that_one_and_no_other_of_the_company(
    stage: Stage, office: Office, agent: Browsing, page: str
) -> None:
    admin = stage.browse(stage.person("denise@harlan.example", Role.ADMIN))
    begun = office.begin(agent, company="Harlan Roll-Off & Recycling", email="")
    assert "Live handshake" in agent.get(f"/console/connections/{begun.connection}").text
    assert "Why do you need to look?" in agent.get(page).text
    assert "Why do you need to look?" in agent.press(f"{page}/password").text
    agent.press(f"{page}/access", reason="You called about silence", minutes="30")
    row = admin.get("/support-access").text.partition("/agree")[0].rpartition("/")[2]
    admin.press(f"/support-access/{row}/agree")
    assert "Live handshake" in agent.get(page).text


def test_one_access_opens_one_company(stage: Stage, office: Office, agent: Browsing, page: str) -> None:
    office.begin(agent)
    assert "Why do you need to look?" in agent.get(page).text
