"""What a connection's page reads when something stands still gives the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from dray.billing import postings
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push_many
from dray.billing.models import Posting, Receipt
from dray.billing.postings import Accepted, Change
from dray.billing.send import send
from dray.billing.states import Move
from dray.connections import binding, brakes, lifecycle, questions, removal
from dray.connections.brakes import EVERYWHERE, Reach, Scope
from dray.connections.models import Connection, Install
from dray.connections.opening import install_of, open_connection
from dray.registry import Registry, find_connectors
from dray.web import held, side
from dray.web.connections import reading as reading_connection
from dray.web.connections import standstill
from dray_sdk import Books, Connector
from dray_tenants.database import Engines, new_public_id
from dray_tenants.members import add_member
from dray_tenants.models import Tenant
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from tests.platform.web.stage import QUICK

NOW = dt.datetime(2026, 11, 19, 16, 46, tzinfo=dt.UTC)
OURS, OTHER = Books(name="Harlan", place="C:/a.qbw"), Books(name="Harlan 2027", place="C:/b.qbw")
DENISE = "denise@harlan.example"


@pytest.fixture
def registry() -> Registry:
    return find_connectors(None)


@pytest.fixture
def session(migrated_database_url: str, registry: Registry) -> Iterator[ScopedSession]:
    """Two companies with a connection each; the first has six invoices: waiting, sending and in doubt, three posted."""
    connector = next(iter(registry.enabled.values()))
    with Engines(migrated_database_url) as engines, ScopedSession(engines) as session:
        _company(session, "prairie", connector)
        tenant = _company(session, "harlan", connector)
        denise = create_user(session, DENISE, "harbour-lantern-42", now=NOW, hasher=QUICK)
        add_member(session, tenant, denise, Role.ADMIN, now=NOW)
        session.commit()
        with session.tenant(tenant.id):
            _fill(session)
            yield session


def _company(session: ScopedSession, slug: str, connector: Connector) -> Tenant:
    tenant = Tenant(public_id=new_public_id("ten"), slug=slug, name=slug, time_zone="America/Chicago", created_at=NOW)
    session.add(tenant)
    session.flush()
    with session.tenant(tenant.id):
        made = open_connection(
            session, connector, "Books", at=NOW, actor="t", randomness=lambda size: slug[:1].encode() * size
        )
        assert not binding.check(session, made, OURS, at=NOW).stops
    session.commit()
    return tenant


def _fill(session: ScopedSession) -> None:
    line = GivenLine(item="Haul", amount=Decimal(10))
    givens = [
        GivenInvoice(customer=GivenCustomer(name="Kestrel"), date=NOW.date(), number=f"INV-{at}", lines=(line,))
        for at in range(6)
    ]
    ids = [answer.id or "" for answer in push_many(session, givens, at=NOW, actor="billing")]
    send(session, dict.fromkeys(ids), connection=the_one(session), judge=lambda document: (), actor="d", at=NOW)
    keys = session.scalars(select(Posting.id).order_by(Posting.id)).all()
    told = {"connection_name": "Books"}
    claimed = [Change(key, told, batch_id=1, position=key) for key in keys[1:]]
    postings.move(session, Move.CLAIM, claimed, at=NOW, actor="books")
    postings.move(session, Move.ANSWER_LOST, [Change(keys[2], told)], at=NOW, actor="books")
    taken = [Change(key, told, receipt=Accepted(f"B-{key}", f"48{key}", 1000, 0)) for key in keys[3:]]
    postings.move(session, Move.ACCEPTED, taken, at=NOW, actor="books")
    session.commit()


def the_one(session: ScopedSession) -> Connection:
    return session.scalars(select(Connection)).one()


def test_what_waits_and_what_is_on_its_way(session: ScopedSession) -> None:
    connection = the_one(session)
    assert standstill.waiting(session, connection) == 1
    count, some = standstill.on_their_way(session, connection)
    assert count == 2
    assert [(each.number, each.look.word if each.look else "") for each in some] == [
        ("INV-1", "Sending"),
        ("INV-2", "Checking"),
    ]
    with pytest.raises(removal.StillOnTheirWay):
        removal.remove_connection(session, connection, at=NOW, actor=DENISE)
    assert the_one(session).state == "active"


def test_the_other_file_and_the_question_are_marked(session: ScopedSession) -> None:
    connection = the_one(session)
    binding.check(session, connection, OTHER, at=NOW)
    receipts = session.scalars(select(Receipt.id).order_by(Receipt.id)).all()
    questions.ask(session, connection, 9, receipts, at=NOW)
    session.commit()
    status = side.status_of(session, the_one(session))
    still = standstill.read(session, find_connectors(None), the_one(session), status, NOW)
    assert still.other_file is not None
    assert (still.other_file.books, still.other_file.ours) == (OTHER, OURS)
    assert still.older_copy is not None
    assert [each.number for each in still.older_copy.some] == ["INV-3", "INV-4", "INV-5"]
    assert len({still.other_file.mark, still.older_copy.mark, ""}) == 3
    first = still.older_copy.mark
    questions.ask(session, the_one(session), 9, list(reversed(receipts)), at=NOW + dt.timedelta(hours=1))
    assert standstill.mark_of_question(the_one(session)) == first
    questions.ask(session, the_one(session), 9, receipts[:2], at=NOW)
    assert standstill.mark_of_question(the_one(session)) != first


def test_a_brake_is_ours_only_when_one_of_us_pulled_every_one(session: ScopedSession, registry: Registry) -> None:
    connection = the_one(session)
    assert held.on_company(session, registry) == ()
    brakes.pull(session, Reach(Scope.CONNECTION, connection.public_id), at=NOW, actor=DENISE)
    assert [each.by for each in held.on_company(session, registry)] == [DENISE]
    assert [each.by for each in side.read(session, registry, NOW).held] == [DENISE]
    brakes.pull(session, EVERYWHERE, at=NOW, actor="command line")
    assert [each.by for each in held.on_company(session, registry)] == [""]
    brakes.release(session, Reach(Scope.CONNECTION, connection.public_id), at=NOW, actor=DENISE)
    assert [each.name for each in held.on_company(session, registry)] == ["Books"]
    brakes.release(session, EVERYWHERE, at=NOW, actor="command line")
    assert held.on_company(session, registry) == ()


def test_a_brake_of_another_company_is_not_seen(session: ScopedSession, registry: Registry) -> None:
    with session.every_tenant("the other company's connection"):
        theirs = session.scalars(select(Connection.public_id).order_by(Connection.id).limit(1)).one()
    brakes.pull(session, Reach(Scope.CONNECTION, theirs), at=NOW, actor=DENISE)
    assert held.on_company(session, registry) == ()


def test_a_renewed_way_in_is_new_until_the_one_before_is_retired(session: ScopedSession) -> None:
    connection = the_one(session)
    lifecycle.new_identity(session, connection, at=NOW, actor=DENISE, randomness=lambda size: b"n" * size)
    session.commit()
    install = install_of(session, the_one(session))
    assert reading_connection.replaces_one_in_use(session, install)
    before = update(Install).where(Install.id == install.replaces_id)
    session.execute(before.values(retired_at=NOW, retired_for="replaced"))
    assert not reading_connection.replaces_one_in_use(session, install)
