"""The rate card: which price an item has for a customer on a day, and who says so."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select, tuple_

from dray.billing.bulk import pieces
from dray.billing.checking import FIRST_DAY, LAST_DAY, LONGEST_NAME, clean, factor_complaints, text_complaints
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.items import remember
from dray.billing.models import Customer, Item
from dray.billing.names import folded
from dray.billing.rate_card_models import Rate
from dray.billing.settings import settings_of
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

FOR_ALL: Final = None
"""In place of a customer: everybody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose price of what is asked for: the item's name, the customer's public id or None, the day."""

    item: str
    customer: str | None
    day: dt.date


@dataclass(frozen=True, slots=True)
class Listed:
    """One price with the names of what it is for. `site` is set where the customer stands below another."""

    rate: Rate
    item: str
    customer: str
    customer_id: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class RatePage:
    """Prices in the order of their items, and where the next page begins (None: this is the last)."""

    rows: Sequence[Listed]
    next: str | None


@dataclass(frozen=True, slots=True)
class GivenRate:
    """What a person says of a price. `customer` is a public id, or None for everybody."""

    item: str
    price: Decimal | None
    first_day: dt.date | None
    customer: str | None = None
    unit: str | None = None
    last_day: dt.date | None = None


def price_for(session: Scoped, item: str, customer: str | None, day: dt.date) -> Rate | None:
    """The price that holds: the customer's own before that of the customer above it, before that for everybody; of
    several the one that began last. None where the card says nothing."""
    asked = Asked(item, customer, day)
    return prices_for(session, [asked]).get(asked)


def prices_for(session: Scoped, several: Iterable[Asked]) -> dict[Asked, Rate]:
    """`price_for`, for many in a few statements; what the card says nothing about is left out."""
    wanted = list(dict.fromkeys(several))
    rates = _rates_of(session, {folded(each.item) for each in wanted})
    if not rates:
        return {}
    owners = _owners(session, {each.customer for each in wanted if each.customer})
    found: dict[Asked, Rate] = {}
    for each in wanted:
        rate = _that_holds(rates.get(folded(each.item), ()), (*owners.get(each.customer or "", ()), FOR_ALL), each.day)
        if rate is not None:
            found[each] = rate
    return found


def page(session: Scoped, text: str = "", *, after: str = "", limit: int = 100) -> RatePage:
    """A page of the card, by item; `text` narrows it to items whose names hold it. Its cost does not grow."""
    statement = (
        select(Rate, Item.name, Item.name_key)
        .join(Item, Item.id == Rate.item_id)
        .order_by(Item.name_key, Rate.id)
        .limit(limit + 1)
    )
    if key := folded(text):
        statement = statement.where(Item.name_key.contains(key, autoescape=True))
    if after:
        begins = session.execute(
            select(Item.name_key, Rate.id).join(Item, Item.id == Rate.item_id).where(Rate.public_id == after)
        ).one_or_none()
        if begins is not None:
            statement = statement.where(tuple_(Item.name_key, Rate.id) > tuple_(*begins))
    found = session.execute(statement).all()
    rows = listed(session, [(rate, item) for rate, item, _ in found[:limit]])
    return RatePage(rows, rows[-1].rate.public_id if len(found) > limit else None)


def listed(session: Scoped, rows: Sequence[tuple[Rate, str]]) -> list[Listed]:
    """The rates with the names of their customers."""
    ids = {rate.customer_id for rate, _ in rows if rate.customer_id is not None}
    known = {each.id: each for some in pieces(sorted(ids)) for each in _customers(session, some)}
    above = {each.parent_id for each in known.values() if each.parent_id is not None}
    parents = {each.id: each.name for some in pieces(sorted(above)) for each in _customers(session, some)}
    return [_listed(rate, item, known.get(rate.customer_id or 0), parents) for rate, item in rows]


def find(session: Scoped, public_id: str) -> Listed:
    """One price. Raises Missing."""
    found = session.execute(
        select(Rate, Item.name).join(Item, Item.id == Rate.item_id).where(Rate.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise Missing("There is no price with this id.")
    (row,) = listed(session, [(found[0], found[1])])
    return row


def add(session: Scoped, given: GivenRate, *, at: dt.datetime, actor: str) -> Rate:
    """Put a price on the card, in the caller's transaction. An item that is not known yet is. Raises Unacceptable."""
    settings_of(session, hold=True)
    rate = Rate(public_id=new_public_id("rat"), created_at=at)
    _write(session, rate, given, at)
    _record(session, "added", rate, given, at, actor)
    return rate


def change(session: Scoped, public_id: str, given: GivenRate, *, at: dt.datetime, actor: str) -> Rate:
    """Correct a price. Invoices that exist keep what they say. Raises Missing, Unacceptable."""
    settings_of(session, hold=True)
    rate = session.scalar(select(Rate).where(Rate.public_id == public_id).with_for_update())
    if rate is None:
        raise Missing("There is no price with this id.")
    _write(session, rate, given, at)
    _record(session, "changed", rate, given, at, actor)
    return rate


