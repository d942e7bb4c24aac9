"""What a company chose for the invoices of one connection: defaults, form, delivery, and the rule for receipts.

Defaults fill what an invoice leaves open, and only that; an entry of the books is known by its id there. What was
chosen is in the document that Send freezes, so that a later choice changes no invoice that was sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from dray.connections.models import Connection
from dray_sdk import Delivery, Invoice, Kind, Line, LineKind, Reference
from dray_tenants import audit
from dray_tenants.scope import Scoped


class Rule(StrEnum):
    """What happens when the books recorded other figures than were sent, beyond the company's tolerance.

    `accept`: it is shown on the invoice's own page. `warn`: it waits among the problems until somebody has looked.
    `pause`: as `warn`, and nothing more is sent until somebody resumes.
    """

    ACCEPT = "accept"
    WARN = "warn"
    PAUSE = "pause"


FIELDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.TERMS: "terms",
        Kind.CLASS: "accounting_class",
        Kind.DEPARTMENT: "department",
        Kind.REP: "rep",
        Kind.TAX_CODE: "tax_code",
        Kind.TEMPLATE: "template",
    }
)
"""What a default may be chosen for, and the field of a document that it fills. An item (`Kind.ITEM`) fills charges."""

CHOSEN: Final = (Kind.ITEM, *FIELDS)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An entry of the books' lists: its id there, and what it was called when it was chosen."""

    books_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """`delivery` None: invoices go on no list of what the books are to print or e-mail. `defaults`: at most one entry
    for each kind of `CHOSEN`."""

    rule: Rule = Rule.WARN
    delivery: Delivery | None = None
    defaults: Mapping[Kind, Chosen] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def fills(self) -> bool:
        """Whether a document may be changed by them."""
        return self.delivery is not None or bool(self.defaults)


def of(connection: Connection) -> Choices:
    """The connection's choices as they stand."""
    stored = connection.choices
    if not stored:
        return _NONE
    return Choices(
        rule=Rule(stored.get("rule", Rule.WARN)),
        delivery=Delivery(stored["delivery"]) if stored.get("delivery") else None,
        defaults={Kind(kind): Chosen(**one) for kind, one in stored.get("defaults", {}).items()},
    )


_NONE: Final = Choices()


def filled(document: Invoice, choices: Choices) -> Invoice:
    """The document with what was chosen in the places that it leaves open. Doing it twice changes nothing more."""
    if not choices.fills:
        return document
    changes: dict[str, Any] = {
        name: _reference(kind, choices.defaults[kind])
        for kind, name in FIELDS.items()
        if kind in choices.defaults and getattr(document, name) is None
    }
    item = choices.defaults.get(Kind.ITEM)
    if item is not None and any(_lacks_item(line) for line in document.lines):
        reference = _reference(Kind.ITEM, item)
        changes["lines"] = tuple(
            replace(line, item=reference) if _lacks_item(line) else line for line in document.lines
        )
    if choices.delivery is not None and document.delivery is None:
        changes["delivery"] = choices.delivery
    return replace(document, **changes) if changes else document


def _lacks_item(line: Line) -> bool:
    return line.kind is LineKind.CHARGE and line.item is None


def _reference(kind: Kind, chosen: Chosen) -> Reference:
    return Reference(kind, chosen.name, books_id=chosen.books_id)


def set_rule(session: Scoped, connection: Connection, rule: Rule, *, at: dt.datetime, actor: str) -> bool:
    """What happens when a receipt differs (right `set_tolerance`). False for the rule that stands."""
    return _set(session, connection, replace(of(connection), rule=rule), at, actor)


def set_delivery(
    session: Scoped, connection: Connection, delivery: Delivery | None, *, at: dt.datetime, actor: str
) -> bool:
    """On which of the books' lists invoices go from the next Send on. False for what stands."""
    return _set(session, connection, replace(of(connection), delivery=delivery), at, actor)


def set_default(
    session: Scoped, connection: Connection, kind: Kind, chosen: Chosen | None, *, at: dt.datetime, actor: str
) -> bool:
    """What fills that place from the next Send on, None for nothing. False for what stands."""
    before = of(connection)
    defaults = {each: one for each, one in before.defaults.items() if each is not kind}
    if chosen is not None:
        defaults[kind] = chosen
    return _set(session, connection, replace(before, defaults=defaults), at, actor)


def _set(session: Scoped, connection: Connection, choices: Choices, at: dt.datetime, actor: str) -> bool:
    before, after = connection.choices, _stored(choices)
    if (before or None) == (after or None):
        return False
    connection.choices = after or None
    audit.record(
        session,
        actor=actor,
        action="connection.choices_changed",
        subject=connection.public_id,
        now=at,
        details={"name": connection.name, "before": before, "after": after},
    )
    session.flush()
    return True


def _stored(choices: Choices) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    if choices.rule is not Rule.WARN:
        stored["rule"] = choices.rule.value
    if choices.delivery is not None:
        stored["delivery"] = choices.delivery.value
    if choices.defaults:
        stored["defaults"] = {
            kind.value: {"books_id": one.books_id, "name": one.name} for kind, one in sorted(choices.defaults.items())
        }
    return stored
