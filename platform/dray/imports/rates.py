"""Prices of the rate card as a file gives them: whose they are, and whether the card says so already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from dray.billing import rate_card
from dray.billing.checking import clean
from dray.billing.customers import find_named
from dray.billing.given import Complaint, Unacceptable
from dray.billing.models import Customer, Item
from dray.billing.names import folded
from dray.billing.rate_card import GivenRate
from dray.billing.rate_card_models import Rate
from dray_tenants.scope import Scoped


def as_given(session: Scoped, fields: Mapping[str, Any]) -> tuple[GivenRate, Rate | None]:
    """What the fields say, and the price that the card has for the same item, customer and first day. Raises
    Unacceptable where there is no such customer, or several."""
    customer = _customer(session, fields)
    given = GivenRate(
        item=fields["item"],
        price=fields.get("price"),
        first_day=fields.get("first_day"),
        customer=None if customer is None else customer.public_id,
        unit=clean(fields.get("unit")),
        last_day=fields.get("last_day"),
    )
    owner = Rate.customer_id.is_(None) if customer is None else Rate.customer_id == customer.id
    known = session.scalar(
        select(Rate)
        .join(Item, Item.id == Rate.item_id)
        .where(Item.name_key == folded(given.item), owner, Rate.first_day == given.first_day)
    )
    return given, known


def differs(rate: Rate, given: GivenRate) -> bool:
    """Whether writing it would change the card."""
    return (rate.price, rate.unit, rate.last_day) != (given.price, given.unit, given.last_day)


def keep(session: Scoped, fields: Mapping[str, Any], *, at: dt.datetime, actor: str) -> tuple[str, bool]:
    """Put it on the card, or correct what is there; its public id, and whether it is new. Raises Unacceptable."""
    given, known = as_given(session, fields)
    if known is None:
        return rate_card.add(session, given, at=at, actor=actor).public_id, True
    if differs(known, given):
        rate_card.change(session, known.public_id, given, at=at, actor=actor)
    return known.public_id, False


def _customer(session: Scoped, fields: Mapping[str, Any]) -> Customer | None:
    external_id, name = clean(fields.get("customer_external_id")), clean(fields.get("customer_name"))
    if public_id := clean(fields.get("customer_id")):
        found = session.scalar(select(Customer).where(Customer.public_id == public_id))
        if found is None:
            raise Unacceptable([Complaint(("customer_id",), "There is no customer with this id.")])
    elif external_id:
        found = session.scalar(select(Customer).where(Customer.external_id == external_id))
    elif name:
        found = find_named(session, name, clean(fields.get("customer_parent")))
    else:
        return None
    if found is None:
        field = "customer_external_id" if external_id else "customer_name"
        raise Unacceptable([Complaint((field,), f"There is no customer {external_id or name} yet. Import it first.")])
    return found
