"""Prices of the rate card and the rules for where invoices go are kept by programs as by people."""

from __future__ import annotations

from tests.platform.api.conftest import Program
from tests.platform.shop import Shop

PRICE = {"item": "20 yd roll-off", "price": "425.00", "first_day": "2026-01-01"}


def test_a_price_is_kept_and_the_same_one_again_corrects_it(program: Program) -> None:
    first = program.call("POST", "/rates", {**PRICE, "unit": "haul"})
    assert first.status_code == 201
    assert (first.json["price"], first.json["unit"], first.json["customer"]) == ("425", "haul", None)
    again = program.call("POST", "/rates", {**PRICE, "price": "430.5"})
    assert (again.status_code, again.json["id"], again.json["price"]) == (200, first.json["id"], "430.5")
    assert program.call("GET", f"/rates/{first.json['id']}").json == again.json
    assert program.call("GET", "/rates").json == {"data": [again.json], "next": None}


def test_a_price_is_a_customers_by_id_external_id_or_name(program: Program) -> None:
    customer = program.call("POST", "/customers", {"external_id": "c1", "name": "East", "parent": "Oak"}).json
    ids = set()
    for whose in ({"id": customer["id"]}, {"external_id": "c1"}, {"name": "East", "parent": "Oak"}):
        made = program.call("POST", "/rates", {**PRICE, "customer": whose}).json
        assert made["customer"] == {"id": customer["id"], "name": "East", "parent": "Oak"}
        ids.add(made["id"])
    assert len(ids) == 1
    for whose, pointer in (
        ({"id": "cus_x"}, "/customer/id"),
        ({"external_id": "none"}, "/customer/external_id"),
        ({"name": "West"}, "/customer/name"),
    ):
        refused = program.call("POST", "/rates", {**PRICE, "customer": whose})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_price_is_corrected_and_ended_and_nothing_else_of_it_changes(program: Program) -> None:
    made = program.call("POST", "/rates", PRICE).json
    ended = program.call("PATCH", f"/rates/{made['id']}", {"last_day": "2026-12-31"}).json
    assert (ended["last_day"], ended["price"], ended["item"]) == ("2026-12-31", "425", made["item"])
    assert program.call("PATCH", f"/rates/{made['id']}", {"last_day": "2025-12-31"}).status_code == 422
    assert program.call("PATCH", f"/rates/{made['id']}", {"price": None}).json["errors"][0]["pointer"] == "/price"
    assert program.call("PATCH", f"/rates/{made['id']}", {"item": "x"}).status_code == 422
    assert program.call("GET", f"/rates/{made['id']}").json["last_day"] == "2026-12-31"


def test_prices_are_paged_by_item_and_narrowed_by_its_name(program: Program) -> None:
    for item in ("delta", "Alpha", "charlie", "Bravo haul"):
        program.call("POST", "/rates", {**PRICE, "item": item})
    seen, after = [], ""
    while True:
        page = program.call("GET", f"/rates?limit=1{after}").json
        seen += [each["item"] for each in page["data"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == ["Alpha", "Bravo haul", "charlie", "delta"]
    assert [each["item"] for each in program.call("GET", "/rates?item=HAUL").json["data"]] == ["Bravo haul"]
    assert program.call("GET", "/rates?after=nonsense").status_code == 422


def test_the_same_key_makes_one_price(program: Program) -> None:
    first = program.call("POST", "/rates", PRICE, Idempotency_Key="k")
    second = program.call("POST", "/rates", PRICE, Idempotency_Key="k")
    assert (second.status_code, second.json) == (201, first.json)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_rules_are_added_in_order_and_deleted(program: Program, shop: Shop) -> None:
    connection = shop.connect()
    rules = [
        program.call("POST", "/routing-rules", {"field": field, "value": value, "connection": connection}).json
        for field, value in (("department", "North"), ("number", "N-"))
    ]
    assert program.call("GET", "/routing-rules").json == {"data": rules, "next": None}
    assert rules[0] == {"id": rules[0]["id"], "field": "department", "value": "North", "connection": connection}
    assert program.call("DELETE", f"/routing-rules/{rules[0]['id']}").status_code == 204
    assert program.call("GET", "/routing-rules").json["data"] == rules[1:]
    assert program.call("DELETE", f"/routing-rules/{rules[0]['id']}").status_code == 404


def test_a_rule_that_says_nothing_or_leads_nowhere_is_refused(program: Program, shop: Shop) -> None:
    connection = shop.connect()
    rule = {"field": "department", "value": "North", "connection": connection}
    for change, pointer in (({"field": "colour"}, "/field"), ({"value": " "}, "/value")):
        refused = program.call("POST", "/routing-rules", {**rule, **change})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert program.call("POST", "/routing-rules", {**rule, "connection": "con_x"}).status_code == 404
    assert program.call("POST", "/routing-rules", rule).status_code == 201
    assert program.call("POST", "/routing-rules", {**rule, "value": "NORTH"}).status_code == 422
    assert len(program.call("GET", "/routing-rules").json["data"]) == 1
