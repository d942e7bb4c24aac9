"""Records, operations and books as canonical JSON and back, exactly.

Canonical means: keys sorted, no blanks, nothing that is empty, decimals and money as text, UTF-8. Equal values give
equal bytes, so a hash of the bytes names the document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from dray_sdk import books, operations, records
from dray_sdk.money import Money

T = TypeVar("T")
Json = Any


def dumps(value: object) -> bytes:
    """The canonical JSON of a record, operation, books or a tuple of them."""
    return json.dumps(dump(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def loads(kind: type[T], text: bytes | str) -> T:
    """Read what `dumps` wrote. ValueError, KeyError or TypeError for anything else."""
    return load(kind, json.loads(text))


def dump(value: object) -> Json:
    """The value as plain JSON data."""
    return _dumper(cast(Any, type(value)))(value)


def load(kind: type[T], data: Json) -> T:
    """A `kind` from plain JSON data. Unions of dataclasses are told apart by the "is" member that `dump` adds."""
    loader: Callable[[Json], T] = _loader(cast(Any, kind))
    return loader(data)


_TAGGED: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        operations.Identify, operations.Create, operations.Update, operations.Void, operations.Find, operations.Pull,
        records.Customer, records.Item, records.Invoice, records.Payment, records.Entry, books.Books, operations.Batch,
    )
}  # fmt: skip


_SCALARS: tuple[tuple[type, Callable[[Any], Json]], ...] = (
    (Money, lambda value: f"{value} {value.currency}"),
    (Decimal, lambda value: f"{value:f}"),
    (Enum, lambda value: value.value),
    (date, lambda value: value.isoformat()),
    (tuple, lambda value: [dump(part) for part in value]),
    (Mapping, lambda value: {key: dump(part) for key, part in value.items()}),
)


@cache
def _dumper(kind: Any) -> Callable[[Any], Json]:
    for scalar, dumper in _SCALARS:
        if issubclass(kind, scalar):
            return dumper
    if is_dataclass(kind):
        return _record_dumper(kind)
    return lambda value: value


def _record_dumper(kind: Any) -> Callable[[Any], Json]:
    names = tuple(part.name for part in fields(kind))
    tag = {"is": kind.__name__} if kind.__name__ in _TAGGED else {}

    def dump_record(value: Any) -> Json:
        data = dict(tag)
        for name in names:
            part = getattr(value, name)
            if part is not None and part not in ((), {}):
                data[name] = part if type(part) in _PLAIN else dump(part)
        return data

    return dump_record


_PLAIN = frozenset({str, int, bool, NoneType})


@cache
def _loader(kind: Any) -> Callable[[Json], Any]:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _union_loader(kind)
    if origin is tuple:
        part_loader = _loader(get_args(kind)[0])
        if get_args(kind)[1:] in ((), (Ellipsis,)):
            return lambda data: tuple(map(part_loader, data))
        loaders = [_loader(part) for part in get_args(kind)]
        return lambda data: tuple(loader(part) for loader, part in zip(loaders, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        value_loader = _loader(get_args(kind)[1])
        return lambda data: MappingProxyType({key: value_loader(part) for key, part in data.items()})
    if kind is Money:
        return _load_money
    if kind is Decimal:
        return _load_decimal
    if kind in (datetime, date):
        parse: Callable[[Json], Any] = kind.fromisoformat
        return parse
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _record_loader(kind) if is_dataclass(kind) else lambda data: data


def _load_money(data: Json) -> Money:
    amount, currency = data.split(" ")
    return Money.parse(amount, currency)


def _load_decimal(data: Json) -> Decimal:
    if not isinstance(data, str):
        raise TypeError(f"a decimal is a text, not {data!r}")
    return Decimal(data)


def _union_loader(kind: Any) -> Callable[[Json], Any]:
    parts: list[Any] = [part for part in get_args(kind) if part is not NoneType]
    if len(parts) == 1:
        only = _loader(parts[0])
        return lambda data: None if data is None else only(data)
    tagged = {getattr(part, "__name__", ""): _loader(cast(Any, part)) for part in parts if is_dataclass(part)}
    if tagged:
        return lambda data: tagged[data["is"]](data)
    return lambda data: data


def _record_loader(kind: Any) -> Callable[[Json], Any]:
    hints = get_type_hints(kind)
    loaders = {part.name: _loader(hints[part.name]) for part in fields(kind)}

    def load_record(data: Json) -> Any:
        return kind(**{name: loaders[name](part) for name, part in data.items() if name != "is"})

    return load_record
