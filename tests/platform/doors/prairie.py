"""Another company with one of everything that has an id, and what its rows say, so that no change goes unseen."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from dray.api.v1.entries import READERS
from dray.billing import items, rate_card, routing, rules, taking_back, views
from dray.billing.mending import FOR_RULES
from dray.billing.models import Customer, Invoice, Sending
from dray.billing.send import send
from dray.cadence import closures
from dray.connections.models import Connection
from dray.connections.oauth.models import Grant, GrantState
from dray.imports import storing, work
from dray.imports.states import Kind
from dray.inbox.models import AppliedFix, Dismissal
from dray.leaving import exporting
from dray.months import closing as month_end
from dray.onboarding import staff_access
from dray.webhooks import endpoints
from dray.webhooks.models import WebhookEndpoint
from dray_sdk import Books, canonical
from dray_tenants import invitations, login, tokens
from dray_tenants.models import Tenant, TokenScope, User
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from tests.platform.web.stage import Stage

OWNER = "rosalind.prairie@prairie.example"
SECOND = "milo.prairie@prairie.example"
HELD = b"number,date,customer,item,amount\nP-900,2026-11-01,Prairie Feed,20 yd,10.00\n"


@dataclass(frozen=True, slots=True)
class Prairie:
    """What a door may name. `ids`: what stands before the id in an address → the id of Prairie's."""

    tenant_id: int
    tenant: str
    token: str
    ids: dict[str, str]

    @property
    def fields(self) -> dict[str, str]:
        """Every field of a form that can name something, naming something of Prairie's."""
        invoice, connection = self.ids["/invoices"], self.ids["/connections"]
        return {
            "pick": f"{invoice}.1",
            "seen": f"{invoice}.1",
            "back": invoice,
            "again": invoice,
            "connection": connection,
            "default": connection,
            "customer": self.ids["/customers"],
            "customer_for": self.ids["/customers"],
            "reason": "because",
            "tenant": self.tenant,
            "version": "1",
        }


def settle(stage: Stage) -> Prairie:
    """Make the company, its people and one of everything."""
    here = stage.company("Prairie Box Co.", "prairie")
    for email in (OWNER, SECOND):
        stage.person(email, Role.OWNER, here)
    connection = stage.connect("Prairie books", tenant=here)
    draft, marked, pending = stage.invoices(3, "Prairie Feed", tenant=here, first=900)
    ids = {"/invoices": draft, "/connections": connection}
    with stage.session(here) as session:
        from_here = session.scalars(select(Connection)).one()
        results = send(
            session, {pending: None}, connection=from_here, judge=lambda document: (), actor=OWNER, at=stage.now
        )
        assert results[0].done
    with stage.session(here) as session:
        ids |= {
            "/customers": session.scalars(select(Customer.public_id)).first() or "",
            "/sendings": session.scalars(select(Sending.public_id)).one(),
            "/routing": routing.add_rule(
                session, "department", "Prairie North", connection, at=stage.now, actor=OWNER
            ).public_id,
            "/items": items.add(session, {"name": "Prairie box"}, at=stage.now, actor=OWNER).public_id,
            "/views": views.keep(
                session, "Prairie view", {"q": "feed"}, owner=OWNER, shared=True, at=stage.now
            ).public_id,
        }
        given = rate_card.GivenRate("Prairie box", Decimal(5), dt.date(2026, 1, 1))
        ids["/rate-card"] = rate_card.add(session, given, at=stage.now, actor=OWNER).public_id
        held = storing.begin(session, Kind.INVOICES, "prairie.csv", actor=OWNER, at=stage.now).public_id
        session.commit()
        storing.add(session, held, HELD, offset=0, at=stage.now)
        storing.complete(session, held, at=stage.now)
        session.commit()
        work.go_on(session, held, READERS, clock=lambda: stage.now, pieces=20)
        ids["/imports"] = held
        ids["/connections/company"] = _company(session, stage.now)
        key = session.scalars(select(Connection.id)).one()
        mended = rules.keep(session, key, ("too_long", "memo"), FOR_RULES[0], at=stage.now, actor=OWNER)
        ids["/rules"] = mended.public_id
        ids["/months/reports"] = _month(stage, session)
        ids["/company/exports"] = _export(session, stage.now)
        ids["/problems/applied"] = _applied(session, draft, stage.now)
        ids["/problems/aside"] = _set_aside(session, draft, "refused", stage.now)
        ids["/problems/differences"] = _set_aside(session, draft, "differs", stage.now)
        ids |= _endpoint(session, stage.now)
        ids["/closures"] = _closure(session, stage.now)
        ids["/markings"] = taking_back.mark(session, [marked], "cash", at=stage.now, actor=OWNER)[0]
    with stage.unscoped() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.id == here)).one()
        users = {each.email: each for each in session.scalars(select(User).where(User.email.in_([OWNER, SECOND])))}
        with session.tenant(here):
            minted = tokens.mint(session, tenant, "Prairie billing", scope=TokenScope.WRITE, now=stage.now)
            looks = staff_access.for_setup(
                session, staff_access.Member(users[SECOND].id, "staff@dray.example"), "Prairie books", at=stage.now
            )
            invited = invitations.invite(
                session, tenant, "new.prairie@prairie.example", Role.VIEWER, by=OWNER, now=stage.now
            )
        browser, _ = login.start(session, users[SECOND], ip="127.0.0.1", user_agent="prairie", now=stage.now)
        ids |= {
            "/tokens": minted.token.public_id,
            "/support-access": looks.public_id,
            "/users": users[SECOND].public_id,
            "/users/invitations": invited.invitation.public_id,
            "/settings/sessions": browser.public_id,
        }
        session.commit()
        return Prairie(here, tenant.public_id, minted.bearer, ids)


