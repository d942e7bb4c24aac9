"""The settings of an installation: read from the environment once, checked whole, and frozen.

Connectors declare settings of their own (`dray_sdk.Setting`); `Settings.declared` gives their values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from dray.keys import KeysUnreadable, embedded_keys
from dray_sdk import Setting
from dray_tenants.vault import MasterKeys

__all__ = ["LOGO_TYPES", "MASK", "VARIABLES", "Settings", "Variable", "WrongSetting", "masked_url", "read_settings"]

MASK: Final = "••••"
_SHORTEST_SECRET: Final = 32
_LARGEST_LOGO: Final = 500_000
LOGO_TYPES: Final[Mapping[str, str]] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
"""How the name of a logo's file may end, and what it is then."""


class WrongSetting(Exception):
    """A setting is missing or wrong. The message is one line that names it and says what it should be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set. Directories are absolute and addresses carry no slash at their end."""

    home: Path
    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    broker_url: str | None = field(repr=False)
    public_url: str
    secret_key: str = field(repr=False)
    vault_keys: str = field(repr=False)
    smtp_url: str | None = field(repr=False)
    mail_from: str | None
    connectors: tuple[str, ...] | None
    recordings: Path | None
    product_name: str
    support_email: str | None
    support_phone: str | None
    support_address: str | None
    logo: Path | None
    trusted_proxies: int
    log_format: str
    log_level: str
    environment: Mapping[str, str] = field(repr=False, default_factory=lambda: MappingProxyType({}))

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of ours, so that keys may be kept beside it."""
        return self.database_url.startswith("sqlite")

    @property
    def reach(self) -> tuple[str, ...]:
        """Where customers get help, the quickest way first: telephone, e-mail, postal address; those that are set."""
        return tuple(each for each in (self.support_phone, self.support_email, self.support_address) if each)

    def declared(self, settings: Iterable[Setting]) -> dict[str, str | None]:
        """The values of settings that a connector declares: from the environment, else their defaults."""
        return {each.name: self.environment.get(each.name) or each.default for each in settings}


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting of the platform. `default` is None where it is made or left out; `shown_default` says so."""

    name: str
    help: str
    default: str | None = None
    shown_default: str = ""
    secret: bool = False

    @property
    def attribute(self) -> str:
        """Its name in `Settings`."""
        return self.name.removeprefix("DRAY_").lower()


