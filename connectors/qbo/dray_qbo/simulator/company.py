"""A pretend company's books: its lists, transactions and settings, and the answers it remembers.

Entities are kept as they go over the wire, but a reference keeps only its value, so that a rename shows everywhere
at once.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dray_qbo.simulator import exact, moments, sample
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.defaults import with_defaults
from dray_qbo.simulator.facts import KINDS, NAME_KINDS, SHAPES, TABLES
from dray_qbo.simulator.settings import Settings

__all__ = ["Company", "Record", "Remembered", "Settings"]

BEGAN = datetime(2024, 1, 2, 17, tzinfo=UTC)
SAMPLE_REALM = "9341450000000001"


@dataclass(slots=True)
class Remembered:
    """What a call with a requestid was answered."""

    at: str
    asked: str
    status: int
    body: Any


@dataclass(slots=True)
class Company:
    """The books of one realm, in memory. `entities` is keyed by kind ("Customer", "Invoice") and then by Id."""

    realm_id: str = SAMPLE_REALM
    settings: Settings = field(default_factory=Settings)
    entities: dict[str, dict[str, Record]] = field(default_factory=dict)
    gone: list[Record] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    remembered: dict[str, Remembered] = field(default_factory=dict)
    began: str = ""
    _names: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict, repr=False)
    _numbers: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False)

    # ---- files ----

    @classmethod
    def sample(
        cls, realm_id: str = SAMPLE_REALM, *, also: Iterable[tuple[str, Record]] = (), **settings: Any
    ) -> Company:
        """A small invented company with customers, a vendor's and an employee's name, items, terms, classes, taxes.

        `settings` as in Settings; `also` is more for its lists, as (kind, entity), with or without Ids; sample.item,
        sample.vendor and sample.customer make such.
        """
        country = settings.get("country", "US")
        settings.setdefault("home_currency", sample.CURRENCY_OF.get(country, "EUR"))
        settings.setdefault("tax_by_region", dict(sample.REGIONS) if country == "US" else {})
        company = cls(realm_id, Settings(**settings))
        company.began = moments.stamp(BEGAN, company.settings.zone)
        for kind, entity in (*sample.taxes(country), *sample.COMPANY, *also):
            company.enter(kind, with_defaults(kind, copy.deepcopy(entity), company.settings), BEGAN)
        company.counters["DocNumber"] = 1036
        company.counters["Transactions"] = 120
        return company

    @classmethod
    def load(cls, path: Path) -> Company:
        """The company that `save` wrote. ValueError or KeyError if it is something else."""
        return cls.from_plain(exact.read(path.read_text(encoding="utf-8")))

    def save(self, path: Path) -> None:
        """Writes the whole company; a reader sees the old file or the new one, never a part."""
        write_whole(path, exact.write(self.to_plain()))

    @classmethod
    def from_plain(cls, kept: Any) -> Company:
        """From what `to_plain` gave, also after JSON."""
        if not isinstance(kept, dict) or "realm_id" not in kept:
            raise ValueError("That file is no pretend company of QuickBooks Online.")
        remembered = {key: Remembered(**one) for key, one in kept["remembered"].items()}
        parts = {name: kept[name] for name in ("realm_id", "entities", "gone", "counters", "began")}
        company = cls(settings=Settings(**kept["settings"]), remembered=remembered, **parts)
        for kind, entities in company.entities.items():
            for entity in entities.values():
                company._index(kind, entity)
        return company

    def to_plain(self) -> Record:
        """Everything that has to be kept, in types that JSON has."""
        return {
            "realm_id": self.realm_id,
            "settings": asdict(self.settings),
            "entities": self.entities,
            "gone": self.gone,
            "counters": self.counters,
            "remembered": {key: asdict(one) for key, one in self.remembered.items()},
            "began": self.began,
        }

    # ---- reading ----

    def find(self, kind: str, identity: str) -> Record | None:
        return self.entities.get(kind, {}).get(identity)

    def all(self, kind: str) -> Iterator[Record]:
        yield from self.entities.get(kind, {}).values()

    def name_of(self, kind: str, identity: str) -> str | None:
        """What a reference to it says as its name."""
        found = self.find(kind, identity)
        return None if found is None else str(found.get(_NAMED_BY[kind], found.get("DocNumber", "")))

    def holder_of(self, kind: str, name: str) -> tuple[str, str] | None:
        """(kind, Id) of whoever has this name where it has to be unique."""
        return self._names.get((TABLES[kind], name.casefold()))

    def holders_of_number(self, kind: str, number: str) -> list[str]:
        """Ids of the transactions of that kind with this DocNumber."""
        return self._numbers.get((kind, number.casefold()), [])

    # ---- changing ----

    def enter(self, kind: str, record: Record, now: datetime) -> Record:
        """Adds an entity, gives it what QuickBooks Online gives, in the order of the wire."""
        identity = record.get("Id") or self.next_id(kind)
        table = TABLES[kind]
        if identity.isdecimal():
            self.counters[table] = max(self.counters.get(table, 0), int(identity))
        at = moments.stamp(now, self.settings.zone)
        head = {
            "domain": "QBO",
            "sparse": False,
            "Id": identity,
            "SyncToken": record.get("SyncToken", "0"),
            "MetaData": record.get("MetaData") or {"CreateTime": at, "LastUpdatedTime": at},
        }
        entity = in_order(kind, {**record, **head})
        self.entities.setdefault(kind, {})[identity] = entity
        self._index(kind, entity)
        return entity

    def replace(self, kind: str, record: Record, now: datetime) -> Record:
        """Puts a changed entity in the place of the one with its Id, with the next SyncToken."""
        old = self.entities[kind][record["Id"]]
        self._forget(kind, old)
        entity = in_order(kind, record)
        entity["MetaData"] = old["MetaData"]
        self.entities[kind][record["Id"]] = entity
        self._index(kind, entity)
        self.touch(entity, now)
        return entity

    def touch(self, entity: Record, now: datetime, *, token: bool = True) -> None:
        """Marks a change; not every change takes a new SyncToken. Answers given before keep what they said."""
        entity["MetaData"] = {**entity["MetaData"], "LastUpdatedTime": moments.stamp(now, self.settings.zone)}
        if token:
            entity["SyncToken"] = str(int(entity["SyncToken"]) + 1)

    def remove(self, kind: str, identity: str, now: datetime) -> None:
        """A transaction goes for good; only change data still tells of it."""
        entity = self.entities[kind].pop(identity)
        self._forget(kind, entity)
        self.gone.append({"kind": kind, "Id": identity, "at": moments.stamp(now, self.settings.zone)})

    def owe(self, customer: str | None, change: Decimal | int, now: datetime) -> None:
        """A customer owes that much more; who bills for him sees it too. A sale marks him as updated."""
        entity = self.find("Customer", customer) if customer else None
        if entity is None:
            return
        entity["Balance"] = exact.money(Decimal(entity.get("Balance", 0)) + change)
        self.touch(entity, now, token=False)
        while entity is not None:
            entity["BalanceWithJobs"] = exact.money(Decimal(entity.get("BalanceWithJobs", 0)) + change)
            entity = self.find("Customer", entity.get("ParentRef", {}).get("value", ""))

    def next_id(self, kind: str) -> str:
        return str(self.count(TABLES[kind]))

    def count(self, what: str) -> int:
        """The next number of a counter, from 1."""
        self.counters[what] = self.counters.get(what, 0) + 1
        return self.counters[what]

    # ---- inside ----

    def _index(self, kind: str, entity: Record) -> None:
        name = entity.get(_UNIQUE_BY.get(kind, ""))
        if name:
            self._names.setdefault((TABLES[kind], name.casefold()), (kind, entity["Id"]))
        number = entity.get("DocNumber")
        if number:
            self._numbers.setdefault((kind, number.casefold()), []).append(entity["Id"])

    def _forget(self, kind: str, entity: Record) -> None:
        key = (TABLES[kind], str(entity.get(_UNIQUE_BY.get(kind, ""), "")).casefold())
        if self._names.get(key) == (kind, entity["Id"]):
            del self._names[key]
        numbers = self._numbers.get((kind, str(entity.get("DocNumber", "")).casefold()), [])
        if entity["Id"] in numbers:
            numbers.remove(entity["Id"])


_UNIQUE_BY = {
    **dict.fromkeys(NAME_KINDS, "DisplayName"),
    **dict.fromkeys(("Item", "Account", "Class", "Department"), "FullyQualifiedName"),
    **dict.fromkeys(("Term", "TaxCode", "TaxRate"), "Name"),
}
_NAMED_BY = {
    **dict.fromkeys(KINDS, "Name"),
    **dict.fromkeys(NAME_KINDS, "DisplayName"),
    **dict.fromkeys(("Class", "Department", "Account"), "FullyQualifiedName"),
}


def in_order(kind: str, record: Record) -> Record:
    """The record's properties in the order of the wire; those that say nothing are left out."""
    return {name: record[name] for name in SHAPES[kind] if record.get(name) is not None}


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that a reader sees the old text or the new one, never a part."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
