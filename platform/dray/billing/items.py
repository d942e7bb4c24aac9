"""The products and services that lines name. They come to be known by being used; people then say what the books call
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select

from dray.billing.bulk import pieces
from dray.billing.checking import LONGEST_NAME, clean, factor_complaints, text_complaints
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.models import Item
from dray.billing.names import folded
from dray.billing.settings import settings_of
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

EDITABLE_FIELDS: Final = ("name", "description", "unit_price", "taxable")


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Items in the order of their names, and the public id behind which the next page begins (None: the last)."""

    items: list[Item]
    next: str | None


def remember(session: Scoped, names: Iterable[str], *, at: dt.datetime) -> None:
    """Know every one of these names. Call it while holding `settings_of(session, hold=True)`."""
    spelt = {folded(name): name.strip() for name in names}
    known: set[str] = set()
    for some in pieces(sorted(spelt)):
        known.update(session.scalars(select(Item.name_key).where(Item.name_key.in_(some))))
    new = [
        {"public_id": new_public_id("itm"), "name": name, "name_key": key, "created_at": at, "updated_at": at}
        for key, name in sorted(spelt.items())
        if key not in known
    ]
    if new:
        session.execute(insert(Item), new)


def find(session: Scoped, public_id: str) -> Item:
    """The item. Missing where this tenant has none of that id."""
    item = session.scalar(select(Item).where(Item.public_id == public_id))
    if item is None:
        raise Missing("There is no item with this id.")
    return item


def page(session: Scoped, text: str = "", *, after: str = "", limit: int = 100) -> ItemPage:
    """A page of items whose names hold `text`, by name. Its cost does not grow with how many there are."""
    statement = select(Item).order_by(Item.name_key).limit(limit + 1)
    if key := folded(text):
        statement = statement.where(Item.name_key.contains(key, autoescape=True))
    begins = session.scalar(select(Item.name_key).where(Item.public_id == after)) if after else None
    if begins is not None:
        statement = statement.where(Item.name_key > begins)
    rows = list(session.scalars(statement))
    return ItemPage(rows[:limit], rows[limit - 1].public_id if len(rows) > limit else None)


def add(session: Scoped, fields: Mapping[str, Any], *, at: dt.datetime, actor: str) -> Item:
    """Make an item of `EDITABLE_FIELDS`, in the caller's transaction. Raises Unacceptable."""
    settings_of(session, hold=True)
    item = Item(public_id=new_public_id("itm"), created_at=at)
    return _write(session, item, {"name": "", **fields}, "created", at, actor)


def change(session: Scoped, public_id: str, fields: Mapping[str, Any], *, at: dt.datetime, actor: str) -> Item:
    """Change some fields; lines that exist keep what they say. Raises Missing, Unacceptable."""
    settings_of(session, hold=True)
    item = session.scalar(select(Item).where(Item.public_id == public_id).with_for_update())
    if item is None:
        raise Missing("There is no item with this id.")
    return _write(session, item, fields, "changed", at, actor)


def _write(session: Scoped, item: Item, fields: Mapping[str, Any], did: str, at: dt.datetime, actor: str) -> Item:
    if complaints := list(_complaints(fields)):
        raise Unacceptable(complaints)
    if "name" in fields:
        _rename(session, item, fields["name"].strip())
    if "description" in fields:
        item.description = clean(fields["description"])
    if "unit_price" in fields:
        item.unit_price = fields["unit_price"]
    if "taxable" in fields:
        item.taxable = fields["taxable"]
    item.updated_at = at
    session.add(item)
    session.flush()
    subject = f"item:{item.public_id}"
    audit.record(session, actor=actor, action=f"item.{did}", subject=subject, now=at, details={"name": item.name})
    return item


def _rename(session: Scoped, item: Item, name: str) -> None:
    with session.no_autoflush:
        holder = session.scalar(select(Item.public_id).where(Item.name_key == folded(name)))
    if holder is not None and holder != item.public_id:
        raise Unacceptable([Complaint(("name",), f"There is an item called {name} already.")])
    item.name, item.name_key = name, folded(name)


def _complaints(fields: Mapping[str, Any]) -> Iterator[Complaint]:
    if "name" in fields and not clean(fields["name"]):
        yield Complaint(("name",), "Give a name.")
    yield from text_complaints(fields.get("name"), ("name",), LONGEST_NAME)
    yield from text_complaints(fields.get("description"), ("description",))
    yield from factor_complaints(fields.get("unit_price"), ("unit_price",))
