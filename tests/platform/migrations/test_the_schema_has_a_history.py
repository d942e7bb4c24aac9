"""Migrations: the same schema as the models on both engines, whole or not at all, one at a time, beside work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text

from dray.billing.models import Invoice
from dray.migrations import SCRIPTS, VERSION_TABLE, first, newest, revision_of
from dray.migrations import upgrade as upgrading
from dray.migrations.tables import METADATA, MODULES
from dray.migrations.upgrade import Busy, upgrade
from dray_tenants.database import Base, Engines, make_engine
from dray_tenants.row_security import unprotected_tables
from tests.platform.shop import Shop


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_gets_every_table(database_url: str, engine: Engine) -> None:
    assert upgrade(database_url) == (None, newest())
    assert _tables(engine) == {*METADATA.tables, VERSION_TABLE}


def test_migrating_again_does_nothing(database_url: str, engine: Engine) -> None:
    upgrade(database_url)
    assert upgrade(database_url) == (newest(), newest())


def test_models_and_migrations_agree(database_url: str, engine: Engine) -> None:
    upgrade(database_url)
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION_TABLE, "target_metadata": METADATA}
        )
        assert compare_metadata(context, METADATA) == []


def test_the_first_migration_is_what_the_models_would_write_now() -> None:
    """Until the first release. Afterwards a migration is never edited, and this test goes."""
    for dialect in first._DIALECTS:
        stored = (SCRIPTS / "versions" / f"0001_{dialect.name}.sql").read_text("utf-8").rstrip()
        assert stored == ";\n\n".join(first.statements(dialect)) + ";", "python -m dray.migrations.first"


def test_every_module_that_defines_tables_is_known() -> None:
    named = {module.__name__ for module in MODULES}
    assert {mapper.class_.__module__ for mapper in Base.registry.mappers if "dray" in mapper.class_.__module__} <= named


def test_revisions_are_numbered_in_order() -> None:
    numbers = sorted(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("after", [1, 40])
def test_an_interrupted_migration_leaves_nothing(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    real = first.execute

    def half(connection: Any, revision: str) -> None:
        statements = list(first.statements(connection.dialect))
        for statement in statements[:after]:
            connection.exec_driver_sql(statement)
        raise KeyboardInterrupt

    monkeypatch.setattr(first, "execute", half)
    with pytest.raises(KeyboardInterrupt):
        upgrade(database_url)
    assert _tables(engine) == set()
    monkeypatch.setattr(first, "execute", real)
    assert upgrade(database_url) == (None, newest())


def test_two_that_migrate_at_once_do_it_once(database_url: str, engine: Engine) -> None:
    results: list[tuple[str | None, str | None]] = []
    threads = [threading.Thread(target=lambda: results.append(upgrade(database_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == sorted([(None, newest()), (newest(), newest()), (newest(), newest())], key=str)


def test_work_that_is_open_during_a_migration_is_finished_after_it(engines: Engines, shop: Shop) -> None:
    shop.invoice("1")
    url = engines.write.url.render_as_string(hide_password=False)
    with shop.session() as session:
        numbers = session.scalars(select(Invoice.number)).all()
        # On SQLite the writer has to end its transaction first: there is one writer at a time.
        if engines.write.dialect.name == "sqlite":
            session.commit()
        assert upgrade(url) == (newest(), newest())
        session.scalars(select(Invoice)).one().memo = "written after"
        session.commit()
        assert numbers == ["1"]
        assert session.scalars(select(Invoice.memo)).one() == "written after"


@pytest.mark.postgresql
def test_a_table_in_use_ends_a_migration_and_not_the_work(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time, and waits for it")
    upgrade(database_url)
    monkeypatch.setattr(upgrading, "WAIT_FOR_TABLE", "50ms")
    monkeypatch.setattr(command, "upgrade", lambda config, to: config.attributes["connection"].exec_driver_sql(ALTER))
    with engine.connect() as worker, worker.begin():
        worker.execute(text("select set_config('app.owner', 'on', true)"))
        worker.execute(text("select count(*) from invoices")).scalar()
        with pytest.raises(Busy, match="Nothing was done"):
            upgrade(database_url)
        assert worker.execute(text("select count(*) from invoices")).scalar() == 0


ALTER = "ALTER TABLE invoices ADD COLUMN sold_by TEXT"


def test_a_migration_that_would_break_references_is_undone(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL checks references at every statement")
    upgrade(database_url)
    orphan = (
        "INSERT INTO customers (tenant_id, public_id, version, name, name_key, created_at, updated_at)"
        " VALUES (7, 'cus_x', 1, 'A', 'a', '2026-01-01', '2026-01-01')"
    )
    monkeypatch.setattr(command, "upgrade", lambda config, to: config.attributes["connection"].exec_driver_sql(orphan))
    with pytest.raises(RuntimeError, match="references"):
        upgrade(database_url)
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from customers")).scalar() == 0


@pytest.mark.postgresql
def test_every_tenants_table_is_behind_row_security(database_url: str, engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("row-level security is PostgreSQL's")
    upgrade(database_url)
    with engine.begin() as connection:
        assert unprotected_tables(connection, METADATA) == []
        may_truncate = connection.execute(
            text(
                "select count(*) from information_schema.role_table_grants"
                " where grantee in ('dray_app', 'PUBLIC') and privilege_type = 'TRUNCATE'"
            )
        )
        assert may_truncate.scalar() == 0
        connection.execute(text("select set_config('role', 'dray_app', true)"))
        assert revision_of(connection) == newest()


def test_a_database_that_was_never_migrated_has_no_revision(engine: Engine) -> None:
    with engine.begin() as connection:
        assert revision_of(connection) is None


def test_migrations_are_part_of_the_package() -> None:
    assert {path.suffix for path in (SCRIPTS / "versions").iterdir() if path.is_file()} >= {".py", ".sql"}
    assert (Path(SCRIPTS) / "script.py.mako").exists()
