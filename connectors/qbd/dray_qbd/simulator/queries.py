"""Queries of lists and transactions: which objects are meant, in pages or at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from dray_qbd.simulator.checker import Reading, Record
from dray_qbd.simulator.company import NAME_LISTS, Company
from dray_qbd.simulator.iterators import page_size
from dray_qbd.simulator.moments import between, day, moment, span
from dray_qbd.simulator.references import ITEMS, TARGETS, look_up
from dray_qbd.simulator.replies import Reply, Work, shown
from dray_qbd.simulator.statuses import Refusal

LISTS: Mapping[str, tuple[str, ...]] = {
    "EntityQueryRq": NAME_LISTS,
    "ItemQueryRq": ITEMS,
    "TermsQueryRq": ("StandardTerms", "DateDrivenTerms"),
    **{
        f"{kind}QueryRq": (kind,)
        for kind in (
            *NAME_LISTS,
            *ITEMS,
            *("StandardTerms", "DateDrivenTerms", "Account", "Class", "SalesTaxCode", "ShipMethod"),
            *("SalesRep", "CustomerMsg", "PaymentMethod", "Template", "Currency"),
        )
    },
}
TRANSACTIONS: Mapping[str, str] = {f"{kind}QueryRq": kind for kind in ("Invoice", "CreditMemo", "ReceivePayment")}


def query(work: Work, reading: Reading) -> Reply:
    """Answers a query of a list or of transactions."""
    record, iterator = reading.record, reading.attributes.get("iterator")
    if iterator == "Stop":
        work.iterators.stop(reading.attributes.get("iteratorID", ""))
        return Reply()
    missing: list[str] = []
    attributes: dict[str, str] = {}
    if iterator == "Continue":
        iterator_id = reading.attributes.get("iteratorID", "")
        identities, left = work.iterators.page(iterator_id, reading.name, record)
        attributes = {"iteratorRemainingCount": str(left), "iteratorID": iterator_id}
    else:
        identities, missing = _selected(work, reading)
        if iterator == "Start":
            page_size(record)
            iterator_id = work.iterators.start(reading.name, record, identities)
            identities, left = work.iterators.page(iterator_id, reading.name, record)
            attributes = {"iteratorRemainingCount": str(left), "iteratorID": iterator_id}
        elif record.get("MaxReturned"):
            identities = identities[: int(record["MaxReturned"])]
    return _reply(work, reading, identities, missing, attributes)


def _reply(
    work: Work, reading: Reading, identities: list[str], missing: list[str], attributes: dict[str, str]
) -> Reply:
    record = reading.record
    metadata = reading.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        attributes = {"retCount": str(len(identities)), **attributes}
    rets: list[tuple[str, Record]] = []
    if metadata != "MetaDataOnly":
        lines = record.get("IncludeLineItems") == "true" or reading.name not in TRANSACTIONS
        linked = record.get("IncludeLinkedTxns") == "true"
        for identity in identities:
            if found := work.company.by_id(identity):  # it may be gone since the page before
                view = shown(found[1], lines=lines, linked=linked, owners=record.get("OwnerID", ()))
                rets.append((f"{found[0]}Ret", view))
    if missing and work.faults.missing_is_an_error:
        raise Refusal(3120, missing[0])
    only = record.get("IncludeRetElement", ())
    if missing:
        return Reply(500, (missing[0],), rets, {}, attributes, only)
    return Reply(0 if identities else 1, (), rets, {}, attributes, only)


def _selected(work: Work, reading: Reading) -> tuple[list[str], list[str]]:
    if reading.name in TRANSACTIONS:
        return _transactions(work, TRANSACTIONS[reading.name], reading.record)
    return _elements(work, LISTS[reading.name], reading.record)


# ---- lists ----


def _elements(work: Work, kinds: tuple[str, ...], record: Record) -> tuple[list[str], list[str]]:
    named = [({"ListID": one}, one) for one in record.get("ListID", ())]
    named += [({"FullName": one}, one) for one in record.get("FullName", ())]
    if named:
        found = [(look_up(work.company, kinds, reference), text) for reference, text in named]
        return [one for one, _ in found if one], [text for one, text in found if not one]
    start, end = between(record, "FromModifiedDate", "ToModifiedDate", work.now.tzinfo)
    fits = _name_test(record)
    status = record.get("ActiveStatus") or "ActiveOnly"
    chosen = [
        entry["ListID"]
        for kind, entry in work.company.listed(kinds)
        if (status == "All" or (entry.get("IsActive", "true") == "true") == (status == "ActiveOnly"))
        and fits(_own_name(kind, entry))
        and _within(entry["TimeModified"], start, end)
        and _passes(work.company, record, entry)
    ]
    return chosen, []


def _own_name(kind: str, entry: Record) -> str:
    name: str = entry["Initial"] if kind == "SalesRep" else entry.get("FullName") or entry["Name"]
    return name


def _passes(company: Company, record: Record, entry: Record) -> bool:
    types = record.get("AccountType")
    if types and entry.get("AccountType") not in types:
        return False
    for name, element in (("ClassFilter", "ClassRef"), ("CurrencyFilter", "CurrencyRef")):
        if name in record and entry.get(element, {}).get("ListID") not in set(_wanted(company, record[name], element)):
            return False
    if balance := record.get("TotalBalanceFilter"):
        return _compares(Decimal(entry.get("TotalBalance", "0")), balance["Operator"], Decimal(balance["Amount"]))
    return True


def _compares(have: Decimal, operator: str, wanted: Decimal) -> bool:
    return {
        "LessThan": have < wanted,
        "LessThanEqual": have <= wanted,
        "Equal": have == wanted,
        "GreaterThan": have > wanted,
        "GreaterThanEqual": have >= wanted,
    }[operator]


def _name_test(record: Record, element: str = "Name") -> Callable[[str], bool]:
    if chosen := record.get(f"{element}Filter"):
        text, criterion = chosen[element].casefold(), chosen["MatchCriterion"]
        tests: dict[str, Callable[[str], bool]] = {
            "StartsWith": lambda name: name.casefold().startswith(text),
            "EndsWith": lambda name: name.casefold().endswith(text),
            "Contains": lambda name: text in name.casefold(),
        }
        return tests[criterion]
    if span_ := record.get(f"{element}RangeFilter"):
        low, high = span_.get(f"From{element}", "").casefold(), span_.get(f"To{element}", "").casefold()
        if low and high and low > high:
            raise Refusal(3031, span_[f"From{element}"], span_[f"To{element}"])
        return lambda name: (not low or name.casefold() >= low) and (not high or name.casefold() <= high)
    return lambda name: True


# ---- transactions ----


def _transactions(work: Work, kind: str, record: Record) -> tuple[list[str], list[str]]:
    company = work.company
    if identities := record.get("TxnID"):
        there = company.transactions.get(kind, {})
        return [one for one in identities if one in there], [one for one in identities if one not in there]
    for element, exact in (("RefNumber", False), ("RefNumberCaseSensitive", True)):
        if numbers := record.get(element):
            return _by_number(company, kind, numbers, exact=exact)
    tests = list(_tests(work, record))
    return [one["TxnID"] for one in company.transactions.get(kind, {}).values() if all(t(one) for t in tests)], []


def _by_number(company: Company, kind: str, numbers: Iterable[str], *, exact: bool) -> tuple[list[str], list[str]]:
    found: list[str] = []
    missing: list[str] = []
    for number in numbers:
        carrying = [one for one in company.numbered(kind, number) if not exact or one["RefNumber"] == number]
        found.extend(one["TxnID"] for one in carrying)
        if not carrying:
            missing.append(number)
    return found, missing if found else []  # a number that nobody carries is no match, not an incomplete query


def _tests(work: Work, record: Record) -> Iterator[Callable[[Record], bool]]:
    if changed := record.get("ModifiedDateRangeFilter"):
        start, end = between(changed, "FromModifiedDate", "ToModifiedDate", work.now.tzinfo)
        yield lambda one: _within(one["TimeModified"], start, end)
    if dated := record.get("TxnDateRangeFilter"):
        first, last = _days(work, dated)
        yield lambda one: first <= one["TxnDate"] <= last
    for name, element in (
        ("EntityFilter", "CustomerRef"),
        ("AccountFilter", "ARAccountRef"),
        ("CurrencyFilter", "CurrencyRef"),
    ):
        if chosen := record.get(name):
            yield _refers_to(element, set(_wanted(work.company, chosen, element)))
    if "RefNumberFilter" in record or "RefNumberRangeFilter" in record:
        fits = _name_test(record, "RefNumber")
        yield lambda one: fits(one.get("RefNumber", ""))
    if (paid := record.get("PaidStatus", "All")) != "All":
        yield lambda one: (one.get("IsPaid") == "true") == (paid == "PaidOnly")


def _refers_to(element: str, wanted: set[str]) -> Callable[[Record], bool]:
    return lambda one: one.get(element, {}).get("ListID") in wanted


def _days(work: Work, dated: Record) -> tuple[str, str]:
    if macro := dated.get("DateMacro"):
        first, last = span(macro, work.now.date())
    else:
        low, high = dated.get("FromTxnDate"), dated.get("ToTxnDate")
        first = day(low, "FromTxnDate") if low else None
        last = day(high, "ToTxnDate") if high else None
        if first and last and first > last:
            raise Refusal(3030, str(low), str(high))
    return (first.isoformat() if first else "0000"), (last.isoformat() if last else "9999")


def _wanted(company: Company, chosen: Record, element: str) -> Iterator[str]:
    """The ListIDs that a filter of names means, those below them included where it says so."""
    kinds = NAME_LISTS if element == "CustomerRef" else TARGETS[element].kinds
    for name, key in (("ListID", "ListID"), ("FullName", "FullName")):
        for text in chosen.get(name, ()):
            if found := look_up(company, kinds, {key: text}):
                yield found
        if text := chosen.get(f"{name}WithChildren"):
            top = look_up(company, kinds, {key: text})
            if top:
                above = company.full_names[top].casefold()
                for _, entry in company.listed(kinds):
                    full_name = company.full_names[entry["ListID"]].casefold()
                    if full_name == above or full_name.startswith(above + ":"):
                        yield entry["ListID"]


def _within(text: str, start: datetime | None, end: datetime | None) -> bool:
    if start is None and end is None:
        return True
    changed = moment(text, "TimeModified", None)
    return (start is None or changed >= start) and (end is None or changed <= end)
