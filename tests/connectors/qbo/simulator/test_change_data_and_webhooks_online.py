"""Change data capture and webhooks of the pretend QuickBooks Online."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dray_qbo.simulator import App, Style
from dray_qbo.simulator.webhooks import Event, body, headers, signature
from tests.connectors.qbo.simulator.online import NOON, Online, invoice, online, shape

URL = "https://dray.example/webhooks/qbo"


class Receiver:
    """Where webhooks go; answers with these statuses, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.taken: list[tuple[Mapping[str, str], bytes]] = []

    def __call__(self, url: str, headers: Mapping[str, str], content: bytes) -> int:
        assert url == URL
        self.taken.append((headers, content))
        return self.statuses.pop(0) if self.statuses else 200

    def told(self) -> list[tuple[str, str]]:
        """(entity, operation) in the order of arrival."""
        found = []
        for _, content in self.taken:
            sent = json.loads(content)
            if isinstance(sent, list):
                found += [(event["intuitentityid"], event["type"]) for event in sent]
            else:
                for realm in sent["eventNotifications"]:
                    found += [(one["id"], one["operation"]) for one in realm["dataChangeEvent"]["entities"]]
        return found


def telling(style: Style = Style.LEGACY) -> Online:
    return online(app=App(webhook_url=URL, webhook_style=style))


# ---- change data ----


def test_what_changed_comes_oldest_first_and_deletions_last() -> None:
    books = online()
    first, second = (books.post("invoice", invoice()) for _ in range(2))
    books.clock.pass_(minutes=10)
    since = "2026-08-05T12:05:00-07:00"
    third = books.post("invoice", invoice())
    books.clock.pass_(minutes=1)
    books.post("invoice", {"Id": first["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "later"})
    books.post("invoice", {"Id": second["Id"], "SyncToken": "0"}, operation="delete")
    (answer,) = books.get("cdc", entities="Invoice,Payment, customer", changedSince=since)
    invoices, payments, customers = answer["QueryResponse"]
    assert [entity["Id"] for entity in invoices["Invoice"]] == [third["Id"], first["Id"], second["Id"]]
    assert invoices["Invoice"][-1] == {
        "domain": "QBO",
        "status": "Deleted",
        "Id": second["Id"],
        "MetaData": {"LastUpdatedTime": "2026-08-05T12:11:00-07:00"},
    }
    assert (payments, [entity["Id"] for entity in customers["Customer"]]) == ({}, ["1"])


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"entities": "Invoice"}, "2020"),
        ({"changedSince": "2026-08-01"}, "2020"),
        ({"entities": "Invoice", "changedSince": "yesterday"}, "2060"),
        ({"entities": "Invoice", "changedSince": "2026-07-01"}, "2090"),
        ({"entities": "TaxCode", "changedSince": "2026-08-01"}, "4001"),
        ({"entities": "Nonsense", "changedSince": "2026-08-01"}, "4001"),
    ],
)
def test_change_data_that_cannot_be_had(params: dict[str, str], code: str) -> None:
    answer = online().call("GET", "cdc", params=params)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


def test_at_most_a_thousand_objects_come_at_once() -> None:
    books = online()
    for at in range(1100):
        books.company.enter("Class", {"Name": f"C{at}", "FullyQualifiedName": f"C{at}"}, books.clock())
    (answer,) = books.get("cdc", entities="Class,Invoice", changedSince="2026-08-05T00:00:00Z")
    assert answer["QueryResponse"][0]["maxResults"] == 1000


# ---- webhooks ----


def test_both_bodies_are_shaped_as_intuit_documents_them(reference_data: Path) -> None:
    event = Event("310687", "Customer", "1", "Create", NOON)
    directory = reference_data / "qbo" / "webhooks"
    legacy = json.loads((directory / "legacy_eventNotifications.json").read_text(encoding="utf-8"))
    assert shape(json.loads(body(Style.LEGACY, [event, event], []))) == shape(legacy)
    cloud = json.loads((directory / "cloudevents_samples.json").read_text(encoding="utf-8"))
    assert shape(json.loads(body(Style.CLOUD_EVENTS, [event], ["id"]))) == shape(cloud["blog_2025-11-12"])
    merged = Event("310687", "Customer", "123", "Merge", NOON, deleted="27")
    (found,) = json.loads(body(Style.CLOUD_EVENTS, [merged], ["id"]))
    (wanted,) = cloud["docs_customer_merged"]
    assert (found["type"], found["data"]) == (wanted["type"], wanted["data"])
    sent = (directory / "legacy_headers.txt").read_text(encoding="utf-8").splitlines()
    documented = {line.partition(":")[0] for line in sent if line} - {"content-length"}
    assert set(headers(b"", "key", Style.LEGACY, "tid", NOON)) == documented