def _write(session: Scoped, rate: Rate, given: GivenRate, at: dt.datetime) -> None:
    complaints = list(_complaints(given))
    customer = _customer_id(session, given.customer)
    if given.customer and customer is None:
        complaints.append(Complaint(("customer",), "There is no such customer. Choose one from the list."))
    if complaints:
        raise Unacceptable(complaints)
    remember(session, [given.item], at=at)
    rate.item_id = session.scalars(select(Item.id).where(Item.name_key == folded(given.item))).one()
    rate.customer_id, rate.unit, rate.updated_at = customer, clean(given.unit), at
    rate.price, rate.last_day = given.price or Decimal(0), given.last_day
    if given.first_day is not None:
        rate.first_day = given.first_day
    _refuse_twin(session, rate)
    session.add(rate)
    session.flush()


def _complaints(given: GivenRate) -> Iterator[Complaint]:
    if not clean(given.item):
        yield Complaint(("item",), "Name the item.")
    yield from text_complaints(given.item, ("item",), LONGEST_NAME)
    yield from text_complaints(given.unit, ("unit",), LONGEST_NAME)
    if given.price is None:
        yield Complaint(("price",), "Give a price.")
    yield from factor_complaints(given.price, ("price",))
    if given.first_day is None:
        yield Complaint(("first_day",), "Say from which day on it holds.")
    for name, day in (("first_day", given.first_day), ("last_day", given.last_day)):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield Complaint((name,), f"{day.isoformat()} is out of range: from {FIRST_DAY} to {LAST_DAY}.")
    if given.first_day and given.last_day and given.last_day < given.first_day:
        yield Complaint(("last_day",), "The last day is before the first.")


def _refuse_twin(session: Scoped, rate: Rate) -> None:
    owner = Rate.customer_id.is_(None) if rate.customer_id is None else Rate.customer_id == rate.customer_id
    with session.no_autoflush:
        holder = session.scalar(
            select(Rate.public_id).where(Rate.item_id == rate.item_id, owner, Rate.first_day == rate.first_day)
        )
    if holder is not None and holder != rate.public_id:
        raise Unacceptable(
            [Complaint(("first_day",), "The card has a price of this item from the same day on. Change that one.")]
        )


def _record(session: Scoped, did: str, rate: Rate, given: GivenRate, at: dt.datetime, actor: str) -> None:
    details: dict[str, Any] = {"item": given.item.strip(), "price": f"{rate.price.normalize():f}"}
    details |= {"from": rate.first_day.isoformat(), "until": rate.last_day.isoformat() if rate.last_day else None}
    if given.customer:
        details["customer"] = given.customer
    subject = f"rate:{rate.public_id}"
    audit.record(session, actor=actor, action=f"rate.{did}", subject=subject, now=at, details=details)


def _rates_of(session: Scoped, keys: Iterable[str]) -> Mapping[str, Sequence[Rate]]:
    """Folded item name → its rates, the one that began last first."""
    rates: defaultdict[str, list[Rate]] = defaultdict(list)
    for some in pieces(sorted(keys)):
        rows = session.execute(
            select(Item.name_key, Rate)
            .join(Item, Item.id == Rate.item_id)
            .where(Item.name_key.in_(some))
            .order_by(Rate.first_day.desc(), Rate.id.desc())
        )
        for key, rate in rows:
            rates[key].append(rate)
    return rates


def _owners(session: Scoped, public_ids: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Public id → whose rates count for that customer, its own first."""
    owners: dict[str, tuple[int, ...]] = {}
    for some in pieces(sorted(public_ids)):
        rows = session.execute(
            select(Customer.public_id, Customer.id, Customer.parent_id).where(Customer.public_id.in_(some))
        )
        for public_id, key, parent in rows:
            owners[public_id] = (key,) if parent is None else (key, parent)
    return owners


def _that_holds(rates: Sequence[Rate], owners: Sequence[int | None], day: dt.date) -> Rate | None:
    for owner in owners:
        begun = [rate for rate in rates if rate.customer_id == owner and rate.first_day <= day]
        # The newest alone counts: where it has ended, an older one does not come back.
        if begun and (begun[0].last_day is None or day <= begun[0].last_day):
            return begun[0]
    return None


def _customers(session: Scoped, ids: Sequence[int]) -> Sequence[Customer]:
    return session.scalars(select(Customer).where(Customer.id.in_(ids))).all()


def _customer_id(session: Scoped, public_id: str | None) -> int | None:
    return session.scalar(select(Customer.id).where(Customer.public_id == public_id)) if public_id else None


def _listed(rate: Rate, item: str, customer: Customer | None, parents: Mapping[int, str]) -> Listed:
    if customer is None:
        return Listed(rate, item, "", "")
    parent = parents.get(customer.parent_id or 0, "")
    if parent:
        return Listed(rate, item, parent, customer.public_id, customer.name)
    return Listed(rate, item, customer.name, customer.public_id)
