"""What our items, terms, classes, taxes and the like are in one set of books: told before the first invoice goes.

Ours are those that billing keeps, those that were looked up in the books before, and those that open invoices name.
Nothing here joins anything: an entry of the same name is linked by the first invoice, any other by a person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dray.billing.models import Invoice, InvoiceLine, Item
from dray.billing.states import InvoiceState
from dray.connections import links
from dray.connections.links import Key, LinkState, fold
from dray.connections.models import Connection, Link
from dray.twin import likeness
from dray.twin.judging import BEFORE_SENDING
from dray.twin.lookup import TwinLookup
from dray.twin.matches import PAGE, Match
from dray_sdk import Entry, Kind, Reference
from dray_tenants.scope import Scoped

MOST: Final = 5_000
"""How many of our names of one kind are known to a page; there are a few hundred where there are many."""

_OPEN: Final = (InvoiceState.DRAFT.value, InvoiceState.NEEDS_ATTENTION.value, InvoiceState.PENDING_SYNC.value)
_OPEN_LOOKED_AT: Final = 2_000
_HEADER: Final[Mapping[Kind, Any]] = {
    Kind.TERMS: Invoice.terms,
    Kind.CLASS: Invoice.accounting_class,
    Kind.DEPARTMENT: Invoice.department,
    Kind.REP: Invoice.rep,
    Kind.TAX_CODE: Invoice.tax_code,
}
_LINE: Final[Mapping[Kind, Any]] = {Kind.ITEM: InvoiceLine.item, Kind.CLASS: InvoiceLine.accounting_class}


@dataclass(frozen=True, slots=True)
class Named:
    """One name of ours: what it is there. `suggested`: an entry whose name is most like it, where none is the same; it
    is shown and never taken unasked."""

    name: str
    match: Match
    there: str = ""
    chosen_by: str = ""
    reason: str = ""
    suggested: Entry | None = None


@dataclass(frozen=True, slots=True)
class NamePage:
    """Some of our names, by name; where the next page begins (None: this is the last); how many there are in all, and
    how many of them need a decision."""

    rows: Sequence[Named]
    next: str | None
    names: int
    undecided: int


UNDECIDED: Final = frozenset({Match.MISSING, Match.INACTIVE, Match.UNCLEAR})


def page(
    session: Scoped,
    connection: Connection,
    kind: Kind,
    at: dt.datetime,
    *,
    text: str = "",
    after: str = "",
    undecided: bool = False,
) -> NamePage:
    """Our names of that kind, from behind `after` (a folded name)."""
    ours = _ours(session, connection.id, kind)
    wanted = fold(text)
    matched = {
        folded: one
        for folded, one in _match(session, connection, kind, ours, at).items()
        if wanted in folded and (not undecided or one.match in UNDECIDED)
    }
    need = sum(one.match in UNDECIDED for one in matched.values())
    behind = [folded for folded in sorted(matched) if folded > after]
    shown = behind[:PAGE]
    rows = [_with_suggestion(session, connection.id, kind, matched[folded]) for folded in shown]
    return NamePage(rows, shown[-1] if len(behind) > PAGE else None, len(matched), need)


def _ours(session: Scoped, connection_id: int, kind: Kind) -> dict[str, tuple[str, str]]:
    """Folded name → the name as it is written, and the key under which it is linked."""
    found: dict[str, tuple[str, str]] = {}
    if kind is Kind.ITEM:
        for name, public_id in session.execute(select(Item.name, Item.public_id).order_by(Item.name_key).limit(MOST)):
            found[fold(name)] = (name, public_id)
    keys = {key for _, key in found.values()}
    looked_up = select(Link.name, Link.key).where(Link.connection_id == connection_id, Link.kind == kind.value)
    for name, key in session.execute(looked_up.order_by(Link.id.desc()).limit(MOST)):
        if key not in keys:
            found.setdefault(fold(name), (name, key))
    for name in _in_open_invoices(session, kind):
        found.setdefault(fold(name), (name, fold(name)))
    return found


def _in_open_invoices(session: Scoped, kind: Kind) -> set[str]:
    newest = (
        select(Invoice.id)
        .where(Invoice.state.in_(_OPEN), Invoice.deleted_at.is_(None), Invoice.not_sent.is_(None))
        .order_by(Invoice.date.desc(), Invoice.id.desc())
        .limit(_OPEN_LOOKED_AT)
    )
    ids = newest.scalar_subquery()
    names: set[str] = set()
    if kind in _HEADER:
        column = _HEADER[kind]
        names.update(session.scalars(select(column).distinct().where(Invoice.id.in_(ids), column.is_not(None))))
    if kind in _LINE:
        column = _LINE[kind]
        lines = select(column).distinct().where(InvoiceLine.invoice_id.in_(ids), column.is_not(None))
        names.update(session.scalars(lines))
    return {name for name in names if name.strip()}


def _match(
    session: Scoped, connection: Connection, kind: Kind, ours: Mapping[str, tuple[str, str]], at: dt.datetime
) -> dict[str, Named]:
    lookup = TwinLookup(session, connection.id, since=at - BEFORE_SENDING)
    lookup.look_ahead(Reference(kind, name) for name, _ in ours.values())
    known = links.known(session, connection.id, {Key(kind, key) for _, key in ours.values()})
    return {folded: _one(kind, name, known.get(Key(kind, key)), lookup) for folded, (name, key) in ours.items()}


def _one(kind: Kind, name: str, link: Link | None, lookup: TwinLookup) -> Named:
    if link is not None and link.state == LinkState.LINKED.value:
        return Named(name, Match.LINKED, link.books_name or "", link.chosen_by or "")
    if link is not None and link.chosen_by and link.state == LinkState.UNCLEAR.value:
        return Named(name, Match.UNCLEAR, reason=str((link.problem or {}).get("detail", "")))
    if kind.value not in lookup.read:
        return Named(name, Match.UNREAD)
    there = lookup.by_name(kind, name)
    active = [entry for entry in there if entry.active]
    if len(active) > 1:
        return Named(name, Match.UNCLEAR, name, reason=f"{len(active)} entries there carry this name.")
    if active:
        return Named(name, Match.SAME_NAME, active[0].name or name)
    if there:
        return Named(name, Match.INACTIVE, name, reason="It is inactive there.")
    return Named(name, Match.MISSING, reason="The books have nothing of this name.")


def _with_suggestion(session: Scoped, connection_id: int, kind: Kind, one: Named) -> Named:
    if one.match not in UNDECIDED:
        return one
    alike = likeness.suggestions(session, connection_id, kind, one.name, limit=1)
    return Named(one.name, one.match, one.there, one.chosen_by, one.reason, alike[0] if alike else None)


def needing(session: Scoped, connection: Connection, kinds: Sequence[Kind], at: dt.datetime) -> dict[Kind, int]:
    """How many names of each kind need a decision; kinds of which we name nothing are left out."""
    found: dict[Kind, int] = {}
    for kind in kinds:
        ours = _ours(session, connection.id, kind)
        if ours:
            matched = _match(session, connection, kind, ours, at)
            found[kind] = sum(one.match in UNDECIDED for one in matched.values())
    return found
