"""Whether a process lives, and whether it can do its work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from tests.ground.databases import MigratedTemplate


def test_a_process_lives_without_a_database(application: Callable[..., Flask], tmp_path: Path) -> None:
    client = application(DRAY_DATABASE_URL=f"sqlite:///{tmp_path}/no/such/place.db").test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text == "the database does not answer\n"


def test_it_is_not_ready_before_the_database_was_migrated(application: Callable[..., Flask]) -> None:
    answer = application().test_client().get("/readyz")
    assert answer.status_code == 503
    assert "dray migrate" in answer.text


def test_it_is_ready_with_a_migrated_database(
    application: Callable[..., Flask], tmp_path: Path, migrated_template: MigratedTemplate
) -> None:
    copy = tmp_path / "migrated.db"
    copy.write_bytes(migrated_template.sqlite().read_bytes())
    assert application(DRAY_DATABASE_URL=f"sqlite:///{copy}").test_client().get("/readyz").status_code == 200
