"""Batches, and answers that are given again under the same requestid."""

from typing import Any

import pytest

from tests.connectors.qbo.simulator.online import Online, invoice, online, sale


def create(bid: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"bId": bid, "operation": "create", "Invoice": body or invoice(), **more}


def send(books: Online, *items: Any, **params: str) -> dict[str, Any]:
    """What each bId was answered: the entity, or the code of the fault."""
    answers = books.post("batch", {"BatchItemRequest": list(items)}, **params)
    return {answer["bId"]: _said(answer) for answer in answers}


def _said(answer: dict[str, Any]) -> Any:
    if "Fault" in answer:
        return answer["Fault"]["Error"][0]["code"]
    return next(value for name, value in answer.items() if name != "bId")


def invoices(books: Online) -> int:
    return int(books.get("query", query="select count(*) from Invoice")["totalCount"])


def test_each_operation_of_a_batch_stands_for_itself() -> None:
    books = online()
    said = send(
        books,
        create("a"),
        create("b", invoice(customer="999")),
        {"bId": "c", "operation": "create", "Customer": {"DisplayName": "Birch Supply"}},
        {"bId": "d", "Query": "select * from Term where Name = 'Net 30'"},
        {"bId": "e", "operation": "create", "Nonsense": {}},
        {"bId": "f", "operation": "update", "Customer": {"Id": "1", "SyncToken": "9", "sparse": True}},
        {"bId": "g", "CDCQuery": {"Entities": "Invoice", "ChangedSince": "2026-08-01"}},
        create("h"),
    )
    assert {bid: said[bid] for bid in "bcef"} == {"b": "2500", "c": "6240", "e": "2000", "f": "5010"}
    assert (said["a"]["TotalAmt"], said["d"]["Term"][0]["Name"], said["h"]["DocNumber"]) == (100.0, "Net 30", "1038")
    assert said["g"][0]["QueryResponse"][0]["Invoice"][0]["Id"] == said["a"]["Id"]
    assert invoices(books) == 2


