"""Each address asks for one right, the one written here; whoever takes a check out or weakens it is found out.

A new address is tried as soon as the application has it, and fails here until its right is written down.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from dray.web import access
from dray_tenants.roles import GRANTS, Right, Role
from tests.platform.doors.addresses import Door, doors, signed_in
from tests.platform.web.stage import Browsing, Stage

EVERYBODY: Final = "everybody"
ONESELF: Final = "oneself"
ONLY: Final = Role.VIEWER
WITHOUT: Final = Role.BOOKKEEPER

BY_RIGHT: Final[Mapping[Right | str, str]] = {
    EVERYBODY: """
        home login sign_in logout switch code check_code set_up_code set_up_picture confirm_set_up forgot ask_for_link
        reset set_password invited join help help_article limits codes_of_books""",
    ONESELF: """
        settings rename change_email change_password choose_theme codes begin_codes codes_picture confirm_codes
        turn_off_codes recovery_codes end_browser end_others new_address confirm_address""",
    Right.VIEW: """
        invoices invoices_live invoice invoice_live connections new_connection connection connection_live
        customers customer items item rate_card rate routing sendings roles company keep_view drop_view
        found_there names choosing choosing_for choices default fields misplaced prepaid_file
        overview overview_live refused synced problems
        rules try_rule months check_month month_report month_file alerts choose_alerts try_alerts closures""",
    Right.WRITE_INVOICES: """
        write_invoice create_invoice judge_invoice pick_customer edit_invoice save_invoice delete_invoice
        restore_invoice choose_amount decide_disagreement settle_amounts settle_disagreements set_aside show_again
        undo_fixes mend_invoice keep_rule delete_rule
        new_item create_item save_item new_rate create_rate save_rate
        end_rate""",
    Right.SEND: "review start_review send_reviewed send_problems_again",
    Right.DECIDE_DIFFERENCES: "close_month acknowledge unacknowledge tick_misplaced",
    Right.UNPEND: "unpend_picked undo_sending take_it_back unpend_and_edit",
    Right.EDIT_CUSTOMERS: "new_customer create_customer edit_customer save_customer choose read_lists look_misplaced",
    Right.IMPORT: """
        imports upload_file begin_upload import import_live choose_columns discard_import start_import download_rest
        upload_piece upload_whole undo_import""",
    Right.CHANGE_DATES: "date_of_invoice change_date",
    Right.MARK_NOT_SENT: "mark_not_sent mark_picked undo_marking mark_problems",
    Right.MANAGE_CONNECTIONS: """
        create_connection invitation password end_older_password check_connection pause_connection
        resume_connection pull_brake release_brake renew_identity setup_link set_delivery set_default
        add_closure take_away_closure follow_calendar""",
    Right.BIND_BOOKS: """
        confirm_books confirm_older_copy add_rule drop_rule move_rule_up set_start books_company confirm_books_company
        decline_books_company reconnect""",
    Right.REMOVE_CONNECTION: "removal remove_connection disconnection disconnect",
    Right.POST_ANYWAY: "post_it_anyway send_it_elsewhere say_additional",
    Right.PROVE_BY_HAND: "it_is_that_one none_of_these link_found",
    Right.SET_TOLERANCE: "save_company set_receipt_rule",
    Right.MANAGE_PEOPLE: """people person invite renew_invitation revoke_invitation change_role remove_person
        support_access access_code agree_to_access end_access set_quiet_hours""",
    Right.MANAGE_TOKENS: """
        tokens create_token revoke_token webhooks create_webhook webhook delete_webhook resume_webhook resend_message
        rotate_webhook stop_webhook try_webhook""",
    Right.VIEW_AUDIT: "audit verify_audit",
    Right.FORGET_PEOPLE: "forgetting forget_person",
    Right.EXPORT: "leaving leaving_live ask_for_export take_export",
    Right.DELETE_TENANT: "leave stay empty_company",
}
"""Right → the pages that it opens, by the names of their endpoints."""
BESIDES: Final = {"web.show_again": (Right.WRITE_INVOICES, Right.DECIDE_DIFFERENCES)}
"""Pages that ask for one of these rights too."""
EXPECTED: Final = {f"web.{name}": right for right, names in BY_RIGHT.items() for name in names.split()}


@dataclass
class People:
    """Browsers, by what their people may do; `only` and `without` are given their rights by `may`."""

    stage: Stage
    outside: Browsing
    only: Browsing
    without: Browsing

    def complaints(self, door: Door) -> list[str]:
        """Who gets in and should not, or stays out and should not, at a door that asks for a right."""
        right = Right(EXPECTED[door.endpoint])
        GRANTS[ONLY] = frozenset({right, *BESIDES.get(door.endpoint, ())[:1]})
        GRANTS[WITHOUT] = frozenset(Right) - {right}
        for page in (self.outside, self.only, self.without):
            page.get("/login" if page is self.outside else "/settings")
        found = []
        answer = door.open(self.outside)
        if answer.status_code != 303 or not (answer.location or "").startswith("/login"):
            found.append(f"nobody signed in: {answer.status_code}")
        if (status := door.open(self.only).status_code) in (401, 403) or status >= 500:
            found.append(f"who has {right} alone: {status}")
        if (status := door.open(self.without).status_code) != 403:
            found.append(f"who has all but {right}: {status}")
        if door.endpoint in BESIDES:
            GRANTS[WITHOUT] = frozenset(Right) - {*BESIDES[door.endpoint]}
            self.without.get("/settings")
            if (status := door.open(self.without).status_code) != 403:
                found.append(f"who lacks what is asked for besides: {status}")
        return found


@pytest.fixture
def people(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> People:
    """Three browsers; the rights of two roles are the tests' own until they end."""
    for role in (ONLY, WITHOUT):
        monkeypatch.setitem(GRANTS, role, GRANTS[role])
    inside = {role: stage.browse(stage.person(f"{role}@harlan.example", role)) for role in (ONLY, WITHOUT)}
    return People(stage, Browsing(stage.app.test_client()), inside[ONLY], inside[WITHOUT])


