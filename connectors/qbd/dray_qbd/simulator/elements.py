"""Adding and changing elements of lists: customers, items, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from dray_qbd.simulator.checker import Reading, Record
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.features import require, switched_off
from dray_qbd.simulator.references import look_up, settle
from dray_qbd.simulator.replies import Reply, Work, shown
from dray_qbd.simulator.statuses import Refusal


@dataclass(frozen=True, slots=True)
class List:
    """How QuickBooks speaks of a list in a refusal: of one element, of the list, of the field of its names."""

    one: str
    many: str
    name_field: str
    longest: int


_ITEM = List("Item", "Items", "item name", 159)
KINDS: Mapping[str, List] = {
    "Customer": List("Customer", "Customers", "customer name", 209),
    "Account": List("Account", "Accounts", "account name", 159),
    **{f"Item{kind}": _ITEM for kind in ("Service", "NonInventory", "OtherCharge", "Discount", "Subtotal", "Group")},
}
_POSTING = {"ItemService": "AccountRef", "ItemNonInventory": "AccountRef", "ItemOtherCharge": "AccountRef"}


def add(work: Work, reading: Reading) -> Reply:
    """CustomerAdd, AccountAdd and the ItemXxxAdd."""
    kind = reading.name.removesuffix("AddRq")
    given: Record = reading.record[f"{kind}Add"]
    company = work.company
    if work.faults.strikes("list_busy"):
        raise _modified_elsewhere(kind, given["Name"])
    require(given, switched_off(company.settings))
    record = _clean(given)
    record["Name"] = _name(kind, given["Name"])
    _settle_parent(company, kind, record)
    settle(company, record, KINDS[kind].one)
    if kind in _POSTING and "AccountRef" not in str(record):
        raise Refusal(3150, "AccountRef")
    _require_free(company, kind, record, None)
    entry = company.enter(kind, _completed(kind, record, work), work.now)
    return _reply(kind, entry, reading)


def modify(work: Work, reading: Reading) -> Reply:
    """CustomerMod. What is left out stays, an empty element is cleared."""
    kind = reading.name.removesuffix("ModRq")
    given: Record = reading.record[f"{kind}Mod"]
    company = work.company
    found = company.by_id(given["ListID"])
    if found is None or found[0] != kind:
        raise Refusal(3120, given["ListID"])
    entry = found[1]
    if given["EditSequence"] != entry["EditSequence"]:
        raise Refusal(3200, given["EditSequence"], ret=(f"{kind}Ret", shown(entry)))
    if work.faults.strikes("list_busy"):
        raise _modified_elsewhere(kind, entry["Name"])
    require(given, switched_off(company.settings))
    changes = {name: value for name, value in given.items() if name not in ("ListID", "EditSequence")}
    if "Name" in changes:
        changes["Name"] = _name(kind, changes["Name"])
    _settle_parent(company, kind, changes)
    settle(company, {name: value for name, value in changes.items() if value}, KINDS[kind].one)
    for name, value in changes.items():
        if isinstance(value, dict) and name.endswith("Ref"):
            found_ref = value.get("ListID")
            changes[name] = {"ListID": found_ref} if found_ref else ""
    merged = {**entry, **_clean(changes)}
    _require_free(company, kind, merged, entry["ListID"])
    _modify_parts(entry, changes)
    _merge(entry, changes)
    _blocks(entry)
    company.refile(kind, entry)
    company.touch(entry, work.now)
    return _reply(kind, entry, reading)


def _reply(kind: str, entry: Record, reading: Reading) -> Reply:
    return Reply(rets=[(f"{kind}Ret", shown(entry))], only=reading.record.get("IncludeRetElement", ()))


def _name(kind: str, given: str) -> str:
    name = given.strip()
    if not name:
        raise Refusal(3150, "Name")
    if ":" in name:
        raise Refusal(3090, name, KINDS[kind].name_field)
    return name


def _settle_parent(company: Company, kind: str, record: Record) -> None:
    reference = record.get("ParentRef")
    if not isinstance(reference, dict):
        return
    parent = look_up(company, (kind,), reference)
    if parent is None:
        named = reference.get("ListID") or reference.get("FullName", "")
        raise Refusal(3130, named, KINDS[kind].many)
    record["ParentRef"] = {"ListID": parent}


def _require_free(company: Company, kind: str, record: Record, own: str | None) -> None:
    """One name per level: a customer's is taken by any customer, vendor, employee or other name, active or not."""
    parent = record.get("ParentRef")
    above = company.full_names[parent["ListID"]] + ":" if parent else ""
    full_name = above + record["Name"]
    if len(full_name) > KINDS[kind].longest:
        raise Refusal(3110, full_name)
    holder = company.by_name(company.namespace_of(kind), full_name)
    if holder and holder[1]["ListID"] != own:
        raise Refusal(3100, record["Name"])


