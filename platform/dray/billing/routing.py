"""To which of several sets of books an invoice goes, and whether it is in them already.

A rule looks at one field. Without a rule that fits, the tenant's default connection is used. Rules only propose: what
is sent where is decided on the review page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from dray.billing.bulk import pieces
from dray.billing.checking import FIRST_DAY, LAST_DAY, LONGEST_NAME, clean, text_complaints
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.models import Customer, Invoice
from dray.billing.names import folded
from dray.billing.routing_models import ConnectionStart, RoutingRule
from dray.billing.settings import settings_of
from dray.connections.models import Connection
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

MOST: Final = 100
TRIED: Final = 50
ALREADY_THERE: Final = "Already in the books"
"""How the reason begins with which an invoice that is older than its connection arrives as not to be sent."""
_PARENT: Final = aliased(Customer)


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at."""

    number: str
    customer: str
    parent: str
    department: str
    accounting_class: str
    currency: str


FIELDS: Final[Mapping[str, tuple[str, Callable[[Facts, str], bool]]]] = {
    "customer": ("Customer, or the one above it, is", lambda facts, key: key in {facts.customer, facts.parent}),
    "department": ("Department is", lambda facts, key: key == facts.department),
    "class": ("Class is", lambda facts, key: key == facts.accounting_class),
    "currency": ("Currency is", lambda facts, key: key == facts.currency),
    "number": ("Number begins with", lambda facts, key: facts.number.startswith(key)),
}
"""Field of a rule → its words, and whether an invoice fits. Texts are compared without regard to case."""


def rules_of(session: Scoped) -> Sequence[RoutingRule]:
    """The rules whose connections still are, in the order in which they are asked."""
    return session.scalars(
        select(RoutingRule)
        .join(Connection, Connection.id == RoutingRule.connection_id)
        .where(Connection.state != "removed")
        .order_by(RoutingRule.position, RoutingRule.id)
    ).all()


def route(rules: Sequence[RoutingRule], facts: Facts) -> int | None:
    """The connection of the first rule that fits. Pure."""
    return next((rule.connection_id for rule in rules if FIELDS[rule.field][1](facts, rule.value_key)), None)


def targets(session: Scoped, public_ids: Sequence[str]) -> dict[str, int | None]:
    """Public id → internal id of the connection that the rules propose, None for the default one."""
    rules = rules_of(session)
    if not rules:
        return dict.fromkeys(public_ids)
    found: dict[str, int | None] = {}
    for some in pieces(public_ids):
        for row in session.execute(_FACTS.where(Invoice.public_id.in_(some))):
            found[row.public_id] = route(rules, _facts(row))
    return found


def tried(session: Scoped) -> list[tuple[str, str, int | None]]:
    """(number, customer, proposed connection) of the last 50 invoices: what the rules would do."""
    rules = rules_of(session)
    rows = session.execute(
        _FACTS.where(Invoice.deleted_at.is_(None)).order_by(Invoice.date.desc(), Invoice.id.desc()).limit(TRIED)
    )
    return [(row.number, row.customer, route(rules, _facts(row))) for row in rows]


def add_rule(session: Scoped, field: str, value: str, connection: str, *, at: dt.datetime, actor: str) -> RoutingRule:
    """A rule behind the others, in the caller's transaction. Raises Unacceptable, and Missing for the connection."""
    settings_of(session, hold=True)
    said = clean(value)
    complaints = list(text_complaints(said, ("value",), LONGEST_NAME))
    if field not in FIELDS:
        complaints.append(Complaint(("field",), "Choose what the rule looks at."))
    if said is None:
        complaints.append(Complaint(("value",), "Say which value the rule is for."))
    count, last = session.execute(select(func.count(), func.max(RoutingRule.position))).one()
    if count >= MOST:
        complaints.append(Complaint(("value",), f"There are {MOST} rules. Delete one first."))
    if complaints or said is None:
        raise Unacceptable(complaints)
    twin = select(RoutingRule.id).where(RoutingRule.field == field, RoutingRule.value_key == folded(said))
    if session.scalar(twin) is not None:
        raise Unacceptable([Complaint(("value",), "There is a rule for this already. Delete it first.")])
    rule = RoutingRule(
        public_id=new_public_id("rul"),
        position=(last or 0) + 1,
        field=field,
        value=said,
        value_key=folded(said),
        connection_id=_connection(session, connection).id,
    )
    session.add(rule)
    session.flush()
    details = {"rule": f"{FIELDS[field][0].lower()} {said}", "connection": connection}
    audit.record(
        session, actor=actor, action="routing.added", subject=f"rule:{rule.public_id}", now=at, details=details
    )
    return rule


