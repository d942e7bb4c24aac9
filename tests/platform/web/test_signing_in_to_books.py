"""Connecting books that we call, by pages without script, against a pretend Intuit on a port of this machine."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select, update

from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth import revoking, tokens
from dray.connections.oauth.models import Grant, GrantState
from dray_qbo.simulator import Server
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.platform.connections.online import LARKSPUR, MARIGOLD, Clock, environment, pretend_intuit
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"
LINK = re.compile(r'class="btn primary" href="([^"]+)"')
GRANT = re.compile(r"/connections/company/(gra_[a-z0-9]+)")


class Setting:
    """The stage, the pretend Intuit, and Denise's browser."""

    def __init__(self, home: Path, server: Server) -> None:
        settings = environment(home, f"sqlite:///{home / 'dray.db'}", server.url)
        self.server, self.intuit, self.clock = server, server.intuit, Clock()
        self.stage = Stage(home, settings=settings)
        self.stage.now = self.clock.now
        self.page = self.stage.browse(self.stage.person(DENISE, Role.ADMIN))

    def set_out(self, page: Browsing | None = None, name: str = "") -> str:
        """Choose it and press the button; the address at Intuit."""
        page = page or self.page
        page.get("/connections/new")
        answer = page.press("/connections", connector="qbo", name=name)
        assert answer.status_code == 200, answer.text
        return unescape(LINK.findall(answer.text)[0])

    def consent(self, address: str, realm: str = LARKSPUR, decision: str = "allow") -> str:
        """The person's answer at Intuit; the address here that the browser is sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        sent = {**asked, "realm": realm, "decision": decision}
        reply = requests.post(f"{self.server.url}/connect/oauth2", sent, allow_redirects=False, timeout=10)
        back = urlsplit(reply.headers["Location"])
        return f"{back.path}?{back.query}"

    def company(self, realm: str = LARKSPUR) -> str:
        """As far as the page that shows the company; the consent's id."""
        answer = self.page.get(self.consent(self.set_out(), realm))
        assert answer.status_code == 302, answer.text
        found = GRANT.search(answer.location)
        assert found is not None, answer.location
        self.page.get(answer.location)
        return found[1]

    def connect(self, realm: str = LARKSPUR, name: str = "Main company") -> str:
        """All of it; the connection's public id."""
        grant = self.company(realm)
        answer = self.page.press(f"/connections/company/{grant}", name=name)
        assert answer.status_code == 303, answer.text
        return str(answer.location.rpartition("/")[2])

    def states(self) -> list[GrantState]:
        with self.stage.session() as session:
            return list(session.scalars(select(Grant.state).order_by(Grant.id)))

    def connections(self) -> list[str]:
        with self.stage.session() as session:
            return list(session.scalars(select(Connection.name).order_by(Connection.id)))

    def live_grants(self) -> int:
        """As Intuit counts them."""
        return sum(not grant.revoked and not grant.disconnected for grant in self.intuit.grants.grants)


@pytest.fixture
def online(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Setting]:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    clock = Clock()
    with Server(pretend_intuit(clock), hold=0.05) as server:
        setting = Setting(tmp_path, server)
        setting.clock = clock
        yield setting
        setting.stage.close()


def test_the_company_is_read_and_shown_before_a_connection_exists(online: Setting) -> None:
    grant = online.company()
    assert online.connections() == []
    page = online.page.get(f"/connections/company/{grant}").text
    assert "Larkspur Landscaping" in page
    assert LARKSPUR in page
    assert "Yes, connect Larkspur Landscaping" in page
    answer = online.page.press(f"/connections/company/{grant}", name="")
    assert answer.status_code == 422
    assert online.connections() == []
    answer = online.page.press(f"/connections/company/{grant}", name="Main company")
    assert answer.status_code == 303
    assert online.connections() == ["Main company"]
    shown = online.page.get(answer.location).text
    assert "Connected to Larkspur Landscaping" in shown
    assert "Signed in by" in shown
    assert "Web Connector" not in shown
    assert "Feb 28, 2027" in shown  # the refresh token's end
    assert "Nov 18, 2031" in shown  # the grant's
    # the same page is over
    assert online.page.get(f"/connections/company/{grant}").status_code == 404


