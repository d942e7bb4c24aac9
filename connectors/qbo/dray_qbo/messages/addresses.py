"""Postal addresses, in both directions."""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbo.messages.message import held
from dray_qbo.v3.reader import Record, part, text
from dray_qbo.v3.writer import Content
from dray_sdk import Address

LINES = 5
"""How many lines an address has beside its city."""

PARTS: Mapping[str, str] = {
    "line1": "Line1",
    "line2": "Line2",
    "line3": "Line3",
    "line4": "Line4",
    "line5": "Line5",
    "city": "City",
    "region": "CountrySubDivisionCode",
    "postal_code": "PostalCode",
    "country": "Country",
}
"""Our name of a part → QuickBooks Online's."""


def lines(address: Address | None, above: str | None = None) -> list[str]:
    """The lines of an address that say something, without gaps, `above` on top of them."""
    own = [address.line1, address.line2, address.line3, address.line4, address.line5] if address else []
    return [line for line in (above, *own) if line]


def physical(address: Address | None, above: str | None = None) -> Content | None:
    """A PhysicalAddress, None for an empty one."""
    if not address and not above:
        return None
    content = {f"Line{number}": held(line) for number, line in enumerate(lines(address, above), 1)}
    if address is not None:
        for ours in ("city", "region", "postal_code", "country"):
            content[PARTS[ours]] = held(getattr(address, ours))
    return content


def details(record: Record, name: str) -> dict[str, str]:
    """The parts of a PhysicalAddress by our names."""
    found = part(record, name)
    return {ours: value for ours, theirs in PARTS.items() if (value := text(found, theirs))}
