"""Webhooks are believed only when Intuit signed them, and are read in both of their forms."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_qbo import connector
from dray_sdk import Change, Happening, Kind, RemoteProtocolError

SECRET = "verifier-token-of-a-pretend-app"


def signed(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


# ---- signatures


@pytest.mark.parametrize("name", ["intuit-signature", "Intuit-Signature", "INTUIT-SIGNATURE"])
def test_a_signed_body_is_believed(name: str) -> None:
    body = b'{"eventNotifications":[]}'
    assert connector.verify({"content-type": "application/json", name: signed(body)}, body, SECRET)


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({}, SECRET),
        ({"intuit-signature": ""}, SECRET),
        ({"intuit-signature": "ä€"}, SECRET),
        ({"intuit-signature": "\ud800"}, SECRET),
        ({"intuit-signature": signed(b"{} ")}, SECRET),
        ({"intuit-signature": signed(b"{}").lower()}, SECRET),
        ({"intuit-signature": signed(b"{}", "other")}, SECRET),
        ({"intuit-signature": signed(b"{}")}, "other"),
        ({"intuit-signature": signed(b"{}", "")}, ""),
        ({"intuit-signature": signed(b"{}"), "Intuit-Signature": signed(b"{}")}, SECRET),
    ],
)
def test_everything_else_is_not(headers: dict[str, str], secret: str) -> None:
    assert not connector.verify(headers, b"{}", secret)


@given(st.binary(max_size=80), st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_no_signature_raises(body: bytes, secret: str, given_signature: str) -> None:
    assert not connector.verify({"intuit-signature": given_signature}, body, secret)


# ---- what they tell


def test_the_old_form(reference_data: Path) -> None:
    found = connector.changes((reference_data / "qbo/webhooks/legacy_eventNotifications.json").read_bytes())
    assert [(one.books, one.kind, one.books_id, one.happening) for one in found] == [
        ("1269959970", Kind.VENDOR, "40", Happening.UPDATED),
        ("1269959970", Kind.CUSTOMER, "43", Happening.CREATED),
    ]
    assert found[0].at == dt.datetime(2016, 10, 5, 3, 9, 4, tzinfo=dt.UTC)


def legacy(*entities: dict[str, Any]) -> bytes:
    return json.dumps({"eventNotifications": [{"realmId": "1", "dataChangeEvent": {"entities": entities}}]}).encode()


def entity(**changes: Any) -> dict[str, Any]:
    return {"name": "Invoice", "id": "5", "operation": "Update", "lastUpdated": "2015-10-05T14:42:19-0700", **changes}


def test_a_merge_names_what_is_gone_and_what_is_left() -> None:
    (change,) = connector.changes(legacy(entity(name="Vendor", id="1", operation="Merge", deletedId="2")))
    assert (change.books_id, change.into, change.happening) == ("2", "1", Happening.MERGED)
    assert change.at == dt.datetime(2015, 10, 5, 21, 42, 19, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("operation", "happening"),
    [
        ("Create", Happening.CREATED),
        ("Update", Happening.UPDATED),
        ("Delete", Happening.DELETED),
        ("Void", Happening.VOIDED),
        ("Emailed", Happening.EMAILED),
    ],
)
def test_every_operation(operation: str, happening: Happening) -> None:
    (change,) = connector.changes(legacy(entity(operation=operation)))
    assert change.happening is happening
    word = {"Emailed": "emailed", "Void": "voided"}.get(operation, operation.lower() + "d")
    (event,) = connector.changes(json.dumps([cloud(type=f"qbo.invoice.{word}.v1")]).encode())
    assert event.happening is happening


def test_cloud_events(reference_data: Path) -> None:
    samples = json.loads((reference_data / "qbo/webhooks/cloudevents_samples.json").read_text())
    found = {name: connector.changes(json.dumps(body).encode()) for name, body in samples.items()}
    (account,) = found["blog_2025-11-12"]
    assert (account.books, account.kind, account.books_id) == ("310687", Kind.ACCOUNT, "1234")
    # nanoseconds are cut
    assert account.at == dt.datetime(2025, 9, 10, 21, 31, 25, 179851, tzinfo=dt.UTC)
    (merged,) = found["docs_customer_merged"]
    assert (merged.books_id, merged.into, merged.happening) == ("27", "123", Happening.MERGED)
    (employee,) = found["docs_employee_created"]
    assert employee.at == dt.datetime(2026, 2, 24, 15, 28, 19, 910000, tzinfo=dt.UTC)
    assert found["docs_salesreceipt_updated_no_data_no_datacontenttype"] == ()


def cloud(**changes: Any) -> dict[str, Any]:
    event = {"id": "e1", "type": "qbo.invoice.updated.v1", "time": "2026-03-02T08:00:00Z"}
    return {**event, "intuitentityid": "5", "intuitaccountid": "1", **changes}


def test_the_same_change_has_the_same_notice_and_another_has_another() -> None:
    def notice(**changes: Any) -> str:
        (change,) = connector.changes(json.dumps([cloud(**changes)]).encode())
        return change.notice

    assert notice() == notice(data={})
    others = [notice(), notice(id="e2"), notice(intuitentityid="6"), notice(intuitaccountid="2")]
    others += [notice(time="2026-03-02T08:00:01Z"), notice(type="qbo.invoice.deleted.v1")]
    assert len(set(others)) == len(others)
    first, again = (connector.changes(legacy(entity())) for _ in range(2))
    assert first == again
    assert connector.changes(legacy(entity(lastUpdated="2015-10-05T14:42:20-0700")))[0].notice != first[0].notice


def test_one_call_may_tell_of_several_companies() -> None:
    body = json.dumps([cloud(), cloud(intuitaccountid="2", intuitentityid="9")]).encode()
    assert [one.books for one in connector.changes(body)] == ["1", "2"]


@pytest.mark.parametrize(
    "changes", [{"name": "TimeActivity"}, {"operation": "Blink"}, {"id": ""}, {"id": 5}, {"name": None}]
)
def test_what_nobody_here_knows_is_left_out(changes: dict[str, Any]) -> None:
    assert connector.changes(legacy(entity(**changes))) == ()


@pytest.mark.parametrize("at", [None, "", "soon", "2015-99-99T00:00:00Z", "2015-10-05T14:42:19", 7])
def test_a_time_that_cannot_be_read_is_none(at: Any) -> None:
    (change,) = connector.changes(legacy(entity(lastUpdated=at)))
    assert change.at is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b"7", b'"x"', b"[7]", b"[[]]", b'{"eventNotifications":{}}', b"\xff", b"[" * 99_999]
)
def test_a_body_in_neither_form_is_told_so(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        connector.changes(body)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["eventNotifications", "dataChangeEvent", "entities", "name", "id", "type", "data", "realmId"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(json_values)
def test_only_one_error_comes_out_of_any_json(body: Any) -> None:
    for one in (body, [body], {"eventNotifications": [body]}):
        try:
            found = connector.changes(json.dumps(one).encode())
        except RemoteProtocolError:
            continue
        assert all(isinstance(change, Change) for change in found)
