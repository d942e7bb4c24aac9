"""What a query finds in a company's books."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from dray_qbo.simulator import exact, moments
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.facts import BY_WORD, LIST_KINDS, NAME_KINDS, SHAPES, TRANSACTION_KINDS
from dray_qbo.simulator.facts_notation import Sort
from dray_qbo.simulator.query_language import Condition, Order, Query
from dray_qbo.simulator.references import named
from dray_qbo.simulator.refusals import Refusal

_PERSON = ("DisplayName", "GivenName", "MiddleName", "FamilyName", "Suffix", "PrintOnCheckName")
_TREE = ("Name", "FullyQualifiedName")

# What a WHERE or ORDERBY may name, beside Id and the two times.
FILTERABLE: Mapping[str, tuple[str, ...]] = {
    "Customer": (*_PERSON, "CompanyName", "FullyQualifiedName", "PrimaryEmailAddr", "Balance", "Job", "ParentRef"),
    "Vendor": (*_PERSON, "CompanyName", "Balance"),
    "Employee": _PERSON,
    "Item": (*_TREE, "Type", "Taxable", "SubItem", "Sku", "UnitPrice"),
    "Account": (*_TREE, "AccountType", "AccountSubType", "Classification", "CurrentBalance"),
    "Term": ("Name",),
    "Class": _TREE,
    "Department": _TREE,
    "TaxCode": ("Name", "Description"),
    "TaxRate": ("Name", "Description"),
    "Invoice": (
        "CustomerRef",
        "DocNumber",
        "ProjectRef",
        "TxnDate",
        "SalesTermRef",
        "DueDate",
        "Balance",
        "TotalAmt",
    ),
    "CreditMemo": ("CustomerRef", "TxnDate", "SalesTermRef", "DocNumber", "Balance", "TotalAmt"),
    "SalesReceipt": ("CustomerRef", "DocNumber", "TxnDate", "TotalAmt", "PaymentMethodRef"),
    "Estimate": ("CustomerRef", "DocNumber", "TxnDate", "TotalAmt"),
    "Payment": ("TotalAmt", "CustomerRef", "TxnDate", "PaymentMethodRef", "PaymentRefNum"),
}
_TIMES = ("MetaData.CreateTime", "MetaData.LastUpdatedTime")
_NOT_SELECTABLE = {"InvoiceLink"}

_Value = Any  # str, Decimal, bool or datetime, one kind for one property


def run(company: Company, query: Query, single: Callable[[str], Record]) -> Record:
    """The `QueryResponse`. `single` gives CompanyInfo and Preferences. Refusal 4001."""
    kind = BY_WORD.get(query.entity.lower())
    if kind is None:
        raise Refusal(4001, f"QueryValidationError: invalid context declaration: {query.entity}")
    if kind not in FILTERABLE:
        return {kind: [single(kind)], "startPosition": 1, "maxResults": 1}
    found = _found(company, kind, query)
    if query.counts:
        return {"totalCount": len(found)}
    page = found[query.start - 1 : query.start - 1 + query.most]
    if not page:
        return {}
    fields = [_selectable(kind, field) for field in query.fields]
    rows = [_projected(named(company, kind, record), fields) for record in page]
    return {kind: rows, "startPosition": query.start, "maxResults": len(rows)}


def _found(company: Company, kind: str, query: Query) -> list[Record]:
    tests = [_test(company, kind, condition) for condition in query.conditions]
    if kind in LIST_KINDS and not any(one.field.lower() == "active" for one in query.conditions):
        tests.append(lambda record: record.get("Active", True) is not False)
    found = [record for record in company.all(kind) if all(test(record) for test in tests)]
    orders = [Order(_filterable(kind, order.field), order.descending) for order in query.orders]
    return _sorted(kind, found, orders)


def _test(company: Company, kind: str, condition: Condition) -> Callable[[Record], bool]:
    field = _filterable(kind, condition.field)
    if field == "Id" and condition.operator not in {"=", "in"}:
        raise Refusal(4001, f"QueryValidationError: operator {condition.operator} is not supported for property Id")
    if condition.operator == "like":
        pattern = _pattern(condition.values[0])
        return lambda record: bool(pattern.fullmatch(str(_held(record, field))))
    wanted = [_read(kind, field, value, company) for value in condition.values]
    if condition.operator in {"=", "in"}:
        return lambda record: _comparable(kind, field, record) in wanted
    compare = _COMPARE[condition.operator]

    def passes(record: Record) -> bool:
        held = _comparable(kind, field, record)
        return held is not None and compare(held, wanted[0])

    return passes


def _comparable(kind: str, field: str, record: Record) -> _Value:
    held = _held(record, field)
    if held is None:
        return None
    return _CONVERT[_sort(kind, field)](held)


def _read(kind: str, field: str, value: str, company: Company) -> _Value:
    try:
        if field in _TIMES:  # without an offset it is the company's time
            moment = datetime.fromisoformat(value.replace(" ", "+"))
            return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(company.settings.zone))
        return _CONVERT[_sort(kind, field)](value)
    except ValueError:
        raise Refusal(4001, f"QueryValidationError: value {value} is not allowed for property {field}") from None


def _held(record: Record, field: str) -> Any:
    if field in _TIMES:
        return record["MetaData"].get(field.partition(".")[2])
    held = record.get(field)
    if isinstance(held, dict):
        return held.get("value") or held.get("Address")
    return held


def _number(value: Any) -> Decimal:
    number = exact.decimal(value)
    if number is None:
        raise ValueError(value)
    return number


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in {"true", "false"}:
        raise ValueError(value)
    return str(value).lower() == "true"


_CONVERT: Mapping[str, Callable[[Any], _Value]] = {
    "text": lambda value: str(value).casefold(),
    "number": _number,
    "flag": _flag,
    "moment": lambda value: moments.read(str(value)),
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda held, wanted: bool(held < wanted),
    ">": lambda held, wanted: bool(held > wanted),
    "<=": lambda held, wanted: bool(held <= wanted),
    ">=": lambda held, wanted: bool(held >= wanted),
}


@cache
def _sort(kind: str, field: str) -> str:
    if field in _TIMES:
        return "moment"
    if field == "Id":
        return "text"
    sort = SHAPES[kind][field].sort
    return "number" if sort is Sort.NUMBER else "flag" if sort is Sort.FLAG else "text"


def _filterable(kind: str, name: str) -> str:
    """The property with its capitals. Refusal 4001 where there is none, or none that can be asked for."""
    allowed = [*FILTERABLE[kind], "Id", *_TIMES, *(["Active"] if kind in LIST_KINDS else [])]
    for known in allowed:
        if known.lower() == name.lower():
            return known
    if any(known.lower() == name.lower() for known in SHAPES[kind]):
        raise Refusal(4001, f"QueryValidationError: property '{name}' is not queryable")
    raise Refusal(4001, f"QueryValidationError: Property {name} not found for Entity {kind}")


def _selectable(kind: str, name: str) -> str:
    for known, field in SHAPES[kind].items():
        simple = field.sort not in {Sort.PART, Sort.PARTS} or known == "Line"
        if known.lower() == name.lower() and simple and known not in _NOT_SELECTABLE:
            return known
    for time in _TIMES:
        if time.lower() == name.lower():
            return "MetaData"
    raise Refusal(4001, f"QueryValidationError: Property {name} not found for Entity {kind}")


def _projected(record: Record, fields: list[str]) -> Record:
    if not fields:
        return record
    kept = {"domain", "Id", *fields}
    return {**{name: held for name, held in record.items() if name in kept}, "sparse": True}


def _pattern(like: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in like.split("%")), re.IGNORECASE | re.DOTALL)


def _sorted(kind: str, found: Iterable[Record], orders: list[Order]) -> list[Record]:
    """In the asked order; without one, names by name and transactions the newest first, as recorded."""
    if not orders:
        if kind in TRANSACTION_KINDS:
            by_id = sorted(found, key=lambda record: int(record["Id"]), reverse=True)
            return sorted(by_id, key=lambda record: str(record["TxnDate"]), reverse=True)
        named_by = "FullyQualifiedName" if kind == "Customer" else "DisplayName" if kind in NAME_KINDS else "Name"
        return sorted(found, key=lambda record: str(record.get(named_by, "")))
    result = list(found)
    for order in reversed(orders):
        result.sort(key=partial(_rank, kind, order.field), reverse=order.descending)
    return result


def _rank(kind: str, field: str, record: Record) -> tuple[bool, _Value]:
    if field == "Id":
        return True, int(record["Id"])
    held = _comparable(kind, field, record)
    return held is not None, 0 if held is None else held
