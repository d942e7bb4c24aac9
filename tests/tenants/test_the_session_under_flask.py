from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import select

from dray_tenants.database import Engines
from dray_tenants.scope import Scoped, Unscoped
from tests.tenants.warehouse import RED, Parcel


class AppSession(Scoped, FlaskSession):
    """How the platform mixes the two."""


def test_a_flask_session_is_scoped_and_uses_our_engines(engines: Engines) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    options: dict[str, Any] = {"class_": AppSession, "info": {"engines": engines}}
    db = SQLAlchemy(app, session_options=options)
    with app.app_context():
        session = db.session()
        assert isinstance(session, AppSession)
        with pytest.raises(Unscoped):
            db.session.scalars(select(Parcel))
        with session.tenant(RED):
            assert sorted(db.session.scalars(select(Parcel.label))) == ["r1", "r2"]
        session.info["read_only"] = True
        assert session.get_bind() is engines.read
        db.session.remove()
        assert db.session().info.get("read_only") is None
        for engine in db.engines.values():
            engine.dispose()
