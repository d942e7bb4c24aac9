"""`dray backup`."""

from __future__ import annotations

from pathlib import Path

import click

from dray.backup.making import NotMade, back_up
from dray.cli.output import answer, as_json, refuse, say
from dray.cli.workplace import opened

__all__ = ["command"]


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def command(file: Path, as_json: bool) -> None:
    """Write everything in the database to FILE, as it is at this moment, while Dray goes on working.

    Secrets stay sealed: the vault's keys are not in the file. Keep them, and keep them somewhere else.
    """
    with opened() as parts:
        try:
            manifest = back_up(parts.settings.database_owner_url, file, at=parts.clock())
        except NotMade as not_made:
            refuse(str(not_made))
    facts = {
        "file": str(file),
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.revision,
        "rows": manifest.rows,
        "bytes": file.stat().st_size,
        "vault_keys": list(manifest.vault_keys),
    }
    answer(as_json, facts, f"Wrote {file}: {manifest.rows:,} rows, {facts['bytes']:,} bytes.")
    keys = ", ".join(manifest.vault_keys)
    say(f"The vault's keys are not in it{f' ({keys})' if keys else ''}: keep DRAY_VAULT_KEYS, and keep it elsewhere.")
