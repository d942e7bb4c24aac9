"""The settings are read whole, and a wrong one is named in one line."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest

from dray.settings import MASK, VARIABLES, Settings, WrongSetting, masked_url, read_settings
from dray_sdk import Setting

KEY = "k1:" + base64.b64encode(bytes(32)).decode()
POSTGRESQL = "postgresql+psycopg://dray:hush@db.example/dray"
KEYS = {"DRAY_SECRET_KEY": "s" * 32, "DRAY_VAULT_KEYS": KEY}


def test_everything_has_a_default_in_embedded_mode(tmp_path: Path) -> None:
    settings = read_settings({"DRAY_HOME": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/dray.db"
    assert settings.database_owner_url == settings.database_url
    assert settings.public_url == "http://localhost:8000"
    assert (settings.product_name, settings.trusted_proxies, settings.connectors) == ("Dray", 0, None)
    assert settings.embedded


def test_the_table_and_the_record_name_the_same_settings() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)} - {"environment"}
    assert {variable.attribute for variable in VARIABLES} == fields


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAY_DATABASE_URL", "mysql://root@localhost/dray"),
        ("DRAY_DATABASE_URL", "postgresql://dray@db.example/dray"),
        ("DRAY_DATABASE_URL", "sqlite://"),
        ("DRAY_DATABASE_URL", "sqlite:///:memory:"),
        ("DRAY_DATABASE_URL", "no url at all"),
        ("DRAY_DATABASE_OWNER_URL", "oracle://x"),
        ("DRAY_BROKER_URL", "kafka://broker"),
        ("DRAY_PUBLIC_URL", "dray.example.com"),
        ("DRAY_PUBLIC_URL", "ftp://dray.example.com"),
        ("DRAY_PUBLIC_URL", "https://dray.example.com/books"),
        ("DRAY_PUBLIC_URL", "https://ann:hush@dray.example.com"),
        ("DRAY_PUBLIC_URL", "https://dray.example.com:port"),
        ("DRAY_PUBLIC_URL", "https://[dray"),
        ("DRAY_SECRET_KEY", "short"),
        ("DRAY_VAULT_KEYS", "no-colon"),
        ("DRAY_VAULT_KEYS", "k1:not base64"),
        ("DRAY_VAULT_KEYS", "k1:" + base64.b64encode(bytes(16)).decode()),
        ("DRAY_VAULT_KEYS", f"{KEY},{KEY}"),
        ("DRAY_SMTP_URL", "mail.example.com:587"),
        ("DRAY_MAIL_FROM", "Dray <dray at example.com>"),
        ("DRAY_CONNECTORS", "Books & More"),
        ("DRAY_PRODUCT_NAME", "x" * 61),
        ("DRAY_PRODUCT_NAME", "two\nlines"),
        ("DRAY_SUPPORT_EMAIL", "support at example.com"),
        ("DRAY_SUPPORT_PHONE", "5" * 41),
        ("DRAY_SUPPORT_ADDRESS", "5" * 201),
        ("DRAY_LOGO", "none.png"),
        ("DRAY_TRUSTED_PROXIES", "-1"),
        ("DRAY_TRUSTED_PROXIES", "many"),
        ("DRAY_TRUSTED_PROXIES", "11"),
        ("DRAY_LOG_FORMAT", "xml"),
        ("DRAY_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings({"DRAY_HOME": str(tmp_path), name: value})
    assert name in str(wrong.value)
    assert "\n" not in str(wrong.value)


PLACES = {"DRAY_HOME", "DRAY_RECORDINGS"}
"""Any path will do there."""


def test_every_setting_is_tried_with_a_wrong_value() -> None:
    """Otherwise a new one would come without its check."""
    tried = test_a_wrong_value_is_named_in_one_line.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {variable.name for variable in VARIABLES} - {name for name, _ in tried} == PLACES


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(WrongSetting, match="DRAY_HOME"):
        read_settings({"DRAY_HOME": str(tmp_path / "home")})


def test_a_home_that_cannot_be_written_is_refused_by_the_setting_that_needs_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WrongSetting, match="DRAY_SECRET_KEY is not set and cannot be kept"):
        read_settings({"DRAY_HOME": str(tmp_path / "file" / "below")})


@pytest.mark.parametrize("missing", ["DRAY_SECRET_KEY", "DRAY_VAULT_KEYS"])
def test_with_postgresql_the_keys_must_be_given(missing: str, tmp_path: Path) -> None:
    given = {**KEYS, "DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": POSTGRESQL}
    assert not read_settings(given).embedded
    with pytest.raises(WrongSetting, match=missing):
        read_settings({**given, missing: ""})
    assert list(tmp_path.iterdir()) == [], "nothing is made where keys must be given"


def test_given_keys_are_used_and_none_are_made(tmp_path: Path) -> None:
    settings = read_settings({**KEYS, "DRAY_HOME": str(tmp_path)})
    assert (settings.secret_key, settings.vault_keys) == ("s" * 32, KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_database_means_the_same_file_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({**KEYS, "DRAY_DATABASE_URL": "sqlite:///data.db", "DRAY_HOME": "here"})
    assert settings.database_url == f"sqlite:///{tmp_path}/data.db"
    assert settings.home == tmp_path / "here"


def test_the_public_address_loses_its_last_slash(tmp_path: Path) -> None:
    settings = read_settings({**KEYS, "DRAY_HOME": str(tmp_path), "DRAY_PUBLIC_URL": "https://dray.example.com/"})
    assert settings.public_url == "https://dray.example.com"


def test_no_secret_is_in_its_repr(tmp_path: Path) -> None:
    secrets = {
        **KEYS,
        "DRAY_SMTP_URL": "smtp://ann:hush@mail.example:587",
        "DRAY_BROKER_URL": "redis://:hush@r.example",
    }
    said = repr(read_settings({**secrets, "DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": POSTGRESQL}))
    assert "hush" not in said
    assert KEY not in said
    assert "s" * 32 not in said


def test_a_connector_reads_the_settings_that_it_declares(tmp_path: Path) -> None:
    settings = read_settings({**KEYS, "DRAY_HOME": str(tmp_path), "TOY_ID": "seven", "TOY_EMPTY": ""})
    declared = (
        Setting("TOY_ID", "its id"),
        Setting("TOY_EMPTY", "a size", default="small"),
        Setting("TOY_NONE", "none"),
    )
    assert settings.declared(declared) == {"TOY_ID": "seven", "TOY_EMPTY": "small", "TOY_NONE": None}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (POSTGRESQL, f"postgresql+psycopg://dray:{MASK}@db.example/dray"),
        ("redis://:hush@r.example:6379/0", f"redis://:{MASK}@r.example:6379/0"),
        ("smtp://ann:h/u:s@h@mail.example", f"smtp://ann:{MASK}@mail.example"),
        ("https://dray.example.com", "https://dray.example.com"),
    ],
)
def test_passwords_in_addresses_are_masked(url: str, shown: str) -> None:
    assert masked_url(url) == shown
