"""Small forms of one record, as texts by name: read from a request, with what cannot be read complained of by field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from dray.billing.checking import ADDRESS_PARTS
from dray.billing.given import Complaint
from dray.web.invoices.form import Reading

__all__ = ["address_of", "errors_of", "figure_of", "texts", "with_address"]


def texts(posted: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The named fields of a request's form, with single line ends."""
    return {name: posted.get(name, "").replace("\r\n", "\n") for name in names}


def address_fields(prefix: str) -> list[str]:
    """The names of an address's fields in the page."""
    return [f"{prefix}-{part}" for part in ADDRESS_PARTS]


def address_of(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The parts of an address that were typed."""
    return {part: form[name] for part, name in zip(ADDRESS_PARTS, address_fields(prefix), strict=True) if form[name]}


def with_address(prefix: str, address: Mapping[str, str] | None) -> dict[str, str]:
    """The fields of a stored address."""
    return {f"{prefix}-{part}": (address or {}).get(part, "") for part in ADDRESS_PARTS}


def figure_of(text: str, name: str, complaints: list[Complaint]) -> Decimal | None:
    """The number that was typed; a text that is none is complained of."""
    return Reading(complaints).figure(text, (name,))


def day_of(text: str, name: str, complaints: list[Complaint]) -> dt.date | None:
    """The day that was typed; a text that is none is complained of."""
    return Reading(complaints).day(text, (name,))


def errors_of(complaints: Sequence[Complaint], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Field in the page → sentence. `names`: what the page calls a field of billing's, where that differs."""
    errors: dict[str, str] = {}
    for each in complaints:
        parts = [str(part) for part in each.path if part != "customer"] or ["name"]
        name = "-".join(((names or {}).get(parts[0], parts[0]), *parts[1:]))
        errors.setdefault(name, each.detail)
    return errors
