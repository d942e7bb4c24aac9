"""Addresses as QuickBooks keeps them: five lines, city, state, postal code, country; five printed lines in all."""

from __future__ import annotations

from dray_qbd.messages.message import held
from dray_qbd.qbxml.writer import Content
from dray_sdk import Address

PRINTED_LINES = 5
_LINES = ("line1", "line2", "line3", "line4", "line5")
_HOME = frozenset({"", "us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"})


def address_lines(address: Address, first: str | None) -> tuple[str, ...]:
    """The lines above the city, `first` before the rest: QuickBooks prints a block, and by convention it begins with a
    name. A first line that says the same already is not said twice."""
    lines = tuple([line for name in _LINES if (line := getattr(address, name))])
    if not first or (lines and lines[0].strip().casefold() == first.strip().casefold()):
        return lines
    return (first, *lines)


def printed(address: Address, first: str | None) -> int:
    """How many lines QuickBooks prints for it. A foreign country has a line of its own."""
    city = bool(address.city or address.region or address.postal_code)
    abroad = (address.country or "").strip().lower() not in _HOME
    return len(address_lines(address, first)) + city + abroad


def address_block(address: Address | None, first: str | None) -> Content | None:
    """The address as BillAddress or ShipAddress holds it; None where there is none."""
    if not address:
        return None
    block: dict[str, Content | None] = {
        f"Addr{number}": held(line) for number, line in enumerate(address_lines(address, first), start=1)
    }
    block["City"] = held(address.city)
    block["State"] = held(address.region)
    block["PostalCode"] = held(address.postal_code)
    block["Country"] = held(address.country)
    return block