def test_the_answer_is_a_redirect_and_shows_nothing(online: Setting) -> None:
    answer = online.page.get(online.consent(online.set_out()))
    assert answer.status_code == 302
    assert "code=" not in answer.location
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_says_no_there_has_connected_nothing(online: Setting) -> None:
    answer = online.page.get(online.consent(online.set_out(), decision="deny"))
    assert answer.status_code == 302
    assert "You did not let us into QuickBooks Online" in online.page.get(answer.location).text
    assert online.states() == [GrantState.OVER]


def test_who_says_no_here_gives_the_permission_back(online: Setting) -> None:
    grant = online.company()
    assert online.live_grants() == 1
    answer = online.page.press(f"/connections/company/{grant}/decline", follow=True)
    assert "Larkspur Landscaping was not connected" in answer.text
    assert online.live_grants() == 0
    assert online.states() == [GrantState.OVER]
    assert online.page.press(f"/connections/company/{grant}", name="Late").status_code == 404


def test_what_nobody_confirms_in_time_is_given_back(online: Setting) -> None:
    grant = online.company()
    online.stage.now += dt.timedelta(minutes=61)
    assert online.page.get(f"/connections/company/{grant}").status_code == 404
    assert online.page.press(f"/connections/company/{grant}", name="Late").status_code == 404
    assert revoking.end_unwanted(online.stage._parts()) == 1
    assert online.live_grants() == 0
    assert online.states() == [GrantState.OVER]


FOREIGN = "belongs to nothing that was begun here"


def refused(online: Setting, address: str, page: Browsing | None = None) -> None:
    page = page or online.page
    answer = page.get(address)
    assert answer.status_code == 302
    assert FOREIGN in page.get(answer.location).text
    assert online.connections() == []


def test_a_forged_state_is_refused_and_its_code_not_touched(online: Setting) -> None:
    address = online.consent(online.set_out())
    refused(online, re.sub(r"state=[^&]+", "state=forged", address))
    refused(online, re.sub(r"state=[^&]+&?", "", address))
    # neither has spent anything: the real answer is good
    assert GRANT.search(online.page.get(address).location)


def test_an_answer_is_good_once(online: Setting) -> None:
    address = online.consent(online.set_out())
    assert GRANT.search(online.page.get(address).location)
    refused(online, address)
    assert online.live_grants() == 1


def test_an_answer_is_good_for_ten_minutes(online: Setting) -> None:
    address = online.consent(online.set_out())
    online.stage.now += dt.timedelta(minutes=10, seconds=1)
    refused(online, address)


def test_another_browser_of_the_same_person_is_refused(online: Setting) -> None:
    address = online.consent(online.set_out())
    refused(online, address, online.stage.browse(DENISE))


def test_another_person_in_the_same_browser_is_refused(online: Setting) -> None:
    address = online.consent(online.set_out())
    other = online.stage.browse(online.stage.person("pat@harlan.example", Role.ADMIN))
    with online.page.client.session_transaction() as mine, other.client.session_transaction() as theirs:
        theirs["consent"] = mine["consent"]
    refused(online, address, other)


def test_another_company_is_refused_and_finds_nothing(online: Setting) -> None:
    address, grant = online.consent(online.set_out()), online.company(MARIGOLD)
    elsewhere = online.stage.company("Prairie Box Co.", "prairie")
    online.stage.person("rosalind@prairie.example", Role.OWNER, elsewhere)
    other = online.stage.browse("rosalind@prairie.example")
    other.get("/connections")
    refused(online, address, other)
    other.get("/connections/new")
    assert other.get(f"/connections/company/{grant}").status_code == 404
    assert other.press(f"/connections/company/{grant}", name="Mine").status_code == 404
    assert other.press(f"/connections/company/{grant}/decline").status_code == 404
    # also for a colleague who did not set out
    pat = online.stage.browse(online.stage.person("pat@harlan.example", Role.ADMIN))
    assert pat.get(f"/connections/company/{grant}").status_code == 404


