"""`dray restore`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from dray.backup.archive import ArchiveBroken
from dray.backup.restoring import NotRestored, restore
from dray.cli.output import answer, as_json, refuse, say
from dray.cli.workplace import opened
from dray.installation import Dray

__all__ = ["command"]


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what the database holds now.")
@as_json
def command(file: Path, replace: bool, as_json: bool) -> None:
    """Put a backup back: all of it, or nothing. Stop Dray first.

    The database must be empty, unless --replace is said. What waits to be sent is looked for in the books before it is
    sent, because it may have been sent after the backup was made.
    """
    with opened() as parts:
        _make_room(parts)
        login, owner = make_url(parts.settings.database_url), make_url(parts.settings.database_owner_url)
        try:
            manifest = restore(
                parts.settings.database_owner_url,
                file,
                at=parts.clock(),
                replace=replace,
                login=login.username if login.username != owner.username else None,
            )
        except (ArchiveBroken, NotRestored) as refused:
            refuse(str(refused))
        except OperationalError as busy:
            if "lock" not in str(busy.orig):
                raise
            refuse("The database is in use. Nothing was changed; stop Dray, then restore.")
        missing = [key for key in manifest.vault_keys if key not in parts.vault.keys.by_id]
    facts = {
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.revision,
        "rows": manifest.rows,
        "missing_vault_keys": missing,
    }
    answer(as_json, facts, f"Put back {manifest.rows:,} rows of {manifest.made_at:%Y-%m-%d %H:%M} UTC.")
    say("Everybody signs in again. What waits is looked for in the books before it is sent.")
    if missing:
        say(f"DRAY_VAULT_KEYS lacks {', '.join(missing)}: without it nothing that is sealed in this backup opens.")


def _make_room(parts: Dray) -> None:
    database = make_url(parts.settings.database_owner_url).database
    if parts.settings.embedded and database:
        Path(database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
