"""PostgreSQL's row-level security: the second wall between tenants, which holds when the first one has a hole.

How it works. Every transaction of the application takes the role `dray_app`, which owns nothing, and says whose rows
it wants (`app.tenant`); each tenant-owned table has a policy that shows and takes that tenant's rows and no others.
With `app.every_tenant` said, rows of every tenant may be read, and none written. `Scoped` sessions say both by
themselves.

The owner of the tables is bound too (FORCE ROW LEVEL SECURITY): a connection that forgot to take the role sees
nothing. Work that belongs to the owner (migrations that touch data, deleting a tenant) says so in its transaction with
`act_as_owner`, or with a session whose `info["owner"]` is true. A copy of the database is dumped by a superuser or a
role with BYPASSRLS, or by the owner with `PGOPTIONS='-c app.owner=on' pg_dump --enable-row-security`.

TRUNCATE, which no policy stops, is granted to nobody. All functions here run on PostgreSQL only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import psycopg
from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import IdentifierPreparer

from dray_tenants.scope import APP_ROLE
from dray_tenants.statements import TENANT_OWNED

__all__ = ["RoleNotReady", "act_as_owner", "ensure_role", "protect", "protection_of", "unprotected_tables"]

# As sub-selects the settings are read once for each statement and not once for each row.
_OF_TENANT: Final = "tenant_id = (select nullif(current_setting('app.tenant', true), '')::bigint)"
_EVERY_TENANT: Final = "(select current_setting('app.every_tenant', true)) = 'on'"
_AS_OWNER: Final = "(select current_setting('app.owner', true)) = 'on'"


class RoleNotReady(RuntimeError):
    """The role of the application cannot be made or granted by this login. `sql` is what a superuser has to run."""

    def __init__(self, sql: Sequence[str]) -> None:
        self.sql = tuple(sql)
        super().__init__(
            "This PostgreSQL login may not create or grant roles. Ask a database administrator to run: "
            + " ".join(self.sql)
        )


def ensure_role(connection: Connection, *, login: str | None = None) -> None:
    """Make or find the role of the application, and grant it to this login and to `login`.

    `login` is the user that the application connects as, where that is not this one. Raises RoleNotReady without the
    right to do so (nothing is changed then), and when the role found is one that row-level security does not bind.
    """
    missing = list(_missing_role_sql(connection, login))
    if not missing:
        _refuse_unbound_role(connection)
        return
    try:
        with connection.begin_nested():
            for statement in missing:
                connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.DuplicateObject | psycopg.errors.UniqueViolation):
            if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise RoleNotReady(missing) from error
            raise
        # Another migration made the role in this moment; what is left to do is the grant.
        ensure_role(connection, login=login)
        return
    _refuse_unbound_role(connection)


def _missing_role_sql(connection: Connection, login: str | None) -> Iterator[str]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    exists = connection.scalar(text("select true from pg_roles where rolname = :role"), {"role": APP_ROLE})
    if not exists:
        yield f"CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;"
    this_login = connection.scalar(text("select session_user::text"))
    for name in dict.fromkeys(filter(None, (this_login, login))):
        # Membership as such is asked for: a superuser "has" every role without it.
        granted = exists and connection.scalar(
            text(
                "select true from pg_auth_members m join pg_roles r on r.oid = m.roleid"
                " join pg_roles u on u.oid = m.member where r.rolname = :role and u.rolname = :login"
            ),
            {"role": APP_ROLE, "login": name},
        )
        if not granted:
            yield f"GRANT {APP_ROLE} TO {quote(name)};"


def _refuse_unbound_role(connection: Connection) -> None:
    unbound = connection.scalar(
        text("select rolsuper or rolbypassrls from pg_roles where rolname = :role"), {"role": APP_ROLE}
    )
    if unbound:
        raise RoleNotReady([f"ALTER ROLE {APP_ROLE} NOSUPERUSER NOBYPASSRLS;"])


def protect(connection: Connection, metadata: MetaData, *, readable: Sequence[str] = ()) -> None:
    """Put grants and policies on every table of `metadata`, again and again without harm; `ensure_role` comes first.

    Run by the owner of the tables after each migration. `readable` names further tables that the application may read
    and not write, e.g. the one that holds the schema's version. Raises ValueError for a table without a side.
    """
    preparer = connection.dialect.identifier_preparer
    schema = connection.scalar(text("select current_schema()"))
    for statement in protection_of(metadata, preparer, schema=schema or "public", readable=readable):
        connection.exec_driver_sql(statement)


def protection_of(
    metadata: MetaData, preparer: IdentifierPreparer, *, schema: str = "public", readable: Sequence[str] = ()
) -> Iterator[str]:
    """The SQL of `protect`, one statement at a time."""
    quoted_schema = preparer.quote_identifier(schema)
    yield f"GRANT USAGE ON SCHEMA {quoted_schema} TO {APP_ROLE}"
    for table in metadata.sorted_tables:
        yield from _protection_of_table(table, preparer.format_table(table))
    for name in readable:
        yield f"GRANT SELECT ON {preparer.quote_identifier(name)} TO {APP_ROLE}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {quoted_schema} TO {APP_ROLE}"


def _protection_of_table(table: Table, name: str) -> Iterator[str]:
    owned, directory = bool(table.info.get(TENANT_OWNED)), bool(table.info.get("directory"))
    if owned == directory:
        raise ValueError(f"table {table.name} must be either tenant-owned or marked as directory")
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {APP_ROLE}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP_ROLE}"
    if directory:
        return
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy, command, role, rule, check in (
        ("dray_tenant", "ALL", APP_ROLE, _OF_TENANT, True),
        ("dray_every_tenant", "SELECT", APP_ROLE, _EVERY_TENANT, False),
        ("dray_owner", "ALL", "CURRENT_USER", _AS_OWNER, True),
    ):
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
        with_check = f" WITH CHECK ({rule})" if check else ""
        yield f"CREATE POLICY {policy} ON {name} FOR {command} TO {role} USING ({rule}){with_check}"


def act_as_owner(connection: Connection) -> None:
    """Until the end of this transaction, let the owner of the tables reach every tenant's rows.

    Has no effect on a connection that has taken the application's role, or whose login owns nothing.
    """
    connection.execute(text("select set_config('app.owner', 'on', true)"))


def unprotected_tables(connection: Connection, metadata: MetaData) -> list[str]:
    """The tenant-owned tables of `metadata` that lack forced row-level security or a policy; there must be none."""
    rows = connection.execute(
        text(
            "select c.relname from pg_class c where c.relnamespace = current_schema()::regnamespace"
            " and c.relrowsecurity and c.relforcerowsecurity"
            " and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'dray_tenant')"
        )
    )
    protected = set(rows.scalars())
    return [t.name for t in metadata.sorted_tables if t.info.get(TENANT_OWNED) and t.name not in protected]