def test_who_was_signed_out_meanwhile_is_told_so(online: Setting) -> None:
    address = online.consent(online.set_out())
    client = online.stage.app.test_client()
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.location == "/login?next=/connections"
    assert online.states() == [GrantState.ASKED]


def test_who_may_not_connect_gets_a_link_to_pass_on(online: Setting) -> None:
    page = online.stage.browse(online.stage.person("bill@harlan.example", Role.BILLING))
    shown = page.get("/connections/new").text
    assert "Pass this link on to an admin" in shown
    assert "http://localhost:8000/connections/new" in shown
    page.get("/invoices")
    assert page.press("/connections", connector="qbo").status_code == 403
    address = online.consent(online.set_out())
    assert page.get(address).status_code == 403
    made = online.connect()
    with online.stage.session() as session:
        session.execute(update(Grant).where(Grant.state == GrantState.LIVE).values(state=GrantState.ENDED))
        session.commit()
    shown = page.get(f"/connections/{made}").text
    assert "Pass this page on" in shown
    assert f"http://localhost:8000/connections/{made}" in shown


def test_a_company_that_is_connected_already_is_not_connected_twice(online: Setting) -> None:
    online.connect()
    grant = online.company()
    page = online.page.get(f"/connections/company/{grant}").text
    assert "connected already, as “Main company”" in page
    assert "Yes, connect" not in page
    answer = online.page.press(f"/connections/company/{grant}", name="Again")
    assert answer.status_code == 422
    assert online.connections() == ["Main company"]
    online.page.press(f"/connections/company/{grant}/decline")
    # to revoke it would have ended the login that lives
    assert not any(each.revoked for each in online.intuit.grants.grants)
    assert online.states() == [GrantState.LIVE, GrantState.OVER]


def test_a_company_of_another_account_is_not_named(online: Setting) -> None:
    online.connect()
    elsewhere = online.stage.company("Prairie Box Co.", "prairie")
    online.stage.person("rosalind@prairie.example", Role.OWNER, elsewhere)
    other = online.stage.browse("rosalind@prairie.example")
    answer = other.get(online.consent(online.set_out(other)))
    page = other.get(answer.location).text
    assert "connected to another account already" in page
    assert "Main company" not in page
    assert "Harlan" not in page


def test_a_company_that_does_not_answer_is_not_connected(online: Setting) -> None:
    address = online.consent(online.set_out())
    online.intuit.faults.forbidden = 1
    answer = online.page.get(address)
    assert "does not let us into that company" in online.page.get(answer.location).text
    assert online.live_grants() == 0
    address = online.consent(online.set_out())
    online.intuit.faults.unavailable = 1
    answer = online.page.get(address)
    assert "Nothing was connected" in online.page.get(answer.location).text
    assert online.connections() == []
    assert online.states() == [GrantState.OVER, GrantState.OVER]


def test_a_company_that_the_token_is_not_for_is_not_connected(online: Setting) -> None:
    address = online.consent(online.set_out())
    answer = online.page.get(address.replace(LARKSPUR, MARIGOLD))
    assert "Nothing was connected" in online.page.get(answer.location).text
    assert online.connections() == []
    address = online.consent(online.set_out())
    answer = online.page.get(address.replace(LARKSPUR, "..%2F..%2Fevil"))
    assert "named no company" in online.page.get(answer.location).text


def test_the_same_company_signs_in_again_and_another_is_refused_by_name(online: Setting) -> None:
    made = online.connect()
    token = tokens.access_token(online.stage._parts(), online.stage.tenant, key_of(online, made))
    online.intuit.grants.disconnect(LARKSPUR)
    with pytest.raises(tokens.LoginEnded):
        tokens.access_token(online.stage._parts(), online.stage.tenant, key_of(online, made), refused=token)
    shown = online.page.get(f"/connections/{made}").text
    assert "Signed out." in shown
    assert "no longer lets Dray in" in shown
    assert "Reconnect" in shown

    def again(realm: str) -> str:
        online.page.get(f"/connections/{made}")
        answer = online.page.press(f"/connections/{made}/reconnect")
        address = online.consent(unescape(LINK.findall(answer.text)[0]), realm)
        return str(online.page.get(online.page.get(address).location).text)

    wrong = again(MARIGOLD)
    assert "You chose Marigold Nursery there, but Main company belongs to Larkspur Landscaping" in wrong
    assert "Signed out." in wrong
    right = again(LARKSPUR)
    assert "is signed in again" in right
    assert "Signed out." not in right
    assert online.states() == [GrantState.OVER, GrantState.OVER, GrantState.LIVE]
    with online.stage.session() as session:
        status = session.scalars(select(ConnectionStatus)).one()
        assert (status.trouble, status.books_id, status.due_at) == (None, LARKSPUR, online.stage.now)


