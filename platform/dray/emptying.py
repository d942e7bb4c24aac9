"""Emptying a test company, so that whoever tries things there begins anew.

Everything goes that was tried: invoices, accepted ones too, customers, items, imports, connections with all that was
said over them. Who may come in stays: people, tokens, webhook endpoints; and the record of who did what.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, cast

from sqlalchemy import delete, select

from dray_tenants import audit
from dray_tenants.database import Base
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

__all__ = ["KEPT", "NoTestCompany", "empty", "told"]

KEPT: Final = frozenset(
    {
        *("memberships", "api_tokens", "invitations", "staff_access", "mails"),
        *("webhook_endpoints", "alert_choices", "quiet_hours", "api_budgets"),
        *("audit_entries", "connector_offers", "departures"),
    }
)
"""Tables of a company whose rows stay; of `secrets`, those of webhook endpoints."""

_SAID: Final = ("invoices", "customers", "items", "connections", "imports")


class NoTestCompany(Exception):
    """A company with real books is never emptied. The message is a sentence for people."""


def empty(session: Scoped, *, at: dt.datetime, actor: str) -> dict[str, int]:
    """Empty the company in scope, in the caller's transaction; how many rows of what went. Raises NoTestCompany.

    The process knows every table: whoever composes an application or a command has imported `migrations.tables`."""
    tenant_id = session.require_tenant()
    company = session.scalars(select(Tenant).where(Tenant.id == tenant_id).with_for_update()).one()
    if not company.test:
        raise NoTestCompany(f"{company.name} is no test company: what it holds stays. Nothing was deleted.")
    session.flush()
    deleted: dict[str, int] = {}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in KEPT or "tenant_id" not in table.c:
            continue
        of_this = delete(table).where(table.c.tenant_id == tenant_id)
        if table.name == "secrets":
            of_this = of_this.where(table.c.purpose.not_like("webhook %"))
        count = cast(Any, session.execute(of_this, execution_options=_WHY)).rowcount
        if table.name in _SAID:
            deleted[table.name] = count
    session.expire_all()
    audit.record(session, actor=actor, action="settings.emptied", subject=company.public_id, now=at, details=deleted)
    session.flush()
    return deleted


def told(deleted: dict[str, int]) -> str:
    """What went, in words."""
    return ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in deleted.items()) + " went"


_WHY: Final = {"unscoped_sql": "a test company is emptied table by table, the tenant in each WHERE"}
