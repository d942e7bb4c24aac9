"""Endpoints of webhooks are made, listed and deleted by programs; a secret is in one answer alone."""

from __future__ import annotations

from tests.platform.api.conftest import Program

URL = "https://billing.example/hooks"


def test_an_endpoint_is_made_with_its_secret_in_one_answer_alone(program: Program) -> None:
    wanted = {"url": URL, "events": ["invoice.synced"]}
    made = program.call("POST", "/webhook-endpoints", wanted, Idempotency_Key="k1")
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    again = program.call("POST", "/webhook-endpoints", wanted, Idempotency_Key="k1")
    assert (again.json["id"], again.json["secret"]) == (made.json["id"], None)
    listed = program.call("GET", "/webhook-endpoints")
    assert [each["events"] for each in listed.json["data"]] == [["invoice.synced"]]
    assert "whsec_" not in listed.text
    address = f"/webhook-endpoints/{made.json['id']}"
    assert program.call("DELETE", address).status_code == 204
    assert program.call("DELETE", address).status_code == 404
    assert program.call("GET", "/webhook-endpoints").json["data"] == []
    assert len(program.call("POST", "/webhook-endpoints", {"url": URL}).json["events"]) > 3, "all types by default"


def test_what_cannot_be_called_or_told_is_refused_by_field(program: Program) -> None:
    for body, pointer in (
        ({"url": "http://billing.example/"}, "/url"),
        ({"url": URL, "events": ["invoice.burnt"]}, "/events"),
        ({"events": []}, "/url"),
    ):
        refused = program.call("POST", "/webhook-endpoints", body)
        assert refused.status_code == 422
        assert pointer in [each["pointer"] for each in refused.json["errors"]]
    assert program.call("GET", "/webhook-endpoints").json["data"] == []
