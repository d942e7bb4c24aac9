"""`dray migrate`."""

from __future__ import annotations

import os
from pathlib import Path

import click
from sqlalchemy import make_url

from dray.cli.output import answer, as_json, refuse
from dray.migrations.upgrade import Busy, upgrade
from dray.settings import Settings, read_settings
from dray_tenants.row_security import RoleNotReady

__all__ = ["command", "migrate"]


@click.command("migrate")
@as_json
def command(as_json: bool) -> None:
    """Create the database, or upgrade it to this release. Safe to run twice, and while Dray is running."""
    before, after = migrate(read_settings(os.environ))
    sentence = f"The database is at revision {after}."
    answer(as_json, {"before": before, "after": after}, sentence if before != after else f"{sentence} Nothing to do.")


def migrate(settings: Settings) -> tuple[str | None, str | None]:
    """Migrate the database of these settings; its revision before and after."""
    login, owner = make_url(settings.database_url), make_url(settings.database_owner_url)
    if settings.embedded and login.database:
        Path(login.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return upgrade(settings.database_owner_url, login=login.username if login.username != owner.username else None)
    except RoleNotReady as refused:
        click.echo(str(refused), err=True)
        refuse("the login may not prepare the database; have somebody who may run the SQL above")
    except Busy as busy:
        refuse(str(busy))
