"""The kinds of fields that requests have: exact decimals, plain days, moments, texts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    WithJsonSchema,
)

_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Given(BaseModel):
    """A part of a request. A field that nobody knows is refused: a mistyped name is never dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _exact(value: Any) -> Decimal:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and number.adjusted() < 18 and number.as_tuple().exponent >= -18:  # type: ignore[operator]
            return number
    raise ValueError('write it as a decimal in quotes, such as "12.50"')


def _day(value: Any) -> dt.date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value} is not a day of the calendar") from None
    raise ValueError("write it as YYYY-MM-DD, such as 2026-11-24")


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
            return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("write it as a time with its zone, such as 2026-11-24T10:42:00Z")


def _without_nul(value: str) -> str:
    # PostgreSQL stores no NUL, and would end the whole request over one in a mere question.
    if "\0" in value:
        raise ValueError("this holds a NUL character, which cannot be kept")
    return value


Exact = Annotated[
    Decimal,
    BeforeValidator(_exact),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"},
                {"type": "number", "minimum": -999999999999, "maximum": 999999999999},
            ],
            "examples": ["12.50"],
        }
    ),
]
"""A decimal, exact: a text is what we write and prefer; a JSON number is taken by its digits, never as a float."""

Day = Annotated[
    dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-24"]})
]
Moment = Annotated[dt.datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Text = Annotated[StrictStr, Field(max_length=10_000), AfterValidator(_without_nul)]
Name = Annotated[StrictStr, Field(max_length=255), AfterValidator(_without_nul)]
Flag = StrictBool
Custom = Annotated[dict[Name, Text], Field(max_length=50)]
