"""Customers in two levels, items, the rate card, the company's settings; and nobody's but one's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import customer_edits, items, rate_card
from dray.billing.models import BillingSettings, Customer, Item
from dray.billing.rate_card import GivenRate
from dray.billing.rate_card_models import Rate
from dray_tenants.models import AuditEntry, Tenant
from dray_tenants.roles import GRANTS, Right, Role
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    browsing = stage.browse(stage.person(DENISE, Role.OWNER))
    browsing.get("/customers/new")
    return browsing


def customer(stage: Stage, name: str, tenant: int | None = None, **fields: Any) -> str:
    with stage.session(tenant) as session:
        made = customer_edits.create(session, {"name": name, **fields}, at=stage.now, actor="test")
        session.commit()
        return made.public_id


def rate(stage: Stage, price: str, tenant: int | None = None, **fields: Any) -> str:
    with stage.session(tenant) as session:
        given = GivenRate(**{"item": "Haul", "first_day": dt.date(2026, 3, 1), **fields}, price=Decimal(price))
        made = rate_card.add(session, given, at=stage.now, actor="test")
        session.commit()
        return made.public_id


def item(stage: Stage, name: str, tenant: int | None = None) -> str:
    with stage.session(tenant) as session:
        made = items.add(session, {"name": name}, at=stage.now, actor="test")
        session.commit()
        return made.public_id


def test_a_customer_is_added_edited_and_moved_below_another(stage: Stage, page: Browsing) -> None:
    new: dict[str, Any] = {"name": "Plant 2", "email": "p@x.example", "bill_to-city": "Dayton"}
    added = page.press("/customers/new", **new)
    customer(stage, "Meridian Homes")
    html = page.get(added.location + "/edit").text
    assert 'value="Dayton"' in html
    moved: dict[str, Any] = {"name": "Plant 2", "parent": "meridian homes", "version": "1", "bill_to-city": "Dayton"}
    assert page.press(added.location + "/edit", **moved).status_code == 303
    html = page.get(added.location).text
    assert "A site or job of Meridian Homes." in html
    assert "None given" in html
    assert "Plant 2" in page.get("/customers?q=plant").text
    assert "Plant 2" not in page.get("/customers").text
    with stage.session() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == DENISE)).all()
        assert actions == ["customer.created", "customer.changed"]


def test_a_namesake_is_told_and_made_only_on_purpose(stage: Stage, page: Browsing) -> None:
    customer(stage, "Acme")
    asked = page.press("/customers/new", name=" ACME ")
    assert asked.status_code == 409
    assert "There is a customer of this name already" in asked.text
    assert page.press("/customers/new", name=" ACME ", sure="1").status_code == 303
    with stage.session() as session:
        assert len(session.scalars(select(Customer)).all()) == 2


def test_what_cannot_be_kept_of_a_customer_is_said_at_its_field(stage: Stage, page: Browsing) -> None:
    for form, sentence in (
        ({"name": ""}, "Give a name."),
        ({"name": "A:B"}, "A name holds no colon."),
        ({"name": "A", "parent": "Nobody"}, "No customer of the upper level is called Nobody."),
    ):
        answer = page.press("/customers/new", **form)  # type: ignore[arg-type]
        assert (answer.status_code, sentence in answer.text) == (422, True), form


def test_two_people_who_edit_a_customer_are_told_with_both_values(stage: Stage, page: Browsing) -> None:
    known = customer(stage, "Acme", phone="1")
    page.press(f"/customers/{known}/edit", name="Acme", phone="2", version="1")
    late = page.press(f"/customers/{known}/edit", name="Acme", phone="3", version="1")
    assert late.status_code == 409
    assert "Somebody saved this customer while you were writing" in late.text
    assert 'data-l="Yours">3<' in late.text
    assert 'data-l="Saved">2<' in late.text
    with stage.session() as session:
        assert session.scalars(select(Customer.phone)).all() == ["2"]


def test_an_item_is_added_and_edited(stage: Stage, page: Browsing) -> None:
    page.press("/items/new", name="Haul", unit_price="1,425.5", taxable="no")
    with stage.session() as session:
        (known,) = session.scalars(select(Item)).all()
        assert (known.unit_price, known.taxable) == (Decimal("1425.5"), False)
    assert 'value="1425.50"' in page.get(f"/items/{known.public_id}").text
    assert page.press("/items/new", name="haul").status_code == 422
    assert page.press(f"/items/{known.public_id}", name="Haul", unit_price="much").status_code == 422
    assert page.press(f"/items/{known.public_id}", name="Hauling", unit_price="").status_code == 303
    assert "Hauling" in page.get("/items").text


def test_a_price_is_put_on_the_card_for_everybody_and_for_a_site_and_ended(stage: Stage, page: Browsing) -> None:
    above = customer(stage, "Meridian Homes")
    customer(stage, "Plant 2", parent="Meridian Homes")
    assert above
    assert "No prices on the card yet" in page.get("/rate-card").text
    for form in ({}, {"customer": "Meridian Homes · Plant 2"}):
        given = {"item": "Haul", "price": "425", "unit": "t", "first_day": "2026-03-01", **form}
        assert page.press("/rate-card/new", **given).status_code == 303  # type: ignore[arg-type]
    html = page.get("/rate-card").text
    assert "Everybody" in html
    assert "Plant 2" in html
    with stage.session() as session:
        ids = session.scalars(select(Rate.public_id).order_by(Rate.id)).all()
    assert page.press(f"/rate-card/{ids[0]}/end").status_code == 303
    assert "until Nov 19" in page.get("/rate-card").text
    wrong = page.press("/rate-card/new", item="Haul", price="x", first_day="2026-04-01", customer="Nobody")
    assert wrong.status_code == 422
    assert "No customer is called Nobody" in wrong.text
    assert "“x” is not a number" in wrong.text


def test_the_review_names_prices_that_are_off_the_card_and_who_says_so(stage: Stage, page: Browsing) -> None:
    (invoice,) = stage.invoices(1)
    rate(stage, "425", item="30 yd roll-off, haul & return")
    html = page.get(f"/invoices/review?pick={invoice}.1").text
    assert "Check 1 price" in html
    assert "rate card since Mar 1" in html
    assert "+40.00" in html
    stage.sent([invoice])
    (dearer,) = stage.invoices(1, price="500.00", first=21000)
    assert "+75.00" in page.get(f"/invoices/review?pick={dearer}.1").text
    with stage.session() as session:
        session.delete(session.scalars(select(Rate)).one())
        session.commit()
    html = page.get(f"/invoices/review?pick={dearer}.1").text
    assert "last price, Nov 17 on INV-20471" in html
    assert "+35.00" in html


def test_the_companys_settings_are_kept_and_audited(stage: Stage, page: Browsing) -> None:
    page.get("/company")
    form: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "currency": "eur",
        "next_number": "5,000",
        "tolerance": "0.05",
    }
    assert page.press("/company", connection=stage.connection, **form).status_code == 303
    with stage.session() as session:
        kept = session.scalars(select(BillingSettings)).one()
        assert (kept.currency, kept.next_number, kept.tolerance_minor) == ("EUR", 5000, 5)
        assert kept.default_connection_id is not None
        assert session.scalars(select(Tenant.time_zone).where(Tenant.id == stage.tenant)).one() == "Europe/Berlin"
        assert "settings.changed" in session.scalars(select(AuditEntry.action)).all()
    for wrong in ({"time_zone": "Mars"}, {"currency": "EURO"}, {"next_number": "0"}, {"tolerance": "0.001"}):
        answer = page.press("/company", **{**form, **wrong})
        assert answer.status_code == 422, wrong
    assert page.press("/company", connection="con_nobody", **form).status_code == 422


@pytest.fixture
def addresses(stage: Stage) -> dict[tuple[str, str], Right]:
    """(method, address) → right, of everything that is written by hand."""
    stage.connect()
    (draft,) = stage.invoices(1)
    one, thing, price = customer(stage, "Acme"), item(stage, "Haul"), rate(stage, "1")
    written, looked = Right.WRITE_INVOICES, Right.VIEW
    return {
        ("GET", "/invoices/new"): written,
        ("POST", "/invoices/new"): written,
        ("POST", "/invoices/judge"): written,
        ("GET", "/invoices/customers?q=a"): written,
        ("GET", f"/invoices/{draft}/edit"): written,
        ("POST", f"/invoices/{draft}/edit"): written,
        ("POST", f"/invoices/{draft}/disagreement"): written,
        ("POST", f"/invoices/{draft}/lines/0/amount"): written,
        ("POST", f"/invoices/{draft}/unpend-and-edit"): Right.UNPEND,
        ("POST", f"/invoices/{draft}/delete"): written,
        ("POST", f"/invoices/{draft}/restore"): written,
        ("GET", "/customers"): looked,
        ("GET", f"/customers/{one}"): looked,
        ("GET", "/customers/new"): Right.EDIT_CUSTOMERS,
        ("POST", "/customers/new"): Right.EDIT_CUSTOMERS,
        ("GET", f"/customers/{one}/edit"): Right.EDIT_CUSTOMERS,
        ("POST", f"/customers/{one}/edit"): Right.EDIT_CUSTOMERS,
        ("GET", "/items"): looked,
        ("GET", f"/items/{thing}"): looked,
        ("GET", "/items/new"): written,
        ("POST", "/items/new"): written,
        ("POST", f"/items/{thing}"): written,
        ("GET", "/rate-card"): looked,
        ("GET", f"/rate-card/{price}"): looked,
        ("GET", "/rate-card/new"): written,
        ("POST", "/rate-card/new"): written,
        ("POST", f"/rate-card/{price}"): written,
        ("POST", f"/rate-card/{price}/end"): written,
        ("GET", "/company"): looked,
        ("POST", "/company"): Right.SET_TOLERANCE,
    }


@pytest.mark.parametrize("role", Role)
def test_a_role_writes_what_its_rights_allow_and_nothing_else(
    stage: Stage, addresses: dict[tuple[str, str], Right], role: Role
) -> None:
    page = stage.browse(stage.person(f"{role}@harlan.example", role))
    page.get("/invoices")
    for (method, address), right in addresses.items():
        answer = page.get(address) if method == "GET" else page.press(address)
        allowed = right in GRANTS[role]
        assert (answer.status_code not in (401, 403, 500)) == allowed, (method, address, answer.status_code)


def test_anothers_ids_are_not_there_and_change_nothing(stage: Stage, addresses: dict[tuple[str, str], Right]) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    page = stage.browse(stage.person("pat@prairie.example", Role.OWNER, other))
    page.get("/customers/new")
    tried = 0
    for method, address in addresses:
        if "_" not in address:
            continue
        answer = page.get(address) if method == "GET" else page.press(address, name="Taken", item="x")
        assert answer.status_code == 404, (method, address)
        tried += 1
    assert tried > 12
    for address in ("/invoices/new?copy=", "/invoices/new?customer=", "/customers/new?parent="):
        known = next(each.split("/")[2] for method, each in addresses if each.startswith(address[:9]) and "_" in each)
        assert page.get(address + known).status_code == 404
    with stage.session() as session:
        assert session.scalars(select(Customer.name).where(Customer.name == "Taken")).all() == []


def test_nothing_is_written_without_the_forms_token(stage: Stage, addresses: dict[tuple[str, str], Right]) -> None:
    page = stage.browse(stage.person(DENISE, Role.OWNER))
    for method, address in addresses:
        if method == "POST":
            assert page.client.post(address, data={"name": "X"}).status_code in (400, 403), address