def _month(stage: Stage, session: ScopedSession) -> str:
    """A month that was closed."""
    vault = stage.app.extensions["dray"].vault
    drawn = month_end.draw(session, dt.date(2026, 11, 1))
    return month_end.close(session, vault, drawn, at=stage.now, actor=OWNER).public_id


def _applied(session: ScopedSession, invoice: str, now: dt.datetime) -> str:
    """A fix that one press applied."""
    key = session.scalars(select(Invoice.id).where(Invoice.public_id == invoice)).one()
    row = AppliedFix(invoice_id=key, press="fix_of_prairie", columns=[], before={}, version=99, actor=OWNER, at=now)
    session.add(row)
    session.flush()
    return row.press


def _export(session: ScopedSession, now: dt.datetime) -> str:
    """Everything of the company as files."""
    row = exporting.begin(session, at=now, actor=OWNER)
    row.ready_at = now
    session.flush()
    return row.public_id


def _set_aside(session: ScopedSession, invoice: str, kind: str, now: dt.datetime) -> str:
    """A problem that somebody set aside."""
    key = session.scalars(select(Invoice.id).where(Invoice.public_id == invoice)).one()
    row = Dismissal(
        invoice_id=key, kind=kind, mark="x", press=f"dis_of_prairie_{kind}", reason="known", actor=OWNER, at=now
    )
    session.add(row)
    session.flush()
    return row.press


def _closure(session: ScopedSession, now: dt.datetime) -> str:
    """Days of their own, and a calendar that companies share."""
    day = now.date() + dt.timedelta(days=30)
    closures.add_shared(session, "Holidays", day, day, "A holiday", at=now, actor="olga@dray.example")
    return closures.add_own(session, day, day, "Prairie stocktaking", at=now, actor=OWNER).public_id


def _endpoint(session: ScopedSession, now: dt.datetime) -> dict[str, str]:
    """Where the company wants to be told, and a message to it."""
    row = WebhookEndpoint(
        public_id="whe_of_prairie",
        url="https://prairie.example/hook",
        events=["invoice.synced"],
        created_at=now,
        created_by=OWNER,
    )
    session.add(row)
    session.flush()
    return {"/webhooks": row.public_id, "/webhooks/messages": endpoints.try_out(session, row, at=now).public_id}


def _company(session: ScopedSession, now: dt.datetime) -> str:
    """A company that was read and waits to be confirmed."""
    grant = Grant(
        public_id="gra_prairie",
        connector="qbo",
        state=GrantState.PENDING,
        name="Prairie Online",
        nonce=b"n" * 32,
        browser=b"b" * 32,
        initiator=OWNER,
        asked_at=now,
        ends_at=now + dt.timedelta(hours=1),
        books=canonical.dump(Books(name="Prairie Online Inc.", id="77")),
        books_id="77",
    )
    session.add(grant)
    session.flush()
    return grant.public_id


def rows_of(stage: Stage, prairie: Prairie) -> dict[str, str]:
    """Table → a fingerprint of all that it holds of this company and its people."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(stage.home / "dray.db")) as database:
        for (table,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall():
            columns = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            where = "tenant_id = :tenant" if "tenant_id" in columns else _PEOPLE.get(table, "")
            if where:
                rows = database.execute(
                    f"SELECT * FROM {table} WHERE {where} ORDER BY rowid", {"tenant": prairie.tenant_id}
                )
                found[table] = hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()
    return found


_OF_USERS = "user_id IN (SELECT user_id FROM memberships WHERE tenant_id = :tenant)"
_PEOPLE = {
    "tenants": "id = :tenant",
    "users": _OF_USERS.replace("user_id IN", "id IN"),
    "web_sessions": _OF_USERS,
    "mailed_links": _OF_USERS,
    "second_factors": _OF_USERS,
}
