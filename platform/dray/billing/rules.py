"""Rules: one decision about a problem that stands for all invoices like it, now and later.

A rule changes what is sent, never the invoice itself, and says so wherever the invoice is shown: what it would be
sent as is a problem that only warns. It can be tried on the last invoices before it is made, changed, and deleted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from dray.billing import documents
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.mending import FOR_RULES, Way, mend_of, mended, offers, text_at
from dray.billing.mending_models import MendingRule
from dray.billing.models import Invoice
from dray.billing.settings import settings_of
from dray.connections.models import Connection
from dray_sdk import Invoice as Document
from dray_sdk import Problem, Severity
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

MOST: Final = 100
TRIED: Final = 50
BY_RULE: Final = "by_rule"
"""The code of what a rule did, beside the problems."""

_MOST_STEPS: Final = 40
_LINE: Final = re.compile(r"^lines/\d+/")
_FIELD: Final = re.compile(r"[a-z_]+(/[\w *#.-]+){0,2}")

Findings = Callable[[Document], Sequence[Problem]]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a rule did: the problem that it solved, and the text of the field before and after."""

    problem: Problem
    way: Way
    before: str
    after: str


def pattern_of(field: str) -> str:
    """The field as rules name it: the same for every line."""
    return _LINE.sub("lines/*/", field)


def rules_of(session: Scoped, connection_id: int | None = None) -> Sequence[MendingRule]:
    """The rules of one connection, or of all."""
    statement = select(MendingRule).order_by(MendingRule.connection_id, MendingRule.field, MendingRule.id)
    if connection_id is not None:
        statement = statement.where(MendingRule.connection_id == connection_id)
    return session.scalars(statement).all()


def ways_of(session: Scoped, connection_id: int) -> dict[Key, Way]:
    """Code and field → the way that a rule of this connection says."""
    return {(rule.code, rule.field): Way(rule.way) for rule in rules_of(session, connection_id)}


def by_rules(document: Document, ways: Mapping[Key, Way], judge: Findings) -> tuple[Document, tuple[Step, ...]]:
    """The document as it is sent under these rules, and what they did. Pure as far as `judge` is."""
    steps: list[Step] = []
    for _ in range(_MOST_STEPS):
        step = next(_possible(document, ways, judge(document)), None)
        if step is None:
            break
        document, done = step
        steps.append(done)
    return document, tuple(steps)


def _possible(
    document: Document, ways: Mapping[Key, Way], problems: Sequence[Problem]
) -> Iterator[tuple[Document, Step]]:
    for problem in problems:
        way = ways.get((problem.code, pattern_of(problem.field)))
        mend = None if way is None else mend_of(problem, way)
        if way is None or mend is None:
            continue
        changed = mended(document, mend)
        if changed != document:
            before, after = (text_at(each, problem.field) or "" for each in (document, changed))
            yield changed, Step(problem, way, before, after)


def told(steps: Sequence[Step]) -> tuple[Problem, ...]:
    """What people see of what rules did."""
    return tuple(
        Problem(BY_RULE, step.problem.field, _SAID[step.way].format(step.after or "nothing"), severity=Severity.WARNS)
        for step in steps
    )


_SAID: Final[Mapping[Way, str]] = {
    Way.USE: "By your rule it is sent as “{}”.",
    Way.SPLIT: "By your rule the rest of it goes on a text line below: this line says “{}”.",
    Way.TO_MEMO: "By your rule all of it goes into the memo, and here stands “{}”.",
    Way.LEAVE_OUT: "By your rule it is left out.",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would do with one invoice."""

    public_id: str
    number: str
    steps: Sequence[Step]


def tried(session: Scoped, key: Key, way: Way, judge: Findings) -> list[Tried]:
    """The last invoices that the rule would change, of the last `TRIED`. Writes nothing."""
    statement = select(Invoice.id).where(Invoice.deleted_at.is_(None))
    ids = session.scalars(statement.order_by(Invoice.date.desc(), Invoice.id.desc()).limit(TRIED)).all()
    built = documents.build(session, ids)
    found = []
    for invoice_id in ids:
        document = built[invoice_id]
        _, steps = by_rules(document, {key: way}, judge)
        if steps:
            found.append(Tried(document.id or "", document.number, steps))
    return found


def choices(problem: Problem) -> tuple[Way, ...]:
    """The ways out of a problem that one decision can take for all."""
    return tuple(dict.fromkeys(offer.way for offer in offers(problem) if offer.way in FOR_RULES))


def keep(session: Scoped, connection_id: int, key: Key, way: Way, *, at: dt.datetime, actor: str) -> MendingRule:
    """Make the rule, or change the one of this code and field, in the caller's transaction. Raises Unacceptable."""
    settings_of(session, hold=True)
    code, field = key
    if way not in FOR_RULES or not _FIELD.fullmatch(field) or len(field) > 120 or not re.fullmatch(r"\w{1,40}", code):
        raise Unacceptable([Complaint(("rule",), "There is no such rule. Begin again from a problem of an invoice.")])
    known = session.scalar(
        select(MendingRule).where(
            MendingRule.connection_id == connection_id, MendingRule.code == code, MendingRule.field == field
        )
    )
    if known is None and len(rules_of(session)) >= MOST:
        raise Unacceptable([Complaint(("rule",), f"There are {MOST} rules. Delete one first.")])
    if known is None:
        known = MendingRule(public_id=new_public_id("mru"), connection_id=connection_id, code=code, field=field)
        session.add(known)
    known.way, known.made_by, known.made_at = way.value, actor, at
    session.flush()
    _record(session, "rule.kept", known, at, actor)
    return known


def drop(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> MendingRule:
    """Delete a rule, in the caller's transaction; what was sent under it stays as it is. Raises Missing."""
    known = session.scalar(select(MendingRule).where(MendingRule.public_id == public_id))
    if known is None:
        raise Missing("There is no such rule.")
    _record(session, "rule.dropped", known, at, actor)
    session.delete(known)
    session.flush()
    return known


def _record(session: Scoped, action: str, rule: MendingRule, at: dt.datetime, actor: str) -> None:
    name = session.scalars(select(Connection.name).where(Connection.id == rule.connection_id)).one()
    details = {"code": rule.code, "field": rule.field, "way": rule.way, "name": name}
    audit.record(session, actor=actor, action=action, subject=f"rule:{rule.public_id}", now=at, details=details)
