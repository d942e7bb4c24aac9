"""The background chains what was recorded, in every tenant, and drops what is old."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from dray.housekeeping import chain_audits, drop_the_old
from dray.installation import Dray, compose
from dray.settings import read_settings
from dray_tenants import audit
from dray_tenants.companies import create_tenant
from dray_tenants.models import AuditEntry
from dray_tenants.scope import ScopedSession

NOW = dt.datetime(2026, 11, 24, 10, 42, tzinfo=dt.UTC)


@pytest.fixture
def parts(migrated_database_url: str, tmp_path: Path) -> Dray:
    keys = {"DRAY_SECRET_KEY": "s" * 40, "DRAY_VAULT_KEYS": "k1:" + base64.b64encode(bytes(32)).decode()}
    settings = read_settings({**keys, "DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": migrated_database_url})
    return compose(settings, clock=lambda: NOW)


def test_every_tenants_audit_is_chained(parts: Dray) -> None:
    with parts.engines, ScopedSession(parts.engines) as session:
        tenants = [create_tenant(session, parts.vault, name=name, now=NOW).id for name in ("Paperworks", "Stonemill")]
        for tenant_id in tenants:
            with session.tenant(tenant_id):
                for action in ("one", "two"):
                    audit.record(session, actor="test", action=action, subject="it", now=NOW)
        session.commit()
        assert chain_audits(parts) == 4
        assert chain_audits(parts) == 0
        session.expire_all()
        for tenant_id in tenants:
            assert audit.verify(session, tenant_id) is None
            with session.tenant(tenant_id):
                assert session.scalars(select(AuditEntry.sequence).order_by(AuditEntry.id)).all() == [1, 2]


def test_nothing_old_is_nothing_to_drop(parts: Dray) -> None:
    with parts.engines:
        done = drop_the_old(parts)
    assert (done.transcripts, done.keys) == (0, 0)
