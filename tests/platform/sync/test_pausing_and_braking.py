"""Nothing leaves while a connection is paused or under the brake; what is under way is still taken."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from dray.connections import brakes, lifecycle
from dray.connections.brakes import Reach, Scope
from dray.connections.models import Brake, Connection, ConnectionStatus
from dray_qbd import connector
from dray_sdk import Answer, Failure, Request
from dray_tenants.models import AuditEntry, Tenant
from tests.platform.sync.office import Office

Clerk = Callable[[int], list[str]]
Ask = Callable[[], Answer | Failure]


def writes(request: Request) -> bool:
    return request.purpose == "write"


def pause(office: Office) -> None:
    with office.session() as session:
        lifecycle.pause(session, session.scalars(select(Connection)).one(), at=office.now, actor="ann")
        session.commit()


def resume(office: Office) -> None:
    with office.session() as session:
        lifecycle.resume(session, session.scalars(select(Connection)).one(), at=office.now, actor="ann")
        session.commit()


def pull(office: Office, reach: Reach) -> bool:
    with office.session() as session:
        done = brakes.pull(session, reach, at=office.now, actor="olga", reason="odd totals")
        session.commit()
        return done


def release(office: Office, reach: Reach) -> bool:
    with office.session() as session:
        done = brakes.release(session, reach, at=office.now, actor="olga")
        session.commit()
        return done


def reaches(office: Office) -> dict[Scope, Reach]:
    with office.session() as session:
        tenant = session.scalars(select(Tenant.public_id).where(Tenant.id == office.tenant_id)).one()
        connection = session.scalars(select(Connection.public_id)).one()
    return {
        Scope.EVERYWHERE: brakes.EVERYWHERE,
        Scope.CONNECTOR: brakes.of_connector("qbd"),
        Scope.VERSION: brakes.of_connector("qbd", connector.version),
        Scope.TENANT: Reach(Scope.TENANT, tenant),
        Scope.CONNECTION: Reach(Scope.CONNECTION, connection),
    }


def due_at(office: Office) -> object:
    with office.session() as session:
        return session.scalars(select(ConnectionStatus.due_at)).one()


def test_nothing_leaves_while_paused_and_everything_after(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    other = office.customer("Elm Street Deli")
    office.send([office.invoice(other), office.invoice(other)])
    pause(office)
    sent = len(office.handed_out)
    office.run()
    office.run()
    assert [body for body in office.handed_out[sent:] if b"AddRq" in body] == []
    assert sorted(office.states().values()) == ["pending_sync", "pending_sync", "synced"]
    resume(office)
    assert due_at(office) == office.now
    office.run()
    assert set(office.states().values()) == {"synced"}


def test_a_paused_connection_is_not_due_for_what_waits(office: Office, clerk: Clerk) -> None:
    clerk(1)
    pause(office)
    office.run()
    assert office.open() is None
    clerk(1)
    office.run()
    assert office.open() is None


def test_a_paused_connection_settles_its_doubts(office: Office, clerk: Clerk) -> None:
    clerk(1)

    def lose(request: Request, ask: Ask) -> Answer | Failure | None:
        answer = ask()
        return None if b"<InvoiceAddRq" in request.body else answer

    office.run(around=lose)
    pause(office)
    office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_the_caller_of_a_paused_connection_hears_why(office: Office, clerk: Clerk) -> None:
    clerk(1)
    pause(office)
    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    assert office.desk().last_words(ticket) == "Nothing to do: sending is paused in Dray."
    assert office.desk().close(ticket) == "OK - Nothing to do: sending is paused in Dray."


def test_pausing_and_resuming_are_audited_once(office: Office) -> None:
    for _ in range(2):
        pause(office)
    for _ in range(2):
        resume(office)
    with office.session() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert session.scalars(select(Connection.state)).one() == "setting_up"
    assert actions[-2:] == ["connection.paused", "connection.resumed"]


def test_a_pause_in_the_middle_of_a_run_stops_the_next_request(office: Office, clerk: Clerk) -> None:
    """The exchange has its connection loaded; what counts is what the database says now."""
    clerk(9)

    def pause_after_the_first(request: Request, ask: Ask) -> Answer | Failure | None:
        if b"<InvoiceAddRq" in request.body:
            pause(office)
        return ask()

    office.run(around=pause_after_the_first)
    assert list(office.states().values()).count("synced") == len(office.books()) < 9
    assert len([body for body in office.handed_out if b"<InvoiceAddRq" in body]) == 1


@pytest.mark.parametrize("scope", list(Scope))
def test_the_brake_stops_writes_within_a_poll_and_lets_go(office: Office, clerk: Clerk, scope: Scope) -> None:
    clerk(2)
    reach = reaches(office)[scope]
    assert pull(office, reach)
    assert not pull(office, reach)
    office.run()
    assert [body for body in office.handed_out if b"AddRq" in body] == []
    assert set(office.states().values()) == {"pending_sync"}
    assert office.open() is None
    assert release(office, reach)
    assert not release(office, reach)
    assert due_at(office) == office.now
    office.run()
    assert set(office.states().values()) == {"synced"}
    with office.session() as session:
        (brake,) = session.scalars(select(Brake)).all()
        assert (brake.pulled_by, brake.reason, brake.released_by) == ("olga", "odd totals", "olga")


@pytest.mark.parametrize(
    "reach",
    [
        Reach(Scope.CONNECTOR, "abacus"),
        Reach(Scope.VERSION, "qbd 0.0.0"),
        Reach(Scope.TENANT, "ten_other"),
        Reach(Scope.CONNECTION, "con_other"),
    ],
    ids=str,
)
def test_the_brake_of_another_stops_nobody_else(office: Office, clerk: Clerk, reach: Reach) -> None:
    clerk(1)
    pull(office, reach)
    office.run()
    assert office.states() == {"1001": "synced"}


def test_an_answer_under_way_is_taken_under_the_brake(office: Office, clerk: Clerk) -> None:
    clerk(5)

    def brake(request: Request, ask: Ask) -> Answer | Failure | None:
        if b"<InvoiceAddRq" in request.body:
            pull(office, brakes.EVERYWHERE)
        return ask()

    office.run(around=brake)
    assert 0 < list(office.states().values()).count("synced") == len(office.books()) < 5
    assert "sending" not in office.states().values()


def test_what_was_handed_out_is_not_handed_out_again_under_the_brake(office: Office, clerk: Clerk) -> None:
    clerk(1)
    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    while (request := office.desk().next(ticket)) is not None and not writes(request):
        office.desk().receive(ticket, office.ask(request.body))
    assert request is not None
    pull(office, brakes.EVERYWHERE)
    assert office.desk().next(ticket) is None
    assert office.desk().receive(ticket, office.ask(request.body)) >= 0


def test_what_holds_a_connection_can_be_shown(office: Office) -> None:
    pull(office, brakes.of_connector("qbd"))
    pull(office, brakes.of_connector("abacus"))
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        assert [brake.subject for brake in brakes.covering(session, connection, connector.version)] == ["qbd"]
        assert [brake.subject for brake in brakes.pulled(session)] == ["qbd", "abacus"]
