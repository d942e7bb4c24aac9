"""The products and services that lines name. They come to be known by being used; people then say what the books call
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import insert, select

from dray.billing.bulk import pieces
from dray.billing.models import Item
from dray.billing.names import folded
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped


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
