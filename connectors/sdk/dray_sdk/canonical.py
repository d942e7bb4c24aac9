"""Records, operations and books as canonical JSON and back, exactly.

Canonical means: keys sorted, no blanks, nothing that is empty (but for what a record must have), decimals and money as
plain texts, times in UTC, UTF-8. Equal values give equal bytes, so a hash of the bytes names the document: 12.5 and
12.50 are one number and written alike, however many places a database kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from dray_sdk import books, operations, records
from dray_sdk.money import Money, places

T = TypeVar("T")
_Json = Any


def dumps(value: object) -> bytes:
    """The canonical JSON of a record, operation, batch, books or a tuple of them.

    ValueError where a text cannot be UTF-8 (half a surrogate pair) or a decimal is no number; TypeError for values of
    other kinds.
    """
    return _ENCODE(dump(value)).encode()


def loads(kind: type[T], text: bytes | str) -> T:
    """Read what `dumps` wrote. ValueError, KeyError or TypeError for anything else."""
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return load(kind, data)


def dump(value: object) -> Any:
    """The value as plain JSON data, every object's keys in order."""
    return _DUMPERS[type(value)](value)


def load(kind: type[T], data: Any) -> T:
    """A `kind` from plain JSON data, errors as for `loads`. Unions of dataclasses are told apart by the "is" member
    that `dump` adds."""
    loader: Callable[[_Json], T] = _loader(cast(Any, kind))
    return loader(data)


_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode

_TAGGED: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        operations.Identify, operations.Create, operations.Update, operations.Void, operations.Find, operations.Pull,
        records.Customer, records.Item, records.Invoice, records.Payment, records.Entry, books.Books, operations.Batch,
    )
}  # fmt: skip

_PLAIN: frozenset[type] = frozenset({str, int, bool, NoneType})


# ---- writing


class _Dumpers(dict[type, Callable[[Any], _Json]]):
    """type → what writes it, made when first met."""

    def __missing__(self, kind: type) -> Callable[[Any], _Json]:
        self[kind] = dumper = _dumper(kind)
        return dumper


_DUMPERS = _Dumpers()


def _dumper(kind: type) -> Callable[[Any], _Json]:
    if kind in _PLAIN:
        return lambda value: value
    for scalar, dumper in _WRITTEN:
        if issubclass(kind, scalar):
            return dumper
    if is_dataclass(kind):
        return _record_dumper(kind)
    raise TypeError(f"{kind.__name__} has no canonical form")


def _record_dumper(kind: Any) -> Callable[[Any], _Json]:
    must = {part.name for part in fields(kind) if part.default is MISSING and part.default_factory is MISSING}
    paths = {part.name: part.name for part in fields(kind)}
    if kind.__name__ in _TAGGED:
        paths["is"] = "__class__.__name__"
    names = sorted(paths)
    parts_of = attrgetter(*(paths[name] for name in names))

    def dump_record(value: Any) -> _Json:
        data: dict[str, _Json] = {}
        for name, part in zip(names, parts_of(value), strict=True):
            if part is None:
                continue
            if type(part) in _PLAIN:
                data[name] = part
                continue
            written = _DUMPERS[type(part)](part)
            if written or name in must or is_dataclass(part):
                data[name] = written
        return data

    return dump_record if len(names) > 1 else lambda value: {name: dump(parts_of(value)) for name in names}


