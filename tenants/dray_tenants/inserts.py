"""The tenant in the values of an INSERT or UPDATE statement: filled in where missing, refused where foreign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable, Insert
from sqlalchemy.dialects.postgresql.dml import OnConflictDoUpdate as PostgreSQLUpsert
from sqlalchemy.dialects.sqlite.dml import OnConflictDoUpdate as SQLiteUpsert
from sqlalchemy.sql.elements import BindParameter

__all__ = ["ForeignRow", "changes_tenant", "own_insert"]


class ForeignRow(Exception):
    """An INSERT names another tenant, or leaves open which."""


def own_insert(statement: Insert, parameters: Any, tenant_id: int) -> tuple[Insert, Any]:
    """The statement and its parameters with `tenant_id` in every row; raises ForeignRow where a row names another."""
    _check_upsert(statement)
    if statement.select is not None:
        _check_select(statement, tenant_id)
        return statement, parameters
    if statement._multi_values:
        for rows in statement._multi_values:
            for row in rows:
                if not isinstance(row, Mapping) or not _names_tenant(row, tenant_id):
                    raise ForeignRow("name tenant_id in every row of INSERT … VALUES, or pass the rows as parameters")
        return statement, parameters
    if statement._values and _names_tenant(statement._values, tenant_id):
        return statement, parameters
    if isinstance(parameters, list | tuple):
        return statement, [_owned(row, tenant_id) for row in parameters]
    if statement._values:
        return statement.values(tenant_id=tenant_id), parameters
    return statement, _owned(parameters or {}, tenant_id)


def changes_tenant(statement: Executable, tenant_id: int) -> bool:
    """Whether an UPDATE sets tenant_id to anything but `tenant_id`."""
    values = getattr(statement, "_values", None)
    if not values:
        return False
    try:
        _names_tenant(values, tenant_id)
    except ForeignRow:
        return True
    return False


def _owned(row: Mapping[Any, Any], tenant_id: int) -> Mapping[Any, Any]:
    return row if _names_tenant(row, tenant_id) else {**row, "tenant_id": tenant_id}


def _names_tenant(values: Mapping[Any, Any], tenant_id: int) -> bool:
    """Whether the row names the tenant; raises ForeignRow when it names another, or an expression."""
    for column, value in values.items():
        if (column if isinstance(column, str) else column.key) == "tenant_id":
            if (value.effective_value if isinstance(value, BindParameter) else value) is None:
                return False
            if not _is_tenant(value, tenant_id):
                raise ForeignRow(f"a row of another tenant was written in the scope of {tenant_id}")
            return True
    return False


def _is_tenant(value: Any, tenant_id: int) -> bool:
    plain = value.effective_value if isinstance(value, BindParameter) else value
    return isinstance(plain, int) and plain == tenant_id


def _check_select(statement: Insert, tenant_id: int) -> None:
    names = list(statement._select_names or ())
    if "tenant_id" not in names:
        raise ForeignRow("INSERT … SELECT must name tenant_id among its columns")
    chosen = list(statement.select.selected_columns)[names.index("tenant_id")]  # type: ignore[union-attr]
    if chosen.key != "tenant_id" and not _is_tenant(getattr(chosen, "element", chosen), tenant_id):
        raise ForeignRow("INSERT … SELECT must take tenant_id from the rows that it reads, or as the tenant in scope")


def _check_upsert(statement: Insert) -> None:
    """An upsert that meets a row by anything but a key with tenant_id could change another tenant's row."""
    clause = statement._post_values_clause
    if not isinstance(clause, PostgreSQLUpsert | SQLiteUpsert):
        return
    targets = clause.inferred_target_elements or ()
    if not any((t if isinstance(t, str) else getattr(t, "key", None)) == "tenant_id" for t in targets):
        raise ForeignRow("ON CONFLICT DO UPDATE must name tenant_id among its conflict columns")