def test_the_signature_is_over_the_bytes_that_are_sent() -> None:
    receiver = Receiver()
    books = telling()
    books.post("invoice", invoice())
    books.intuit.send_webhooks(receiver)
    ((sent, content),) = receiver.taken
    key = books.intuit.app.verifier.encode()
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert sent["intuit-signature"] == wanted == signature(content, books.intuit.app.verifier)


@pytest.mark.parametrize("style", list(Style))
def test_every_change_is_told_by_its_id(style: Style) -> None:
    receiver = Receiver()
    books = telling(style)
    made = books.post("invoice", invoice())["Id"]
    paid = books.post(
        "payment",
        {
            "CustomerRef": {"value": "1"},
            "TotalAmt": 1,
            "Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": made, "TxnType": "Invoice"}]}],
        },
    )["Id"]
    books.post(f"invoice/{made}/send", None, sendTo="ada@acme.example")
    books.post("invoice", {"Id": made, "SyncToken": "2"}, operation="void")
    books.post("payment", {"Id": paid, "SyncToken": "1"}, operation="delete")
    assert books.intuit.send_webhooks(receiver) == 1
    operations = [operation for _, operation in receiver.told()]
    if style is Style.LEGACY:
        assert operations == ["Create", "Create", "Update", "Emailed", "Void", "Delete"]
    else:
        assert operations[0] == "qbo.invoice.created.v1"
        assert operations[-1] == "qbo.payment.deleted.v1"


def test_what_changes_nothing_and_what_is_refused_is_not_told() -> None:
    receiver = Receiver()
    books = telling()
    books.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True})
    books.refused("invoice", {})
    books.intuit.send_webhooks(receiver)
    assert receiver.taken == []


def test_a_webhook_that_is_not_taken_comes_again_with_the_same_bytes() -> None:
    receiver = Receiver(500, 0)
    books = telling(Style.CLOUD_EVENTS)
    books.post("invoice", invoice())
    assert books.intuit.send_webhooks(receiver) == 0
    assert books.intuit.send_webhooks(receiver) == 0
    assert len(receiver.taken) == 1
    books.clock.pass_(seconds=10)
    books.intuit.send_webhooks(receiver)
    books.clock.pass_(seconds=20)
    assert books.intuit.send_webhooks(receiver) == 1
    assert len({content for _, content in receiver.taken}) == 1


def told_under(fault: str, times: int = 1, wait: int = 0) -> tuple[Receiver, Online]:
    receiver = Receiver()
    books = telling()
    setattr(books.faults, fault, times)
    books.post("invoice", invoice())
    books.post("customer", {"DisplayName": "Another"})
    books.intuit.send_webhooks(receiver)
    if wait:
        assert receiver.taken == []
        books.clock.pass_(seconds=wait)
        books.intuit.send_webhooks(receiver)
    return receiver, books


def test_webhooks_are_lost_doubled_reversed_delayed_and_forged() -> None:
    assert told_under("webhook_lost")[0].taken == []
    assert told_under("webhook_doubled")[0].told() == [("121", "Create"), ("55", "Create")] * 2
    assert told_under("webhook_reversed")[0].told() == [("55", "Create"), ("121", "Create")]
    assert told_under("webhook_delay", 300, wait=300)[0].told() == [("121", "Create"), ("55", "Create")]
    forged, books = told_under("webhook_forged")
    ((sent, content),) = forged.taken
    assert sent["intuit-signature"] != signature(content, books.intuit.app.verifier)


def test_a_merge_by_hand_moves_what_was_billed_and_is_told() -> None:
    receiver = Receiver()
    books = telling()
    made = books.post("invoice", invoice(customer="3"))
    books.intuit.realms[books.realm_id].merge("1", "3")
    assert books.get(f"invoice/{made['Id']}")["CustomerRef"]["value"] == "1"
    assert books.get("customer/1")["Balance"] == 100.0
    assert books.call("GET", "customer/3").status_code == 400
    books.intuit.send_webhooks(receiver)
    ((_, content),) = receiver.taken
    merged = json.loads(content)["eventNotifications"][0]["dataChangeEvent"]["entities"][-1]
    assert (merged["operation"], merged["id"], merged["deletedId"]) == ("Merge", "1", "3")


def test_nothing_is_kept_for_an_application_without_an_address() -> None:
    books: Any = online()
    books.post("invoice", invoice())
    assert books.intuit.deliveries.waiting == []
