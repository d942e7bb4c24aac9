"""A terminal on a migrated database, and a company in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.ground.databases import MigratedTemplate
from tests.platform.cli.shell import PASSWORD, Shell


@pytest.fixture
def shell(tmp_path: Path, migrated_database_url: str) -> Shell:
    """On both engines in turn."""
    return Shell(tmp_path / "home", migrated_database_url)


@pytest.fixture
def small_shell(tmp_path: Path, migrated_template: MigratedTemplate) -> Shell:
    """On SQLite alone, for what no database changes."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    return Shell(tmp_path / "home", f"sqlite:///{tmp_path / 'dray.db'}")


@pytest.fixture
def tenant(shell: Shell) -> str:
    """The short name of a company."""
    slug: str = shell.json("tenant", "create", "Paperworks", "--admin", "ann@paper.example", "--password-stdin",
                           stdin=f"{PASSWORD}\n")["slug"]  # fmt: skip
    return slug
