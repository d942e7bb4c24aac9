"""A connection whose books' lists were read: a few customers, a vendor, items."""

from __future__ import annotations

from sqlalchemy import insert, select

from dray.connections.links import fold
from dray.connections.models import Connection
from dray.twin.models import TwinEntry, TwinList
from tests.platform.web.stage import Stage

THERE = {
    "customer": ("Acme Builders Inc.", "Meridian Homes", "Brightwater", "Asleep"),
    "vendor": ("Acme",),
    "employee": (),
    "other_name": (),
    "item": ("Hauling", "Disposal"),
}


def copy_lists(stage: Stage) -> None:
    """Put the copy there, for the only connection."""
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        for kind, names in THERE.items():
            at = {"connection_id": connection.id, "kind": kind}
            session.add(TwinList(**at, generation=1, pass_number=1, pages=1, read_at=stage.now, full_at=stage.now))
            rows = [
                {
                    **at,
                    "books_id": f"{kind}-{number}",
                    "name": name,
                    "key": fold(name),
                    "active": name != "Asleep",
                    "details": {"email": "office@acme.example"} if name.startswith("Acme B") else None,
                    "pass_number": 1,
                }
                for number, name in enumerate(names)
            ]
            if rows:
                session.execute(insert(TwinEntry), rows)
        session.commit()
