"""Every way in which QuickBooks Online, its gateway or a proxy says no, and what each proves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dray_qbo import connector
from dray_qbo.explanations import CODES
from dray_qbo.verdicts import Verdict
from dray_sdk import (
    Absent,
    Answer,
    Batch,
    Create,
    CursorExpired,
    Customer,
    Deferred,
    Disconnected,
    Failure,
    Find,
    Identify,
    InDoubt,
    Kind,
    NoAnswer,
    NotRun,
    Operation,
    Outcome,
    Pull,
    Purpose,
    Refused,
    Remedy,
    Request,
    Stale,
)
from tests.connectors.qbo.drawn import BOOKS, KEY, plain

WRITE = Batch(KEY, (Create(plain()),))
TWO = Batch(KEY, (Create(plain()), Create(Customer("Acme"))))
FIND = Batch(KEY, (Find(Kind.CUSTOMER, name="Acme"), Find(Kind.ITEM, name="Hauling")))


def request(batch: Batch, purpose: Purpose | None = None) -> Request:
    made = connector.encode(batch, BOOKS)
    return made if purpose is None else Request(purpose, made.body, made.method, made.path, made.headers)


def outcomes(batch: Batch, answer: Answer | Failure, purpose: Purpose | None = None) -> tuple[Outcome, ...]:
    return connector.decode(batch, request(batch, purpose), answer)


def fault(code: str, detail: str = "because", kind: str = "ValidationFault", element: str = "") -> dict[str, Any]:
    error = {"Message": "No", "Detail": detail, "code": code, "element": element}
    return {"Fault": {"Error": [error], "type": kind}}


def whole(body: Any, status: int = 400, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(content, status, {name.replace("_", "-"): value for name, value in headers.items()})


def item(body: dict[str, Any], bid: str = "1") -> Answer:
    return whole({"BatchItemResponse": [{**body, "bId": bid}], "time": "2026-03-02T08:00:00.000-08:00"}, 200)


def of(batch: Batch, answer: Answer, purpose: Purpose | None = None) -> Outcome:
    return outcomes(batch, answer, purpose)[0]


# ---- recorded and documented bodies

EXPECTED: dict[str, tuple[type, type]] = {
    # name of the body → the outcome of a write and of a question that it answers as a whole
    "401_expired_token_gateway": (Disconnected, Disconnected),
    "403_app_authorization_gateway": (Disconnected, Disconnected),
    "429_throttle_xml": (Deferred, Deferred),
    "500_10000_system": (InDoubt, InDoubt),
    "400_6190_company_status": (Disconnected, Disconnected),
}
NOT_OURS = ("oauth_",)


def test_every_body_of_the_reference_has_an_outcome(reference_data: Path) -> None:
    bodies = json.loads((reference_data / "qbo/errors/fault_bodies.json").read_text())
    seen = 0
    for name, told in bodies.items():
        if name.startswith(("_", *NOT_OURS)):
            continue
        seen += 1
        body = told["body_xml"].encode() if "body_xml" in told else told["body"]
        answer = whole(body, told["status"], **told.get("headers", {}))
        wanted = EXPECTED.get(name, (NotRun, NotRun))
        for batch, kind in zip((WRITE, FIND), wanted, strict=True):
            found = of(batch, answer)
            assert type(found) is kind, (name, found)
            assert found.code or kind is CursorExpired  # type: ignore[union-attr]
            assert connector.explain(found.code, found.text) is not None, name  # type: ignore[union-attr]
    assert seen >= 25


ITEMS = {
    "400_2500_bad_name_ref": Refused,
    "400_610_inactive_or_missing": Refused,
    "400_5010_stale": Stale,
    "400_6070_amount": Refused,
    "400_6140_dup_doc": Refused,
    "400_6190_company_status": Disconnected,
    "400_6210_period_closed": Refused,
    "400_6240_dup_name_batch_form": Refused,
    "400_multiple_errors": Refused,
    "500_10000_system": InDoubt,
}


@pytest.mark.parametrize("name", ITEMS)
def test_a_fault_within_a_batch_concerns_that_item_alone(reference_data: Path, name: str) -> None:
    bodies = json.loads((reference_data / "qbo/errors/fault_bodies.json").read_text())
    refused = {"Fault": bodies[name]["body"]["Fault"], "bId": "1"}
    taken = {"Customer": {"Id": "70", "SyncToken": "0", "DisplayName": "Acme"}, "bId": "2"}
    first, second = outcomes(TWO, whole({"BatchItemResponse": [taken, refused]}, 200))
    assert type(first) is ITEMS[name]
    assert type(second).__name__ == "Posted"


def test_several_reasons_are_all_told(reference_data: Path) -> None:
    bodies = json.loads((reference_data / "qbo/errors/fault_bodies.json").read_text())
    found = of(WRITE, item(bodies["400_multiple_errors"]["body"]))
    assert isinstance(found, Refused)
    assert (found.code, found.field) == ("2050", "number")
    assert "Supplied length:45" in found.text
    assert "AccountRef" in found.text


def test_what_proves_least_decides_among_several_reasons() -> None:
    errors = [{"Message": "a", "code": "2050"}, {"Message": "b", "code": "10000"}]
    found = of(WRITE, item({"Fault": {"Error": errors, "type": "ValidationFault"}}))
    assert isinstance(found, InDoubt)
    assert found.code == "10000"


# ---- codes


def test_every_published_code_is_explained(reference_data: Path) -> None:
    published = json.loads((reference_data / "qbo/errors/intuit_error_codes.json").read_text())
    assert len(published) >= 120
    missing = [one["code"] for one in published if connector.explain(str(one["code"])) is None]
    assert missing == []
    for code in ("3001", "3100", "003100", "003200", *NoAnswer, "http_503"):
        assert connector.explain(code) is not None, code
    assert connector.explain("424242") is None


def test_explanations_say_what_happened_and_what_to_do() -> None:
    for code, known in connector.explanations.items():
        assert known.code == code
        for sentence in (known.meaning, known.action):
            assert sentence.endswith("."), code
            assert not any(word in sentence.lower() for word in ("invalid", "failed to", "error occurred")), code
        assert (known.who is Remedy.NOBODY) == known.action.startswith("Nothing to do"), code


def test_words_of_the_books_explain_better_than_a_code() -> None:
    told = connector.explain("2500", "Something you're trying to use has been made inactive.")
    assert told is not None
    assert "inactive" in told.meaning


OF_AN_ITEM = {
    Verdict.REFUSED: (Refused, Refused),
    Verdict.GONE: (Refused, Absent),
    Verdict.STALE: (Stale, Stale),
    Verdict.LATER: (Deferred, Deferred),
    Verdict.SHUT_OUT: (Disconnected, Disconnected),
    Verdict.UNKNOWN: (InDoubt, InDoubt),
}
OF_A_REQUEST = {
    Verdict.REFUSED: NotRun,
    Verdict.GONE: NotRun,
    Verdict.STALE: NotRun,
    Verdict.LATER: Deferred,
    Verdict.SHUT_OUT: Disconnected,
    Verdict.UNKNOWN: InDoubt,
}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_the_outcome_of_its_verdict(code: str) -> None:
    verdict = CODES[code].verdict
    for batch, kind in zip((WRITE, FIND), OF_AN_ITEM[verdict], strict=True):
        assert type(of(batch, item(fault(code)))) is kind
        assert type(of(batch, whole(fault(code)))) is OF_A_REQUEST[verdict]
        assert type(of(batch, item(fault(code)), Purpose.ASK)) is InDoubt
        assert type(of(batch, whole(fault(code)), Purpose.ASK)) is InDoubt


def test_a_code_that_nobody_knows_proves_nothing() -> None:
    for code in ("6999", "", "x", "99999999999999999999"):
        for kind in ("ValidationFault", "SystemFault", ""):
            assert isinstance(of(WRITE, item(fault(code, kind=kind))), InDoubt)
            assert isinstance(of(WRITE, whole(fault(code, kind=kind))), InDoubt)
            assert isinstance(of(FIND, item(fault(code, kind=kind))), InDoubt)


def test_a_refusal_beside_an_error_of_the_server_proves_nothing() -> None:
    assert isinstance(of(WRITE, whole(fault("2020"))), NotRun)
    assert isinstance(of(WRITE, whole(fault("2020"), 500)), InDoubt)


def test_the_name_and_the_number_that_are_taken_are_pointed_at() -> None:
    number = of(WRITE, item(fault("6140")))
    assert isinstance(number, Refused)
    assert number.field == "number"
    name = of(Batch(KEY, (Create(Customer("Acme")),)), item(fault("6240")))
    assert isinstance(name, Refused)
    assert name.field == "name"
    assert isinstance(of(WRITE, item(fault("2050", element="CustomerMemo.value"))), Refused)


def test_the_token_that_was_not_taken_is_nowhere_repeated(reference_data: Path) -> None:
    told = json.loads((reference_data / "qbo/errors/fault_bodies.json").read_text())["401_expired_token_gateway"]
    secret = "AB01601390262kxzxOlnHYdhtEVRXISU7piPqQrCmmbDN35Yjd"
    assert secret in json.dumps(told)
    for batch in (WRITE, TWO, FIND):
        for purpose in (None, Purpose.ASK):
            assert secret not in repr(outcomes(batch, whole(told["body"], 401), purpose))
    assert secret.encode() not in connector.redaction.body(json.dumps(told["body"]).encode())


# ---- statuses


@pytest.mark.parametrize("body", [b"", b"<html><h1>Sorry</h1></html>", b"{", b"[]", b'{"x":1}', b"null", b"\xff\xfe"])
@pytest.mark.parametrize(
    ("status", "write", "read"),
    [
        (401, Disconnected, Disconnected),
        (403, InDoubt, InDoubt),
        (404, InDoubt, InDoubt),
        (408, InDoubt, InDoubt),
        (413, NotRun, NotRun),
        (429, Deferred, Deferred),
        (500, InDoubt, Deferred),
        (502, InDoubt, Deferred),
        (503, InDoubt, Deferred),
        (504, InDoubt, Deferred),
        (302, InDoubt, InDoubt),
        (200, InDoubt, InDoubt),
    ],
)
def test_a_status_without_a_readable_fault(status: int, write: type, read: type, body: bytes) -> None:
    assert type(of(WRITE, whole(body, status))) is write
    assert type(of(FIND, whole(body, status))) is read
    assert type(of(WRITE, whole(body, status), Purpose.ASK)) is InDoubt


def test_a_503_that_names_a_time_has_done_nothing() -> None:
    found = of(WRITE, whole(b"", 503, Retry_After="17"))
    assert found == Deferred(17, "http_503", found.text)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("header", "delay"),
    [("5", 5), ("0", 1), ("999999999", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", 60), ("-3", 60), ("", 60), ("²", 60)],
)
def test_the_time_to_wait_is_that_of_the_books(header: str, delay: int) -> None:
    for answer in (whole(b"", 429, retry_after=header), whole(fault("3001"), 429, Retry_After=header)):
        found = of(WRITE, answer)
        assert isinstance(found, Deferred)
        assert found.delay == delay


def test_too_many_requests_is_told_by_the_status_whatever_the_fault_says() -> None:
    assert isinstance(of(WRITE, whole(fault("424242", kind="SystemFault"), 429)), Deferred)
    # and was told with 403 once
    assert isinstance(of(WRITE, whole(fault("003001", kind="SERVICE"), 403)), Deferred)


def test_access_that_ends_while_a_batch_is_at_work_leaves_it_in_doubt() -> None:
    for status in (401, 403):
        answer = whole(fault("3100", kind="SERVICE"), status)
        assert [type(one) for one in outcomes(TWO, answer)] == [InDoubt, InDoubt]
        assert isinstance(of(WRITE, answer), Disconnected)
        assert isinstance(of(FIND, answer), Disconnected)


def test_whoever_is_shut_out_reads_a_sentence() -> None:
    found = of(
        WRITE,
        whole(
            fault("3100", "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403", "SERVICE"), 403
        ),
    )
    assert isinstance(found, Disconnected)
    assert found.text.endswith("as an administrator of that company.")
    ended = of(WRITE, whole(fault("6190", "You can't add data because your trial period ended.")))
    assert isinstance(ended, Disconnected)
    assert "your trial period ended" in ended.text


# ---- no answer


@pytest.mark.parametrize("code", [*NoAnswer, "ECONNRESET", ""])
def test_no_answer_proves_nothing_unless_nobody_was_reached(code: str) -> None:
    unreached = code == NoAnswer.UNREACHED
    assert [type(one) for one in outcomes(TWO, Failure(code))] == [Deferred if unreached else InDoubt] * 2
    assert [type(one) for one in outcomes(TWO, Failure(code), Purpose.ASK)] == [InDoubt] * 2


# ---- batches that do not fit


def good(bid: str = "1") -> dict[str, Any]:
    invoice = {"Id": "266", "SyncToken": "0", "CustomerRef": {"value": "1"}, "TxnDate": "2026-03-02", "TotalAmt": 25}
    return {"Invoice": invoice, "bId": bid}


def named(bid: str = "2") -> dict[str, Any]:
    return {"Customer": {"Id": "70", "SyncToken": "0", "DisplayName": "Acme"}, "bId": bid}


@pytest.mark.parametrize(
    ("some", "kinds"),
    [
        ([good(), named()], ["Posted", "Posted"]),
        ([named(), good()], ["Posted", "Posted"]),
        ([good()], ["Posted", "InDoubt"]),
        ([], ["InDoubt", "InDoubt"]),
        ([good(), named(), named()], ["Posted", "InDoubt"]),
        ([good(), named(), good("3")], ["InDoubt", "InDoubt"]),
        ([good(), named("1")], ["InDoubt", "InDoubt"]),
        ([good(), {"bId": "2"}], ["Posted", "InDoubt"]),
        ([good(), {"Invoice": named()["Customer"], "bId": "2"}], ["Posted", "InDoubt"]),
        ([good(), {**named(), **fault("6240")}], ["Posted", "InDoubt"]),
        ([good(), {"Fault": {}, "bId": "2"}], ["InDoubt", "InDoubt"]),
        ([good(), "x"], ["InDoubt", "InDoubt"]),
        ([good(), named(2)], ["InDoubt", "InDoubt"]),  # type: ignore[arg-type]
    ],
)
def test_items_are_matched_by_their_ids(some: list[Any], kinds: list[str]) -> None:
    found = outcomes(TWO, whole({"BatchItemResponse": some}, 200))
    assert [type(one).__name__ for one in found] == kinds


@pytest.mark.parametrize(
    "body",
    [
        b'{"BatchItemResponse":{}}',
        b'{"BatchItemResponse":null}',
        b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":"1"',
        b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":""}}]}',
        b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":7}}]}',
        b'{"BatchItemResponse":[{"bId":"1","Invoice":[]}]}',
        b'{"Fault":null}',
        b'{"Fault":{"Error":[],"type":"ValidationFault"}}',
        b'{"fault":{"error":"x"}}',
        b'{"a":NaN}',
        b'{"a":' + b"9" * 100_000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><IntuitResponse><Fault><Error code='3001'/></Fault></IntuitResponse>",
        b"<IntuitResponse><Fault type='SERVICE'/></IntuitResponse>",
        b"<IntuitResponse",
    ],
)
def test_hostile_and_broken_bodies_prove_nothing(body: bytes) -> None:
    for operations in ((Create(plain()),), (Find(Kind.INVOICE, number="1"),), (Identify(),), (Pull(Kind.ITEM),)):
        some: tuple[Operation, ...] = operations
        (found,) = outcomes(Batch(KEY, some), whole(body, 200))
        assert isinstance(found, InDoubt), found
