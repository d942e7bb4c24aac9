"""Live exchanges are kept as files, and the next version of a connector is shown what it would do otherwise."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dray.cli import program
from dray.sync import recorder
from dray.sync.recorder import Recorder
from dray_qbd.connector import QuickBooksDesktop
from dray_sdk import Batch, Books, Outcome, Request, Response
from tests.platform.cli.shell import KEYS
from tests.platform.sync.office import Office


def shadow(folder: Path) -> Result:
    environment = {**KEYS, "DRAY_HOME": str(folder.parent)}
    return CliRunner().invoke(program, ["connector", "shadow", "qbd", str(folder), "--json"], env=environment)


def test_another_version_runs_beside_on_what_really_happened_and_sends_nothing(
    office: Office, clerk: Callable[[int], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recordings"
    office.recorder = Recorder(folder)
    clerk(2)
    office.run()
    assert set(office.states().values()) == {"synced"}
    kept = sorted(folder.iterdir())
    assert len(kept) == len(office.handed_out)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    alike = shadow(folder)
    assert alike.exit_code == 0, alike.output
    facts = json.loads(alike.stdout)
    assert (facts["exchanges"], facts["differing"]) == (len(kept), [])
    assert facts["recorded_by"] == [facts["version"]]

    encode = QuickBooksDesktop.encode

    def shorter(self: QuickBooksDesktop, batch: Batch, books: Books) -> Request:
        request = encode(self, batch, books)
        return replace(request, body=request.body.replace(b"30 yd roll-off", b"30 yd"))

    monkeypatch.setattr(QuickBooksDesktop, "encode", shorter)
    monkeypatch.setattr(QuickBooksDesktop, "version", "9.9.9")
    before = len(office.books())
    differing = shadow(folder)
    assert differing.exit_code == 1
    found = json.loads(differing.stdout)
    assert (found["version"], found["recorded_by"]) == ("9.9.9", facts["recorded_by"])
    assert found["differing"]
    assert all("-write.json" in one["file"] for one in found["differing"])
    assert "it sends" in found["differing"][0]["differences"][0]
    assert len(office.books()) == before

    def breaks(self: QuickBooksDesktop, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        raise KeyError("a bug of the next version")

    monkeypatch.setattr(QuickBooksDesktop, "decode", breaks)
    assert "it breaks: KeyError" in shadow(folder).stdout


def test_a_folder_that_cannot_be_written_costs_nobody_their_invoice(
    office: Office, clerk: Callable[[int], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "recordings").write_text("a file in its place")
    office.recorder = Recorder(tmp_path / "recordings")
    clerk(1)
    office.run()
    assert set(office.states().values()) == {"synced"}


def test_only_the_newest_stay(
    office: Office, clerk: Callable[[int], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST", 2)
    monkeypatch.setattr(recorder, "_TOO_MANY", 3)
    office.recorder = Recorder(tmp_path)
    clerk(1)
    office.run()
    kept: list[Any] = sorted(tmp_path.glob("*.json"))
    assert len(office.handed_out) > 3
    assert 1 <= len(kept) <= 2


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "1-qbd-1.json").write_text("{}")
    refused = shadow(tmp_path)
    assert refused.exit_code == 1
    assert "1-qbd-1.json is no recording" in refused.output
