import multiprocessing
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import DBAPIError, StatementError

from dray_tenants.database import Engines, ExactDecimal, Json, UtcDateTime, canonical_json, make_engine, new_public_id

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("price", ExactDecimal(5)),
    Column("data", Json),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    things.metadata.create_all(engine)
    yield engine
    engine.dispose()


def round_trip(engine: Engine, **values: Any) -> Any:
    with engine.begin() as connection:
        key = connection.execute(insert(things).values(**values).returning(things.c.id)).scalar_one()
        return connection.execute(select(*(things.c[name] for name in values)).where(things.c.id == key)).scalar_one()


def test_a_time_comes_back_in_utc(engine: Engine) -> None:
    moment = datetime(2026, 3, 4, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=-7)))
    back = round_trip(engine, at=moment)
    assert back == moment
    assert back.tzinfo is UTC
    assert round_trip(engine, at=None) is None


def test_times_sort_whatever_zone_they_were_written_in(engine: Engine) -> None:
    late = datetime(2026, 3, 4, 20, tzinfo=timezone(timedelta(hours=-7)))
    early = datetime(2026, 3, 5, 1, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(insert(things), [{"at": late}, {"at": early}])
        assert connection.scalars(select(things.c.at).order_by(things.c.at)).all() == [early, late]
        assert connection.scalar(select(func.count()).where(things.c.at > early)) == 1


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        round_trip(engine, at=datetime(2026, 3, 4))  # noqa: DTZ001


@pytest.mark.parametrize(
    "value", ["0", "-0.00001", "425.00", "92233720368547.75807", "-92233720368547.75807", "1E+3", "0.1000000000"]
)
def test_a_decimal_comes_back_exactly(engine: Engine, value: str) -> None:
    back = round_trip(engine, price=Decimal(value))
    assert back == Decimal(value)
    assert back.as_tuple().exponent == -5


def test_decimals_add_up_and_compare_in_the_database(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(things), [{"price": Decimal("0.10")}, {"price": Decimal("0.20")}, {"price": 3}])
        assert connection.scalar(select(func.sum(things.c.price))) == Decimal("3.30")
        assert connection.scalar(select(func.count()).where(things.c.price > Decimal("0.1"))) == 2


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.1, "float"),
        (True, "bool"),
        ("1", "str"),
        (Decimal("0.000001"), "more than 5"),
        (Decimal("1.0000000000000000000000000000000001"), "more than 5"),
        (Decimal("1." + "0" * 70 + "1"), "more than 5"),
        (Decimal("92233720368547.75808"), "too large"),
        (Decimal("1E+999999"), "too large"),
        (Decimal("NaN"), "not a number"),
        (Decimal("-Infinity"), "not a number"),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused(engine: Engine, value: Any, says: str) -> None:
    with pytest.raises(StatementError, match=says):
        round_trip(engine, price=value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_stored_exactly_or_refused(value: Decimal) -> None:
    column = ExactDecimal(5)
    dialect = SQLiteDialect()
    try:
        stored = column.process_bind_param(value, dialect)
    except ValueError:
        return
    assert column.process_result_value(stored, dialect) == value


DOCUMENT = {"ü": "Straße ☃", "b": [1, None, True, {"z": 2**60, "a": ""}], "a": {}}


def test_json_comes_back_and_is_canonical(engine: Engine) -> None:
    assert round_trip(engine, data=DOCUMENT) == DOCUMENT
    assert round_trip(engine, data=None) is None
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).where(things.c.data.is_(None))) == 1
    assert canonical_json({"b": 1, "a": ["ä"]}) == '{"a":["ä"],"b":1}'


@pytest.mark.parametrize(
    "value", [{"a": 1.5}, [float("nan")], {1: "a"}, {"a": "\0"}, {"a\0": 1}, {"a": object()}, "\0"]
)
def test_json_that_the_engines_would_keep_differently_is_refused(engine: Engine, value: Any) -> None:
    with pytest.raises(StatementError):
        round_trip(engine, data=value)


def test_a_public_id_is_a_prefix_and_twenty_random_characters() -> None:
    assert new_public_id("inv", lambda n: bytes(range(n))) == "inv_aaaqeayeaudaocajbifq"
    assert len({new_public_id("inv") for _ in range(1000)}) == 1000


# ---- engines -----------------------------------------------------------------------------------------------------


def count_up(url: str, times: int) -> None:
    with Engines(url) as engines:
        for _ in range(times):
            with engines.write.begin() as connection:
                read = select(things.c.data).where(things.c.id == 1).with_for_update()
                count = connection.execute(read).scalar_one()
                connection.execute(things.update().where(things.c.id == 1).values(data=count + 1))


def test_writers_in_several_processes_lose_no_update(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(insert(things).values(id=1, data=0))
    engine.dispose()
    start = multiprocessing.get_context("spawn").Process
    writers = [start(target=count_up, args=(database_url, 100)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    with engine.connect() as connection:
        assert connection.scalar(select(things.c.data)) == 400


def test_a_reader_neither_waits_for_the_writer_nor_writes(engine: Engine, database_url: str) -> None:
    with Engines(database_url) as engines, engines.write.begin() as writer:
        writer.execute(insert(things).values(id=1))
        with engines.read.begin() as reader:
            assert reader.scalar(select(func.count()).select_from(things)) == 0
        with pytest.raises(DBAPIError, match=r"readonly|read-only"), engines.read.begin() as reader:
            reader.execute(insert(things).values(id=2))


def test_sqlite_is_set_up_to_keep_what_it_accepted(tmp_path: Any) -> None:
    with Engines(f"sqlite:///{tmp_path / 'x.db'}") as engines:
        for engine in (engines.write, engines.read):
            with engine.connect() as connection:
                settings = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
            assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000}
        with engines.write.begin(), sqlite3.connect(tmp_path / "x.db", timeout=0) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            other.rollback()
        other.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "postgresql+psycopg2://x/y"])
def test_what_is_not_supported_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"name a file|not supported|psycopg"):
        make_engine(url)


@pytest.mark.postgresql
def test_a_postgresql_that_may_forget_is_refused(postgres: Any) -> None:
    with postgres.database() as url:
        forgetful = make_engine(f"{url}&options=-csynchronous_commit%3Doff")
        with pytest.raises(ValueError, match="synchronous_commit"), forgetful.connect() as connection:
            connection.execute(text("select 1"))
        forgetful.dispose()
