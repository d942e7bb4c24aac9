"""The database of a web request: Flask-SQLAlchemy over our own engines and the tenant-scoped session.

    with db.session.tenant(tenant_id):
        db.session.scalars(select(Invoice))

A GET or HEAD request reads only: on SQLite it then never waits for the writer's lock. What such a request must write
all the same (a login's last sight, say) goes through a `ScopedSession` of its own over `dray().engines`.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Engine

from dray.extensions import EXTENSION
from dray_tenants.database import Base
from dray_tenants.scope import Scoped

__all__ = ["READING", "RequestSession", "db"]

READING: Final = frozenset({"GET", "HEAD"})


class RequestSession(Scoped, FlaskSession):
    """The tenant-scoped session of one application context, read-only in a GET or HEAD request."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        info = {
            "engines": current_app.extensions[EXTENSION].engines,
            "read_only": has_request_context() and request.method in READING,
            **options.pop("info", {}),
        }
        super().__init__(db=db, info=info, **options)


class _Database(SQLAlchemy):
    """Takes the engines that the application was composed with, instead of making plain ones."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        engine: Engine = app.extensions[EXTENSION].engines.write
        return engine


db = _Database(model_class=Base, session_options={"class_": RequestSession}, disable_autonaming=True)
