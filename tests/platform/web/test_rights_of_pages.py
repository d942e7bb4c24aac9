"""Each page asks for the right that it needs, and shows nothing of another company."""

import inspect

import pytest
from sqlalchemy import select

from dray.billing.models import Invoice
from dray.web import access
from dray_tenants.roles import GRANTS, Right, Role
from tests.platform.web.stage import Browsing, Stage

PUBLIC = {
    "home", "show_login", "start_session", "end_session", "switch_tenant", "show_code", "check_code", "show_set_up",
    "set_up_picture", "confirm_set_up", "show_forgotten", "ask_for_link", "show_reset", "set_password",
    "show_invitation", "take_up_invitation", "show_help", "show_article", "show_limits",
    "show_codes_of_books",
}  # fmt: skip
"""What is before signing in; whatever else needs no right concerns the signed-in person alone."""


def test_every_page_says_which_right_it_needs(stage: Stage) -> None:
    pages = {
        endpoint: inspect.unwrap(view)
        for endpoint, view in stage.app.view_functions.items()
        if endpoint.startswith("web.")
    }
    assert len(pages) > 20
    assert {view.__name__ for view in pages.values()} == set(access.NEEDED)
    without = {name for name, right in access.NEEDED.items() if right is None}
    assert without - access.PERSONAL == PUBLIC
    assert without >= access.PERSONAL


@pytest.fixture
def addresses(stage: Stage) -> dict[tuple[str, str], Right]:
    """(method, address) → the right, for everything that a signed-in person can ask for."""
    connection = stage.connect()
    draft, pending = stage.invoices(2)
    stage.sent([pending])
    return {
        ("GET", "/invoices"): Right.VIEW,
        ("GET", "/invoices/live"): Right.VIEW,
        ("GET", f"/invoices/{draft}"): Right.VIEW,
        ("GET", f"/invoices/{draft}/live"): Right.VIEW,
        ("GET", f"/invoices/review?pick={draft}.1"): Right.SEND,
        ("POST", "/invoices/review"): Right.SEND,
        ("POST", "/invoices/send"): Right.SEND,
        ("POST", "/invoices/unpend"): Right.UNPEND,
        ("POST", "/sendings/snd_none/undo"): Right.UNPEND,
        ("POST", f"/invoices/{draft}/not-sent"): Right.MARK_NOT_SENT,
        ("POST", f"/invoices/{draft}/already-there"): Right.PROVE_BY_HAND,
        ("POST", f"/invoices/{draft}/anyway"): Right.POST_ANYWAY,
        ("POST", f"/invoices/{draft}/take-back"): Right.UNPEND,
        ("POST", f"/invoices/{draft}/none-of-these"): Right.PROVE_BY_HAND,
        ("POST", f"/invoices/{draft}/elsewhere"): Right.POST_ANYWAY,
        ("GET", "/invoices/found-there"): Right.VIEW,
        ("POST", "/invoices/found-there"): Right.PROVE_BY_HAND,
        ("GET", "/connections"): Right.VIEW,
        ("GET", "/connections/new"): Right.VIEW,
        ("POST", "/connections"): Right.MANAGE_CONNECTIONS,
        ("GET", f"/connections/{connection}"): Right.VIEW,
        ("GET", f"/connections/{connection}/live"): Right.VIEW,
        ("POST", f"/connections/{connection}/file"): Right.MANAGE_CONNECTIONS,
        ("POST", f"/connections/{connection}/password"): Right.MANAGE_CONNECTIONS,
        ("POST", f"/connections/{connection}/check"): Right.MANAGE_CONNECTIONS,
    }


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_its_rights_allow_and_nothing_else(
    stage: Stage, addresses: dict[tuple[str, str], Right], role: Role
) -> None:
    page = stage.browse(stage.person(f"{role}@harlan.example", role))
    page.get("/invoices")
    for (method, address), right in addresses.items():
        answer = page.get(address) if method == "GET" else page.press(address)
        if right in GRANTS[role]:
            assert answer.status_code not in (401, 403, 500), (method, address)
        else:
            assert answer.status_code == 403, (method, address)
            assert "Your role does not include this" in answer.text


def test_who_may_not_is_shown_no_button(stage: Stage) -> None:
    stage.connect()
    draft, pending = stage.invoices(2)
    stage.sent([pending])
    page = stage.browse(stage.person("viewer@harlan.example", Role.VIEWER))
    listed = page.get("/invoices").text
    assert "Review" not in listed
    assert "Unpend" not in listed
    assert "Unpend" not in page.get(f"/invoices/{pending}").text.replace("unpend it", "")
    assert "Review and send" not in page.get(f"/invoices/{draft}").text
    assert "Make" not in page.get(f"/connections/{stage.connection}").text


def test_without_signing_in_every_page_leads_to_the_door(stage: Stage, addresses: dict[tuple[str, str], Right]) -> None:
    client = stage.app.test_client()
    page = Browsing(client, client.get("/login").text)
    for method, address in addresses:
        answer = page.get(address) if method == "GET" else page.press(address)
        assert answer.status_code == 303, address
        assert answer.location.startswith("/login"), address


def test_a_script_whose_session_is_over_gets_a_401_and_no_page(stage: Stage) -> None:
    answer = stage.app.test_client().get("/invoices/live", headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 401


def test_nothing_of_another_company_is_there(stage: Stage) -> None:
    theirs = stage.company("Prairie Box Co.", "prairie")
    connection = stage.connect("Prairie books", tenant=theirs)
    (invoice,) = stage.invoices(1, "Prairie Customer", tenant=theirs, first=900)
    stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    page.get("/invoices")
    for address in (
        f"/invoices/{invoice}",
        f"/invoices/{invoice}/live",
        f"/connections/{connection}",
        f"/connections/{connection}/live",
    ):
        answer = page.get(address)
        assert answer.status_code == 404, address
        assert "Prairie" not in answer.text
        # The same words as for what never was: the answer tells nothing.
        assert answer.text == page.get(address.replace(invoice, "inv_x").replace(connection, "con_x")).text
    for address in ("file", "password", "check"):
        assert page.press(f"/connections/{connection}/{address}").status_code == 404
    assert page.press(f"/invoices/{invoice}/not-sent", reason="x").status_code == 404
    assert page.press("/invoices/send", connection=connection, seen=f"{invoice}.1").status_code == 404
    assert "Prairie" not in page.get("/invoices").text + page.get("/connections").text
    assert "Prairie" not in page.get(f"/invoices/review?pick={invoice}.1&connection={connection}").text


def test_another_companys_invoice_is_neither_sent_nor_unpended(stage: Stage) -> None:
    theirs = stage.company("Prairie Box Co.", "prairie")
    (invoice,) = stage.invoices(1, "Prairie Customer", tenant=theirs, first=900)
    stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    page.get("/invoices")
    said = page.press("/invoices/send", follow=True, connection=stage.connection, seen=f"{invoice}.1").text
    assert "Nothing was sent" in said
    assert "Prairie" not in said
    assert "INV-900" not in said
    page.press("/invoices/unpend", pick=f"{invoice}.1")
    with stage.session(theirs) as session:
        assert session.scalars(select(Invoice.state)).all() == ["draft"]