def test_every_address_of_the_pages_has_its_right_written_down(stage: Stage) -> None:
    there = {door.endpoint: door.view for door in doors(stage.app, "web")}
    assert there.keys() == EXPECTED.keys()
    # What a page needs is kept under its function's name: two of one name would share the weaker check of the two.
    views = {inspect.unwrap(stage.app.view_functions[endpoint]) for endpoint in there}
    assert len({view.__name__ for view in views}) == len(views)
    for endpoint, view in there.items():
        expected = EXPECTED[endpoint]
        assert access.NEEDED[view] == (expected if isinstance(expected, Right) else None), endpoint
        assert (view in access.PERSONAL) == (expected == ONESELF), endpoint


def test_every_door_opens_for_its_right_alone_and_for_no_other(stage: Stage, people: People) -> None:
    assert len(guarded(stage)) > 90
    for door in guarded(stage):
        assert people.complaints(door) == [], door


@pytest.mark.parametrize("left", [None, Right.VIEW, Right.UNPEND, Right.WRITE_INVOICES])
def test_a_check_that_is_taken_out_or_weakened_is_noticed(
    stage: Stage, people: People, monkeypatch: pytest.MonkeyPatch, left: Right | None
) -> None:
    monkeypatch.setattr(access, "NEEDED", {})
    stage.app.config["PROPAGATE_EXCEPTIONS"] = False
    for door in guarded(stage):
        if EXPECTED[door.endpoint] is left:
            continue
        whole = stage.app.view_functions[door.endpoint]
        bare = inspect.unwrap(whole)
        stage.app.view_functions[door.endpoint] = bare if left is None else access.needs(left)(bare)
        assert people.complaints(door) != [], door
        stage.app.view_functions[door.endpoint] = whole


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_the_doors_of_its_rights(stage: Stage, role: Role) -> None:
    page = signed_in(stage, stage.person(f"{role}@harlan.example", role))
    for door in guarded(stage):
        status = door.open(page).status_code
        besides = BESIDES.get(door.endpoint, tuple(Right))
        allowed = EXPECTED[door.endpoint] in GRANTS[role] and not GRANTS[role].isdisjoint(besides)
        assert (status == 403) != allowed, (door, status)
        page.get("/settings")


def guarded(stage: Stage) -> list[Door]:
    """Every way to call a page that asks for a right."""
    return [door for door in doors(stage.app, "web") if isinstance(EXPECTED[door.endpoint], Right)]
