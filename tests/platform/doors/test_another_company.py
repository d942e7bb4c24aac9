"""Nothing of another company is behind any address: every one is called with the other's ids, tokens and sessions."""

from __future__ import annotations

from sqlalchemy import select
from werkzeug.test import TestResponse

from dray.web import access
from dray_tenants import members
from dray_tenants.models import Tenant, User
from dray_tenants.roles import Role
from tests.platform.doors.addresses import NOTHING, Door, doors, signed_in
from tests.platform.doors.prairie import OWNER, Prairie, rows_of
from tests.platform.web.stage import TOKEN, Stage

DENISE = "denise.okafor@harlan.example"
SIGNS_OUT = {"web.logout", "web.end_others"}
"""They end this very session, which the walk needs; what they do is tried with the pages of people."""


def named(stage: Stage) -> list[Door]:
    """Every page whose address names something."""
    return [door for door in doors(stage.app, "web") if door.kind]


def test_every_kind_of_thing_that_an_address_names_is_tried(stage: Stage, prairie: Prairie) -> None:
    assert {door.kind for door in named(stage)} == set(prairie.ids)
    assert len(named(stage)) > 45


def test_its_own_people_find_each_of_these_things(stage: Stage, prairie: Prairie) -> None:
    page = signed_in(stage, OWNER)
    for door in named(stage):
        if door.method == "GET":
            assert door.open(page, prairie.ids[door.kind]).status_code in (200, 303), door


def test_what_is_anothers_is_as_if_it_never_was(stage: Stage, prairie: Prairie) -> None:
    page = signed_in(stage, stage.person(DENISE, Role.OWNER))
    before = rows_of(stage, prairie)
    for door in named(stage):
        theirs = prairie.ids[door.kind]
        answer = door.open(page, theirs, **prairie.fields)
        never = door.open(page, **prairie.fields)
        assert said(answer, theirs) == said(never, NOTHING), door
        # Some buttons lead back to the page of what they name, which is not there; a form may lack what it needs.
        assert answer.status_code == 404 or (door.method == "POST" and answer.status_code in (303, 400)), door
        assert "Prairie" not in page.get("/settings").text, door
        assert rows_of(stage, prairie) == before, door


def test_what_a_form_names_of_anothers_changes_and_tells_nothing(stage: Stage, prairie: Prairie) -> None:
    stage.connect()
    page = signed_in(stage, stage.person(DENISE, Role.OWNER))
    before = rows_of(stage, prairie)
    plain = [door for door in doors(stage.app, "web") if not door.kind and not door.by_secret]
    assert len(plain) > 50
    for door in plain:
        if door.endpoint in SIGNS_OUT:
            continue
        address = door.at()
        if door.method == "GET":
            answer = page.client.get(address, query_string=prairie.fields, follow_redirects=True)
        else:
            answer = page.press(address, follow=True, **prairie.fields)
        assert answer.status_code < 500, door
        assert "Prairie" not in answer.text, door
        assert "INV-90" not in answer.text, door
        assert rows_of(stage, prairie) == before, door
        if page.get("/settings").status_code != 200:
            page = signed_in(stage, DENISE)


def test_a_session_that_names_anothers_company_opens_its_own(stage: Stage, prairie: Prairie) -> None:
    page = signed_in(stage, stage.person(DENISE, Role.OWNER))
    with page.client.session_transaction() as cookie:
        cookie[access.TENANT] = prairie.tenant
    assert "Prairie" not in page.get("/invoices").text
    assert page.get(f"/invoices/{prairie.ids['/invoices']}").status_code == 404


def test_whoever_is_removed_finds_nothing_with_the_session_that_was_open(stage: Stage, prairie: Prairie) -> None:
    stage.person(OWNER, Role.VIEWER)
    page = signed_in(stage, OWNER)
    with page.client.session_transaction() as cookie:
        cookie[access.TENANT] = prairie.tenant
    assert "Prairie Box" in page.get("/invoices").text
    with stage.unscoped() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.public_id == prairie.tenant)).one()
        members.remove_member(session, tenant, session.scalars(select(User).where(User.email == OWNER)).one())
        session.commit()
    assert "Prairie Box" not in page.get("/invoices").text
    assert page.get(f"/invoices/{prairie.ids['/invoices']}").status_code == 404


def test_a_token_of_programs_opens_no_page(stage: Stage, prairie: Prairie) -> None:
    client = stage.app.test_client()
    for door in doors(stage.app, "web"):
        if door.method == "GET" and door.kind:
            address = door.at(prairie.ids[door.kind])
            answer = client.get(address, headers={"Authorization": f"Bearer {prairie.token}"})
            assert (answer.status_code, answer.location) == (303, f"/login?next={address}"), door


def test_the_session_of_a_browser_is_no_token(stage: Stage, prairie: Prairie) -> None:
    page = signed_in(stage, OWNER)
    for rule in stage.app.url_map.iter_rules():
        if (
            rule.rule.startswith("/api/v1/")
            and "GET" in (rule.methods or ())
            and hasattr(stage.app.view_functions[rule.endpoint], "needs_scope")
        ):
            assert page.client.get(rule.rule.replace("<id>", prairie.ids["/invoices"])).status_code == 401, rule


def said(answer: TestResponse, public_id: str) -> tuple[int, str]:
    """An answer without what differs each time, and without the id that was asked for."""
    return answer.status_code, TOKEN.sub("", answer.text).replace(public_id, "")
