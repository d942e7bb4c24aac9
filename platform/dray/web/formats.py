"""How pages write times, dates, amounts and counts. Pure: the present moment and the zone are handed in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from dray_sdk.money import Money

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_SIGNS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "EUR": "€", "GBP": "£", "NZD": "NZ$"}
_MINUS = "−"


def ago(moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the largest unit that fits: "just now", "6 min ago", "3 h ago", "2 days ago"."""
    seconds = (now - moment).total_seconds()
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h ago"
    days = int(seconds // DAY)
    return "yesterday" if days == 1 else f"{days} days ago"


def until(moment: dt.datetime, now: dt.datetime) -> str:
    """How long until then: "any moment now", "in about 4 min", "in about 2 h"."""
    seconds = (moment - now).total_seconds()
    if seconds < MINUTE:
        return "any moment now"
    if seconds < HOUR:
        return f"in about {round(seconds / MINUTE)} min"
    return f"in about {round(seconds / HOUR)} h"


def clock(moment: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> str:
    """The time of day, with the date when it is not today: "10:40 am", "Nov 17, 4:12 pm", "Nov 17, 2025, 4:12 pm"."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    time = f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"
    return time if local.date() == today else f"{day(local.date(), today)}, {time}"


def to_the_second(moment: dt.datetime, zone: ZoneInfo) -> str:
    """The time of day with its seconds, for what is watched while it happens: "10:45:09"."""
    return f"{moment.astimezone(zone):%H:%M:%S}"


def day(date: dt.date, today: dt.date) -> str:
    """A date: "Nov 19", and with its year when that is not this year's."""
    return f"{date:%b} {date.day}" + ("" if date.year == today.year else f", {date.year}")


def full_day(date: dt.date) -> str:
    """A date with its year: "Nov 19, 2026"."""
    return f"{date:%b} {date.day}, {date.year}"


def amount(money: Money) -> str:
    """An amount without its currency: "1,252.48", "−40.00"."""
    return _grouped(money.decimal)


def price(money: Money) -> str:
    """An amount with its currency: "$1,252.48", "CHF 90.00"."""
    sign = _SIGNS.get(money.currency, f"{money.currency} ")
    text = _grouped(abs(money.decimal))
    return f"{_MINUS if money.minor < 0 else ''}{sign}{text}"


def number(value: Decimal) -> str:
    """A quantity or unit price, exact, without zeros that say nothing: "2", "1.38", "465.00", "0.00125"."""
    plain = value.normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    return _grouped(plain.quantize(Decimal(1)) if places == 0 else plain)


def unit_price(value: Decimal) -> str:
    """A unit price, exact, with at least two places: "465.00", "0.00125"."""
    plain = value.normalize()
    places = max(2, -int(plain.as_tuple().exponent))
    return _grouped(plain.quantize(Decimal(1).scaleb(-places)))


def count(value: int) -> str:
    """A count with its thousands apart: "1,337"."""
    return f"{value:,}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 invoice", "1,337 invoices"."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def initials(email: str) -> str:
    """Two letters for a person whose address is all that is known: "DO" for denise.okafor@…, "SA" for sam@…"""
    parts = [part for part in email.partition("@")[0].replace("_", ".").replace("-", ".").split(".") if part]
    letters = "".join(part[0] for part in parts[:2]) if len(parts) > 1 else "".join(parts)[:2]
    return letters.upper() or "?"


def _grouped(value: Decimal) -> str:
    return f"{value:,f}".replace("-", _MINUS)
