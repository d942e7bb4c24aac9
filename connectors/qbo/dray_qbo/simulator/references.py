"""Whether what a body refers to exists and may be used, and what a reference is called when it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.facts import NAME_KINDS, SHAPES, TABLES
from dray_qbo.simulator.facts_notation import Field, Sort
from dray_qbo.simulator.refusals import INACTIVE, Refusal, not_found

# References that the wire shows without a name, as recorded.
_NAMELESS = {"ParentRef", "DefaultTaxCodeRef", "TaxCodeRef", "TxnTaxCodeRef", "TaxRateRef"}
# An id that is no entity: the line for shipping and its fellows.
_SPECIAL_ITEMS = {"SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"}


def check_references(company: Company, kind: str, record: Record, *, customer_6250: bool = False) -> None:
    """Refusal 2500, 610 or 6250 for the first reference that cannot be used."""
    _check(company, kind, record, "", customer_6250=customer_6250)


def named(company: Company, kind: str, record: Record) -> Record:
    """A copy of the record as it is shown: each reference with the name that its object has now."""
    shown = dict(record)
    for name, field in _linking(kind):
        value = shown.get(name)
        if value is None:
            continue
        if field.sort is Sort.REF:
            shown[name] = _with_name(company, name, field.kinds, value)
        elif field.sort is Sort.PART:
            shown[name] = named(company, field.shape, value)
        else:
            shown[name] = [named(company, field.shape, one) for one in value]
    return shown


def _check(company: Company, shape: str, record: Record, path: str, *, customer_6250: bool) -> None:
    for name, field in _linking(shape):
        value = record.get(name)
        if value is None:
            continue
        if field.sort is Sort.REF:
            _check_one(company, field, value["value"], f"{path}{name}", customer_6250=customer_6250)
            continue
        for one in value if field.sort is Sort.PARTS else [value]:
            _check(company, field.shape, one, f"{path}{name}.", customer_6250=customer_6250)


def _check_one(company: Company, field: Field, identity: str, path: str, *, customer_6250: bool) -> None:
    if identity in _SPECIAL_ITEMS and field.kinds == ("Item",):
        return
    for kind in field.kinds:
        found = company.find(kind, identity)
        if found is None:
            continue
        if found.get("Active") is False:
            code = company.settings.inactive_code
            opening = "Object Not Found" if code == 610 else "Invalid Reference Id"
            raise Refusal(code, f"{opening} : {INACTIVE}")
        return
    if customer_6250 and "Customer" in field.kinds and _somebody_else(company, identity):
        raise Refusal(6250, f"The specified customer (identified by {identity}) does not exist, or is inactive.", path)
    if field.kinds == ("Item",) and path.startswith("Line."):
        raise Refusal(2500, f"Invalid Reference Id : {path}", path)
    raise not_found(TABLES[field.kinds[0]], identity)


def _somebody_else(company: Company, identity: str) -> bool:
    return any(company.find(kind, identity) for kind in NAME_KINDS if kind != "Customer")


def _with_name(company: Company, name: str, kinds: tuple[str, ...], reference: Record) -> Record:
    if name in _NAMELESS:
        return {"value": reference["value"]}
    for kind in kinds:
        called = company.name_of(kind, reference["value"])
        if called:
            return {"value": reference["value"], "name": called}
    return dict(reference)


@cache
def _linking(shape: str) -> tuple[tuple[str, Field], ...]:
    """The properties of a shape that are references or hold some."""
    return tuple(
        (name, field)
        for name, field in SHAPES[shape].items()
        if (field.sort is Sort.REF and field.kinds)
        or (field.sort in {Sort.PART, Sort.PARTS} and _holds_references(SHAPES[field.shape], frozenset({shape})))
    )


def _holds_references(shape: Mapping[str, Any], seen: frozenset[str]) -> bool:
    return any(
        (field.sort is Sort.REF and bool(field.kinds))
        or (
            field.sort in {Sort.PART, Sort.PARTS}
            and field.shape not in seen
            and _holds_references(SHAPES[field.shape], seen | {field.shape})
        )
        for field in shape.values()
    )
