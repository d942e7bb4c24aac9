"""Customers are made, listed and changed; connections are looked at."""

from __future__ import annotations

from sqlalchemy import select, update

from dray.billing.models import BillingSettings
from dray.billing.states import Move
from dray.connections.models import Connection, ConnectionStatus
from tests.platform.api.conftest import Program
from tests.platform.shop import NOW, Shop


def test_posting_an_external_id_that_exists_updates_that_customer(program: Program) -> None:
    first = program.call("POST", "/customers", {"external_id": "c1", "name": "Bright Lights", "phone": "1"})
    assert (first.status_code, first.json["version"]) == (201, 1)
    second = program.call("POST", "/customers", {"external_id": "c1", "name": "Bright Lights Ltd"})
    assert (second.status_code, second.json["version"]) == (200, 2)
    assert (second.json["id"], second.json["name"], second.json["phone"]) == (
        first.json["id"],
        "Bright Lights Ltd",
        "1",
    )
    assert program.call("GET", f"/customers/{first.json['id']}").json == second.json


def test_a_customer_below_another_names_it(program: Program) -> None:
    site = program.call("POST", "/customers", {"name": "East wing", "parent": "Bright Lights"}).json
    assert site["parent"] == "Bright Lights"
    names = [each["name"] for each in program.call("GET", "/customers").json["data"]]
    assert names == ["Bright Lights", "East wing"]


def test_a_patch_names_what_it_changes(program: Program) -> None:
    made = program.call("POST", "/customers", {"name": "A", "phone": "1", "billing_address": {"city": "X"}}).json
    changed = program.call("PATCH", f"/customers/{made['id']}", {"phone": None}, If_Match="1").json
    assert (changed["phone"], changed["billing_address"], changed["version"]) == (None, {"city": "X"}, 2)
    assert program.call("PATCH", f"/customers/{made['id']}", {"phone": "2"}, If_Match="1").status_code == 409
    nameless = program.call("PATCH", f"/customers/{made['id']}", {"name": None})
    assert nameless.json["errors"] == [{"pointer": "/name", "detail": "Give a name."}]
    taken = program.call("POST", "/customers", {"name": "B", "external_id": "b"}).json
    assert taken["external_id"] == "b"
    refused = program.call("PATCH", f"/customers/{made['id']}", {"external_id": "b"})
    assert refused.json["errors"][0]["pointer"] == "/external_id"


def test_customers_are_paged_by_name(program: Program) -> None:
    for name in ("delta", "Alpha", "charlie", "Bravo", "bravo"):
        program.call("POST", "/customers", {"name": name, "external_id": name})
    seen: list[str] = []
    after = ""
    while True:
        page = program.call("GET", f"/customers?limit=2{after}").json
        seen += [each["name"] for each in page["data"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [name.lower() for name in seen] == ["alpha", "bravo", "bravo", "charlie", "delta"]


def test_a_connection_shows_its_books_and_what_is_under_way(program: Program, shop: Shop) -> None:
    connection = shop.connect()
    waiting, taken, refused, posted = (shop.invoice() for _ in range(4))
    shop.send(waiting, taken, refused)
    shop.move(Move.CLAIM, taken, refused)
    shop.move(Move.REFUSED, refused)
    shop.post(posted)
    with shop.session() as session:
        row = session.scalars(select(Connection)).one()
        row.books, row.books_id = {"is": "Books", "name": "Fairport Ltd", "edition": "Pro", "currency": "USD"}, "F1"
        session.execute(update(ConnectionStatus).values(last_contact_at=NOW))
        session.commit()
    shown = program.call("GET", f"/connections/{connection}").json
    assert shown["counts"] == {"pending_sync": 1, "sending": 1, "checking": 0, "needs_attention": 1}
    assert shown["books"] == {
        "id": "F1", "name": "Fairport Ltd", "edition": "Pro", "country": None, "currency": "USD"
    }  # fmt: skip
    assert (shown["last_contact_at"], shown["default"]) == ("2026-11-24T10:42:00Z", False)
    assert program.call("GET", "/connections").json == {"data": [shown], "next": None}


def test_the_connection_of_a_send_is_the_one_named_or_the_default_or_the_only_one(program: Program, shop: Shop) -> None:
    invoice = shop.invoice()
    nothing = program.call("POST", "/invoices/send", {"ids": [invoice]})
    assert (nothing.status_code, nothing.json["detail"]) == (422, "Connect an accounting system first.")
    first = shop.connect("First")
    program.call("POST", "/invoices/send", {"ids": [invoice]})
    assert program.call("GET", f"/invoices/{invoice}").json["connection"] == first
    second = shop.connect("Second")
    other = shop.invoice()
    several = program.call("POST", "/invoices/send", {"ids": [other]})
    assert (several.status_code, "several connections" in several.json["detail"]) == (422, True)
    with shop.session() as session:
        default = session.scalars(select(Connection.id).where(Connection.public_id == first)).one()
        session.execute(update(BillingSettings).values(default_connection_id=default))
        session.commit()
    program.call("POST", "/invoices/send", {"ids": [other]})
    assert program.call("GET", f"/invoices/{other}").json["connection"] == first
    third = shop.invoice()
    program.call("POST", "/invoices/send", {"ids": [third], "connection": second})
    assert program.call("GET", f"/invoices/{third}").json["connection"] == second
