"""The database session of a request: scoped to tenants, and no writer where it only reads."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from dray.database import RequestSession, db
from dray.extensions import dray
from dray_tenants.models import AuditEntry, Tenant
from dray_tenants.scope import Unscoped


def test_a_get_reads_while_somebody_else_writes(app: Flask, tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "dray.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        with app.test_request_context("/", method="GET"):
            assert db.session.scalars(select(Tenant)).all() == []
    finally:
        writer.close()


def test_a_get_cannot_write(app: Flask) -> None:
    with app.test_request_context("/", method="GET"), pytest.raises(OperationalError, match="readonly"):
        db.session.execute(text("DELETE FROM tenants"), execution_options={"unscoped_sql": "a test"})


def test_a_post_writes(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        session = db.session()
        assert isinstance(session, RequestSession)
        assert session.get_bind() is dray().engines.write


def test_a_request_without_a_tenant_sees_no_tenants_rows(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(Unscoped):
        db.session.scalars(select(AuditEntry)).all()


def test_a_forked_child_has_no_connection_of_its_parent(app: Flask) -> None:
    with app.app_context():
        engine = dray().engines.write
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, str(engine.pool.checkedin()).encode())  # type: ignore[attr-defined]
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 9) == b"0"
        assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]
