"""Every form needs its token, no page with a secret is kept by a cache, and a role opens what its rights allow."""

import pytest

from dray.web import access
from dray_tenants.roles import GRANTS, Right, Role
from tests.platform.web.mailbox import newest_link, recorded
from tests.platform.web.stage import Browsing, Stage

OWNER = "denise.okafor@harlan.example"
SAMPLES = {"public_id": "x_none", "secret": "nothing", "filename": "dray.css"}

RIGHTS = {
    ("GET", "/users"): Right.MANAGE_PEOPLE,
    ("GET", "/users/roles"): Right.VIEW,
    ("GET", "/users/usr_none"): Right.MANAGE_PEOPLE,
    ("POST", "/users/invitations"): Right.MANAGE_PEOPLE,
    ("POST", "/users/invitations/ivt_none/renew"): Right.MANAGE_PEOPLE,
    ("POST", "/users/invitations/ivt_none/revoke"): Right.MANAGE_PEOPLE,
    ("POST", "/users/usr_none/role"): Right.MANAGE_PEOPLE,
    ("POST", "/users/usr_none/remove"): Right.MANAGE_PEOPLE,
    ("GET", "/tokens"): Right.MANAGE_TOKENS,
    ("POST", "/tokens"): Right.MANAGE_TOKENS,
    ("POST", "/tokens/tok_none/revoke"): Right.MANAGE_TOKENS,
    ("GET", "/audit"): Right.VIEW_AUDIT,
    ("POST", "/audit/verify"): Right.VIEW_AUDIT,
}


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_its_rights_allow_and_nothing_else(stage: Stage, role: Role) -> None:
    page = stage.browse(stage.person(f"{role}@harlan.example", role))
    page.get("/settings")
    for (method, address), right in RIGHTS.items():
        answer = page.client.get(address) if method == "GET" else page.press(address)
        page.get("/settings")
        assert (answer.status_code == 403) is (right not in GRANTS[role]), (method, address)
        assert answer.status_code < 500, (method, address)


@pytest.mark.parametrize("role", Role)
def test_the_rail_offers_what_the_role_may_open(stage: Stage, role: Role) -> None:
    page = stage.browse(stage.person(f"{role}@harlan.example", role)).get("/settings").text
    rail = ("/users", "/tokens", "/audit")
    offered = {address for address in rail if f'href="{address}"' in page}
    assert offered == {address for address in rail if RIGHTS["GET", address] in GRANTS[role]}


def posts(stage: Stage) -> list[str]:
    """Every address of people's pages that takes a form."""
    adapter = stage.app.url_map.bind("localhost")
    mine = (
        "/login", "/logout", "/switch", "/forgot", "/reset", "/invitations", "/settings", "/confirm-address", "/users",
        "/tokens", "/audit",
    )  # fmt: skip
    return [
        adapter.build(rule.endpoint, {name: SAMPLES[name] for name in rule.arguments})
        for rule in stage.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule.startswith(mine)
    ]


def test_no_form_is_taken_without_its_token(stage: Stage) -> None:
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/settings")
    addresses = posts(stage)
    assert len(addresses) > 25
    for address in addresses:
        answer = page.client.post(address, data={"role": "viewer", "name": "x"})
        assert answer.status_code == 400, address
        assert "open too long" in answer.text
    assert recorded(stage) == []
    assert page.get("/settings").status_code == 200, "nor is anybody signed out by another site"


def test_whoever_is_not_signed_in_is_asked_to(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    door = Browsing(stage.app.test_client())
    door.get("/login")
    for name in ("/settings", "/settings/codes", "/settings/codes/code.svg", "/users", "/tokens", "/audit"):
        assert door.get(name).location.startswith("/login?next="), name
    for address in posts(stage):
        if address.startswith(("/settings", "/confirm", "/users", "/tokens", "/audit")):
            answer = door.press(address)
            assert (answer.status_code, answer.location) == (303, "/login"), address


def test_no_cache_keeps_a_page_and_no_other_site_sees_the_address_of_a_link(stage: Stage) -> None:
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/forgot")
    page.press("/forgot", email=OWNER)
    link = newest_link(stage, OWNER)
    for address in (link, "/settings", "/users", "/tokens", "/audit", "/login", "/forgot"):
        answer = page.client.get(address)
        assert answer.headers["Cache-Control"] == "no-store", address
        assert answer.headers["Referrer-Policy"] == "same-origin", address


def test_what_concerns_oneself_alone_names_nobody_else(stage: Stage) -> None:
    rules = {
        stage.app.view_functions[rule.endpoint].__name__: rule.rule
        for rule in stage.app.url_map.iter_rules()
        if rule.endpoint.startswith("web.")
    }
    for name in access.PERSONAL:
        assert rules[name].startswith(("/settings", "/confirm-address/")), name
