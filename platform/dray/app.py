"""The one place where the web application is composed: settings in, a Flask application out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from weakref import WeakSet

from apiflask import APIFlask
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import dray.migrations.tables  # noqa: F401  every table is known, whatever else is imported
from dray import browsers, connect, console, logs, sign_in, web
from dray.api import v1
from dray.clock import Clock, utc_now
from dray.database import db
from dray.desks import DeskFor
from dray.extensions import EXTENSION
from dray.inbound import health, measures, mounts, support, webhooks
from dray.installation import compose
from dray.registry import Registry
from dray.settings import Settings, read_settings
from dray_tenants.database import Engines

__all__ = ["create_app"]

_WEB: Final = Path(__file__).parent / "web"
_LIVING: Final[WeakSet[Engines]] = WeakSet()


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock = utc_now,
    registry: Registry | None = None,
    desk_for: DeskFor | None = None,
) -> Flask:
    """The application of these settings (of the environment's, when none are given).

    The database must have been migrated; nothing here creates it. Raises WrongSetting.
    """
    settings = settings or read_settings(os.environ)
    logs.configure(settings.log_format, settings.log_level)
    parts = compose(settings, clock=clock, registry=registry, desk_for=desk_for)
    app = _flask(settings)
    app.extensions[EXTENSION] = parts
    db.init_app(app)
    for room in (logs, measures, health, support, browsers, sign_in, v1, web, connect, console):
        room.register(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    mounts.register(app)
    webhooks.register(app)
    _LIVING.add(parts.engines)
    return app


def _forget_connections() -> None:
    """A forked child must not share its parent's connections."""
    for engines in _LIVING:
        engines.dispose(close=False)


os.register_at_fork(after_in_child=_forget_connections)


def _flask(settings: Settings) -> Flask:
    app = APIFlask(
        "dray",
        title="Dray",
        json_errors=False,
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        static_folder=str(_WEB / "static"),
        template_folder=str(_WEB / "templates"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=mounts.LARGEST_BODY,
        # A form may name ten thousand invoices.
        MAX_FORM_MEMORY_SIZE=mounts.LARGEST_BODY,
        SESSION_COOKIE_NAME="dray_session",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        OPENAPI_VERSION="3.1.0",
    )
    return app
