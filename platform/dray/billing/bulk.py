"""Many rows at once: lists cut to what one statement can carry, and many updates by key sent together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Table, bindparam, inspect, update

from dray_tenants.scope import Scoped, TenantOwned

T = TypeVar("T")

AT_ONCE: Final = 500
"""How many values one statement names. SQLite allows 32,766 variables in a statement."""

NO_SYNC: Final = {"synchronize_session": False}
"""For statements whose rows are not read again from the session's own objects."""


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in lists short enough for one statement."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def update_each(
    session: Scoped, kind: type[TenantOwned], columns: Iterable[str], rows: Sequence[tuple[int, Sequence[Any]]]
) -> None:
    """Write `columns` of each row by itself: `rows` are (id, values in the order of the columns)."""
    if not rows:
        return
    names = tuple(columns)
    table = _table(kind)
    statement = (
        update(table)
        .where(table.c.tenant_id == session.require_tenant(), table.c.id == bindparam("of_row"))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )
    parameters = [
        {"of_row": key, **{f"new_{name}": value for name, value in zip(names, values, strict=True)}}
        for key, values in rows
    ]
    session.execute(
        statement, parameters, execution_options={"unscoped_sql": "many rows by key, the tenant in every WHERE"}
    )


def _table(kind: type[TenantOwned]) -> Table:
    return cast(Table, inspect(kind).local_table)
