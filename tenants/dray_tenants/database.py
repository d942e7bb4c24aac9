"""Engines, column types and public ids: what every table of Dray stands on.

Two engines are supported, SQLite and PostgreSQL. What a column gives back is the same on both: times are aware and
UTC, decimals are exact, JSON is canonical.
"""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact
from types import TracebackType
from typing import Any, Final, Literal, Self

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = [
    "Base",
    "BigKey",
    "Engines",
    "ExactDecimal",
    "Json",
    "Synchronous",
    "UtcDateTime",
    "canonical_json",
    "is_busy",
    "make_engine",
    "new_public_id",
]

Synchronous = Literal["FULL", "NORMAL"]

BUSY_TIMEOUT_MS: Final = 15_000
HURRIED_TIMEOUT_MS: Final = 5
PUBLIC_ID_CHARACTERS: Final = 20
_LARGEST_BIGINT: Final = 2**63 - 1
_LARGEST_EXPONENT: Final = 18
# The default context would round a long number to 28 digits and so hide places that do not fit.
_EXACT: Final = Context(prec=60, traps=[Inexact])

BigKey = BigInteger().with_variant(Integer(), "sqlite")
"""The type of every internal key: BIGINT, and on SQLite INTEGER, because only that becomes the row id."""


class Base(DeclarativeBase):
    """The declarative base of every table; constraint names are derived, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Python sees an aware datetime in UTC on both engines; writing a naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone; a stored time must be aware")
        moment = value.astimezone(UTC)
        # SQLite's text must sort as time: always UTC, always without an offset.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal with at most `places` decimal places, stored as a BIGINT scaled by 10**places on both engines.

    NUMERIC passes through floating point on SQLite; a scaled integer does not. Comparing, ordering and summing in SQL
    are exact; multiplying or dividing two such columns in SQL is not meaningful (the scale is applied twice).
    Writing a float raises TypeError; more places than allowed, or a value outside BIGINT, raises ValueError: nothing
    is ever rounded here. A value read back has exactly `places` places.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise TypeError(f"{value!r} is a {type(value).__name__}; an exact decimal is written as Decimal or int")
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{value} is not a number that can be stored")
        if number.adjusted() > _LARGEST_EXPONENT or abs(scaled := _scaled(number, self.places)) > _LARGEST_BIGINT:
            raise ValueError(f"{value} is too large to store")
        return scaled

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        # sum() of a BIGINT is NUMERIC on PostgreSQL and arrives as Decimal.
        return None if value is None else Decimal(int(value)).scaleb(-self.places)


def _scaled(number: Decimal, places: int) -> int:
    try:
        scaled = number.scaleb(places, context=_EXACT)
    except Inexact:
        scaled = None
    if scaled is None or scaled != scaled.to_integral_value():
        raise ValueError(f"{number} has more than {places} decimal places")
    return int(scaled)


def canonical_json(value: object) -> str:
    """The one text of a JSON value: keys sorted, no spaces, characters as they are. What is hashed and stored.

    Raises TypeError for anything that JSON or both engines cannot hold alike: floats (write a decimal as text),
    keys that are not text; ValueError for a NUL character, which PostgreSQL cannot store.
    """
    _refuse_unstorable(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_unstorable(value: object) -> None:
    match value:
        case float():
            raise TypeError(f"{value!r} is a float; write a decimal as text")
        case str():
            if "\0" in value:
                raise ValueError("a NUL character cannot be stored")
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise TypeError(f"{key!r} is not text; every key of a JSON object is")
                _refuse_unstorable(key)
                _refuse_unstorable(item)
        case list() | tuple():
            for item in value:
                _refuse_unstorable(item)


class Json(TypeDecorator[Any]):
    """A JSON value: JSONB on PostgreSQL, canonical text on SQLite. None is SQL NULL.

    Refuses what `canonical_json` refuses. A change inside the value is not noticed: assign a new value.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = canonical_json(value)
        return value if dialect.name == "postgresql" else text

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.loads(value)


