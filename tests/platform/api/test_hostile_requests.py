"""Whatever is sent, the answer is a problem with a sentence, and nothing was kept."""

from __future__ import annotations

import json
from typing import Any

from tests.platform.api.conftest import Program

DEEP = 100_000


def body(**changes: Any) -> bytes:
    """A good invoice with some fields changed."""
    good = {"customer": {"name": "A"}, "date": "2026-11-20", "lines": [{"amount": "1.00"}]}
    return json.dumps({**good, **changes}).encode()


NOT_JSON = [
    b"",
    b"{",
    b"nonsense",
    b"\xff\xfe",
    b'{"date": NaN}',
    b'{"date": Infinity}',
    b'{"date": "2026-11-20", "date": "2026-11-21"}',
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b'{"tax": ' + b"9" * 10_000 + b"}",
    b'{"tax": 1e9999999999999999999}',
]


def test_what_is_not_json_is_told_so(program: Program) -> None:
    for sent in NOT_JSON:
        response = program.call("POST", "/invoices", sent)
        assert (response.status_code, response.content_type) == (400, "application/problem+json"), sent[:24]
        assert response.json["detail"]


NOT_TO_BE_KEPT = [
    (b"null", ""),
    (b"[]", ""),
    (b'"text"', ""),
    (b'{"invoices": null}', "/invoices"),
    (b'{"invoices": []}', "/invoices"),
    (body(lines=[{"amount": "1e5"}]), "/lines/0/amount"),
    (body(lines=[{"amount": "NaN"}]), "/lines/0/amount"),
    (body(lines=[{"amount": "1.001"}]), "/lines/0/amount"),
    (body(lines=[{"amount": True}]), "/lines/0/amount"),
    (body(lines=[{"amount": 1e300}]), "/lines/0/amount"),
    (body(lines=[{"amount": "9" * 18}]), "/lines/0/amount"),
    (body(lines=[{"quantity": "1.000001", "unit_price": "1"}]), "/lines/0/quantity"),
    (body(lines=[{"quantity": "9" * 12, "unit_price": "9" * 12}]), "/lines"),
    (body(lines=[{"quantity": "9" * 12, "unit_price": "9" * 12, "amount": "1.00"}]), "/lines"),
    (body(lines=[{"kind": "gift"}]), "/lines/0/kind"),
    (body(lines=[{"kind": "discount", "amount": "5.00"}]), "/lines/0/amount"),
    (body(lines=[{"kind": "discount", "percent": "101"}]), "/lines/0/percent"),
    (body(lines=[{"kind": "text", "amount": "5.00"}]), "/lines/0/amount"),
    (body(lines=[{"kind": "charge"}]), "/lines/0/amount"),
    (body(lines=[{"amount": "1.00", "taxable": "yes"}]), "/lines/0/taxable"),
    (body(lines=[{"amount": "1.00"}] * 1001), "/lines"),
    (body(date="2026-02-30"), "/date"),
    (body(date=20261120), "/date"),
    (body(date="0001-01-01"), "/date"),
    (body(memo="\x00"), "/memo"),
    (body(memo="\x07"), "/memo"),
    (body(memo="\ud800"), "/memo"),
    (body(memo="x" * 10_001), "/memo"),
    (body(memo=7), "/memo"),
    (body(number=" "), "/number"),
    (body(currency="usd"), "/currency"),
    (body(customer={}), "/customer"),
    (body(customer={"name": "A:B"}), "/customer/name"),
    (body(customer={"name": " "}), "/customer/name"),
    (body(customer={"name": "A", "parent": "B:C"}), "/customer/parent"),
    (body(customer={"external_id": "unknown"}), "/customer/external_id"),
    (body(custom={"a/b~c": "\x01"}), "/custom/a~1b~0c"),
    (body(custom={str(i): "x" for i in range(51)}), "/custom"),
    (body(total="2.00"), "/total"),
    (body(subtotal="2.00"), "/subtotal"),
    (body(memmo="x"), "/memmo"),
    (body(**{"\ud800": "x"}), ""),
]


def test_what_cannot_be_kept_is_named_by_a_pointer(program: Program) -> None:
    for sent, pointer in NOT_TO_BE_KEPT:
        response = program.call("POST", "/invoices", sent)
        assert response.status_code == 422, (sent[-60:], response.text)
        errors = response.json.get("errors", [])
        assert pointer in [each["pointer"] for each in errors], (sent[-60:], response.text)
        assert all(each["detail"] for each in errors)
    assert program.call("GET", "/invoices").json["data"] == []
    assert program.call("GET", "/customers").json["data"] == []


def test_a_body_that_is_no_json_by_its_own_word_is_refused(program: Program) -> None:
    response = program.call("POST", "/customers", b"a=1", Content_Type="application/x-www-form-urlencoded")
    assert response.status_code == 415


def test_a_body_of_more_than_16_mb_is_refused(program: Program) -> None:
    response = program.call("POST", "/customers", b'"' + b"x" * (16 * 1024 * 1024) + b'"')
    assert response.status_code == 413
    assert response.content_type == "application/problem+json"


QUERIES = [
    "limit=0", "limit=501", "limit=ten", "limit=%00", "limit=1&limit=2", "state=lost", "after=%21", "after=AAAA",
    "updated_after=now", "updated_after=9999-12-31T23:59:59-23:59", "unknown=1", "number=" + "x" * 300,
    "number=%00", "customer=%00", "after=%00",
]  # fmt: skip


def test_a_query_that_means_nothing_is_refused(program: Program) -> None:
    for query in QUERIES:
        response = program.call("GET", f"/invoices?{query}")
        assert (response.status_code, response.content_type) == (422, "application/problem+json"), query


def test_an_id_of_nothing_is_not_there(program: Program) -> None:
    for room in ("invoices", "customers", "connections"):
        for nothing in ("%00", "x" * 5000, "%F0%9F%92%A9", "%FF"):
            assert program.call("GET", f"/{room}/{nothing}").status_code == 404, (room, nothing[:10])


def test_an_id_with_a_nul_is_refused(program: Program) -> None:
    for path, body in (
        ("/invoices/send", {"ids": ["\0"]}),
        ("/invoices/send", {"ids": {"\0": 1}}),
        ("/invoices/send", {"ids": [], "connection": "\0"}),
        ("/invoices/unpend", {"ids": ["\0"]}),
    ):
        assert program.call("POST", path, body).status_code == 422


def test_addresses_and_methods_that_do_not_exist_get_problems_too(program: Program) -> None:
    missing = program.call("GET", "/nothing")
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
    method = program.call("PUT", "/invoices")
    assert (method.status_code, method.content_type) == (405, "application/problem+json")
    assert set(method.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_a_version_that_is_none_is_refused(program: Program, paper: dict[str, Any]) -> None:
    made = program.call("POST", "/invoices", paper).json["id"]
    for looked_at in ("x", "-1", '"1', "1" * 20, "1.0"):
        response = program.call("PATCH", f"/invoices/{made}", {"memo": "x"}, If_Match=looked_at)
        assert response.status_code == 400, looked_at
    assert program.call("GET", f"/invoices/{made}").json["version"] == 1
