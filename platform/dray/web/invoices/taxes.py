"""The sales taxes of the books, for pages on which one of them is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from dray.connections.models import Connection
from dray.twin.models import TwinEntry
from dray_sdk import Kind
from dray_tenants.scope import Scoped

_MOST: Final = 200


def taxes_there(
    session: Scoped, connection: Connection | None, found: Iterable[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """The sales taxes of the books (id, name with its rate), where one of the problems asks for one."""
    if connection is None or not any(each["code"] == "tax_differs" for each in found):
        return []
    rows = session.scalars(
        select(TwinEntry)
        .where(TwinEntry.connection_id == connection.id, TwinEntry.kind == Kind.TAX_CODE.value)
        .where(TwinEntry.active)
        .order_by(TwinEntry.key)
        .limit(_MOST)
    )
    return [(row.books_id, _with_rate(row)) for row in rows]


def _with_rate(row: TwinEntry) -> str:
    rate = (row.details or {}).get("rate", "")
    return f"{row.name} ({rate.rstrip('%')}%)" if rate else row.name


def named(session: Scoped, connection: Connection | None, books_id: str) -> str:
    if connection is None or not books_id:
        return ""
    statement = select(TwinEntry.name).where(
        TwinEntry.connection_id == connection.id,
        TwinEntry.kind == Kind.TAX_CODE.value,
        TwinEntry.books_id == books_id,
        TwinEntry.active,
    )
    return session.scalar(statement) or ""
