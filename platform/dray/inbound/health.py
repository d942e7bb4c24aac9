"""Whether this process lives (/healthz) and whether it can do its work (/readyz)."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask
from sqlalchemy.exc import SQLAlchemyError

from dray.extensions import dray
from dray.migrations import revision_of

__all__ = ["register"]

blueprint = Blueprint("health", __name__)
_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Add both addresses."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> tuple[str, int, dict[str, str]]:
    """Answers without touching anything: a database that is away is no reason to restart the process."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/readyz")
def ready() -> tuple[str, int, dict[str, str]]:
    """503 with a sentence while the database is away or has not been migrated."""
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        with dray().engines.read.connect() as connection:
            revision = revision_of(connection)
    except SQLAlchemyError as away:
        _log.warning("not ready", why=str(away.__cause__ or away))
        return "the database does not answer\n", 503, kind
    # Any other than this release's own is fine: releases run on the schema before and after theirs, during an upgrade.
    if revision is None:
        return "the database has no tables yet: run `dray migrate`\n", 503, kind
    return "ready\n", 200, kind
