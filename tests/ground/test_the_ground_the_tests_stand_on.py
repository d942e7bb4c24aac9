"""The fixtures of tests/ground do what their users rely on."""

from pathlib import Path

import pytest
import sqlalchemy
from playwright.sync_api import Page

from tests.ground.postgresql import PostgreSQL


def test_each_test_gets_an_empty_database(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_and_so_does_the_next_one(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()


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


@pytest.mark.browser
def test_the_browser_shows_a_page(page: Page) -> None:
    page.set_content("<title>Dray</title>")
    assert page.title() == "Dray"


def test_a_port_can_be_listened_on(free_port: int) -> None:
    assert 1024 <= free_port <= 65535


def test_recorded_material_is_a_directory(reference_data: Path) -> None:
    assert reference_data.is_dir()
