"""What the pages for authors say: the minimal connector is one and works, and every outcome is explained."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_loader
from typing import Any, get_args

import pytest

from dray.sync.settlement import MOVES
from dray_sdk import (
    Absent,
    Answer,
    Batch,
    Books,
    Connector,
    Create,
    Customer,
    Deferred,
    DialsIn,
    Disconnected,
    Entry,
    Failure,
    Find,
    Found,
    Identified,
    Identify,
    InDoubt,
    Invoice,
    IsCalled,
    Kind,
    Line,
    LineKind,
    LocalProtocolError,
    Money,
    NoAnswer,
    NotRun,
    Outcome,
    Posted,
    Purpose,
    Reference,
    Refused,
    Void,
)
from tests.ground.tree import ROOT

PAGES = ROOT / "docs" / "connectors"
BOOKS = Books("Larkspur", id="L-1")
KEY = "0123456789abcdef0123"


def _invoice(number: str) -> Invoice:
    amount = Money(1250, "USD")
    return Invoice(
        number=number,
        date=dt.date(2026, 11, 2),
        customer=Reference(Kind.CUSTOMER, "Acme"),
        currency="USD",
        lines=(Line(LineKind.CHARGE, description="Windows", amount=amount),),
        subtotal=amount,
        total=amount,
    )


KEPT = {"reference": "i-9", "number": "1", "date": "2026-11-02", "for": "Acme", "total": "12.50"}
FOUND = Entry(
    Kind.INVOICE,
    "i-9",
    number="1",
    date=dt.date(2026, 11, 2),
    customer=Reference(Kind.CUSTOMER, "Acme"),
    total=Money(1250, "USD"),
)
TWO = Batch(KEY, (Create(_invoice("1")), Create(_invoice("2"))))


@pytest.fixture(scope="module")
def connector() -> Iterator[Any]:
    """The connector of the page, loaded as a module of its own."""
    (code,) = re.findall(r"^```python\n(.*?)^```", _page("a-minimal-connector.md"), re.MULTILINE | re.DOTALL)
    spec = spec_from_loader("ledgerbook_of_the_page", loader=None)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    exec(compile(code, "a-minimal-connector.md", "exec"), module.__dict__)
    yield module.connector
    del sys.modules[spec.name]


def _page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def _answer(*items: dict[str, Any], key: str = KEY) -> Answer:
    return Answer(json.dumps({"batch": key, "items": items}).encode())


def test_it_is_a_connector_that_we_call(connector: Any) -> None:
    assert isinstance(connector, Connector)
    assert isinstance(connector, IsCalled)
    assert not isinstance(connector, DialsIn)
    assert not connector.capabilities.dialled_into


def test_it_declares_the_settings_that_it_names(connector: Any) -> None:
    names = {setting.name for setting in connector.settings}
    assert {connector.authorization.client_id_setting, connector.authorization.client_secret_setting} <= names


def test_it_encodes_a_batch_the_same_every_time_and_decodes_the_answer(connector: Any) -> None:
    request = connector.encode(TWO, BOOKS)
    assert request == connector.encode(TWO, BOOKS)
    assert request.purpose is Purpose.WRITE
    assert json.loads(request.body)["batch"] == KEY
    assert [item["id"] for item in json.loads(request.body)["items"]] == ["1", "2"]
    answer = _answer(
        {"id": "2", "done": "refused", "code": "E7", "text": "The period is closed."},
        {"id": "1", "done": "created", "reference": "i-9", "total": "12.50"},
    )
    assert connector.decode(TWO, request, answer) == (
        Posted("i-9", number="1", total=Money(1250, "USD")),
        Refused("E7", "The period is closed."),
    )


@pytest.mark.parametrize(
    ("operation", "item", "outcome"),
    [
        (Identify(), {"done": "identified", "reference": "L-1", "name": "Larkspur"}, Identified(BOOKS)),
        (Find(Kind.INVOICE, number="1"), {"done": "found", "invoices": []}, Absent()),
        (
            Find(Kind.INVOICE, number="1"),
            {"done": "found", "invoices": [KEPT]},
            Found((FOUND,)),
        ),
    ],
)
def test_it_asks(connector: Any, operation: Any, item: dict[str, Any], outcome: Outcome) -> None:
    batch = Batch(KEY, (operation,))
    request = connector.encode(batch, BOOKS)
    assert request.purpose is (Purpose.IDENTIFY if operation == Identify() else Purpose.FIND)
    assert connector.decode(batch, request, _answer({"id": "1", **item})) == (outcome,)


CREATED = {"done": "created", "reference": "i-9", "total": "12.50"}


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"id": "3", **CREATED}],
        [{"id": "1", **CREATED}, {"id": "1", **CREATED}],
        [{"id": "1", **CREATED, "total": "12.505"}],
        [{"id": "1", **CREATED, "total": None}],
        [{"id": "1", "done": "brewed"}],
        [{"id": "1", "done": "found", "invoices": []}],
        [{"no": "id"}],
        ["1"],
    ],
)
def test_what_does_not_answer_an_item_leaves_it_in_doubt(connector: Any, items: list[Any]) -> None:
    outcomes = connector.decode(TWO, connector.encode(TWO, BOOKS), _answer(*items))
    assert [type(outcome) for outcome in outcomes] == [InDoubt, InDoubt]


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (_answer({"id": "1", **CREATED}, {"id": "2", **CREATED}, key="another"), InDoubt),
        (Answer(b"<html>"), InDoubt),
        (Answer(b""), InDoubt),
        (Answer(b"[1]"), InDoubt),
        (Answer(b"[" * 200_000), InDoubt),
        (Answer(b"\xff"), InDoubt),
        (Answer(b"oops", status=500), InDoubt),
        (Answer(b"no", status=400), NotRun),
        (Answer(b"", status=401), Disconnected),
        (Answer(b"", status=429), Deferred),
        (Failure(NoAnswer.UNREACHED), Deferred),
        (Failure(NoAnswer.UNANSWERED), InDoubt),
        (Failure(NoAnswer.BROKEN_OFF), InDoubt),
    ],
)
def test_what_becomes_of_the_whole_request(connector: Any, response: Any, kind: type) -> None:
    outcomes = connector.decode(TWO, connector.encode(TWO, BOOKS), response)
    assert [type(outcome) for outcome in outcomes] == [kind, kind]


def test_what_it_does_not_declare_is_a_bug_of_ours(connector: Any) -> None:
    for operation in (Create(Customer("Acme")), Void(Kind.INVOICE, "i-9"), Find(Kind.CUSTOMER, name="Acme")):
        with pytest.raises(LocalProtocolError):
            connector.encode(Batch(KEY, (operation,)), BOOKS)


def test_it_remembers_no_batches_and_says_so(connector: Any) -> None:
    assert connector.recover(TWO, BOOKS) is None
    assert not connector.capabilities.recovers


# ---- the other pages


@pytest.mark.parametrize("outcome", [cls.__name__ for cls in get_args(Outcome)])
def test_every_outcome_is_explained(outcome: str) -> None:
    assert f"`{outcome}" in _page("outcomes.md")


def test_every_outcome_of_a_write_is_explained_beside_its_move() -> None:
    _, _, by_hand = _page("outcomes.md").partition("<!-- end -->")
    beside, _, _ = by_hand.partition("The answer to `recover`")
    assert {outcome.__name__ for outcome in MOVES} == set(re.findall(r"^\| `(\w+)", beside, re.MULTILINE))


def test_every_facet_is_named_on_the_first_page() -> None:
    facets = re.findall(r"^\| `(\w+)` \|", _page("README.md"), re.MULTILINE)
    assert sorted(facets) == [
        "AsksApart",
        "DialsIn",
        "Explains",
        "IsCalled",
        "Judges",
        "Links",
        "Narrates",
        "SendsWebhooks",
        "Simulated",
    ]


def test_every_public_name_is_in_the_reference() -> None:
    import dray_sdk

    headings = set(re.findall(r"^### (\w+)$", _page("reference.md"), re.MULTILINE))
    assert set(dray_sdk.__all__) <= headings