def drop_rule(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> None:
    """Delete a rule, in the caller's transaction. Raises Missing."""
    rule = session.scalar(select(RoutingRule).where(RoutingRule.public_id == public_id))
    if rule is None:
        raise Missing("There is no such rule.")
    details = {"rule": f"{FIELDS[rule.field][0].lower()} {rule.value}"}
    audit.record(session, actor=actor, action="routing.dropped", subject=f"rule:{public_id}", now=at, details=details)
    session.execute(delete(RoutingRule).where(RoutingRule.id == rule.id))


def move_up(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> None:
    """Let a rule be asked before the one that is above it, in the caller's transaction. Raises Missing."""
    settings_of(session, hold=True)
    rules = list(session.scalars(select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id)))
    place = next((at_ for at_, rule in enumerate(rules) if rule.public_id == public_id), None)
    if place is None:
        raise Missing("There is no such rule.")
    if place:
        rules[place - 1 : place + 1] = [rules[place], rules[place - 1]]
    for position, rule in enumerate(rules, 1):
        rule.position = position
    details = {"rule": f"{FIELDS[rules[max(place - 1, 0)].field][0].lower()} {rules[max(place - 1, 0)].value}"}
    audit.record(session, actor=actor, action="routing.moved", subject=f"rule:{public_id}", now=at, details=details)


def starts(session: Scoped) -> dict[int, dt.date]:
    """Connection → its first day, of those that have one."""
    return dict(session.execute(select(ConnectionStart.connection_id, ConnectionStart.first_day)).all())


def set_start(session: Scoped, connection: str, first_day: dt.date | None, *, at: dt.datetime, actor: str) -> None:
    """From which day on invoices go into these books, in the caller's transaction; None: all do. It holds for
    invoices that arrive from now on. Raises Missing, Unacceptable."""
    row = _connection(session, connection)
    if first_day is not None and not FIRST_DAY <= first_day <= LAST_DAY:
        raise Unacceptable([Complaint(("first_day",), f"Give a day from {FIRST_DAY} to {LAST_DAY}.")])
    settings_of(session, hold=True)
    session.execute(delete(ConnectionStart).where(ConnectionStart.connection_id == row.id))
    if first_day is not None:
        session.add(ConnectionStart(connection_id=row.id, first_day=first_day))
    details = {"name": row.name, "day": first_day.isoformat() if first_day else "any day"}
    audit.record(
        session, actor=actor, action="routing.start_set", subject=f"connection:{connection}", now=at, details=details
    )


def why_not_sent(session: Scoped, invoice_id: int, day: dt.date) -> str | None:
    """Why an invoice that arrives now is in the books already: it is older than its connection. None otherwise."""
    known = starts(session)
    if not known or day >= max(known.values()):
        return None
    row = session.execute(_FACTS.where(Invoice.id == invoice_id)).one()
    target = route(rules_of(session), _facts(row)) or settings_of(session).default_connection_id
    first_day = known.get(target or 0)
    if first_day is None or day >= first_day:
        return None
    return f"{ALREADY_THERE}: dated before {first_day:%B} {first_day.day}, {first_day.year}"


_FACTS: Final = (
    select(
        Invoice.public_id,
        Invoice.number,
        Invoice.department,
        Invoice.accounting_class,
        Invoice.currency,
        Customer.name.label("customer"),
        _PARENT.name.label("parent"),
    )
    .join(Customer, Customer.id == Invoice.customer_id)
    .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
)


def _facts(row: Any) -> Facts:
    return Facts(
        folded(row.number),
        folded(row.customer),
        folded(row.parent or ""),
        folded(row.department or ""),
        folded(row.accounting_class or ""),
        folded(row.currency),
    )


def _connection(session: Scoped, public_id: str) -> Connection:
    row = session.scalar(select(Connection).where(Connection.public_id == public_id, Connection.state != "removed"))
    if row is None:
        raise Missing("There is no such connection.")
    return row
