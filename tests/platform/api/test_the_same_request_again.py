"""`Idempotency-Key`: one effect, one answer, however often and however many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import idempotency
from dray.billing.models import IdempotencyKey, Sending
from tests.platform.api.conftest import Program
from tests.platform.shop import NOW, Shop


def test_the_same_key_and_body_give_the_first_answer(program: Program, paper: dict[str, Any]) -> None:
    del paper["number"], paper["external_id"]
    first = program.call("POST", "/invoices", paper, Idempotency_Key="k1")
    again = program.call("POST", "/invoices", paper, Idempotency_Key="k1")
    assert (again.status_code, again.json) == (201, first.json)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(program.call("GET", "/invoices").json["data"]) == 1


def test_the_same_key_with_another_body_is_refused(program: Program, paper: dict[str, Any]) -> None:
    program.call("POST", "/invoices", paper, Idempotency_Key="k1")
    other = program.call("POST", "/invoices", {**paper, "memo": "x"}, Idempotency_Key="k1")
    assert other.status_code == 422
    assert "another body" in other.json["detail"]


def test_a_key_belongs_to_its_tenant_and_its_address(
    program: Program, stranger: Program, paper: dict[str, Any]
) -> None:
    program.call("POST", "/invoices", paper, Idempotency_Key="k1")
    assert stranger.call("POST", "/invoices", paper, Idempotency_Key="k1").status_code == 201
    assert program.call("POST", "/customers", {"name": "A"}, Idempotency_Key="k1").status_code == 201


def test_a_refusal_is_an_answer_too(program: Program, paper: dict[str, Any]) -> None:
    paper["customer"] = {"external_id": "nobody"}
    first = program.call("POST", "/invoices", paper, Idempotency_Key="k1")
    program.call("POST", "/customers", {"external_id": "nobody", "name": "Now there"})
    again = program.call("POST", "/invoices", paper, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.json == first.json


def test_many_invoices_and_a_send_are_repeated_as_a_whole(program: Program, shop: Shop, paper: dict[str, Any]) -> None:
    shop.connect()
    many = {"invoices": [paper, {"bad": 1}]}
    first = program.call("POST", "/invoices", many, Idempotency_Key="k1").json
    assert program.call("POST", "/invoices", many, Idempotency_Key="k1").json == first
    ids = {"ids": [first["invoices"][0]["invoice"]["id"]]}
    sent = program.call("POST", "/invoices/send", ids, Idempotency_Key="k2").json
    assert sent["results"][0]["problems"] == []
    assert program.call("POST", "/invoices/send", ids, Idempotency_Key="k2").json == sent
    with shop.session() as session:
        assert len(session.scalars(select(Sending)).all()) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "with blank", "é"])
def test_a_key_that_cannot_be_kept_is_refused(program: Program, paper: dict[str, Any], key: str) -> None:
    assert program.call("POST", "/invoices", paper, Idempotency_Key=key).status_code == 400


def test_many_at_once_with_one_key_have_one_effect(program: Program, paper: dict[str, Any]) -> None:
    del paper["number"], paper["external_id"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: program.call("POST", "/invoices", paper, Idempotency_Key="k1"), range(6)))
    assert {answer.status_code for answer in answers} <= {201, 409, 429}
    assert len({answer.json["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(program.call("GET", "/invoices").json["data"]) == 1


def test_work_in_pieces_that_broke_may_be_repeated(
    program: Program, shop: Shop, paper: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    program.app.config["PROPAGATE_EXCEPTIONS"] = False
    body = {"invoices": [paper]}
    with monkeypatch.context() as broken:
        broken.setattr("dray.billing.invoices.push", lambda *args, **kwargs: 1 / 0)
        failed = program.call("POST", "/invoices", body, Idempotency_Key="k1")
    assert (failed.status_code, failed.content_type) == (500, "application/problem+json")
    with shop.session() as session:
        assert session.scalars(select(IdempotencyKey)).all() == []
    assert program.call("POST", "/invoices", body, Idempotency_Key="k1").json["invoices"][0]["status"] == 201


def test_a_key_in_flight_is_told_to_wait_and_an_abandoned_one_is_free(shop: Shop) -> None:
    with shop.session() as session:
        assert idempotency.begin(session, "POST /x", "k", "h", at=NOW) is None
        session.commit()
        with pytest.raises(idempotency.InFlight):
            idempotency.begin(session, "POST /x", "k", "h", at=NOW + idempotency.ABANDONED)
        session.rollback()
        late = NOW + idempotency.ABANDONED * 2
        assert idempotency.begin(session, "POST /x", "k", "h", at=late) is None


def test_keys_are_kept_for_a_day_and_then_swept(shop: Shop) -> None:
    with shop.session() as session:
        idempotency.begin(session, "POST /x", "k", "h", at=NOW)
        idempotency.finish(session, "POST /x", "k", idempotency.Answer(201, {"invoice": "inv_1"}))
        session.commit()
        kept = idempotency.begin(session, "POST /x", "k", "h", at=NOW + idempotency.KEPT)
        assert kept == idempotency.Answer(201, {"invoice": "inv_1"})
        assert idempotency.sweep(session, at=NOW + idempotency.KEPT) == 0
        assert idempotency.sweep(session, at=NOW + idempotency.KEPT * 2) == 1
