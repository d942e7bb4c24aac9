"""What the database itself refuses: changes to an invoice that the books have accepted, and to a document, ever.

These triggers are the last wall; the code above them says no first and in better words. They exist on both engines and
are made by a migration from `create`. On PostgreSQL the application's role owns no table and so cannot lift them. Only
the deletion of a whole tenant does, as the owner, inside `lifted`. What a test company holds takes no change either,
but may be deleted.

On SQLite `INSERT OR REPLACE` deletes rows without a delete trigger unless `PRAGMA recursive_triggers` is on: every
connection of the application sets it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

LOCKED: Final = "dray: locked"
"""How the message of every such refusal begins."""


@dataclass(frozen=True, slots=True)
class Lock:
    """One rule: on this event of this table, refuse where the condition holds.

    The condition is SQL that both engines read; {differs} stands between two values where NULL counts as a value.
    """

    name: str
    table: str
    event: str
    condition: str
    says: str


_POSTED: Final = "EXISTS (SELECT 1 FROM postings p WHERE p.tenant_id = {row}.tenant_id AND p.invoice_id = {row}.id AND p.state = 'posted')"  # noqa: E501
_SYNCED: Final = "EXISTS (SELECT 1 FROM invoices i WHERE i.tenant_id = {row}.tenant_id AND i.id = {row}.invoice_id AND i.state = 'synced')"  # noqa: E501
_INVOICE: Final = "an invoice that the books have accepted takes no change"
_LINE: Final = "a line of an invoice that the books have accepted takes no change"
_POSTING: Final = "a posting that the books have accepted takes no change"
_DOCUMENT: Final = "the document of a posting never changes"
_TEST: Final = "a test company stays one, and no other company becomes one"
_REAL: Final = " AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = OLD.tenant_id AND t.test)"
"""Of a test company, which holds no real books, everything may be deleted."""

LOCKS: Final = (
    # `synced` is written once, by the move that posts; from then on nothing is.
    Lock(
        "invoice_update",
        "invoices",
        "UPDATE",
        "OLD.state = 'synced' OR (NEW.state <> 'synced' AND " + _POSTED.format(row="OLD") + ")",
        _INVOICE,
    ),
    Lock(
        "invoice_delete",
        "invoices",
        "DELETE",
        f"(OLD.state = 'synced' OR {_POSTED.format(row='OLD')}){_REAL}",
        _INVOICE,
    ),
    Lock("line_insert", "invoice_lines", "INSERT", _SYNCED.format(row="NEW"), _LINE),
    Lock(
        "line_update",
        "invoice_lines",
        "UPDATE",
        _SYNCED.format(row="OLD") + " OR " + _SYNCED.format(row="NEW"),
        _LINE,
    ),
    Lock("line_delete", "invoice_lines", "DELETE", _SYNCED.format(row="OLD") + _REAL, _LINE),
    Lock("posting_update", "postings", "UPDATE", "OLD.state = 'posted'", _POSTING),
    Lock("posting_delete", "postings", "DELETE", "OLD.state = 'posted'" + _REAL, _POSTING),
    Lock(
        "posting_document",
        "postings",
        "UPDATE",
        "NEW.document {differs} OLD.document OR NEW.document_hash {differs} OLD.document_hash"
        " OR NEW.invoice_id {differs} OLD.invoice_id OR NEW.connection_id {differs} OLD.connection_id"
        " OR NEW.tenant_id {differs} OLD.tenant_id",
        _DOCUMENT,
    ),
    Lock("tenant_test", "tenants", "UPDATE", "NEW.test {differs} OLD.test", _TEST),
)
"""All of them. A condition that reads `invoices` or `postings` finds its row by an index."""


def create(connection: Connection) -> None:
    """Make every trigger, in the caller's transaction."""
    postgresql = connection.dialect.name == "postgresql"
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one() if postgresql else "public"
    for statement in create_statements(connection.dialect.name, schema):
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Remove every trigger, in the caller's transaction; needs the owner of the tables."""
    for statement in drop_statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


@contextmanager
def lifted(connection: Connection) -> Iterator[None]:
    """No locks inside this block; they are back when the transaction commits, whatever happens in between.

    For the deletion of a tenant, and for nothing else. Both engines roll this back with the transaction.
    """
    drop(connection)
    yield
    create(connection)


def refused_by_lock(error: DBAPIError) -> str | None:
    """The rule that the database refused by, or None where the error is another one."""
    said = str(error.orig)
    if LOCKED not in said:
        return None
    return said.partition(f"{LOCKED}: ")[2].splitlines()[0]


def create_statements(dialect: str, schema: str = "public") -> Iterator[str]:
    """The SQL that makes the triggers; `schema` is where the tables are, on PostgreSQL."""
    for lock in LOCKS:
        yield from _create_on_sqlite(lock) if dialect == "sqlite" else _create_on_postgresql(lock, schema)


def drop_statements(dialect: str) -> Iterator[str]:
    """The SQL that removes them."""
    for lock in LOCKS:
        if dialect == "sqlite":
            yield f"DROP TRIGGER IF EXISTS {_name(lock)}"
        else:
            yield f"DROP TRIGGER IF EXISTS {_name(lock)} ON {lock.table}"
            yield f"DROP FUNCTION IF EXISTS {_name(lock)}()"


def _create_on_sqlite(lock: Lock) -> Iterator[str]:
    event = lock.event
    yield (
        f"CREATE TRIGGER {_name(lock)} BEFORE {event} ON {lock.table} FOR EACH ROW"
        f" WHEN {lock.condition.format(differs='IS NOT')}"
        f" BEGIN SELECT RAISE(ABORT, '{LOCKED}: {lock.says}'); END"
    )


def _create_on_postgresql(lock: Lock, schema: str) -> Iterator[str]:
    event = lock.event
    # A trigger's WHEN may hold no subquery on PostgreSQL, so the condition is in the function. The path is fixed, with
    # temporary tables last: one of the same name that somebody made must not answer the question.
    yield (
        f"CREATE FUNCTION {_name(lock)}() RETURNS trigger LANGUAGE plpgsql"
        f' SET search_path = pg_catalog, "{schema}", pg_temp'
        f" AS $lock$ BEGIN"
        f" IF {lock.condition.format(differs='IS DISTINCT FROM')} THEN"
        f" RAISE EXCEPTION '{LOCKED}: {lock.says}' USING ERRCODE = 'restrict_violation'; END IF;"
        f" RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $lock$"
    )
    yield (f"CREATE TRIGGER {_name(lock)} BEFORE {event} ON {lock.table} FOR EACH ROW EXECUTE FUNCTION {_name(lock)}()")


def _name(lock: Lock) -> str:
    return f"lock_{lock.name}"
