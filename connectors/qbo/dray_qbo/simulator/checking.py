"""Whether a body's properties exist and hold what they may, before anything is looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from dray_qbo.simulator import exact
from dray_qbo.simulator.facts import SHAPES
from dray_qbo.simulator.facts_notation import Field, Shape, Sort
from dray_qbo.simulator.refusals import Reason, Refusal

Record = dict[str, Any]

_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+(?:\s*,\s*[^@\s,]+@[^@\s,]+\.[^@\s,]+)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LARGEST = 99_999_999_999
_LONGEST_ADDRESS = 2000
_REF_KEYS = {"value", "name", "type"}


def checked(kind: str, body: Any) -> Record:
    """What of the body a client may set, in the order of the wire.

    Blank and null are None: on a sparse update they clear a property. Refusal 2010 for the first property that does
    not exist; otherwise one Refusal with everything that is wrong, in the order of the properties.
    """
    shape = SHAPES[kind]
    reasons: list[Reason] = []
    record = _part(kind, shape, body, "", reasons)
    if reasons:
        raise Refusal.of(reasons)
    return record


def _part(kind: str, shape: Shape, body: Any, path: str, reasons: list[Reason]) -> Record:
    if not isinstance(body, dict):
        raise Refusal(2010, f"Property Name:Can not construct instance of {kind} from {type(body).__name__} value")
    for name in body:
        if name not in shape:
            raise _unknown(kind, shape, name)
    record: Record = {}
    for name, field in shape.items():
        if name in body and not field.read_only:
            record[name] = _value(name, field, body[name], f"{path}{name}", reasons)
    return record


def _value(name: str, field: Field, value: Any, path: str, reasons: list[Reason]) -> Any:
    if value is None or value == "":
        return None
    match field.sort:
        case Sort.PART:
            part = _part(field.shape, SHAPES[field.shape], value, f"{path}.", reasons)
            if field.shape == "PhysicalAddress":
                _measure_together(part, path, reasons)
            return {key: held for key, held in part.items() if held is not None} or None
        case Sort.PARTS:
            return _parts(field, value, path, reasons)
        case Sort.ANY:
            return value
        case Sort.REF:
            return _reference(field, value, path, reasons)
    problem, result = _SIMPLE[field.sort](field, value)
    if problem:
        code, detail = problem
        reasons.append(Reason(code, detail, path))
    return result


def _measure_together(address: Record, path: str, reasons: list[Reason]) -> None:
    """The five lines of an address have a limit in common too."""
    together = sum(len(address.get(f"Line{at}") or "") for at in range(1, 6))
    if together > _LONGEST_ADDRESS:
        reasons.append(_too_long(_LONGEST_ADDRESS, together, path))


def _parts(field: Field, value: Any, path: str, reasons: list[Reason]) -> list[Record]:
    if not isinstance(value, list):
        raise Refusal(2010, f"Property Name:Can not deserialize {path} out of {type(value).__name__}")
    found = []
    for one in value:
        part = _part(field.shape, SHAPES[field.shape], one, f"{path}.", reasons)
        found.append({key: held for key, held in part.items() if held is not None})
    return found


def _reference(field: Field, value: Any, path: str, reasons: list[Reason]) -> Record | None:
    if not isinstance(value, dict) or not set(value) <= _REF_KEYS:
        raise Refusal(2010, f"Property Name:Can not construct instance of ReferenceType for {path}")
    identity = value.get("value")
    if identity is None or identity == "":
        return None
    if not isinstance(identity, str | int):
        reasons.append(Reason(2030, f"Id should be a valid number. Supplied value:{identity}", path))
    kept = {"value": str(identity)}
    if not field.kinds and value.get("name"):
        kept["name"] = str(value["name"])
    return kept


_Finding = tuple[tuple[int, str] | None, Any]


def _text(field: Field, value: Any) -> _Finding:
    if isinstance(value, dict | list):
        return (2010, "Property Name:Can not deserialize instance of String"), None
    said = exact.write(value) if isinstance(value, bool) else str(value)
    if field.most and len(said) > field.most:
        too_long = _too_long(field.most, len(said), "")
        return (too_long.code, too_long.detail), None
    if _CONTROL.search(said) or any(mark in said for mark in field.barred):
        return (2040, f"Element contains invalid characters: {said[:80]}"), None
    if field.choices and said not in field.choices:
        return (2170, f"Enumeration value is invalid or not supported. Supplied value:{said}"), None
    if field.email and not _EMAIL.fullmatch(said.strip()):
        return (2210, f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{said}"), None
    return None, said


def _too_long(most: int, length: int, path: str) -> Reason:
    supplied = f"Min:0 Max:{most:,} supported. Supplied length:{length:,}"
    return Reason(2050, f"String length specified does not match the supported length. {supplied}", path)


def _number(_field: Field, value: Any) -> _Finding:
    number = exact.decimal(value)
    if number is None:
        return (2100, f"Decimal value is invalid or not supported. Supplied value:{value}"), None
    if abs(number) > _LARGEST:
        return (2090, f"Number value is not supported. Supplied value:{value}"), None
    return None, exact.plain(number)


def _whole(_field: Field, value: Any) -> _Finding:
    number = exact.decimal(value)
    if number is None or number != number.to_integral_value():
        return (2080, f"Number value is invalid or not supported. Supplied value:{value}"), None
    return None, int(number)


def _flag(_field: Field, value: Any) -> _Finding:
    if isinstance(value, bool):
        return None, value
    if str(value).lower() in {"true", "false"}:
        return None, str(value).lower() == "true"
    return (2170, f"Boolean value is invalid. Supplied value:{value}"), None


def _day(_field: Field, value: Any) -> _Finding:
    said = str(value)[:10]
    try:
        return None, date.fromisoformat(said).isoformat()
    except ValueError:
        return (2060, f"Date Format is invalid. Supplied value:{value}"), None


_SIMPLE: Mapping[Sort, Callable[[Field, Any], _Finding]] = {
    Sort.TEXT: _text,
    Sort.NUMBER: _number,
    Sort.WHOLE: _whole,
    Sort.FLAG: _flag,
    Sort.DAY: _day,
}


def _unknown(kind: str, shape: Shape, name: str) -> Refusal:
    known = ", ".join(f'"{one}"' for one in list(shape)[:60])
    more = " [truncated]" if len(shape) > 60 else ""
    return Refusal(
        2010,
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), not marked as '
        f"ignorable ({len(shape)} known properties: {known}{more}])\n specified is unsupported or invalid",
    )
