"""What an author may rely on: everything public is exported, explained, and the same for every connector."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

import dray_sdk
from dray_sdk import (
    AsksApart,
    Batch,
    Change,
    Connector,
    Create,
    Customer,
    DialsIn,
    Explains,
    Find,
    Happening,
    Identify,
    IsCalled,
    Judges,
    Kind,
    Links,
    LocalProtocolError,
    Narrates,
    OAuth2,
    Outcome,
    ProtocolError,
    Pull,
    RemoteProtocolError,
    SendsWebhooks,
    Simulated,
    Timing,
    Update,
    Void,
    testing,
)
from dray_sdk.errors import __doc__ as tree_of_errors

MODULES = [
    importlib.import_module(f"dray_sdk.{found.name}")
    for found in pkgutil.iter_modules(dray_sdk.__path__)
    if not found.ispkg
]
IMPORTED_AS_MODULES = {"canonical", "money", "redaction"}
"""Modules with functions and constants of their own, for `from dray_sdk import canonical` and the like."""


def _own(module: ModuleType) -> list[str]:
    """The public names that a module itself defines, in order."""
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    names: list[str] = []
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.append(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.append(name)
            case _:
                pass
    return [name for name in names if not name.startswith("_")]


def _short(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def test_all_is_what_is_public() -> None:
    here = {name for name, value in vars(dray_sdk).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert sorted(dray_sdk.__all__) == sorted(here)
    assert len(set(dray_sdk.__all__)) == len(dray_sdk.__all__)


def test_what_the_kit_exports_is_what_is_public_there() -> None:
    here = {name for name, value in vars(testing).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert sorted(testing.__all__) == sorted(here)


@pytest.mark.parametrize("module", MODULES, ids=_short)
def test_every_class_of_a_module_is_exported(module: ModuleType) -> None:
    classes = [name for name in _own(module) if inspect.isclass(getattr(module, name))]
    assert [name for name in classes if name not in dray_sdk.__all__] == []
    if _short(module) not in IMPORTED_AS_MODULES:
        assert [name for name in _own(module) if name not in dray_sdk.__all__] == []


@pytest.mark.parametrize("module", MODULES, ids=_short)
def test_everything_public_has_a_docstring(module: ModuleType) -> None:
    assert module.__doc__
    missing = []
    for name in _own(module):
        value = getattr(module, name)
        if not inspect.isclass(value):
            missing += [name] if inspect.isfunction(value) and not value.__doc__ else []
            continue
        # What dataclass and Enum write by themselves says nothing.
        if (vars(value).get("__doc__") or f"{name}(").startswith(f"{name}("):
            missing.append(name)
        missing += [
            f"{name}.{attribute}"
            for attribute, held in vars(value).items()
            if not attribute.startswith("_")
            and (inspect.isfunction(held) or isinstance(held, property | classmethod))
            and not inspect.getdoc(held)
        ]
    assert missing == []


@pytest.mark.parametrize("name", [name for name in dray_sdk.__all__ if is_dataclass(getattr(dray_sdk, name))])
def test_what_crosses_the_interface_cannot_be_changed_and_holds_nothing_else(name: str) -> None:
    cls = getattr(dray_sdk, name)
    assert cls.__dataclass_params__.frozen
    assert "__slots__" in vars(cls)


@pytest.mark.parametrize("name", dray_sdk.__all__)
def test_every_enumeration_is_of_plain_words(name: str) -> None:
    value = getattr(dray_sdk, name)
    if inspect.isclass(value) and issubclass(value, Enum):
        assert all(isinstance(member.value, str) and member.value == member.name.lower() for member in value)


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    assert tree_of_errors is not None
    drawn = [line.split()[1] for line in tree_of_errors.splitlines() if line.startswith(("├", "└"))]
    assert drawn == [cls.__name__ for cls in ProtocolError.__subclasses__()]
    assert "\nProtocolError\n" in tree_of_errors


def test_one_can_catch_whose_fault_it_was() -> None:
    assert not issubclass(LocalProtocolError, RemoteProtocolError)
    assert not issubclass(RemoteProtocolError, LocalProtocolError)
    assert issubclass(LocalProtocolError, ProtocolError) and issubclass(RemoteProtocolError, ProtocolError)
    assert not issubclass(ProtocolError, ValueError | KeyError | TypeError), "a foreign JSON is not a broken protocol"


def test_every_outcome_and_facet_is_exported() -> None:
    assert {cls.__name__ for cls in get_args(Outcome)} <= set(dray_sdk.__all__)
    facets = (DialsIn, IsCalled, AsksApart, Judges, Explains, Links, Narrates, Simulated, SendsWebhooks)
    assert {facet.__name__ for facet in facets} <= set(dray_sdk.__all__)


# ---- batches


def test_an_operation_s_id_is_its_position() -> None:
    batch = Batch("0" * 20, tuple(Find(Kind.ITEM, name=str(number)) for number in range(11)))
    assert batch.ids() == ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")
    assert Batch("0" * 20, ()).ids() == ()


def test_a_batch_says_whether_it_changes_the_books() -> None:
    reads = (Identify(), Find(Kind.ITEM, name="x"), Pull(Kind.ITEM))
    assert not Batch("k", reads).writes
    for write in (Create(Customer("A")), Update(Customer("A")), Void(Kind.INVOICE, "1")):
        assert Batch("k", (*reads, write)).writes


# ---- protocols


class NotQuite:
    """Has most of a connector."""

    interface = 1
    name = title = version = "x"

    def encode(self) -> None: ...


def test_what_lacks_something_is_no_connector() -> None:
    assert not isinstance(NotQuite(), Connector)
    assert not isinstance(object(), DialsIn | IsCalled | Judges | Explains | Simulated | SendsWebhooks)


class Bells:
    """Has what it takes to be told of changes, and nothing else."""

    webhook_secret = "DRAY_BELLS_TOKEN"

    def verify(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        return bool(secret) and body.startswith(secret.encode())

    def changes(self, body: bytes) -> tuple[Change, ...]:
        gone = Change("realm-1", Kind.CUSTOMER, "2", Happening.MERGED, notice="n-1", into="1")
        return (gone, Change("realm-2", Kind.INVOICE, "7", Happening.VOIDED, notice="n-2", at=dt.datetime.now(dt.UTC)))


def test_a_facet_is_had_by_having_its_attributes_and_no_other_facet_with_it() -> None:
    bells = Bells()
    checked: SendsWebhooks = bells  # the type checker compares the signatures, isinstance only the names
    assert isinstance(bells, SendsWebhooks)
    assert not isinstance(bells, DialsIn | IsCalled | Judges | Explains | Simulated)
    assert {change.books for change in checked.changes(b"")} == {"realm-1", "realm-2"}


def test_the_type_checker_finds_the_desktop_connector_a_connector_too() -> None:
    from dray_qbd import connector

    as_declared: Connector = connector
    judging: Judges = connector
    dialling: DialsIn = connector
    assert {id(one) for one in (as_declared, judging, dialling)} == {id(connector)}


def test_the_desktop_connector_is_one_and_has_the_facets_it_means_to_have() -> None:
    from dray_qbd import connector

    assert isinstance(connector, Connector)
    facets = [
        facet
        for facet in (DialsIn, IsCalled, AsksApart, Judges, Explains, Links, Narrates, Simulated, SendsWebhooks)
        if isinstance(connector, facet)
    ]
    assert facets == [DialsIn, Judges, Explains, Narrates, Simulated]


# ---- OAuth 2


OAUTH = OAuth2(
    "https://books.example/production",
    ("accounting",),
    "DRAY_X_CLIENT_ID",
    "DRAY_X_CLIENT_SECRET",
    environment_setting="DRAY_X_ENVIRONMENT",
    environments={"production": "https://books.example/production", "sandbox": "https://books.example/sandbox"},
)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "https://books.example/production"),
        ({"DRAY_X_ENVIRONMENT": ""}, "https://books.example/production"),
        ({"DRAY_X_ENVIRONMENT": "sandbox"}, "https://books.example/sandbox"),
        ({"DRAY_X_ENVIRONMENT": "http://127.0.0.1:9/discovery"}, "http://127.0.0.1:9/discovery"),
    ],
)
def test_the_environment_picks_the_discovery_document(settings: dict[str, str], address: str) -> None:
    assert OAUTH.discovery_for(settings) == address


def test_an_environment_that_nobody_knows_is_named_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="DRAY_X_ENVIRONMENT is 'live'; it may be production, sandbox or"):
        OAUTH.discovery_for({"DRAY_X_ENVIRONMENT": "live"})


def test_one_environment_needs_no_setting() -> None:
    assert OAuth2("https://one.example", (), "A", "B").discovery_for({"": "x", "A": "y"}) == "https://one.example"


def test_nothing_is_pressed_harder_than_declared_by_default() -> None:
    assert Timing().at_once == 1
    assert Timing().requests_per_minute is None
    assert Timing().answer_within > 120, "Intuit gives a request 120 seconds before it answers for it"
