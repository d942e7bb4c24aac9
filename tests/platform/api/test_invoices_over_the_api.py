"""Invoices over the API: made, repeated, changed, sent, taken back and locked."""

from __future__ import annotations

from typing import Any

import pytest

from dray.billing.states import Move
from tests.platform.api.conftest import Program
from tests.platform.shop import Shop


def test_an_invoice_comes_back_as_it_was_given(program: Program, paper: dict[str, Any]) -> None:
    response = program.call("POST", "/invoices", paper)
    assert response.status_code == 201, response.text
    made = response.json
    assert made["state"] == "draft"
    assert (made["subtotal"], made["tax"], made["total"]) == ("425.00", None, "425.00")
    assert [line["amount"] for line in made["lines"]] == ["300.00", "50.00", "75.00", None]
    assert made["lines"][1]["quantity"] == "2.5"
    assert made["lines"][1]["class"] == "Parts"
    assert made["customer"]["billing_address"]["city"] == "Fairport"
    assert made["payments"][0]["amount"] == "25.00"
    assert (made["locked"], made["books"], made["problems"], made["version"]) == (False, None, [], 1)
    assert response.headers["ETag"] == '"1"'
    assert program.call("GET", f"/invoices/{made['id']}").json == made


def test_the_same_content_again_is_the_first_answer(program: Program, paper: dict[str, Any]) -> None:
    first = program.call("POST", "/invoices", paper).json
    again = program.call("POST", "/invoices", paper)
    assert (again.status_code, again.json) == (200, first)


def test_other_content_updates_a_draft_as_a_new_version(program: Program, paper: dict[str, Any]) -> None:
    first = program.call("POST", "/invoices", paper).json
    paper["lines"][2]["amount"] = "115.00"
    second = program.call("POST", "/invoices", paper)
    assert second.status_code == 200
    assert (second.json["id"], second.json["version"], second.json["total"]) == (first["id"], 2, "465.00")


def test_other_content_for_a_sent_invoice_is_a_conflict_that_its_timeline_tells(
    program: Program, shop: Shop, paper: dict[str, Any]
) -> None:
    shop.connect()
    made = program.call("POST", "/invoices", paper).json
    shop.send(made["id"])
    paper["memo"] = "another"
    conflict = program.call("POST", "/invoices", paper)
    assert conflict.status_code == 409
    assert conflict.content_type == "application/problem+json"
    assert "waits in line" in conflict.json["detail"]
    story = program.call("GET", f"/invoices/{made['id']}/timeline").json["data"]
    assert story[-1]["kind"] == "push_refused"
    assert "waits in line" in story[-1]["text"]


def test_several_invoices_get_one_answer_each_in_order(program: Program, paper: dict[str, Any]) -> None:
    good = {**paper, "external_id": "bill-2", "number": "1002"}
    bad = {**paper, "external_id": "bill-3", "number": "1003", "date": "yesterday"}
    response = program.call("POST", "/invoices", {"invoices": [paper, bad, good, paper]})
    assert response.status_code == 200
    answers = response.json["invoices"]
    assert [each["status"] for each in answers] == [201, 422, 201, 200]
    assert answers[1]["problem"]["errors"] == [
        {"pointer": "/date", "detail": "Write it as YYYY-MM-DD, such as 2026-11-24."}
    ]
    assert answers[3]["invoice"]["id"] == answers[0]["invoice"]["id"]


def test_a_number_is_drawn_where_none_is_given_and_skips_taken_ones(program: Program, paper: dict[str, Any]) -> None:
    program.call("POST", "/invoices", paper)  # takes 1001
    numbers = []
    for external_id in ("bill-2", "bill-3"):
        body = {name: value for name, value in paper.items() if name != "number"}
        numbers.append(program.call("POST", "/invoices", {**body, "external_id": external_id}).json["number"])
    assert numbers == ["1002", "1003"]


def test_a_number_is_taken_whatever_its_case(program: Program, paper: dict[str, Any]) -> None:
    program.call("POST", "/invoices", {**paper, "number": "Inv-7"})
    response = program.call("POST", "/invoices", {**paper, "external_id": "bill-2", "number": "INV-7"})
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/number"


def test_without_an_external_id_the_number_is_the_key(program: Program, paper: dict[str, Any]) -> None:
    body = {name: value for name, value in paper.items() if name != "external_id"}
    first = program.call("POST", "/invoices", body).json
    assert program.call("POST", "/invoices", body).json == first
    assert program.call("POST", "/invoices", {**body, "memo": "new"}).json["version"] == 2


def test_an_amount_that_is_not_quantity_times_price_is_kept_with_a_problem(
    program: Program, shop: Shop, paper: dict[str, Any]
) -> None:
    shop.connect()
    paper["lines"][0]["amount"] = "299.00"
    made = program.call("POST", "/invoices", paper)
    assert made.status_code == 201
    (problem,) = made.json["problems"]
    assert (problem["code"], problem["field"]) == ("amount_differs", "lines/0/amount")
    result = program.call("POST", "/invoices/send", {"ids": [made.json["id"]]}).json["results"][0]
    assert (result["state"], result["problems"][0]["code"]) == ("draft", "amount_differs")


def test_a_patch_changes_what_it_names_and_nothing_else(program: Program, paper: dict[str, Any]) -> None:
    made = program.call("POST", "/invoices", paper).json
    changed = program.call("PATCH", f"/invoices/{made['id']}", {"memo": "Gate code", "terms": None}, If_Match='"1"')
    assert changed.status_code == 200, changed.text
    different = {name for name in made if made[name] != changed.json[name]}
    assert different == {"memo", "terms", "version"}
    assert changed.json["version"] == 2


