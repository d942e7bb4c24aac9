"""What each of ours is, or will become, in one set of books: told before the first invoice goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased

from dray.billing.bulk import pieces
from dray.billing.customer_lists import ListedCustomer
from dray.billing.models import Customer
from dray.billing.names import folded
from dray.connections import links
from dray.connections.links import Key, LinkState
from dray.connections.models import Connection, Link
from dray.twin.judging import BEFORE_SENDING
from dray.twin.lookup import TwinLookup
from dray_sdk import Entry, Kind, Reference
from dray_tenants.scope import Scoped


class Match(StrEnum):
    """`linked`: known by the books' id. `same_name`: one there carries the name, and the first invoice links it.
    `new`: none does, and the first invoice creates it. `chosen`: as `new`, under a name that a person chose. The others
    need a decision: `taken` by a vendor, employee or other name; `inactive` there; `unclear`, because something
    contradicts; `missing`: no entry of theirs carries the name, and Dray makes none of that kind. `unread`: the books'
    names are not known yet."""

    LINKED = "linked"
    SAME_NAME = "same_name"
    NEW = "new"
    CHOSEN = "chosen"
    TAKEN = "taken"
    INACTIVE = "inactive"
    UNCLEAR = "unclear"
    MISSING = "missing"
    UNREAD = "unread"


PAGE: Final = 25
AT_ONCE: Final = 200
MOST_LOOKED_AT: Final = 2_000
"""How many customers a page shows, how many are matched together, and how many one page looks at."""

_PARENT: Final = aliased(Customer)

UNDECIDED: Final = frozenset({Match.TAKEN, Match.INACTIVE, Match.UNCLEAR})


@dataclass(frozen=True, slots=True)
class Matched:
    """One customer of ours: what it is there, who chose that, and why a person has to decide (empty: nobody has)."""

    customer: Customer
    full_name: str
    match: Match
    there: str = ""
    chosen_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of our customers with their matches, and where the next page begins (None: this is the last). `looked_at`:
    how many were looked at for it."""

    rows: Sequence[Matched]
    next: str | None
    looked_at: int


def page(
    session: Scoped,
    connection: Connection,
    at: dt.datetime,
    *,
    text: str = "",
    after: str = "",
    undecided: bool = False,
) -> Page:
    """Customers of both levels by name, from behind `after` (a public id). `undecided`: only those that need a
    decision; a page then looks at no more than `MOST_LOOKED_AT` and may hold fewer."""
    found: list[Matched] = []
    looked_at = 0
    while looked_at < MOST_LOOKED_AT:
        chunk = _customers(session, text, after)
        looked_at += len(chunk[:AT_ONCE])
        for one in match(session, connection, chunk[:AT_ONCE], at):
            after = one.customer.public_id
            if not undecided or one.match in UNDECIDED:
                found.append(one)
            if len(found) == PAGE:
                last = after == chunk[-1].customer.public_id and len(chunk) <= AT_ONCE
                return Page(found, None if last else after, looked_at)
        if len(chunk) <= AT_ONCE:
            return Page(found, None, looked_at)
    return Page(found, after, looked_at)


def match(session: Scoped, connection: Connection, some: Sequence[ListedCustomer], at: dt.datetime) -> list[Matched]:
    """The match of each, in order; a handful of statements for all of them."""
    lookup = TwinLookup(session, connection.id, since=at - BEFORE_SENDING)
    full = {one.customer.public_id: _full_name(one) for one in some}
    lookup.look_ahead(Reference(Kind.CUSTOMER, name) for name in full.values())
    known = links.known(session, connection.id, {Key(Kind.CUSTOMER, public_id) for public_id in full})
    namesakes = _namesakes(session, [one.customer for one in some])
    taken = _taken(
        session, connection.id, [e.books_id for name in full.values() for e in lookup.by_name(Kind.CUSTOMER, name)]
    )
    found: list[Matched] = []
    for one in some:
        name = full[one.customer.public_id]
        link = known.get(Key(Kind.CUSTOMER, one.customer.public_id))
        by_link = _by_link(one.customer, name, link)
        if by_link is None:
            shared = namesakes.get((one.customer.name_key, one.customer.parent_id), 1)
            by_link = _by_name(one.customer, name, lookup, shared, taken)
        found.append(by_link)
    return found


