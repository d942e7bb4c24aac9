"""A company file: its lists, transactions, preferences, custom fields and stored message sets.

Objects are kept as the elements of their Ret, by name; a reference keeps only the ListID, so that a rename shows
everywhere at once. What people do in the windows of QuickBooks (rename, merge away, make inactive) are methods here.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dray_qbd.simulator.checker import Record
from dray_qbd.simulator.preferences import Settings
from dray_qbd.simulator.references import ITEMS, look_up, settle
from dray_qbd.simulator.sample import LISTS

__all__ = ["NAME_LISTS", "Company", "Record", "Settings"]

NAME_LISTS = ("Customer", "Vendor", "Employee", "OtherName")
TERMS_LISTS = ("StandardTerms", "DateDrivenTerms")
# The lists whose elements have a FullName of their own in their Ret; the others are flat.
TREES = (
    "Customer",
    "Account",
    "Class",
    "ItemService",
    "ItemNonInventory",
    "ItemOtherCharge",
    "ItemInventory",
    "ItemInventoryAssembly",
    "ItemDiscount",
)

SAMPLE_BEGAN = datetime(2024, 1, 2, 9, tzinfo=UTC)

_NAMESPACES: Mapping[str, str] = {
    **dict.fromkeys(NAME_LISTS, "names"),
    **dict.fromkeys(ITEMS, "items"),
    **dict.fromkeys(TERMS_LISTS, "terms"),
}


@dataclass(slots=True)
class StoredSet:
    """What a company file remembers of a message set. `answer` is None while it runs, or if QuickBooks died in it."""

    checksum: str
    answer: str | None = None


@dataclass(slots=True)
class Company:
    """A company file in memory.

    `lists` and `transactions` are keyed by kind ("Customer", "Invoice") and then by ListID or TxnID.
    """

    name: str
    settings: Settings = field(default_factory=Settings)
    lists: dict[str, dict[str, Record]] = field(default_factory=dict)
    transactions: dict[str, dict[str, Record]] = field(default_factory=dict)
    deleted: list[Record] = field(default_factory=list)
    stamps: list[Record] = field(default_factory=list)
    definitions: list[Record] = field(default_factory=list)
    message_sets: dict[str, StoredSet] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    full_names: dict[str, str] = field(default_factory=dict, repr=False)
    kinds: dict[str, str] = field(default_factory=dict, repr=False)
    _names: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _numbers: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False)

    # ---- files ----

    @classmethod
    def sample(
        cls, name: str = "Larkspur Test Company", *, also: Iterable[tuple[str, Record]] = (), **settings: Any
    ) -> Company:
        """A small invented company with customers, items, terms, classes and taxes. `settings` as in Settings; `also`
        is more for its lists."""
        company = cls(name, Settings(**settings))
        for kind, element in (*LISTS, *also):
            record = copy.deepcopy(element)
            if "ParentRef" in record:
                record["ParentRef"] = {"ListID": look_up(company, (kind,), record["ParentRef"])}
            settle(company, record, "sample")
            company.enter(kind, record, SAMPLE_BEGAN)
        return company

    @classmethod
    def load(cls, path: Path) -> Company:
        """The company that `save` wrote. ValueError or KeyError if it is something else."""
        return cls.from_json(path.read_text(encoding="utf-8"))

    def save(self, path: Path) -> None:
        """Writes the whole company; a reader sees the old file or the new one, never a part."""
        beside = path.with_name(path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(self.to_json())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def to_json(self) -> str:
        """The company as text: also a backup, to be restored by `from_json`."""
        kept = {name: getattr(self, name) for name in _KEPT}
        kept["settings"] = asdict(self.settings)
        kept["message_sets"] = {key: asdict(stored) for key, stored in self.message_sets.items()}
        return json.dumps(kept, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Company:
        """The company that `to_json` wrote."""
        kept = json.loads(text)
        kept["settings"] = Settings(**kept["settings"])
        kept["message_sets"] = {key: StoredSet(**stored) for key, stored in kept["message_sets"].items()}
        company = cls(**{name: kept[name] for name in _KEPT})
        company.index()
        return company

    def index(self) -> None:
        """Finds names and numbers again after lists or transactions were filled by hand."""
        self.full_names, self.kinds, self._names, self._numbers = {}, {}, {}, {}
        for kind, entries in self.lists.items():
            for list_id, record in entries.items():
                self._remember(kind, list_id, self._full_name(kind, record))
        for kind, entries in self.transactions.items():
            for txn_id, record in entries.items():
                self.kinds[txn_id] = kind
                if record.get("RefNumber"):
                    self._numbers.setdefault((kind, record["RefNumber"].casefold()), []).append(txn_id)

    # ---- finding ----

    @staticmethod
    def namespace_of(kind: str) -> str:
        """Lists of one namespace share their names: the four name lists, all items, both kinds of terms."""
        return _NAMESPACES.get(kind, kind)

    def listed(self, kinds: Iterable[str]) -> Iterator[tuple[str, Record]]:
        """All elements of these lists, with the list that each is in."""
        for kind in kinds:
            for record in self.lists.get(kind, {}).values():
                yield kind, record

    def by_id(self, identity: str) -> tuple[str, Record] | None:
        """The list element or transaction with this ListID or TxnID, and its kind."""
        kind = self.kinds.get(identity)
        if kind is None:
            return None
        found = self.lists.get(kind, {}).get(identity) or self.transactions.get(kind, {}).get(identity)
        return (kind, found) if found is not None else None

    def by_name(self, namespace: str, full_name: str) -> tuple[str, Record] | None:
        """The list element with this full name, without regard to case, and the list that it is in."""
        list_id = self._names.get((namespace, full_name.strip().casefold()))
        return self.by_id(list_id) if list_id else None

    def numbered(self, kind: str, number: str) -> list[Record]:
        """The transactions of a kind that carry this RefNumber, without regard to case. Several may."""
        entries = self.transactions.get(kind, {})
        return [entries[txn_id] for txn_id in self._numbers.get((kind, number.casefold()), ())]

    # ---- writing ----

    def enter(self, kind: str, record: Record, now: datetime) -> Record:
        """Adds an element to a list: gives it ListID, times, EditSequence and, in trees, FullName and Sublevel."""
        list_id = f"{0x80000000 + self.count('list'):X}-{int(now.timestamp())}"
        parent = self._parent(record)
        entry: Record = {"ListID": list_id, **_times(now), **record}
        if kind in TREES:
            entry["FullName"] = self._full_name(kind, record)
            entry["Sublevel"] = str(int(parent["Sublevel"]) + 1 if parent else 0)
        entry.setdefault("IsActive", "true")
        self.lists.setdefault(kind, {})[list_id] = entry
        self._remember(kind, list_id, self._full_name(kind, entry))
        return entry

    def post(self, kind: str, record: Record, now: datetime) -> Record:
        """Adds a transaction: gives it TxnID, times, EditSequence and TxnNumber."""
        txn_id = f"{self.count('txn'):X}-{int(now.timestamp())}"
        entry: Record = {"TxnID": txn_id, **_times(now), "TxnNumber": str(self.count("number")), **record}
        self.transactions.setdefault(kind, {})[txn_id] = entry
        self.kinds[txn_id] = kind
        if entry.get("RefNumber"):
            self._number(kind, txn_id, entry["RefNumber"])
        return entry

    def next_number(self, kind: str) -> str:
        """The RefNumber that QuickBooks gives when none is sent: one more than the last."""
        return str(self.counters.get(f"last {kind}", 0) + 1)

    def count(self, what: str) -> int:
        """The next number of a counter, from 1."""
        self.counters[what] = self.counters.get(what, 0) + 1
        return self.counters[what]

    def touch(self, record: Record, now: datetime) -> None:
        """Marks a change: TimeModified, and an EditSequence that is surely another one."""
        changed = max(int(now.timestamp()), int(record["EditSequence"]) + 1)
        record["TimeModified"], record["EditSequence"] = stamp(now), str(changed)

    def rename(self, list_id: str, name: str, now: datetime) -> None:
        """A person renames a list element; references by ListID stay good, those by name do not."""
        kind, record = self._must(list_id)
        self._names.pop((self.namespace_of(kind), self.full_names[list_id].casefold()), None)
        record["Name"] = name
        self.refile(kind, record)
        self.touch(record, now)

    def refile(self, kind: str, record: Record) -> None:
        """Brings FullName and the index up to date after Name or ParentRef changed, for the children too."""
        list_id = record["ListID"]
        old = self.full_names[list_id]
        if self._names.get((self.namespace_of(kind), old.casefold())) == list_id:
            del self._names[self.namespace_of(kind), old.casefold()]
        full_name = self._full_name(kind, record)
        if kind in TREES:
            parent = self._parent(record)
            record["FullName"], record["Sublevel"] = full_name, str(int(parent["Sublevel"]) + 1 if parent else 0)
        self._remember(kind, list_id, full_name)
        for child_kind, child in list(self.listed(TREES)):
            if child.get("ParentRef", {}).get("ListID") == list_id:
                self.refile(child_kind, child)

    def renumber(self, kind: str, record: Record, number: str) -> None:
        """Gives a transaction another RefNumber."""
        old = self._numbers.get((kind, record.get("RefNumber", "").casefold()), [])
        if record["TxnID"] in old:
            old.remove(record["TxnID"])
        record["RefNumber"] = number
        self._number(kind, record["TxnID"], number)

    def make_inactive(self, list_id: str, now: datetime) -> None:
        """A person hides a list element; its name stays taken."""
        _, record = self._must(list_id)
        record["IsActive"] = "false"
        self.touch(record, now)

    def delete(self, identity: str, now: datetime) -> None:
        """A person deletes a list element or a transaction (merging a name into another deletes it too)."""
        kind, record = self._must(identity)
        del self.kinds[identity]
        if identity in self.full_names:
            del self.lists[kind][identity]
            full_name = self.full_names.pop(identity)
            self._names.pop((self.namespace_of(kind), full_name.casefold()), None)
            gone = {"ListDelType": kind, "ListID": identity, "FullName": full_name}
        else:
            del self.transactions[kind][identity]
            number = record.get("RefNumber", "")
            if identity in (numbers := self._numbers.get((kind, number.casefold()), [])):
                numbers.remove(identity)
            gone = {"TxnDelType": kind, "TxnID": identity, "RefNumber": number}
        self.deleted.append({**gone, "TimeCreated": record["TimeCreated"], "TimeDeleted": stamp(now)})

    # ---- inside ----

    def _must(self, identity: str) -> tuple[str, Record]:
        found = self.by_id(identity)
        if found is None:
            raise KeyError(identity)
        return found

    def _parent(self, record: Record) -> Record | None:
        reference = record.get("ParentRef")
        found = self.by_id(reference["ListID"]) if reference else None
        return found[1] if found else None

    def _full_name(self, kind: str, record: Record) -> str:
        parent = self._parent(record) if kind in TREES else None
        name: str = record["Initial"] if kind == "SalesRep" else record["Name"]
        return f"{self._full_name(kind, parent)}:{name}" if parent else name

    def _number(self, kind: str, txn_id: str, number: str) -> None:
        self._numbers.setdefault((kind, number.casefold()), []).append(txn_id)
        if number.isdecimal():
            self.counters[f"last {kind}"] = int(number)

    def _remember(self, kind: str, list_id: str, full_name: str) -> None:
        self.kinds[list_id] = kind
        self.full_names[list_id] = full_name
        self._names.setdefault((self.namespace_of(kind), full_name.casefold()), list_id)


_KEPT = (
    "name",
    "settings",
    "lists",
    "transactions",
    "deleted",
    "stamps",
    "definitions",
    "message_sets",
    "counters",
)


def stamp(moment: datetime) -> str:
    """A moment as QuickBooks writes it: whole seconds and the offset of the computer."""
    return moment.replace(microsecond=0).isoformat()


def _times(now: datetime) -> Record:
    return {"TimeCreated": stamp(now), "TimeModified": stamp(now), "EditSequence": str(int(now.timestamp()))}