def test_a_patch_of_an_older_version_is_refused(program: Program, paper: dict[str, Any]) -> None:
    made = program.call("POST", "/invoices", paper).json
    program.call("PATCH", f"/invoices/{made['id']}", {"memo": "first"})
    late = program.call("PATCH", f"/invoices/{made['id']}", {"memo": "second"}, If_Match="1")
    assert late.status_code == 409
    assert program.call("GET", f"/invoices/{made['id']}").json["memo"] == "first"
    assert program.call("DELETE", f"/invoices/{made['id']}", If_Match="1").status_code == 409


def test_a_deleted_invoice_is_gone_and_its_number_free(program: Program, shop: Shop, paper: dict[str, Any]) -> None:
    made = program.call("POST", "/invoices", paper).json
    assert program.call("DELETE", f"/invoices/{made['id']}").status_code == 204
    assert program.call("GET", f"/invoices/{made['id']}").status_code == 404
    assert program.call("GET", "/invoices").json == {"data": [], "next": None}
    assert shop.kept_counts() == {}
    again = program.call("POST", "/invoices", paper)
    assert again.status_code == 201
    assert again.json["id"] != made["id"]


def test_send_and_unpend_say_where_each_invoice_is(program: Program, shop: Shop, paper: dict[str, Any]) -> None:
    shop.connect()
    made = program.call("POST", "/invoices", paper).json["id"]
    sent = program.call("POST", "/invoices/send", {"ids": {made: 1}}).json["results"]
    assert sent == [{"id": made, "state": "pending_sync", "problems": []}]
    again, missing = program.call("POST", "/invoices/send", {"ids": [made, "inv_nobody"]}).json["results"]
    assert (again["state"], again["problems"][0]["code"]) == ("pending_sync", "not_sendable")
    assert (missing["state"], missing["problems"][0]["code"]) == (None, "not_found")
    back = program.call("POST", "/invoices/unpend", {"ids": [made]}).json["results"]
    assert back == [{"id": made, "state": "draft", "problems": []}]

    program.call("POST", "/invoices/send", {"ids": [made]})
    shop.move(Move.CLAIM, made)
    (late,) = program.call("POST", "/invoices/unpend", {"ids": [made]}).json["results"]
    assert late["state"] == "sending"
    assert "QuickBooks Desktop took it at 10:42" in late["problems"][0]["detail"]


def test_what_changed_since_the_review_is_not_sent(program: Program, shop: Shop, paper: dict[str, Any]) -> None:
    shop.connect()
    made = program.call("POST", "/invoices", paper).json["id"]
    paper["lines"][2]["amount"] = "115.00"
    program.call("POST", "/invoices", paper)
    (result,) = program.call("POST", "/invoices/send", {"ids": {made: 1}}).json["results"]
    assert result["state"] == "draft"
    assert "425.00 → 465.00" in result["problems"][0]["detail"]


def test_an_accepted_invoice_is_locked_at_every_door_of_the_api(
    program: Program, shop: Shop, paper: dict[str, Any]
) -> None:
    shop.connect()
    made = program.call("POST", "/invoices", paper).json["id"]
    shop.post(made)
    before = program.call("GET", f"/invoices/{made}").json
    assert before["locked"] is True
    assert before["books"]["number"] == "9001"
    for method, path, body in (
        ("PATCH", f"/invoices/{made}", {"memo": "x"}),
        ("DELETE", f"/invoices/{made}", None),
        ("POST", "/invoices", {**paper, "memo": "x"}),
    ):
        refused = program.call(method, path, body)
        assert refused.status_code == 409, (method, path)
        assert "accepted" in refused.json["detail"]
    for path in ("/invoices/send", "/invoices/unpend"):
        assert program.call("POST", path, {"ids": [made]}).json["results"][0]["state"] == "synced"
    assert program.call("GET", f"/invoices/{made}").json == before


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_pages_without_losing_or_repeating(program: Program, paper: dict[str, Any], count: int) -> None:
    bodies = [{**paper, "external_id": f"b{i}", "number": str(i), "date": f"2026-11-{10 + i % 3}"} for i in range(7)]
    made = [each["invoice"]["id"] for each in program.call("POST", "/invoices", {"invoices": bodies}).json["invoices"]]
    seen: list[dict[str, Any]] = []
    after = ""
    while True:
        page = program.call("GET", f"/invoices?limit={count}{after}").json
        seen += page["data"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(each["id"] for each in seen) == sorted(made)
    assert [each["date"] for each in seen] == sorted((each["date"] for each in seen), reverse=True)


def test_a_list_is_filtered(program: Program, shop: Shop, paper: dict[str, Any]) -> None:
    shop.connect()
    first = program.call("POST", "/invoices", paper).json
    second = program.call(
        "POST", "/invoices", {**paper, "external_id": "b2", "number": "A-2", "customer": {"name": "Stone Mill"}}
    ).json
    shop.send(second["id"])

    def listed(query: str) -> list[str]:
        return [each["id"] for each in program.call("GET", f"/invoices?{query}").json["data"]]

    assert listed("state=draft") == [first["id"]]
    assert listed("number=a-2") == [second["id"]]
    assert listed(f"customer={first['customer']['id']}") == [first["id"]]
    assert listed("updated_after=2026-11-24T10:41:00Z") == [first["id"], second["id"]]
    assert listed("updated_after=2026-11-24T10:42:00Z") == []
    assert listed("customer=cus_nobody") == []
