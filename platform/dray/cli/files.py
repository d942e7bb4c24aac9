"""Files that are imported by command: whole or not at all, every bad row named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final, NoReturn

import click

from dray.api.v1.entries import READERS
from dray.billing.given import NotNow
from dray.billing.haste import let_others_write
from dray.billing.imports import NotReadable, Refused
from dray.cli.output import refuse
from dray.cli.workplace import ACTOR, opened, tenant_session
from dray.imports.states import Kind
from dray.imports.whole import import_whole

__all__ = ["import_file"]

_PART: Final = 1024 * 1024


def import_file(tenant: str, kind: Kind, path: Path) -> dict[str, int]:
    """Import all of it into that tenant; how many were created, updated and the same. Refuses otherwise."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        try:
            counts = import_whole(
                session,
                kind,
                path.name,
                _parts(path),
                READERS,
                actor=ACTOR,
                clock=parts.clock,
                between=let_others_write,
            )
        except OSError as wrong:
            refuse(f"{path}: The file cannot be read: {wrong.strerror}.")
        except (NotReadable, NotNow) as wrong:
            refuse(f"{path}: {wrong}")
        except Refused as refused:
            _name_bad_rows(path, refused)
    return asdict(counts)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part


def _name_bad_rows(path: Path, refused: Refused) -> NoReturn:
    """Tell of every bad row on stderr, and end with status 1."""
    for bad in refused.rows:
        where = f"{path}:{bad.row}" if bad.row else str(path)
        click.echo(f"{where}: {bad.field + ': ' if bad.field else ''}{bad.detail}", err=True)
    count = len(refused.rows)
    refuse(f"nothing was imported: {count} {'fault' if count == 1 else 'faults'} in {path}")
