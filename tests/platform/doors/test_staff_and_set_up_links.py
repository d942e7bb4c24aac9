"""The console is for support staff with their right and a code, and shows no company before it agreed; a set-up link is
for the browser that it was bound to."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Final

import pytest
from werkzeug.test import TestResponse

from dray.console import access
from dray_tenants.roles import GRANTS, Right, Role, StaffRole
from tests.platform.console.office import Office
from tests.platform.doors.addresses import Door, doors, signed_in
from tests.platform.doors.prairie import OWNER, Prairie, rows_of
from tests.platform.web.stage import Browsing, Stage

BY_RIGHT: Final[Mapping[Right, str]] = {
    Right.VIEW: """home install install_live watch errors connectors accesses ask_access agree end_access care
        calendars triage""",
    Right.MANAGE_CONNECTIONS: """begin_install new_link rotate revoke_older pause resume rename move
        add_days take_days_away follow""",
    Right.REMOVE_CONNECTION: "retire",
}
"""Right → the pages of the console that it opens, by the names of their endpoints."""
EXPECTED: Final = {f"console.{name}": right for right, names in BY_RIGHT.items() for name in names.split()}


@pytest.fixture
def office(stage: Stage) -> Office:
    """The support office."""
    return Office(stage)


def test_every_address_of_the_console_has_its_right_written_down(stage: Stage) -> None:
    there = {door.endpoint: door.view for door in doors(stage.app, "console")}
    assert there.keys() == EXPECTED.keys()
    assert {endpoint: access.NEEDED[view] for endpoint, view in there.items()} == EXPECTED


def test_a_company_and_a_password_alone_open_nothing_of_the_console(
    stage: Stage, prairie: Prairie, office: Office
) -> None:
    outside = Browsing(stage.app.test_client())
    half = office.staff("half@dray.example", StaffRole.OPERATOR, code=False)
    owner = signed_in(stage, OWNER)
    before = rows_of(stage, prairie)
    for door in doors(stage.app, "console"):
        outside.get("/login")
        answer = _open(door, outside, prairie)
        assert answer.status_code == 303, door
        assert (answer.location or "").startswith("/login"), door
        for page in (owner, half):
            page.get("/settings")
            assert _open(door, page, prairie).status_code in (303, 403), door
            assert page.get("/console").status_code in (303, 403)
        assert rows_of(stage, prairie) == before, door


@pytest.mark.parametrize("left", ["whole", "nothing", "another right"])
def test_a_check_of_the_console_that_is_taken_out_is_noticed(
    stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    monkeypatch.setattr(access, "NEEDED", {})
    stage.app.config["PROPAGATE_EXCEPTIONS"] = False
    page, outside = office.staff(), Browsing(stage.app.test_client())
    every = frozenset(Right)
    for door in doors(stage.app, "console"):
        right, whole = EXPECTED[door.endpoint], stage.app.view_functions[door.endpoint]
        bare = inspect.unwrap(whole)
        changed = {"whole": whole, "nothing": bare, "another right": access.for_staff(Right.POST_ANYWAY)(bare)}[left]
        stage.app.view_functions[door.endpoint] = changed
        said = []
        for granted in (frozenset({right}), every - {right}):
            monkeypatch.setitem(GRANTS, StaffRole.AGENT, every)
            page.get("/settings")
            monkeypatch.setitem(GRANTS, StaffRole.AGENT, granted)
            said.append(door.open(page).status_code)
        outside.get("/login")
        said.append(door.open(outside).status_code)
        good = said[0] not in (401, 403, 500) and said[1] == 403 and said[2] == 303
        assert good == (left == "whole"), (door, said)
        stage.app.view_functions[door.endpoint] = whole


def test_staff_without_a_companys_word_see_and_change_nothing_of_it(
    stage: Stage, prairie: Prairie, office: Office
) -> None:
    page = office.staff("olga@dray.example", StaffRole.OPERATOR)
    before = rows_of(stage, prairie)
    asking = {"console.ask_access", "console.agree"}
    for door in doors(stage.app, "console"):
        if door.endpoint in asking:
            continue
        page.get("/console")
        answer = _open(door, page, prairie)
        assert answer.status_code < 500, door
        for told in ("INV-90", "Prairie Feed", "Prairie North", "Prairie box", OWNER):
            assert told not in answer.text, (door, told)
        assert rows_of(stage, prairie) == before, door


def test_a_set_up_page_is_not_there_for_a_browser_that_no_link_was_bound_to(stage: Stage, prairie: Prairie) -> None:
    denise = stage.person("denise.okafor@harlan.example", Role.OWNER)
    pages = Browsing(stage.app.test_client()), signed_in(stage, OWNER), signed_in(stage, denise)
    before = rows_of(stage, prairie)
    for page in pages:
        for door in doors(stage.app, "connect"):
            page.get("/connect")
            answer = door.open(page, prairie.ids["/connections"])
            assert answer.status_code < 500, door
            if door.kind:
                assert answer.status_code in (403, 404, 410), (door, answer.status_code)
            assert "Prairie books" not in answer.text, door
            assert rows_of(stage, prairie) == before, door


def _open(door: Door, page: Browsing, prairie: Prairie) -> TestResponse:
    kind = "/support-access" if "access/" in door.pattern else "/connections"
    return door.open(page, prairie.ids[kind])