def test_a_fault_in_a_batch_says_more_than_alone() -> None:
    item = {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Birch Supply"}}
    (answer,) = online().post("batch", {"BatchItemRequest": [item]})
    assert answer["Fault"]["Error"] == [
        {
            "Message": "Duplicate Name Exists Error",
            "Detail": "The name supplied already exists. : Another customer, vendor or employee is already using this "
            "name. Please use a different name.",
            "code": "6240",
            "element": "",
        }
    ]


def test_options_void_and_allow_a_number_twice() -> None:
    books = online(custom_txn_numbers=True)
    said = send(
        books,
        create("a", invoice(DocNumber="1")),
        create("b", invoice(DocNumber="1")),
        create("c", invoice(DocNumber="1"), optionsData="include=allowduplicatedocnum"),
    )
    assert (said["b"], said["c"]["DocNumber"]) == ("6140", "1")
    void = {"Id": said["a"]["Id"], "SyncToken": "0"}
    said = send(books, {"bId": "v", "operation": "update", "optionsData": "void", "Invoice": void})
    assert said["v"]["TotalAmt"] == 0
    again = {"Id": said["v"]["Id"], "SyncToken": "1"}
    assert send(books, {"bId": "w", "operation": "void", "Invoice": again})["w"]["SyncToken"] == "1"


@pytest.mark.parametrize(
    ("body", "params", "error"),
    [
        ({"BatchItemRequest": [create(str(at)) for at in range(31)]}, {}, ("1040", "")),
        ({"BatchItemRequest": []}, {}, ("2020", "BatchItemRequest")),
        ({"BatchItemRequest": [{"operation": "create", "Invoice": {}}]}, {}, ("2020", "bId")),
        ({"BatchItemRequest": ["text"]}, {}, ("2010", "")),
        ([], {}, ("2020", "BatchItemRequest")),
        ({"BatchItemRequest": [create("1")]}, {"requestid": "x" * 37}, ("2130", "")),
        ({"BatchItemRequest": [create("x" * 11)]}, {"requestid": "r"}, ("2130", "")),
    ],
)
def test_a_batch_that_is_none_is_refused_whole(body: Any, params: dict[str, str], error: tuple[str, str]) -> None:
    books = online()
    assert books.refused("batch", body, **params) == [error]
    assert invoices(books) == 0


def test_the_same_request_id_gives_the_same_answer_and_does_nothing() -> None:
    books = online()
    first = books.call("POST", "invoice", invoice(), params={"requestid": "r1"})
    books.clock.pass_(minutes=5)
    change = {"Id": first.json()["Invoice"]["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "later"}
    books.post("invoice", change)
    again = books.call("POST", "invoice", invoice(), params={"requestid": "r1"})
    assert (again.content, again.status_code) == (first.content, 200)
    assert invoices(books) == 1
    books.post("invoice", invoice(), requestid="r2")
    books.post("invoice", invoice(), requestid="")
    books.post("invoice", invoice(), requestid="")
    assert invoices(books) == 4


def test_a_request_id_is_kept_with_the_company_and_for_a_time() -> None:
    books = online()
    books.post("invoice", invoice(), requestid="r1")
    kept = type(books.company).from_plain(books.company.to_plain())
    assert set(kept.remembered) == {"r1"}
    books.clock.pass_(hours=25)
    renewed = books.intuit.connect()
    books.access = renewed.access
    books.post("invoice", invoice(), requestid="r2")
    assert set(books.company.remembered) == {"r2"}
    books.post("invoice", invoice(), requestid="r1")
    assert invoices(books) == 3


def test_another_body_under_the_same_request_id() -> None:
    replaying = online()
    first = replaying.post("invoice", invoice(sale(1)), requestid="r1")
    assert replaying.post("invoice", invoice(sale(2)), requestid="r1") == first
    refusing = online(requestid_other_body="refuse")
    refusing.post("invoice", invoice(sale(1)), requestid="r1")
    assert refusing.refused("invoice", invoice(sale(2)), requestid="r1") == [("600", "")]


def test_a_refusal_is_remembered_too_unless_set_otherwise() -> None:
    books = online()
    assert books.refused("invoice", invoice(customer="999"), requestid="r1") == [("2500", "Reference Id")]
    assert books.refused("invoice", invoice(), requestid="r1") == [("2500", "Reference Id")]
    other = online(requestid_keeps_faults=False)
    other.refused("invoice", invoice(customer="999"), requestid="r1")
    assert other.post("invoice", invoice(), requestid="r1")["TotalAmt"] == 100.0


def test_a_batch_is_repeated_item_by_item() -> None:
    books = online()
    first = send(books, create("1"), create("2", invoice(customer="999")), requestid="r1")
    again = send(books, create("1"), create("2", invoice(customer="999")), create("3"), requestid="r1")
    assert {bid: again[bid] for bid in first} == first
    assert invoices(books) == 2
    assert books.refused("invoice", invoice(), requestid="x" * 51) == [("2130", "")]


def test_a_batch_that_broke_off_is_completed_under_its_request_id() -> None:
    books = online()
    items = [create(str(at)) for at in range(6)]
    books.faults.unauthorized_mid_batch = 1
    broken = books.call("POST", "batch", {"BatchItemRequest": items}, params={"requestid": "r1"})
    assert (broken.status_code, broken.json()["fault"]["error"][0]["code"]) == (401, "3200")
    assert invoices(books) == 3
    assert len({entity["Id"] for entity in send(books, *items, requestid="r1").values()}) == 6
    assert invoices(books) == 6


def test_a_forgotten_request_id_posts_twice() -> None:
    books = online()
    books.post("invoice", invoice(), requestid="r1")
    books.faults.forget_requests = 1
    books.post("invoice", invoice(), requestid="r1")
    assert invoices(books) == 2


@pytest.mark.parametrize(
    ("fault", "bids"),
    [
        ("batch_missing", ["1", "2"]),
        ("batch_doubled", ["1", "2", "3", "1"]),
        ("batch_extra", ["1", "2", "3", "nobody"]),
        ("batch_reversed", ["3", "2", "1"]),
    ],
)
def test_an_answer_to_a_batch_that_breaks_the_protocol(fault: str, bids: list[str]) -> None:
    books = online()
    setattr(books.faults, fault, 1)
    found = books.post("batch", {"BatchItemRequest": [create("1"), create("2"), create("3")]})
    assert [answer["bId"] for answer in found] == bids
    assert invoices(books) == 3
