"""The list of people, their roles, and removing them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from dray_tenants.models import Membership, User
from dray_tenants.roles import GRANTS, Right, Role
from tests.platform.web.mailbox import recorded
from tests.platform.web.stage import Browsing, Stage
from tests.platform.web.test_second_step_of_signing_in import enrol

OWNER, ADMIN, LEE = "denise.okafor@harlan.example", "adm@harlan.example", "lee@harlan.example"


@pytest.fixture
def owner(stage: Stage) -> Browsing:
    for email, role in ((OWNER, Role.OWNER), (ADMIN, Role.ADMIN), (LEE, Role.VIEWER)):
        stage.person(email, role)
    page = stage.browse(OWNER)
    page.get("/users")
    return page


def public_id(stage: Stage, email: str) -> str:
    with stage.unscoped() as session:
        return session.scalars(select(User.public_id).where(User.email == email)).one()


def role(stage: Stage, email: str) -> Role | None:
    with stage.unscoped() as session:
        found = select(Membership.role).join(User).where(User.email == email, Membership.tenant_id == stage.tenant)
        return session.scalar(found)


def test_the_list_tells_role_codes_and_when_somebody_was_last_here(stage: Stage, owner: Browsing) -> None:
    enrol(stage, ADMIN)
    rows = {row.split("</a>")[0].split(">")[-1]: row for row in owner.get("/users").text.split("<tr>")[2:]}
    assert list(rows) == [ADMIN, OWNER, LEE]
    assert "Admin" in rows[ADMIN]
    assert "Codes </span>on" in rows[ADMIN]
    assert "Not yet" in rows[ADMIN]
    assert "Codes </span>off" in rows[OWNER]
    assert "just now" in rows[OWNER]


def test_a_role_is_changed_and_recorded_and_counts_at_once(stage: Stage, owner: Browsing) -> None:
    lee = stage.browse(LEE)
    assert lee.get("/users").status_code == 403
    said = owner.press(f"/users/{public_id(stage, LEE)}/role", role="admin", follow=True).text
    assert "lee@harlan.example is Admin now." in said
    assert lee.get("/users").status_code == 200
    owner.press(f"/users/{public_id(stage, LEE)}/role", role="admin")
    assert recorded(stage) == [(OWNER, "person.role_changed")], "the same role again is no change"


def test_somebody_removed_sees_nothing_any_more(stage: Stage, owner: Browsing) -> None:
    lee = stage.browse(LEE)
    assert lee.get("/invoices").status_code == 200
    assert owner.press(f"/users/{public_id(stage, LEE)}/remove").status_code == 303
    assert lee.get("/invoices").status_code == 303
    assert owner.get(f"/users/{public_id(stage, LEE)}").status_code == 404
    assert recorded(stage) == [(OWNER, "person.removed")]


def test_the_only_owner_stays(stage: Stage, owner: Browsing) -> None:
    me = public_id(stage, OWNER)
    doors: list[tuple[str, dict[str, Any]]] = [(f"/users/{me}/role", {"role": "viewer"}), (f"/users/{me}/remove", {})]
    for address, form in doors:
        refused = owner.press(address, **form)
        assert refused.status_code == 409
        assert "only owner" in refused.text
    assert role(stage, OWNER) is Role.OWNER
    assert recorded(stage) == []


def test_owners_who_remove_each_other_at_the_same_moment_leave_one(stage: Stage, owner: Browsing) -> None:
    emails = [OWNER, *(stage.person(f"o{at}@harlan.example", Role.OWNER) for at in range(3))]
    pages = [stage.browse(email) for email in emails]
    for page in pages:
        page.get("/users")
    victims = [public_id(stage, email) for email in (*emails[1:], emails[0])]
    together = Barrier(len(pages))

    def press(page: Browsing, victim: str) -> bool:
        together.wait()
        # Who was removed before their own press is sent to the sign-in page.
        return page.press(f"/users/{victim}/remove").location == "/users"

    with ThreadPoolExecutor(len(pages)) as pool:
        removals = list(pool.map(press, pages, victims))
    left = [email for email in emails if role(stage, email) is Role.OWNER]
    assert len(left) >= 1
    assert len(left) == len(emails) - sum(removals)
    assert len(recorded(stage)) == sum(removals)


def test_an_admin_touches_no_owner(stage: Stage, owner: Browsing) -> None:
    admin, theirs = stage.browse(ADMIN), public_id(stage, OWNER)
    admin.get("/users")
    assert "Only an owner can change or remove an owner." in admin.get(f"/users/{theirs}").text
    admin.get("/users")
    assert admin.press(f"/users/{theirs}/role", role="viewer").status_code == 403
    assert admin.press(f"/users/{theirs}/remove").status_code == 403
    assert admin.press(f"/users/{public_id(stage, ADMIN)}/role", role="owner").status_code == 403
    assert admin.press(f"/users/{public_id(stage, LEE)}/role", role="billing").status_code == 303
    assert (role(stage, OWNER), role(stage, ADMIN), role(stage, LEE)) == (Role.OWNER, Role.ADMIN, Role.BILLING)


def test_people_of_another_company_are_not_there(stage: Stage, owner: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person("sam@prairie.example", Role.OWNER, other)
    theirs = stage.browse("sam@prairie.example")
    theirs.get("/users")
    theirs.press("/users/invitations", email="x@prairie.example", role="viewer")
    invitation = theirs.get("/users").text.split("/users/invitations/ivt_")[1].split("/")[0]
    sam = public_id(stage, "sam@prairie.example")
    unknown = owner.get("/users/usr_nobody")
    assert owner.get(f"/users/{sam}").text == unknown.text
    owner.get("/users")
    doors: list[tuple[str, dict[str, Any]]] = [
        (f"/users/{sam}/role", {"role": "viewer"}),
        (f"/users/{sam}/remove", {}),
        (f"/users/invitations/ivt_{invitation}/renew", {}),
        (f"/users/invitations/ivt_{invitation}/revoke", {}),
    ]
    for address, form in doors:
        assert owner.press(address, **form).status_code == 404, address
    assert "prairie" not in owner.get("/users").text.lower()
    assert "x@prairie.example" in theirs.get("/users").text


def test_the_table_of_rights_is_the_one_that_counts(stage: Stage, owner: Browsing) -> None:
    page = stage.browse(LEE).get("/users/roles").text
    rows = page.split("<tbody>")[1].split("</tr>")[:-1]
    assert len(rows) == len(Right)
    granted = sum(row.count('<span class="sr">Yes</span>') for row in rows)
    assert granted == sum(len(GRANTS[role]) for role in Role)