def _customers(session: Scoped, text: str, after: str) -> Sequence[ListedCustomer]:
    """One more than `AT_ONCE` of them, so that the last page is known."""
    statement = (
        select(Customer, _PARENT.name)
        .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
        .order_by(Customer.name_key, Customer.id)
        .limit(AT_ONCE + 1)
    )
    if key := folded(text):
        statement = statement.where(Customer.name_key.contains(key, autoescape=True))
    if after:
        begins = select(Customer.name_key, Customer.id).where(Customer.public_id == after)
        if (row := session.execute(begins).one_or_none()) is not None:
            statement = statement.where(tuple_(Customer.name_key, Customer.id) > tuple_(*row))
    return [ListedCustomer(customer, parent or "") for customer, parent in session.execute(statement)]


def _by_link(customer: Customer, name: str, link: Link | None) -> Matched | None:
    """What a link says; None where it says nothing that holds."""
    if link is None:
        return None
    there, by = link.books_name or "", link.chosen_by or ""
    if link.state == LinkState.LINKED.value:
        return Matched(customer, name, Match.LINKED, there, by)
    if link.chosen_by and link.state == LinkState.UNCLEAR.value:
        return Matched(customer, name, Match.UNCLEAR, there, by, str((link.problem or {}).get("detail", "")))
    if link.chosen_by and there:
        return Matched(customer, name, Match.CHOSEN, there, by)
    return None


def _by_name(
    customer: Customer, name: str, lookup: TwinLookup, shared: int, taken: dict[str, tuple[str, str]]
) -> Matched:
    if Kind.CUSTOMER.value not in lookup.read:
        return Matched(customer, name, Match.UNREAD)
    there = lookup.by_name(Kind.CUSTOMER, name)
    active = [entry for entry in there if entry.active]
    if there and not active:
        return Matched(customer, name, Match.INACTIVE, name, reason="It is inactive there.")
    if active:
        reason = _contradiction(customer, active, shared, taken)
        return Matched(customer, name, Match.UNCLEAR if reason else Match.SAME_NAME, name, reason=reason)
    top = name.partition(":")[0]
    if top == name or not lookup.by_name(Kind.CUSTOMER, top):
        for kind in (Kind.VENDOR, Kind.EMPLOYEE, Kind.OTHER_NAME):
            if lookup.by_name(kind, top):
                what = kind.value.replace("_", " ")
                return Matched(customer, name, Match.TAKEN, top, reason=f"“{top}” is the name of a {what} there.")
    return Matched(customer, name, Match.NEW, name)


def _contradiction(customer: Customer, there: list[Entry], shared: int, taken: dict[str, tuple[str, str]]) -> str:
    """Why one of ours and one of theirs that carry the same name are not joined unasked; empty where nothing is."""
    if len(there) > 1:
        return f"{len(there)} customers there carry this name."
    if shared > 1:
        return f"{shared} of your customers carry this name, and one there does."
    other = taken.get(there[0].books_id)
    if other is not None and other[0] != customer.public_id:
        return f"The one there belongs to your customer “{other[1]}” already."
    for label, mine, theirs in (
        ("e-mail", customer.email, there[0].details.get("email")),
        ("phone", customer.phone, there[0].details.get("phone")),
    ):
        if mine and theirs and _plain(mine) != _plain(theirs):
            return f"The {label} differs: {mine} here, {theirs} there."
    return ""


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _full_name(one: ListedCustomer) -> str:
    return f"{one.parent}:{one.customer.name}" if one.parent else one.customer.name


def _namesakes(session: Scoped, customers: Sequence[Customer]) -> dict[tuple[str, int | None], int]:
    """(name, parent) → how many of ours carry it."""
    counted: dict[tuple[str, int | None], int] = {}
    for some in pieces(sorted({customer.name_key for customer in customers})):
        statement = select(Customer.name_key, Customer.parent_id, func.count()).where(Customer.name_key.in_(some))
        for key, parent, count in session.execute(statement.group_by(Customer.name_key, Customer.parent_id)):
            counted[key, parent] = count
    return counted


def _taken(session: Scoped, connection_id: int, books_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Their id → the customer of ours that has it: public id and name."""
    found: dict[str, tuple[str, str]] = {}
    for some in pieces(books_ids):
        statement = select(Link.books_id, Link.key, Link.name).where(
            Link.connection_id == connection_id, Link.kind == Kind.CUSTOMER.value, Link.books_id.in_(some)
        )
        for books_id, key, name in session.execute(statement):
            if books_id is not None:
                found[books_id] = (key, name)
    return found
