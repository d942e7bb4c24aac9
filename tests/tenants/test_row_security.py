"""The second wall alone: raw SQL, with none of our code between it and PostgreSQL."""

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import MetaData, Table, inspect, make_url, select, text, update
from sqlalchemy.exc import DBAPIError

from dray_tenants.database import Base, Engines
from dray_tenants.models import Tenant
from dray_tenants.row_security import RoleNotReady, act_as_owner, ensure_role, protect, unprotected_tables
from dray_tenants.scope import ScopedSession
from tests.ground.postgresql import PostgreSQL
from tests.ground.services import program
from tests.tenants.company import Company
from tests.tenants.warehouse import BLUE, RED, Parcel, Warehouse, Warehouses, build, stocked

pytestmark = pytest.mark.postgresql

Raw = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def url(postgres: PostgreSQL) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def engines(url: str) -> Iterator[Engines]:
    with stocked(url) as engines:
        yield engines


@pytest.fixture
def raw(engines: Engines, url: str) -> Iterator[Raw]:
    """A connection of the application's login, which owns the tables and has not said anything yet."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        yield connection


def act(raw: Raw, *, role: str = "dray_app", **settings: object) -> None:
    raw.execute("select set_config('role', %s, true)", [role])
    for name, value in settings.items():
        raw.execute("select set_config(%s, %s, true)", [f"app.{name}", str(value)])


def seen(raw: Raw) -> list[str]:
    return [label for (label,) in raw.execute("select label from parcels order by label")]


def refused(raw: Raw, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), raw.transaction():
        raw.execute(statement.encode())


def test_the_login_is_bound_by_the_policies_at_all(raw: Raw) -> None:
    row = raw.execute(
        "select rolsuper or rolbypassrls, (select tableowner = current_user from pg_tables where tablename = 'parcels')"
        " from pg_roles where rolname = current_user"
    ).fetchone()
    assert row == (False, True)


@pytest.mark.parametrize("tenant", ["", "3"])
def test_nobody_sees_anything_without_saying_whose(raw: Raw, tenant: str) -> None:
    assert seen(raw) == []
    act(raw)
    assert seen(raw) == []
    act(raw, tenant=tenant)
    assert seen(raw) == []
    assert raw.execute("update parcels set label = 'x'").rowcount == 0
    assert raw.execute("delete from parcels").rowcount == 0


def test_a_tenant_sees_and_changes_its_rows_alone(raw: Raw) -> None:
    act(raw, tenant=RED)
    assert seen(raw) == ["r1", "r2"]
    assert raw.execute("update parcels set label = label || '!'").rowcount == 2
    assert raw.execute("delete from parcels where label = 'b1'").rowcount == 0
    act(raw, tenant=BLUE)
    assert seen(raw) == ["b1"]


def test_a_row_cannot_be_written_for_or_moved_to_another_tenant(raw: Raw) -> None:
    act(raw, tenant=RED)
    refused(raw, f"insert into parcels (tenant_id, label) values ({BLUE}, 'x')")
    refused(raw, f"update parcels set tenant_id = {BLUE}, warehouse_id = null")
    refused(
        raw,
        f"insert into parcels (tenant_id, label) values ({BLUE}, 'b1')"
        " on conflict (tenant_id, label) do update set label = 'taken'",
    )
    refused(raw, "truncate parcels")
    refused(raw, "drop policy dray_tenant on parcels")
    assert seen(raw) == ["r1", "r2"]


def test_every_tenant_may_be_read_aloud_and_not_written(raw: Raw) -> None:
    act(raw, every_tenant="on")
    assert seen(raw) == ["b1", "r1", "r2"]
    assert raw.execute("update parcels set label = 'x'").rowcount == 0
    assert raw.execute("delete from parcels").rowcount == 0
    refused(raw, f"insert into parcels (tenant_id, label) values ({BLUE}, 'x')")
    act(raw, every_tenant="on", tenant=RED)
    assert raw.execute("update parcels set label = label || '!'").rowcount == 2


def test_the_role_of_the_application_cannot_act_as_owner(raw: Raw) -> None:
    act(raw, owner="on")
    assert seen(raw) == []


def test_the_owner_acts_as_owner_by_saying_so(raw: Raw) -> None:
    act(raw, role="none", owner="on")
    assert seen(raw) == ["b1", "r1", "r2"]
    assert raw.execute("update parcels set label = label || '!'").rowcount == 3
    raw.commit()
    assert seen(raw) == []


def test_what_was_said_ends_with_the_transaction(engines: Engines) -> None:
    with ScopedSession(engines) as session, session.tenant(RED):
        assert len(session.scalars(select(Parcel)).all()) == 2
        session.commit()
    with engines.write.connect() as connection:
        assert connection.scalar(text("select current_user")) == "dray"
        assert connection.scalar(text("select count(*) from parcels")) == 0


def test_the_session_is_the_application_and_says_whose_rows_in_one_statement(engines: Engines) -> None:
    aloud = {"unscoped_sql": "the wall alone"}
    with ScopedSession(engines) as session, session.tenant(RED):
        connection = session.connection(execution_options=aloud)
        assert connection.scalar(text("select current_user")) == "dray_app"
        count = text("select string_agg(label, ' ' order by label) from parcels")
        assert connection.scalar(count) == "r1 r2"
        with session.tenant(BLUE):
            assert connection.scalar(count) == "b1"
        with session.every_tenant("a test"):
            assert connection.scalar(count) == "b1 r1 r2"
        savepoint = session.begin_nested()
        session.connection(execution_options=aloud)  # now the savepoint is made
        with session.tenant(BLUE):
            savepoint.rollback()
            assert connection.scalar(count) == "b1"
        assert connection.scalar(count) == "r1 r2"
        savepoint = session.begin_nested()
        session.connection(execution_options=aloud)  # now the savepoint is made
        with pytest.raises(DBAPIError, match="division by zero"), session.tenant(BLUE):
            connection.execute(text("select 1 / 0"))
        savepoint.rollback()
        assert connection.scalar(count) == "r1 r2"


def test_a_connection_that_dies_leaves_the_scope_as_it_was(postgres: PostgreSQL, engines: Engines) -> None:
    with ScopedSession(engines) as session, session.tenant(RED):
        for where in ("on entering", "inside"):
            backend = session.connection(execution_options={"unscoped_sql": "its pid"}).scalar(
                text("select pg_backend_pid()")
            )
            kill = sql.SQL("select pg_terminate_backend({}, 5000)").format(sql.Literal(backend))
            if where == "on entering":
                postgres.execute(kill)
            with pytest.raises(DBAPIError, match="terminat"), session.tenant(BLUE):  # noqa: PT012
                postgres.execute(kill)
                session.scalars(select(Parcel))
            assert session.tenant_id == RED
            session.rollback()
            assert sorted(session.scalars(select(Parcel.label))) == ["r1", "r2"]


def test_an_owners_session_reaches_every_tenant_that_it_names(engines: Engines) -> None:
    with ScopedSession(engines, owner=True) as session, session.begin():
        with session.every_tenant("deleting a tenant looks first"):
            assert len(session.scalars(select(Parcel)).all()) == 3
        with session.tenant(BLUE):
            session.execute(update(Parcel).values(label="x"))
    with ScopedSession(engines) as session, session.tenant(BLUE):
        assert session.scalars(select(Parcel.label)).all() == ["x"]


def test_a_migration_reaches_rows_as_owner(engines: Engines) -> None:
    with engines.write.begin() as connection:
        assert connection.execute(text("update parcels set label = label || '!'")).rowcount == 0
        act_as_owner(connection)
        assert connection.execute(text("update parcels set label = label || '!'")).rowcount == 3


def test_foreign_keys_are_checked_past_the_policies(raw: Raw) -> None:
    act(raw, tenant=RED)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), raw.transaction():
        raw.execute("insert into parcels (tenant_id, label, warehouse_id) values (1, 'x', 2)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation), raw.transaction():
        raw.execute("delete from warehouses")


def test_protection_is_put_on_again_without_harm(engines: Engines) -> None:
    for _ in range(2):
        with engines.write.begin() as connection:
            build(connection, Warehouses.metadata)
            assert unprotected_tables(connection, Warehouses.metadata) == []
    with engines.write.begin() as connection:
        connection.execute(text("alter table parcels no force row level security"))
        assert unprotected_tables(connection, Warehouses.metadata) == ["parcels"]


def test_every_table_of_this_package_is_protected_or_a_directory(url: str) -> None:
    with Engines(url) as engines, engines.write.begin() as connection:
        build(connection, Base.metadata)
        assert unprotected_tables(connection, Base.metadata) == []


def test_a_table_on_neither_side_is_not_protected_by_guess(engines: Engines) -> None:
    stray = MetaData()
    Table("stray", stray)
    with engines.write.begin() as connection, pytest.raises(ValueError, match="stray"):
        protect(connection, stray)


def test_a_scoped_statement_still_finds_its_index(raw: Raw) -> None:
    act(raw, tenant=RED)
    raw.execute("set local enable_seqscan = off")
    plan = "\n".join(line for (line,) in raw.execute("explain select * from parcels where tenant_id = 1"))
    assert "Index Cond: (tenant_id = 1)" in plan


@pytest.fixture
def plain_login(postgres: PostgreSQL) -> Iterator[str]:
    """A login that may not create roles, and owns a database."""
    name = f"plain_{postgres.create()}"
    postgres.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    database = postgres.create(name=f"of_{name}"[:60])
    postgres.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), sql.Identifier(name)))
    yield postgres.url(database, login=name)
    postgres.drop(database)
    postgres.drop(name.removeprefix("plain_"))
    postgres.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_without_the_right_to_grant_the_error_carries_the_sql_to_run(
    postgres: PostgreSQL, engines: Engines, plain_login: str
) -> None:
    login = make_url(plain_login).username or ""
    with Engines(plain_login) as theirs:
        with theirs.write.begin() as connection, pytest.raises(RoleNotReady) as caught:
            ensure_role(connection)
        assert caught.value.sql == (f'GRANT dray_app TO "{login}";',)
        for statement in caught.value.sql:
            postgres.execute(sql.SQL(statement))
        with theirs.write.begin() as connection:
            build(connection, Warehouses.metadata)
            assert unprotected_tables(connection, Warehouses.metadata) == []


def test_a_separate_login_of_the_application_is_granted_the_role(
    postgres: PostgreSQL, engines: Engines, url: str, plain_login: str
) -> None:
    login = make_url(plain_login).username
    with engines.write.begin() as connection:
        ensure_role(connection, login=login)
        ensure_role(connection, login=login)
    theirs = make_url(url).set(username=login).render_as_string()
    with Engines(theirs) as application, ScopedSession(application) as session:
        with session.begin(), session.tenant(RED):
            session.add(Parcel(label="r3"))
            assert len(session.scalars(select(Parcel)).all()) == 3
            assert len(session.scalars(select(Warehouse)).all()) == 1
        with application.write.begin() as connection:
            act_as_owner(connection)
            assert connection.scalar(text("select count(*) from parcels")) == 0
            assert "parcels" in inspect(connection).get_table_names()


def test_the_owner_dumps_every_row_by_saying_so(engines: Engines, url: str) -> None:
    dump = [str(program("pg_dump")), "--enable-row-security", "--data-only", url.replace("+psycopg", "")]
    aloud = subprocess.run(dump, env={**os.environ, "PGOPTIONS": "-c app.owner=on"}, capture_output=True, check=True)
    silent = subprocess.run(dump, capture_output=True, check=True)
    for label in (b"r1", b"r2", b"b1"):
        assert b"\t" + label + b"\t" in aloud.stdout
        assert b"\t" + label + b"\t" not in silent.stdout


def test_directory_tables_are_read_without_a_scope(company: Company) -> None:
    with company.session() as session:
        assert len(session.scalars(select(Tenant)).all()) == 2
