"""The keys of an embedded installation are made once, whoever starts at the same moment."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dray.keys import SECRET_KEY_FILE, VAULT_KEYS_FILE, KeysUnreadable, embedded_keys

WAIT_THEN_READ = """
import sys
from pathlib import Path
from dray.keys import embedded_keys
print("ready", flush=True)
sys.stdin.readline()
keys = embedded_keys(Path(sys.argv[1]))
print(keys.secret_key, keys.vault_keys)
"""


def test_processes_that_start_at_once_get_the_same_keys(tmp_path: Path) -> None:
    home = tmp_path / "home"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", WAIT_THEN_READ, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = {racer.communicate()[0] for racer in racers}
    assert len(said) == 1
    assert len(said.pop().split()) == 2
    assert sorted(path.name for path in home.iterdir()) == sorted([SECRET_KEY_FILE, VAULT_KEYS_FILE])


def test_who_loses_the_race_takes_the_winners_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def somebody_was_faster(source: Path, target: Path) -> None:
        if target.name == SECRET_KEY_FILE:
            target.write_text("the winner's\n")
        link(source, target)

    monkeypatch.setattr(os, "link", somebody_was_faster)
    assert embedded_keys(tmp_path).secret_key == "the winner's"


def test_keys_are_for_their_owner_alone_and_stay_the_same(tmp_path: Path) -> None:
    first = embedded_keys(tmp_path / "home")
    assert embedded_keys(tmp_path / "home") == first
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    for name in (SECRET_KEY_FILE, VAULT_KEYS_FILE):
        assert stat.S_IMODE((tmp_path / "home" / name).stat().st_mode) == 0o600


def test_an_empty_key_is_never_replaced(tmp_path: Path) -> None:
    embedded_keys(tmp_path)
    (tmp_path / VAULT_KEYS_FILE).write_text("")
    with pytest.raises(KeysUnreadable, match=VAULT_KEYS_FILE):
        embedded_keys(tmp_path)
    assert (tmp_path / VAULT_KEYS_FILE).read_text() == ""


def test_what_an_interrupted_start_left_behind_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / f".{SECRET_KEY_FILE}.4711.abcd").write_text("half")
    assert embedded_keys(tmp_path).secret_key != "half"
    assert (tmp_path / SECRET_KEY_FILE).exists()
