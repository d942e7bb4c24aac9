"""Reading what QuickBooks Online answers. Numbers stay exact, and nothing that is not there is made up."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from dray_sdk import Money, RemoteProtocolError

Record = Mapping[str, Any]
"""An object as it came. What its members hold is not to be trusted before it was looked at."""

_NOTHING: Record = {}


def read(body: bytes) -> Record:
    """The object that a body holds. RemoteProtocolError for whatever is not one whole JSON object in UTF-8."""
    try:
        found = json.loads(body.decode(), parse_float=Decimal, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError("the answer is not JSON, or not all of it came") from error
    if not isinstance(found, dict):
        raise RemoteProtocolError("the answer is JSON of another form")
    return found


def part(record: Record, name: str) -> Record:
    """The object under that name, an empty one where there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else _NOTHING


def parts(record: Record, name: str) -> Iterator[Record]:
    """The objects in the list under that name."""
    found = record.get(name)
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def text(record: Record, path: str) -> str | None:
    """The text at a path such as `MetaData/CreateTime`; None where there is none, or an empty one."""
    *above, name = path.split("/")
    for step in above:
        record = part(record, step)
    found = record.get(name)
    return found if isinstance(found, str) and found else None


def flag(record: Record, path: str) -> bool | None:
    """The truth at a path."""
    *above, name = path.split("/")
    for step in above:
        record = part(record, step)
    found = record.get(name)
    return found if isinstance(found, bool) else None


def money(record: Record, path: str, currency: str) -> Money | None:
    """The amount at a path; None where there is none, or one with more places than the currency has."""
    *above, name = path.split("/")
    for step in above:
        record = part(record, step)
    found = record.get(name)
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        return None
    try:
        return Money.parse(Decimal(found), currency)
    except ValueError:
        return None


def date(record: Record, path: str) -> dt.date | None:
    """The day at a path. QuickBooks Online writes days without a zone; one that follows is passed over."""
    found = text(record, path)
    try:
        return dt.date.fromisoformat(found[:10]) if found else None
    except ValueError:
        return None


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)", re.ASCII)


def moment(value: str | None) -> dt.datetime | None:
    """A time with its zone, in UTC. Beyond microseconds it is cut: webhooks tell nanoseconds."""
    found = _MOMENT.fullmatch(value or "")
    if found is None:
        return None
    clock, fraction, zone = found.groups()
    try:
        read_time = dt.datetime.fromisoformat(f"{clock}.{(fraction or '0').ljust(6, '0')}{zone}")
        return read_time.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _not_json(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
