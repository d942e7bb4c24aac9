"""The fixtures of tests/ground do what their users rely on."""

import uuid
from pathlib import Path

import pytest
import sqlalchemy
from playwright.sync_api import Page

from tests.ground.databases import MigratedTemplate
from tests.ground.postgresql import PostgreSQL
from tests.ground.services import program


def test_each_test_gets_an_empty_database(database_url: str) -> None:
    assert _tables(database_url) == []
    _with_a_table(database_url)


def test_and_so_does_the_next_one(database_url: str) -> None:
    assert _tables(database_url) == []


@pytest.mark.postgresql
def test_the_login_under_test_is_bound_by_row_level_security(postgres: PostgreSQL) -> None:
    with postgres.database() as url:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            row = connection.execute(
                sqlalchemy.text(
                    "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
                )
            ).one()
        engine.dispose()
    assert tuple(row) == (False, False, True)


def test_a_migrated_database_has_the_products_tables_and_no_rows(migrated_database_url: str) -> None:
    engine = sqlalchemy.create_engine(migrated_database_url)
    assert "invoices" in sqlalchemy.inspect(engine).get_table_names()
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM invoices")).scalar_one() == 0
    engine.dispose()


def test_a_migrated_file_is_made_once_and_copied(tmp_path: Path) -> None:
    migrated: list[str] = []
    template = MigratedTemplate(tmp_path, lambda url: migrated.append(_with_a_table(url)))
    assert template.sqlite() == template.sqlite()
    assert len(migrated) == 1
    assert _tables(f"sqlite:///{template.sqlite()}") == ["written"]


@pytest.mark.postgresql
def test_a_migrated_server_database_is_made_once_and_copied(postgres: PostgreSQL, tmp_path: Path) -> None:
    migrated: list[str] = []
    name = f"template{uuid.uuid4().hex}"
    template = MigratedTemplate(tmp_path, lambda url: migrated.append(_with_a_table(url)), name)
    for _ in range(2):
        with postgres.database(template.postgresql(postgres)) as url:
            assert _tables(url) == ["written"]
    assert len(migrated) == 1


@pytest.mark.parametrize(("ci", "outcome"), [("true", "Failed"), ("", "Skipped")])
def test_what_is_missing_is_skipped_on_a_desk_and_fails_where_changes_are_judged(
    ci: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(BaseException, match="no-such-program is not here") as raised:
        program("no-such-program")
    assert type(raised.value).__name__ == outcome


@pytest.mark.browser
def test_the_browser_shows_a_page(page: Page) -> None:
    page.set_content("<title>Dray</title>")
    assert page.title() == "Dray"


def test_a_port_can_be_listened_on(free_port: int) -> None:
    assert 1024 <= free_port <= 65535


def test_recorded_material_is_a_directory(reference_data: Path) -> None:
    assert reference_data.is_dir()


def _with_a_table(url: str) -> str:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE written (id INTEGER)"))
    engine.dispose()
    return url


def _tables(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    names = sqlalchemy.inspect(engine).get_table_names()
    engine.dispose()
    return names
