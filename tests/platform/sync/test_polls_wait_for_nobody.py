"""A Web Connector that asks whether there is work is answered while somebody else writes, and counted afterwards."""

import datetime as dt

import pytest
from sqlalchemy import event, select, update

from dray.connections import opening
from dray.connections.models import Connection, ConnectionStatus
from dray_sdk import Denied, NoWork, Ticket
from dray_tenants.database import Engines
from tests.platform.sync.office import PASSWORD, Office, hashed

TEN_MINUTES = dt.timedelta(minutes=10)


@pytest.fixture
def on_sqlite(engines: Engines) -> Engines:
    """Only there is one writer for everybody."""
    if engines.write.dialect.name != "sqlite":
        pytest.skip("only SQLite has one writer for everybody")
    return engines


def status(office: Office) -> ConnectionStatus:
    with office.session() as session:
        found = session.scalars(select(ConnectionStatus)).one()
        session.expunge_all()
        return found


def patient(engines: Engines) -> list[str]:
    """Grows with every transaction that would wait 15 seconds for another writer."""
    begun: list[str] = []
    for engine in (engines.write, engines.notes):
        event.listen(engine, "begin", lambda _: begun.append("begin"))
    return begun


def test_polls_while_another_writes_are_answered_at_once_and_counted_with_the_next(
    on_sqlite: Engines, office: Office
) -> None:
    office.run()
    desk = office.desk()
    assert desk.open(office.user, PASSWORD) == NoWork()
    before = status(office)
    waits = patient(on_sqlite)
    with on_sqlite.write.begin():
        waits.clear()
        for _ in range(2):
            office.now += TEN_MINUTES
            assert desk.open(office.user, PASSWORD) == NoWork()
        assert waits == []
    assert status(office).idle_polls == before.idle_polls
    office.now += TEN_MINUTES
    assert desk.open(office.user, PASSWORD) == NoWork()
    after = status(office)
    assert (after.idle_polls, after.last_contact_at) == (before.idle_polls + 3, office.now)
    assert after.idle_since == before.idle_since


@pytest.mark.parametrize("password", ["wrong", "NEW", PASSWORD])
def test_what_has_to_be_written_waits_for_its_turn(on_sqlite: Engines, office: Office, password: str) -> None:
    office.run()
    with office.session() as session:
        if password == "NEW":
            opening.set_password(
                session, session.scalars(select(Connection)).one(), hashed("NEW"), at=office.now, actor="test"
            )
        if password == PASSWORD:
            session.execute(update(ConnectionStatus).values(due_at=office.now))
        session.commit()
    other = on_sqlite.write.connect().begin()
    waited: list[object] = []

    event.listen(on_sqlite.hurried, "handle_error", lambda _: other.rollback())
    event.listen(on_sqlite.notes, "begin", waited.append)
    answer = office.desk().open(office.user, password)
    assert len(waited) == 1
    assert isinstance(answer, Ticket if password == PASSWORD else (Denied, NoWork))
    assert status(office).denials == (password == "wrong")
