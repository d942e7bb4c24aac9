"""Pages of invoices. Each page costs the same, whether a tenant has a thousand invoices or a million.

A place in the list is (date, id), or (updated, id) where changes are followed; a page begins behind one. Each filter
has an index in that order (`models.Invoice`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select, tuple_

from dray.billing.models import Customer, Invoice
from dray.billing.names import folded
from dray.billing.states import InvoiceState
from dray_tenants.scope import Scoped

MOST_SELECTED: Final = 10_000
"""How many invoices one "all that match" names."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which invoices. `customer` is a customer's public id. `updated_after` orders by change, oldest first; without it
    the newest date comes first."""

    state: InvoiceState | None = None
    customer: str | None = None
    number: str | None = None
    updated_after: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list an invoice stands: its date (or, with `updated_after`, its time of change), and its id."""

    at: dt.date | dt.datetime
    id: int


@dataclass(frozen=True, slots=True)
class ListPage:
    """Internal ids in the list's order, and the places from which the neighbouring pages are asked for."""

    ids: Sequence[int]
    next: Place | None
    previous: Place | None


def page(
    session: Scoped, wanted: Filter, *, limit: int, after: Place | None = None, before: Place | None = None
) -> ListPage:
    """A page behind the place `after`, or the one that ends in front of `before`; without either the first."""
    statement, key, newest_first = _matching(session, wanted)
    backwards = before is not None
    here = before or after
    descending = newest_first != backwards
    if here is not None:
        place, bound = tuple_(key, Invoice.id), tuple_(here.at, here.id)
        statement = statement.where(place < bound if descending else place > bound)
    order = (key.desc(), Invoice.id.desc()) if descending else (key, Invoice.id)
    rows = session.execute(statement.order_by(*order).limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows = rows[::-1]
    if not rows:
        return ListPage((), None, None)
    first, last = (Place(at, row_id) for row_id, at in (rows[0], rows[-1]))
    return ListPage(
        [row_id for row_id, _ in rows],
        next=last if more or backwards else None,
        previous=first if (more if backwards else after is not None) else None,
    )


def all_that_match(session: Scoped, wanted: Filter) -> dict[str, int]:
    """Public id → version of every invoice that matches, up to `MOST_SELECTED`: what "select all" sends."""
    _, key, _ = _matching(session, wanted)
    statement = select(Invoice.public_id, Invoice.version).where(*_conditions(session, wanted))
    rows = session.execute(statement.order_by(key.desc(), Invoice.id.desc()).limit(MOST_SELECTED))
    return dict(rows.all())


def _matching(session: Scoped, wanted: Filter) -> tuple[Select[int, Any], ColumnElement[Any], bool]:
    by_change = wanted.updated_after is not None
    key: ColumnElement[Any] = Invoice.updated_at.expression if by_change else Invoice.date.expression
    return select(Invoice.id, key).where(*_conditions(session, wanted)), key, not by_change


def _conditions(session: Scoped, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Invoice.deleted_at.is_(None)]
    if wanted.state is not None:
        conditions.append(Invoice.state == wanted.state.value)
    if wanted.customer is not None:
        # A number and not a subquery, so that the index on customer and date gives the order.
        customer = session.scalar(select(Customer.id).where(Customer.public_id == wanted.customer))
        conditions.append(Invoice.customer_id == (customer or 0))
    if wanted.number is not None:
        conditions.append(Invoice.number_key == folded(wanted.number))
    if wanted.updated_after is not None:
        conditions.append(Invoice.updated_at > wanted.updated_after)
    return conditions
