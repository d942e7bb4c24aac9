"""Passwords of what dials in: minted once, checked without waiting for anybody, rotated with overlap."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from dray.connections.opening import install_of, open_connection
from dray.installation import Dray
from dray_tenants.companies import create_tenant
from dray_tenants.connector_passwords import add_hash_key
from dray_tenants.scope import ScopedSession

NOW = dt.datetime(2026, 11, 24, 10, 42, tzinfo=dt.UTC)
Minted = tuple[str, list[dict[str, str]]]


@pytest.fixture
def parts(app: Flask) -> Dray:
    found: Dray = app.extensions["dray"]
    return found


@pytest.fixture
def mint(parts: Dray) -> Iterator[Callable[[], Minted]]:
    """Mints another password for one connection: the password, and what is stored for the connection now."""
    with ScopedSession(parts.engines) as session:
        tenant = create_tenant(session, parts.vault, name="Paperworks", now=NOW)
        with session.tenant(tenant.id):
            connector = next(iter(parts.registry.enabled.values()))
            connection = open_connection(
                session, connector, "Main", at=NOW, actor="test", randomness=random.Random(1).randbytes
            )
            session.commit()

            def another() -> Minted:
                password = parts.passwords.mint(session, connection, at=NOW, actor="test")
                session.commit()
                stored = list(install_of(session, connection).passwords)
                session.commit()
                return password, stored

            yield another


def test_the_password_before_works_beside_the_new_one(parts: Dray, mint: Callable[[], Minted]) -> None:
    first, _ = mint()
    second, stored = mint()
    assert first != second
    assert parts.passwords.position(second, stored) == 0
    assert parts.passwords.position(first, stored) == 1
    assert parts.passwords.position("0000-0000-0000-0000-0000", stored) is None
    assert parts.passwords.position(second, []) is None


def test_only_two_work_at_once(parts: Dray, mint: Callable[[], Minted]) -> None:
    oldest, _ = mint()
    mint()
    _, stored = mint()
    assert parts.passwords.position(oldest, stored) is None


def test_what_is_stored_does_not_hold_the_password(mint: Callable[[], Minted]) -> None:
    password, stored = mint()
    assert password not in str(stored)
    assert password.replace("-", "") not in str(stored)


def test_it_is_checked_while_somebody_holds_the_writers_lock(
    parts: Dray, mint: Callable[[], Minted], tmp_path: Path
) -> None:
    """The desk checks inside a transaction of its own, which would otherwise wait for itself."""
    password, stored = mint()
    writer = sqlite3.connect(tmp_path / "dray.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert parts.passwords.position(password, stored) == 0
    finally:
        writer.close()


def test_a_key_that_another_process_made_is_fetched(parts: Dray, mint: Callable[[], Minted]) -> None:
    old, stored = mint()
    assert parts.passwords.position(old, stored) == 0
    with ScopedSession(parts.engines) as session:
        add_hash_key(session, parts.vault, now=NOW)
        session.commit()
    new, stored = mint()
    assert parts.passwords.position(new, stored) == 0
    assert parts.passwords.position(old, stored) == 1
