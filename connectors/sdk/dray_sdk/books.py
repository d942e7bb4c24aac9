"""What a connector and the platform know of one set of books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Books:
    """One company file or realm, as it described itself in this exchange.

    `id` is what stays the same when the books are renamed or moved (Desktop: the stamped file id; Online: the realm).
    None where the books carry no such mark yet. `place` is where people find them: a path or an address.
    `protocol` is the newest wire version that the books accept, `country` an ISO code. `preferences` are plain
    name → text pairs that the connector itself understands. `sample` books are practice books and never real.
    Nothing here is personal data: a connector drops tax numbers and the like before it makes one.
    """

    name: str
    id: str | None = None
    place: str | None = None
    edition: str | None = None
    country: str | None = None
    protocol: str | None = None
    currency: str | None = None
    closing_date: dt.date | None = None
    sample: bool = False
    preferences: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
