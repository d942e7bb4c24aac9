"""Where a command works: the installation of the environment, and a session in one tenant's scope."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

import dray.migrations.tables  # noqa: F401  every table is known, whatever else is imported
from dray.cli.output import refuse
from dray.installation import Dray, compose
from dray.settings import read_settings
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession

__all__ = ["ACTOR", "open_session", "opened", "tenant_session"]

ACTOR = "command line"
"""Who did it, in timelines and in the audit, when it was done by a command."""


@contextmanager
def opened() -> Iterator[Dray]:
    """The installation that the environment describes; its database connections end with the block."""
    parts = compose(read_settings(os.environ))
    with parts.engines:
        yield parts


@contextmanager
def open_session(parts: Dray, *, read_only: bool = False) -> Iterator[ScopedSession]:
    """A session without a tenant. Nothing is committed by itself."""
    with ScopedSession(parts.engines, read_only=read_only) as session:
        yield session


@contextmanager
def tenant_session(parts: Dray, slug: str, *, read_only: bool = False) -> Iterator[ScopedSession]:
    """A session in the scope of the tenant with that slug; refuses where there is none."""
    with open_session(parts, read_only=read_only) as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
        if tenant_id is None:
            refuse(f"there is no tenant {slug!r}")
        with session.tenant(tenant_id):
            yield session