VARIABLES: Final = (
    Variable("DRAY_HOME", "the directory of the embedded database and of generated keys", "./var"),
    Variable(
        "DRAY_DATABASE_URL",
        "the database: SQLite, or postgresql+psycopg://user:password@host/name",
        shown_default="sqlite:///$DRAY_HOME/dray.db",
    ),
    Variable(
        "DRAY_DATABASE_OWNER_URL",
        "the login that owns the tables; only `dray migrate` uses it",
        shown_default="the same as DRAY_DATABASE_URL",
    ),
    Variable("DRAY_BROKER_URL", "Redis or RabbitMQ, for background work on several machines", shown_default="none"),
    Variable("DRAY_PUBLIC_URL", "the address that customers' machines reach", "http://localhost:8000"),
    Variable("DRAY_SECRET_KEY", "signs cookies", shown_default="made in $DRAY_HOME with SQLite", secret=True),
    Variable(
        "DRAY_VAULT_KEYS",
        "id:base64key[,id:base64key…]; the first seals, all open",
        shown_default="made in $DRAY_HOME with SQLite",
        secret=True,
    ),
    Variable("DRAY_SMTP_URL", "smtp://user:password@host:587", shown_default="none: mail is kept"),
    Variable(
        "DRAY_MAIL_FROM",
        "the address that letters come from",
        shown_default="DRAY_SUPPORT_EMAIL, else the user of DRAY_SMTP_URL",
    ),
    Variable(
        "DRAY_CONNECTORS",
        "names of the connectors to enable, with commas between; `name==1.2.0` takes that version and no other",
        shown_default="those that come with Dray",
    ),
    Variable(
        "DRAY_RECORDINGS",
        "a folder in which the newest exchanges are kept as files, for trying a connector's next version on them",
        shown_default="none",
    ),
    Variable("DRAY_PRODUCT_NAME", "what customers know this installation by", "Dray"),
    Variable("DRAY_SUPPORT_EMAIL", "where customers write for help", shown_default="none"),
    Variable("DRAY_SUPPORT_PHONE", "where customers call for help", shown_default="none"),
    Variable("DRAY_SUPPORT_ADDRESS", "the postal address of whoever runs this installation", shown_default="none"),
    Variable(
        "DRAY_LOGO",
        "a picture file (PNG, JPEG, WebP or SVG, at most 500 kB) that set-up pages and letters show",
        shown_default="none",
    ),
    Variable("DRAY_TRUSTED_PROXIES", "how many reverse proxies stand in front", "0"),
    Variable("DRAY_LOG_FORMAT", "`json` or `console`", "json"),
    Variable("DRAY_LOG_LEVEL", "`debug`, `info`, `warning` or `error`", "info"),
)
"""Every setting of the platform: the one table that reading, `dray doctor` and the documents share."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`, checked. Raises WrongSetting.

    With SQLite the keys that are not given are made in the home directory, once.
    """
    given = {each.name: environment.get(each.name, "").strip() or each.default for each in VARIABLES}
    home = _home(given["DRAY_HOME"] or "./var")
    database_url = _database_url("DRAY_DATABASE_URL", given["DRAY_DATABASE_URL"] or f"sqlite:///{home / 'dray.db'}")
    secret_key, vault_keys = _keys(home, database_url, given)
    return Settings(
        home=home,
        database_url=database_url,
        database_owner_url=_database_url("DRAY_DATABASE_OWNER_URL", given["DRAY_DATABASE_OWNER_URL"] or database_url),
        broker_url=_optional(given, "DRAY_BROKER_URL", _broker_url),
        public_url=_public_url(given["DRAY_PUBLIC_URL"] or ""),
        secret_key=secret_key,
        vault_keys=vault_keys,
        smtp_url=_optional(given, "DRAY_SMTP_URL", _smtp_url),
        mail_from=_optional(given, "DRAY_MAIL_FROM", lambda text: _email("DRAY_MAIL_FROM", text)),
        connectors=_connectors(given["DRAY_CONNECTORS"]),
        recordings=Path(given["DRAY_RECORDINGS"]).expanduser().absolute() if given["DRAY_RECORDINGS"] else None,
        product_name=_line("DRAY_PRODUCT_NAME", given["DRAY_PRODUCT_NAME"] or "", 60),
        support_email=_optional(given, "DRAY_SUPPORT_EMAIL", lambda text: _email("DRAY_SUPPORT_EMAIL", text)),
        support_phone=_optional(given, "DRAY_SUPPORT_PHONE", lambda text: _line("DRAY_SUPPORT_PHONE", text, 40)),
        support_address=_optional(given, "DRAY_SUPPORT_ADDRESS", lambda text: _line("DRAY_SUPPORT_ADDRESS", text, 200)),
        logo=_logo(given["DRAY_LOGO"]),
        trusted_proxies=_number("DRAY_TRUSTED_PROXIES", given["DRAY_TRUSTED_PROXIES"] or "0", most=10),
        log_format=_one_of("DRAY_LOG_FORMAT", given["DRAY_LOG_FORMAT"], ("json", "console")),
        log_level=_one_of("DRAY_LOG_LEVEL", given["DRAY_LOG_LEVEL"], ("debug", "info", "warning", "error")),
        environment=MappingProxyType(dict(environment)),
    )


def masked_url(url: str) -> str:
    """The URL with the password in it hidden."""
    return re.sub(r"(://[^:/@]*:).*@", rf"\g<1>{MASK}@", url)


def _home(text: str) -> Path:
    home = Path(text).expanduser().resolve()
    if home.exists() and not home.is_dir():
        raise WrongSetting(f"DRAY_HOME is {home}, which is a file; name a directory")
    return home


