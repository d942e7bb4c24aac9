"""An agent installs for a customer: one button, and every call watched while it happens."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from dray.connections.models import Connection, Install
from dray.mail.models import Mail
from dray.onboarding import reaching
from dray.onboarding.models import ObservedCall
from dray_tenants.models import Tenant
from dray_tenants.roles import StaffRole
from tests.platform.console.office import Office
from tests.platform.web.stage import Stage


def tenant_of(stage: Stage, name: str) -> int:
    with stage.unscoped() as session:
        return session.scalars(select(Tenant.id).where(Tenant.name == name)).one()


def test_one_press_makes_everything(stage: Stage, office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    with stage.session(tenant_of(stage, "Boone Valley Dumpsters")) as session:
        connection = session.scalars(select(Connection)).one()
        assert (connection.public_id, connection.state) == (customer.connection, "setting_up")
    with stage.unscoped() as session:
        (mail,) = session.scalars(select(Mail)).all()
        assert mail.recipient == "owner@boone.example"
    assert "Connect QuickBooks for Boone Valley Dumpsters" in customer.browser.get(customer.link).text


def test_an_existing_company_is_found_by_its_name_and_keeps_what_it_has(stage: Stage, office: Office) -> None:
    stage.connect()
    office.begin(office.staff(), company=" Harlan  Roll-Off & Recycling ", email="")
    with stage.session() as session:
        names = session.scalars(select(Connection.name).order_by(Connection.id)).all()
    assert names == ["QuickBooks Desktop", "QuickBooks Desktop 2"]


@pytest.mark.parametrize(
    "company",
    ['Hudson & "Sons" <Hauling>', "شركة النقل", "L" * 200, "Ø'Brien \u202eevil\u202c", "\U0001f69b Trucks"],
)
def test_hostile_names_make_files_that_the_web_connector_takes(stage: Stage, office: Office, company: str) -> None:
    customer = office.begin(office.staff(), company=company, email="")
    customer.claim()
    connector = customer.web_connector(*customer.hand_over())
    connector.add()
    assert connector.run_once().code is None


@pytest.mark.parametrize(("company", "email"), [("", "a@b.example"), ("x" * 201, ""), ("Boone", "not an address")])
def test_what_cannot_be_used_makes_nothing(stage: Stage, office: Office, company: str, email: str) -> None:
    agent = office.staff()
    answer = agent.press("/console/installs", company=company, email=email)
    assert answer.status_code == 422
    assert "Nothing was made." in answer.text
    with stage.unscoped() as session:
        assert len(session.scalars(select(Tenant.id)).all()) == 1


def test_every_call_is_seen_with_its_verdict_and_no_password(stage: Stage, office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    page = f"/console/connections/{customer.connection}"
    assert "Not opened yet" in agent.get(f"{page}/live").text
    customer.claim()
    qwc, password = customer.hand_over()
    connector = customer.web_connector(qwc, password)
    connector.add()
    connector._password = "wrong one"
    connector.run_once()
    live = agent.get(f"{page}/live").text
    assert "not a password of ours" in live
    assert "certificate check" in live
    assert 'data-hint="not_ours"' in live
    connector._password = password
    connector.run_once()
    live = agent.get(f"{page}/live").text
    for said in ("Web Connector 2.3.0.215.", f"Signed in as {qwc.user_name}.", "The company file is open", "Finished"):
        assert said in live
    assert "[removed]" in live
    for secret in (password, password.replace("-", ""), "wrong one"):
        assert secret not in live
    with stage.session(tenant_of(stage, "Boone Valley Dumpsters")) as session:
        assert session.scalars(select(Install.first_called_at)).one() is not None
        assert all(row.sentence for row in session.scalars(select(ObservedCall)))


def test_the_link_is_shown_once(office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    secret = customer.link.rpartition("/")[2]
    assert secret not in agent.get(f"/console/connections/{customer.connection}").text


def test_a_new_link_ends_the_one_before(office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    assert agent.press(f"/console/connections/{customer.connection}/link").status_code == 200
    assert customer.browser.get(customer.link).status_code == 410


def test_the_register_tells_which_computer_uses_each_file_and_times_have_a_zone(stage: Stage, office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    page = f"/console/connections/{customer.connection}"
    connector = customer.installed()
    assert "It has not called yet" in agent.get(page).text, "its certificate was fetched, which is when it was opened"
    connector.run_once()
    shown = agent.get(page).text
    assert "last from OFFICE-PC" in shown
    assert "Opened <time" in shown
    assert "Times are of UTC" in shown
    assert f'action="{page}/link"' in shown
    customer.confirm()
    done = agent.get(page).text
    assert f'action="{page}/link"' not in done, "a link that proved its connection is followed by no other"
    assert f'action="{page}/move"' in done


def test_a_file_that_nobody_watched_is_in_use_all_the_same(stage: Stage, office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    connector = customer.installed()
    stage.now += dt.timedelta(hours=25)
    stage.app.extensions["dray"].observer.watches.look_again()
    with stage.session(tenant_of(stage, "Boone Valley Dumpsters")) as session:
        session.execute(update(Install).values(first_called_at=None))
        session.commit()
    connector.run_once()
    with stage.session(tenant_of(stage, "Boone Valley Dumpsters")) as session:
        install = session.scalars(select(Install)).one()
        assert (install.first_called_at, install.machine) == (stage.now, "OFFICE-PC")
        assert session.scalars(select(ObservedCall).where(ObservedCall.at == stage.now)).all() == []


def test_no_letter_leaves_while_nobody_could_follow_its_link(
    stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = office.staff()
    customer = office.begin(agent)

    def away(_parts: object) -> None:
        raise reaching.NotReached("Customers’ computers cannot reach us now. Certificate: it ended.")

    monkeypatch.setattr(reaching, "refuse_unreached", away)
    console = f"/console/connections/{customer.connection}"
    for address in (f"{console}/link", f"{console}/move"):
        refused = agent.press(address)
        assert refused.status_code == 409
        assert "No link was made and no letter was sent." in refused.text
        assert "Certificate: it ended." in refused.text
        assert 'name="anyway"' in refused.text
    assert customer.browser.get(customer.link).status_code == 200, "the link before still works"
    agent.get("/console")
    company, email = "Prairie Box Co.", "owner@prairie.example"
    refused = agent.press("/console/installs", company=company, email=email)
    assert refused.status_code == 409
    assert "Nothing was made, and no letter was sent." in refused.text
    with stage.unscoped() as session:
        assert len(session.scalars(select(Mail)).all()) == 1
        assert session.scalar(select(Tenant).where(Tenant.name == "Prairie Box Co.")) is None
    assert agent.press("/console/installs", anyway="1", company=company, email=email).status_code == 200
    assert agent.press(f"{console}/link", anyway="1").status_code == 200
    with stage.unscoped() as session:
        assert len(session.scalars(select(Mail)).all()) == 3


def test_the_everyday_buttons(stage: Stage, office: Office) -> None:
    agent = office.staff()
    customer = office.begin(agent)
    connector = customer.installed()
    connector.run_once()
    page = f"/console/connections/{customer.connection}"
    agent.get(page)
    assert "Sending is paused" in agent.press(f"{page}/pause", follow=True).text
    assert "Sending goes on" in agent.press(f"{page}/resume", follow=True).text
    assert "It is called Main books now" in agent.press(f"{page}/rename", follow=True, name="Main  books").text
    assert "at most 60 characters" in agent.press(f"{page}/rename", follow=True, name="").text
    rotated = agent.press(f"{page}/password").text
    assert "Shown this once." in rotated
    assert connector.run_once().code is None, "the old password works until the new one was used"
    assert "Only the newest password works now" in agent.press(f"{page}/password/older", follow=True).text
    assert connector.run_once().status == "Invalid password for username"
    assert agent.press(f"{page}/move").status_code == 200
    assert agent.press(f"{page}/retire", name="Main books").status_code == 403


def test_an_operator_retires_and_who_still_calls_hears_so(stage: Stage, office: Office) -> None:
    operator = office.staff("op@dray.example", StaffRole.OPERATOR)
    customer = office.begin(operator)
    connector = customer.installed()
    page = f"/console/connections/{customer.connection}"
    operator.get(page)
    assert "Nothing was removed" in operator.press(f"{page}/retire", follow=True, name="something").text
    assert operator.press(f"{page}/retire", name="QuickBooks Desktop").location == "/console"
    report = connector.run_once()
    assert report.minimum == 3600
    assert report.calls == ["serverVersion", "clientVersion", "authenticate", "closeConnection"]
    assert operator.get(page).status_code == 404


def test_the_error_guide_finds_codes_and_words(office: Office) -> None:
    agent = office.staff()
    page = agent.get("/console/errors?q=QBWC1039").text
    assert "QBWC1039" in page
    assert "QBWC1012" not in page
    assert "0x80040414" in agent.get("/console/errors?q=80040414").text
    assert "No code is like that here" in agent.get("/console/errors?q=zzzzzz").text
    explanations = agent.client.application.extensions["dray"].registry.enabled["qbd"].explanations
    whole = agent.get("/console/errors").text
    assert all(each.cause and each.meaning and each.action for each in explanations.values())
    assert "in the midst of a message" in agent.get("/console/errors?q=0x80010105").text
    assert all(f"<code>{code}</code>" in whole for code in explanations)
