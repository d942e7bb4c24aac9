"""`dray connector shadow`: the version that is installed here, beside the one at work, on what it did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from dray.cli.connector_authors import installed
from dray.cli.output import answer, as_json, refuse
from dray_sdk import Connector
from dray_sdk.testing import recordings

__all__ = ["shadow"]

_LOOK_EVERY: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Played:
    """One recording, and what this version does otherwise."""

    file: str
    version: str
    differences: tuple[str, ...]


@click.command()
@click.argument("name")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--follow", is_flag=True, help="Go on with what is recorded from now on, until interrupted.")
@as_json
def shadow(name: str, folder: Path, follow: bool, as_json: bool) -> None:
    """Try the installed version of a connector on recorded exchanges: what would it send or understand otherwise?

    FOLDER is where the installation at work keeps them (its setting DRAY_RECORDINGS). Run this where the new version
    is installed, in an environment of its own: nothing is sent, and no database is needed. Status 1 where any differs.
    """
    connector = installed(name)
    played: list[_Played] = []
    try:
        for one in _played(connector, folder, follow):
            played.append(one)
            if one.differences and not as_json:
                click.echo(_told(one))
    except KeyboardInterrupt:
        pass
    differing = [one for one in played if one.differences]
    facts: dict[str, Any] = {
        "name": name,
        "version": connector.version,
        "recorded_by": sorted({one.version for one in played}),
        "exchanges": len(played),
        "differing": [{"file": one.file, "differences": list(one.differences)} for one in differing],
    }
    before = ", ".join(facts["recorded_by"]) or "nothing"
    said = f"{connector.title} {connector.version} beside {before}: {len(played)} exchanges, {len(differing)} differ."
    answer(as_json, facts, said)
    if differing:
        raise SystemExit(1)


def _played(connector: Connector, folder: Path, follow: bool) -> Iterator[_Played]:
    seen: set[str] = set()
    while True:
        for path in sorted(folder.glob(f"*-{connector.name}-*.json")):
            if path.name not in seen:
                seen.add(path.name)
                yield _play(connector, path)
        if not follow:
            return
        time.sleep(_LOOK_EVERY)


def _play(connector: Connector, path: Path) -> _Played:
    try:
        recording = recordings.read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _Played(path.name, "", ())  # dropped as too old meanwhile
    except (ValueError, KeyError, TypeError, OSError) as unreadable:
        refuse(f"{path.name} is no recording: {unreadable}")
    try:
        found = recordings.differences(connector, recording)
    except Exception as broke:  # noqa: BLE001  the version on trial may do anything
        found = (f"it breaks: {type(broke).__name__}: {broke}",)
    return _Played(path.name, recording.version, found)


def _told(one: _Played) -> str:
    return "\n  ".join([one.file, *one.differences])