def test_disconnecting_gives_the_permission_back_and_keeps_everything(online: Setting) -> None:
    made = online.connect()
    (invoice,) = online.stage.invoices(1)
    online.stage.connection = made
    online.stage.sent([invoice])
    page = online.page.get(f"/connections/{made}/disconnect").text
    assert "1 invoice that waits keeps waiting" in page
    answer = online.page.press(f"/connections/{made}/disconnect", follow=True)
    assert "Main company is disconnected" in answer.text
    assert "Signed out." in answer.text
    assert online.live_grants() == 0
    assert online.states() == [GrantState.OVER]
    assert online.stage.states() == {"INV-20471": "pending_sync"}
    with pytest.raises(tokens.LoginEnded):
        tokens.access_token(online.stage._parts(), online.stage.tenant, key_of(online, made))
    # the company is free for another account now, and comes back to this one while nobody took it
    online.page.get(f"/connections/{made}")
    answer = online.page.press(f"/connections/{made}/reconnect")
    address = online.consent(unescape(LINK.findall(answer.text)[0]))
    assert "is signed in again" in online.page.get(online.page.get(address).location).text


def test_a_permission_that_cannot_be_given_back_now_is_given_back_later(online: Setting) -> None:
    made = online.connect()
    online.page.get(f"/connections/{made}/disconnect")
    object.__setattr__(online.intuit.app, "client_secret", "changed for a while")
    answer = online.page.press(f"/connections/{made}/disconnect", follow=True)
    assert "could not be told yet; that is tried again" in answer.text
    assert online.states() == [GrantState.TO_REVOKE]
    assert revoking.end_unwanted(online.stage._parts()) == 0
    object.__setattr__(online.intuit.app, "client_secret", "pretend-client-secret")
    online.stage.now += dt.timedelta(minutes=6)
    assert revoking.end_unwanted(online.stage._parts()) == 1
    assert online.live_grants() == 0


def test_removing_a_connection_gives_its_permission_back(online: Setting) -> None:
    made = online.connect()
    page = online.page.get(f"/connections/{made}/remove").text
    assert "Web Connector" not in page
    online.page.press(f"/connections/{made}/remove", name="Main company")
    assert online.states() == [GrantState.TO_REVOKE]
    assert revoking.end_unwanted(online.stage._parts()) == 1
    assert online.live_grants() == 0
    online.connect(name="Main company again")


def test_a_login_that_ends_soon_is_warned_of(online: Setting) -> None:
    made = online.connect()
    assert "This login ends" not in online.page.get(f"/connections/{made}").text
    with online.stage.session() as session:
        session.execute(update(Grant).values(grant_ends_at=online.stage.now + dt.timedelta(days=20)))
        session.commit()
    assert "This login ends on Dec 9, 2026." in online.page.get(f"/connections/{made}").text


def test_without_credentials_the_choice_says_what_is_missing(stage: Stage) -> None:
    page = stage.browse(stage.person(DENISE, Role.ADMIN))
    shown = page.get("/connections/new").text
    assert "DRAY_QBO_CLIENT_ID is not set" in shown
    answer = page.press("/connections", connector="qbo")
    assert answer.status_code == 503
    assert "DRAY_QBO_CLIENT_ID is not set" in answer.text


def key_of(online: Setting, public_id: str) -> int:
    with online.stage.session() as session:
        return session.scalars(select(Connection.id).where(Connection.public_id == public_id)).one()