def _completed(kind: str, record: Record, work: Work) -> Record:
    record.pop("defMacro", None)
    if code := record.pop("BarCode", None):
        record["BarCodeValue"] = code.get("BarCodeValue", "")
    if kind in ("Customer", "Account"):
        opening = record.pop("OpenBalance", "")
        balance = f"{Decimal(opening or '0'):.2f}"
        record.pop("OpenBalanceDate", None)
        record |= {"Balance": balance, "TotalBalance": balance}
    if kind == "Customer":
        record.setdefault("JobStatus", "None")
        record["AdditionalNotesRet"] = [
            {"NoteID": str(i), "Date": work.now.date().isoformat(), "Note": one["Note"]}
            for i, one in enumerate(record.pop("AdditionalNotes", ()))
        ]
        record["ContactsRet"] = [_contact(work, one) for one in record.pop("Contacts", ())]
    if kind == "Account":
        record.setdefault("CashFlowClassification", "None")
    _blocks(record)
    return record


def _contact(work: Work, given: Record) -> Record:
    now = work.now.replace(microsecond=0).isoformat()
    identity = f"{0x80000000 + work.company.count('contact'):X}-{int(work.now.timestamp())}"
    times = {"TimeCreated": now, "TimeModified": now, "EditSequence": str(int(work.now.timestamp()))}
    return {"ListID": identity, **times, **given}


def _blocks(record: Record) -> None:
    for name in ("BillAddress", "ShipAddress"):
        if record.get(name):
            record[f"{name}Block"] = block(record[name])


def block(address: Record) -> Record:
    """An address as it is printed: its lines, then "City, State Code", then the country; at most five lines."""
    lines = [address[f"Addr{i}"] for i in range(1, 6) if address.get(f"Addr{i}")]
    region = " ".join(address[part] for part in ("State", "PostalCode") if address.get(part))
    town = ", ".join(part for part in (address.get("City", ""), region) if part)
    lines += [part for part in (town, address.get("Country", ""), address.get("Note", "")) if part]
    return {f"Addr{i}": line for i, line in enumerate(lines[:5], 1)}


def _clean(record: Record) -> Record:
    """Without its empty elements."""
    return {name: value for name, value in record.items() if value not in ("", {})}


def _merge(entry: Record, changes: Record) -> None:
    for name, value in changes.items():
        if value == "":
            entry.pop(name, None)
        elif isinstance(value, dict) and not name.endswith("Ref") and isinstance(entry.get(name), dict):
            entry[name] = _clean({**entry[name], **value})
        else:
            entry[name] = value


def _modify_parts(entry: Record, changes: Record) -> None:
    """Contacts by their ListID and notes by their NoteID. Refusal 3120 before anything is changed."""
    for given_in, kept_in, key in (
        ("ContactsMod", "ContactsRet", "ListID"),
        ("AdditionalNotesMod", "AdditionalNotesRet", "NoteID"),
    ):
        kept = {one[key]: one for one in entry.get(kept_in, ())}
        given = changes.pop(given_in, ())
        for one in given:
            if one[key] not in kept:
                raise Refusal(3120, one[key])
        for one in given:
            kept[one[key]].update(one)


def _modified_elsewhere(kind: str, name: str) -> Refusal:
    many = f'{KINDS[kind].many} list, element "{name}"'
    return Refusal(3180, many, "This list has been modified by another user.")