def _database_url(name: str, text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise WrongSetting(
            f"{name} cannot be read as a database URL; write sqlite:///FILE or postgresql+psycopg://…"
        ) from None
    if url.drivername == "postgresql+psycopg":
        return text
    if url.drivername != "sqlite":
        raise WrongSetting(f"{name} names {url.drivername}; write sqlite:///FILE or postgresql+psycopg://…")
    if url.database in (None, "", ":memory:"):
        raise WrongSetting(f"{name} names no file; a database in memory would be lost, write sqlite:///FILE")
    # Absolute, so that every process means the same file wherever it was started.
    return url.set(database=str(Path(url.database or "").expanduser().resolve())).render_as_string(hide_password=False)


def _keys(home: Path, database_url: str, given: Mapping[str, str | None]) -> tuple[str, str]:
    secret_key, vault_keys = given["DRAY_SECRET_KEY"], given["DRAY_VAULT_KEYS"]
    missing = [name for name in ("DRAY_SECRET_KEY", "DRAY_VAULT_KEYS") if not given[name]]
    if missing and not database_url.startswith("sqlite"):
        raise WrongSetting(f"{missing[0]} is missing; with PostgreSQL it is not made by itself")
    if missing:
        try:
            made = embedded_keys(home)
        except (KeysUnreadable, OSError) as refused:
            raise WrongSetting(f"{missing[0]} is not set and cannot be kept in DRAY_HOME: {refused}") from None
        secret_key, vault_keys = secret_key or made.secret_key, vault_keys or made.vault_keys
    return _secret_key(secret_key or ""), _vault_keys(vault_keys or "")


def _secret_key(text: str) -> str:
    if len(text) < _SHORTEST_SECRET:
        raise WrongSetting(f"DRAY_SECRET_KEY is too short; give at least {_SHORTEST_SECRET} random characters")
    return text


def _vault_keys(text: str) -> str:
    try:
        MasterKeys.parse(text)
    except ValueError as wrong:
        raise WrongSetting(f"DRAY_VAULT_KEYS: {wrong}; write id:base64key, the key being 32 bytes") from None
    return text


def _public_url(text: str) -> str:
    url = text.rstrip("/")
    parts = _split("DRAY_PUBLIC_URL", url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongSetting(
            f"DRAY_PUBLIC_URL is {text!r}; write https://HOST or, on this machine, http://localhost:8000"
        )
    if parts.path or parts.query or parts.fragment or parts.username:
        raise WrongSetting("DRAY_PUBLIC_URL has more than a host in it; write https://HOST, without a path or a login")
    return url


def _broker_url(text: str) -> str:
    parts = _split("DRAY_BROKER_URL", text)
    if parts.scheme not in ("redis", "rediss", "amqp", "amqps", "redis+socket"):
        raise WrongSetting("DRAY_BROKER_URL must begin with redis://, rediss://, amqp:// or amqps://")
    return text


def _smtp_url(text: str) -> str:
    parts = _split("DRAY_SMTP_URL", text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise WrongSetting("DRAY_SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465")
    return text


def _split(name: str, text: str) -> _Parts:
    try:
        parts = urlsplit(text)
        return _Parts(parts.scheme, parts.hostname, parts.port, parts.path, parts.query, parts.fragment, parts.username)
    except ValueError:
        raise WrongSetting(f"{name} cannot be read as a URL") from None


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    hostname: str | None
    port: int | None
    path: str
    query: str
    fragment: str
    username: str | None


def _connectors(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}(==[A-Za-z0-9.+!_-]{1,60})?", name):
            raise WrongSetting(
                f"DRAY_CONNECTORS holds {name!r}, which is no connector's name; see `dray connector list`"
            )
    return names


def _email(name: str, text: str) -> str:
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", text):
        raise WrongSetting(f"{name} is {text!r}; write one e-mail address")
    return text


def _line(name: str, text: str, most: int) -> str:
    if len(text) > most or not text.isprintable():
        raise WrongSetting(f"{name} must be one line of at most {most} characters")
    return text


def _logo(text: str | None) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser().resolve()
    if path.suffix.lower() not in LOGO_TYPES:
        raise WrongSetting(f"DRAY_LOGO is {text}; name a file that ends in {', '.join(LOGO_TYPES)}")
    if not path.is_file():
        raise WrongSetting(f"DRAY_LOGO is {path}, and there is no such file")
    if path.stat().st_size > _LARGEST_LOGO:
        raise WrongSetting(f"DRAY_LOGO is {path}, which has more than {_LARGEST_LOGO // 1000} kB")
    return path


def _number(name: str, text: str, *, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > most:
        raise WrongSetting(f"{name} is {text!r}; give a whole number from 0 to {most}")
    return int(text)


def _one_of(name: str, text: str | None, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise WrongSetting(f"{name} is {text!r}; it can be {', '.join(allowed)}")
    return text


def _optional(given: Mapping[str, str | None], name: str, check: Callable[[str], str]) -> str | None:
    text = given[name]
    return check(text) if text else None