def new_public_id(prefix: str, randomness: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """An id that people and machines see: `prefix`, `_` and 20 base32 characters (100 random bits), e.g. `inv_k3…`.

    `randomness(n)` gives n random bytes.
    """
    return f"{prefix}_{base64.b32encode(randomness(13)).decode().lower()[:PUBLIC_ID_CHARACTERS]}"


def make_engine(
    url: str, *, read_only: bool = False, synchronous: Synchronous = "FULL", patience_ms: int = BUSY_TIMEOUT_MS
) -> Engine:
    """The engine for `url`, set up so that concurrent writers neither lose an update nor fail at once.

    SQLite: WAL, foreign keys, a busy timeout of 15 seconds (or what `patience_ms` says), and BEGIN IMMEDIATE (a writer
    waits for the writer before it reads, so a read-then-write cannot be overtaken); plain BEGIN and `query_only` when
    `read_only`.
    PostgreSQL: psycopg 3; a server that runs with `synchronous_commit=off` is refused, because it may forget what it
    accepted. Raises ValueError for any other database, and for SQLite in memory, which no two connections share.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:") or "mode=memory" in str(parsed.database):
                raise ValueError("an in-memory SQLite database cannot be shared by connections; name a file")
            return _sqlite_engine(url, read_only, synchronous, patience_ms)
        case "postgresql":
            if parsed.get_driver_name() != "psycopg":
                raise ValueError("PostgreSQL is reached through psycopg: write postgresql+psycopg://…")
            return _postgresql_engine(url, read_only)
        case other:
            raise ValueError(f"{other} is not supported; use SQLite or PostgreSQL")


def _sqlite_engine(url: str, read_only: bool, synchronous: Synchronous, patience_ms: int) -> Engine:
    # isolation_level=None: the driver begins nothing by itself, the listener below does.
    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": patience_ms / 1000},
        pool_size=8,
        max_overflow=24,
    )
    pragmas = (
        f"PRAGMA busy_timeout = {patience_ms}",
        "PRAGMA journal_mode = WAL",
        f"PRAGMA synchronous = {synchronous}",
        "PRAGMA foreign_keys = ON",
        # Otherwise INSERT OR REPLACE deletes rows past the triggers that lock them.
        "PRAGMA recursive_triggers = ON",
        f"PRAGMA query_only = {'ON' if read_only else 'OFF'}",
    )
    begin_sql = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin_sql)

    return engine


def _postgresql_engine(url: str, read_only: bool) -> Engine:
    # pre_ping: a restarted server costs one round trip per checkout instead of an error shown to somebody.
    engine = create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=24)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("select current_setting('synchronous_commit')")
        row = cursor.fetchone()
        cursor.close()
        connection.rollback()
        if row is not None and row[0] == "off":
            raise ValueError("PostgreSQL runs with synchronous_commit=off, which forgets accepted work in a crash")
        if read_only:
            connection.read_only = True

    return engine


def is_busy(error: OperationalError) -> bool:
    """Whether the database refused only because somebody else is writing."""
    return getattr(error.orig, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT}


class Engines:
    """The engines of one database: `write`; `read`, whose transactions never take the writer's lock; `notes`, for
    small writes that a power cut may take back (on SQLite they wait for no disk; on PostgreSQL it is `write`); and
    `hurried`, the same for what can be written later as well: on SQLite it raises an OperationalError (see `is_busy`)
    after 5 ms where somebody else writes.

    Also a context manager; leaving it closes every pooled connection.
    """

    def __init__(self, url: str, *, synchronous: Synchronous = "FULL") -> None:
        self.write: Final = make_engine(url, synchronous=synchronous)
        self.read: Final = make_engine(url, read_only=True, synchronous=synchronous)
        unsynced = self.write.dialect.name == "sqlite" and synchronous != "NORMAL"
        self.notes: Final = make_engine(url, synchronous="NORMAL") if unsynced else self.write
        self.hurried: Final = (
            make_engine(url, synchronous="NORMAL", patience_ms=HURRIED_TIMEOUT_MS)
            if self.write.dialect.name == "sqlite"
            else self.write
        )

    def dispose(self, *, close: bool = True) -> None:
        """Drop the pooled connections; `close=False` in a forked child, whose parent still uses them."""
        self.write.dispose(close=close)
        self.read.dispose(close=close)
        self.notes.dispose(close=close)
        self.hurried.dispose(close=close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dispose()