def _write_decimal(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > 100:
        raise ValueError(f"{value} is not a number that a record may hold")
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if value else "0"


def _write_mapping(value: Mapping[str, Any]) -> _Json:
    return {key: dump(part) for key, part in sorted(value.items())}


_WRITTEN: tuple[tuple[type, Callable[[Any], _Json]], ...] = (
    (Money, lambda value: f"{value} {value.currency}"),
    (Decimal, _write_decimal),
    (Enum, lambda value: value.value),
    (datetime, lambda value: (value.astimezone(UTC) if value.tzinfo else value).isoformat()),
    (date, lambda value: value.isoformat()),
    (tuple, lambda value: [_DUMPERS[type(part)](part) for part in value]),
    (Mapping, _write_mapping),
)


# ---- reading


@cache
def _loader(kind: Any) -> Callable[[_Json], Any]:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _union_loader(kind)
    if origin is tuple:
        return _tuple_loader(get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_loader(get_args(kind)[1])
    if kind in _READ:
        return _READ[kind]
    if kind in _PLAIN:
        return lambda data: _of(kind, data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        members = {member.value: member for member in kind}
        return lambda data: members[data]
    if is_dataclass(kind):
        return _record_loader(kind)
    raise TypeError(f"{kind} has no canonical form")


def _of(kind: type[T], data: _Json) -> T:
    if type(data) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {type(data).__name__}")
    return data


def _tuple_loader(parts: tuple[Any, ...]) -> Callable[[_Json], Any]:
    first = _loader(parts[0])
    if parts[1:] in ((), (Ellipsis,)):
        return lambda data: tuple(map(first, _of(list, data)))
    loaders = [_loader(part) for part in parts]
    return lambda data: tuple(loader(part) for loader, part in zip(loaders, _of(list, data), strict=True))


def _mapping_loader(value: Any) -> Callable[[_Json], Any]:
    loader = _loader(value)
    return lambda data: MappingProxyType({key: loader(part) for key, part in _of(dict, data).items()})


def _union_loader(kind: Any) -> Callable[[_Json], Any]:
    parts: list[Any] = [part for part in get_args(kind) if part is not NoneType]
    optional = len(parts) < len(get_args(kind))
    if len(parts) == 1:
        only = _loader(parts[0])
        return lambda data: None if data is None else only(data)
    tagged = {part.__name__: _loader(part) for part in parts}

    def load_one(data: _Json) -> Any:
        if data is None and optional:
            return None
        return tagged[_of(dict, data)["is"]](data)

    return load_one


def _record_loader(kind: Any) -> Callable[[_Json], Any]:
    hints = get_type_hints(kind)
    tagged = kind.__name__ in _TAGGED
    # Most fields are a text, a whole number or a truth value, and are checked on the spot: a call each would cost most.
    plain = {part.name: _plain_type(hints[part.name]) for part in fields(kind)}
    loaders = {part.name: _loader(hints[part.name]) for part in fields(kind)}

    def load_record(data: _Json) -> Any:
        parts: dict[str, Any] = {}
        for name, part in _of(dict, data).items():
            if name == "is" and tagged:
                if part != kind.__name__:
                    raise ValueError(f"expected {kind.__name__}, found {part!r}")
            elif type(part) is plain[name]:
                parts[name] = part
            else:
                parts[name] = loaders[name](part)
        return kind(**parts)

    return load_record


def _plain_type(hint: Any) -> type | None:
    parts = [part for part in get_args(hint) if part is not NoneType] or [hint]
    return parts[0] if len(parts) == 1 and parts[0] in _PLAIN else None


_NUMBER = re.compile(r"-?\d{1,120}(?:\.\d{1,120})?", re.ASCII)
_MONEY = re.compile(r"(-?\d{1,120})(?:\.(\d{1,9}))? (.+)", re.ASCII | re.DOTALL)


def _read_money(data: _Json) -> Money:
    found = _MONEY.fullmatch(_of(str, data))
    if found is None or len(found[2] or "") != places(found[3]):
        raise ValueError(f"{data!r} is not an amount of money")
    return Money(int(found[1] + (found[2] or "")), found[3])


def _read_decimal(data: _Json) -> Decimal:
    if _NUMBER.fullmatch(_of(str, data)) is None:
        raise ValueError(f"{data!r} is not a decimal number")
    return Decimal(data)


_READ: dict[type, Callable[[_Json], Any]] = {
    Money: _read_money,
    Decimal: _read_decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}
