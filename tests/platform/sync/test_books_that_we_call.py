"""Books that we call: what a turn of the worker does, and what becomes of whatever is lost on the way."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from dray.billing import deciding
from dray.billing.models import Invoice, Posting
from dray.connections import brakes, lifecycle
from dray.connections.brakes import EVERYWHERE
from dray.connections.models import Connection, ConnectionStatus
from dray.sync.dialling import SILENT, Ended
from dray.sync.models import Exchange, SyncBatch
from dray_sdk import Failure, NoAnswer, Purpose, Request, Response
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.sync.called_office import CalledOffice

Ask = Callable[[], Response]


@pytest.fixture
def office(engines: Engines) -> CalledOffice:
    return CalledOffice(engines)


def send(office: CalledOffice, count: int = 1) -> list[str]:
    """So many invoices to one customer, written and sent, and the books' names for what they need already known."""
    customer = office.customer("Bramble Creek Builders")
    ids = [office.invoice(customer, f"{10 + number}.00", item="Services") for number in range(count)]
    office.send(ids)
    return ids


def writes_invoices(request: Request) -> bool:
    return b'"Invoice":' in request.body and request.purpose in (Purpose.WRITE, Purpose.ASK)


def lose_the_first(office: CalledOffice, *, done: bool) -> None:
    """The first request with invoices gets no answer: it was done, or it was not."""
    left = [1]

    def around(request: Request, ask: Ask) -> Response:
        if not writes_invoices(request) or not left[0]:
            return ask()
        left[0] -= 1
        if done:
            ask()
        return Failure(NoAnswer.UNANSWERED.value)

    office.around = around


def keys(office: CalledOffice) -> list[str]:
    """The requestids under which invoices left, in order."""
    return [request.path.rpartition("requestid=")[2] for request in office.sent if writes_invoices(request)]


def test_an_invoice_goes_through_the_worker_into_the_books_and_is_locked(office: CalledOffice) -> None:
    (invoice,) = send(office)
    assert office.turn().ended is Ended.DONE
    assert set(office.states().values()) == {"synced"}
    assert len(office.there()) == 1
    with office.session() as session, pytest.raises(DBAPIError, match="locked"):
        session.execute(update(Invoice).where(Invoice.public_id == invoice).values(po_number="7"))


def test_every_conversation_begins_by_asking_whose_books_these_are(office: CalledOffice) -> None:
    send(office)
    office.turn()
    assert [request.purpose for request in office.sent][:1] == [Purpose.IDENTIFY]
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        assert (connection.state, connection.books_id) == ("active", office.realm)


def test_nothing_that_is_not_due_is_called(office: CalledOffice) -> None:
    office.turn()
    before = len(office.sent)
    assert office.turn().ended is Ended.NOTHING_DUE
    assert len(office.sent) == before


def test_no_request_carries_more_writes_than_the_books_take(office: CalledOffice) -> None:
    send(office, 100)
    office.turns()
    assert set(office.states().values()) == {"synced"}
    with office.session() as session:
        most = max(session.scalars(select(SyncBatch.writes)))
    assert most == office.connector.capabilities.batch


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_is_checking_and_the_identical_bytes_settle_it(office: CalledOffice, done: bool) -> None:
    send(office)
    lose_the_first(office, done=done)
    office.turn()
    assert set(office.states().values()) == {"checking"}
    office.turns()
    assert set(office.states().values()) == {"synced"}
    assert len(office.there()) == 1
    first, second = [request for request in office.sent if writes_invoices(request)]
    assert (first.body, first.path, second.purpose) == (second.body, second.path, Purpose.ASK)


def test_the_identical_bytes_leave_only_when_nobody_can_be_carrying_them_any_more(office: CalledOffice) -> None:
    send(office)
    lose_the_first(office, done=False)
    office.turn()
    lost_at = office.now
    office.turns()
    with office.session() as session:
        asked = session.scalars(select(SyncBatch).where(SyncBatch.purpose == "ask")).one()
    over_after = office.connector.timing.carrier_over_after
    assert asked.sent_at - lost_at >= dt.timedelta(seconds=over_after) - office.takes


def test_after_the_hour_the_books_are_read_and_nothing_is_repeated(office: CalledOffice) -> None:
    send(office)
    lose_the_first(office, done=True)
    office.turn()
    office.now += dt.timedelta(hours=1)
    office.books_of.remembered.clear()
    office.turns()
    assert set(office.states().values()) == {"synced"}
    assert len(office.there()) == 1
    assert len(keys(office)) == 1


def test_a_doubt_that_somebody_wants_back_is_never_repeated(office: CalledOffice) -> None:
    (invoice,) = send(office)
    lose_the_first(office, done=False)
    office.turn()
    with office.session() as session:
        deciding.take_back(session, invoice, actor="ann", at=office.now)
    office.turns()
    assert set(office.states().values()) == {"draft"}
    assert office.there() == []
    assert len(keys(office)) == 1


def test_what_arrives_late_is_waited_for_before_anything_is_taken_for_absent(office: CalledOffice) -> None:
    """We gave it up, somebody wants it back, and QuickBooks Online is still at work on it."""
    (invoice,) = send(office)
    given_up: list[Ask] = []

    def give_up(request: Request, ask: Ask) -> Response:
        if not writes_invoices(request):
            return ask()
        given_up.append(ask)
        return Failure(NoAnswer.UNANSWERED.value)

    office.around = give_up
    office.turn()
    with office.session() as session:
        deciding.take_back(session, invoice, actor="ann", at=office.now)
    office.turns(minutes=1.5)
    assert set(office.states().values()) == {"checking"}
    given_up[0]()
    office.turns()
    assert set(office.states().values()) == {"synced"}


@pytest.mark.parametrize("held_by", ["a pause", "the brake"])
def test_while_nothing_may_leave_a_doubt_is_only_read(office: CalledOffice, held_by: str) -> None:
    send(office)
    lose_the_first(office, done=True)
    office.turn()
    with office.session() as session:
        if held_by == "a pause":
            lifecycle.pause(session, session.scalars(select(Connection)).one(), at=office.now, actor="ann")
        else:
            brakes.pull(session, EVERYWHERE, at=office.now, actor="olga", reason="odd totals")
        session.commit()
    office.turns()
    assert set(office.states().values()) == {"synced"}
    assert len(keys(office)) == 1


def test_a_batch_of_which_anything_is_known_is_not_repeated(office: CalledOffice) -> None:
    """All invoices of a batch but the last were answered. Sent again, what was refused might be posted after all."""
    send(office, 40)

    def leave_the_last_out(request: Request, ask: Ask) -> Response:
        office.intuit.faults.batch_missing = int(request.body.count(b'"Invoice":') == 8)
        return ask()

    office.around = leave_the_last_out
    office.turns(minutes=60)
    assert Counter(office.states().values()) == {"synced": 40}
    assert len(office.there()) == 40
    assert max(Counter(keys(office)).values()) == 1


def test_a_refused_token_is_renewed_once_and_the_identical_bytes_go_again(office: CalledOffice) -> None:
    send(office)
    before = office.tokens.access

    def refuse_the_first(request: Request, ask: Ask) -> Response:
        office.intuit.faults.unauthorized = int(len(keys(office)) == 1 and writes_invoices(request))
        return ask()

    office.around = refuse_the_first
    office.turn()
    assert set(office.states().values()) == {"synced"}
    assert office.tokens.access != before
    with office.session() as session:
        assert session.scalar(select(SyncBatch.id).where(SyncBatch.purpose == "ask")) is None


@pytest.mark.parametrize("stop", ["pause", "brake"])
def test_a_refused_token_sends_nothing_again_after_a_pause_or_the_brake(office: CalledOffice, stop: str) -> None:
    send(office)

    def refuse_and_stop(request: Request, ask: Ask) -> Response:
        if not writes_invoices(request):
            return ask()
        office.intuit.faults.unauthorized = 1
        answer = ask()
        with office.session() as session:
            if stop == "pause":
                connection = session.scalars(select(Connection)).one()
                lifecycle.pause(session, connection, at=office.now, actor="denise@harlan.example")
            else:
                brakes.pull(session, EVERYWHERE, at=office.now, actor="olga", reason="a bad release")
            session.commit()
        return answer

    office.around = refuse_and_stop
    office.turn()
    assert len(keys(office)) == 1
    assert office.there() == []


def test_a_token_that_is_refused_in_the_middle_of_a_batch_doubles_nothing(office: CalledOffice) -> None:
    send(office, 60)

    def strike_the_third(request: Request, ask: Ask) -> Response:
        third = len(keys(office)) == 3 and writes_invoices(request)
        office.intuit.faults.unauthorized_mid_batch = int(third)
        return ask()

    office.around = strike_the_third
    office.turns()
    assert Counter(office.states().values()) == {"synced": 60}
    assert len(office.there()) == 60
    repeated = [key for key, count in Counter(keys(office)).items() if count == 2]
    assert len(repeated) == 1


def test_a_login_that_is_over_stops_everything_until_somebody_signs_in_again(office: CalledOffice) -> None:
    send(office)
    office.tokens.ended = True
    assert office.turn().ended is Ended.STOPPED
    assert (office.sent, set(office.states().values())) == ([], {"pending_sync"})
    with ScopedSession(office.engines, read_only=True) as session:
        trouble = session.scalars(select(ConnectionStatus.trouble)).one()
    assert trouble is not None
    assert trouble["sentence"] == "Connect again."
    office.tokens.sign_in()
    office.turns(minutes=30)
    assert set(office.states().values()) == {"synced"}
    with ScopedSession(office.engines, read_only=True) as session:
        assert session.scalars(select(ConnectionStatus.trouble)).one() is None


def test_a_renewal_that_was_lost_loses_no_invoice(office: CalledOffice) -> None:
    """Under strict rotation the login is gone with it; what waits goes when somebody has signed in again."""
    send(office, 3)
    office.intuit.faults.refresh_lost = 1
    office.tokens.access = "over"
    assert office.turn().ended is Ended.UNREACHED
    office.turns(minutes=5)
    assert office.tokens.ended
    office.tokens.sign_in()
    office.turns(minutes=30)
    assert Counter(office.states().values()) == {"synced": 3}
    assert len(office.there()) == 3


def test_books_that_ask_to_wait_are_left_alone_for_so_long(office: CalledOffice) -> None:
    send(office)
    office.intuit.faults.throttled = 1
    assert office.turn().ended is Ended.WAITS
    asked = len(office.sent)
    office.now += dt.timedelta(seconds=30)
    office.send([office.invoice(office.customer("Larch Lane Farm"), item="Services")])
    assert office.turn().ended in (Ended.WAITS, Ended.NOTHING_DUE)
    assert len(office.sent) == asked
    office.turns()
    assert set(office.states().values()) == {"synced"}


def test_another_connection_to_the_same_books_waits_too(office: CalledOffice, engines: Engines) -> None:
    other = CalledOffice(engines, seed=2, realm=office.realm)
    office.intuit.faults.throttled = 1
    assert office.turn().ended is Ended.WAITS
    other.now = office.now
    assert other.turn().ended is Ended.WAITS
    assert other.sent == []


def test_books_that_cannot_be_reached_are_tried_again_and_nothing_is_in_doubt(office: CalledOffice) -> None:
    send(office)
    office.around = lambda _request, _ask: Failure(NoAnswer.UNREACHED.value)
    office.turns(minutes=5)
    assert set(office.states().values()) == {"pending_sync"}
    assert len(office.sent) <= 6
    office.around = lambda _request, ask: ask()
    office.turns()
    assert set(office.states().values()) == {"synced"}


def test_a_storm_of_failures_puts_no_more_than_one_batch_at_a_time_in_doubt(office: CalledOffice) -> None:
    send(office, 10)
    office.turn()
    office.around = lambda request, ask: Failure(NoAnswer.UNANSWERED.value) if writes_invoices(request) else ask()
    office.send([office.invoice(office.customer(f"Farm {number}"), item="Services") for number in range(20)])
    office.turn()
    with office.session() as session:
        assert len(session.scalars(select(SyncBatch).where(SyncBatch.state == "lost")).all()) == 1


def test_a_worker_that_is_told_to_stop_ends_in_good_order(office: CalledOffice) -> None:
    send(office, 40)
    turned = office.turn(stop=lambda: len(office.sent) >= 6)
    assert (turned.ended, turned.requests) == (Ended.ITS_SHARE, 6)
    with office.session() as session:
        assert session.scalar(select(Exchange.id).where(Exchange.closed_at.is_(None))) is None
    assert set(office.states().values()) <= {"synced", "pending_sync"}
    assert office.due_at() == office.now


def test_only_one_of_two_workers_has_a_connection(office: CalledOffice) -> None:
    send(office)
    ended: list[Ended] = []

    def meanwhile(request: Request, ask: Ask) -> Response:
        office.around = lambda _request, ask: ask()
        ended.append(office.turn().ended)
        return ask()

    office.around = meanwhile
    office.turn()
    assert ended == [Ended.NOTHING_DUE]
    assert set(office.states().values()) == {"synced"}


@pytest.mark.parametrize("done", [True, False])
def test_a_worker_that_dies_in_the_middle_leaves_no_invoice_behind(office: CalledOffice, done: bool) -> None:
    class Killed(BaseException):
        """The process is gone."""

    def die(request: Request, ask: Ask) -> Response:
        if not writes_invoices(request):
            return ask()
        if done:
            ask()
        raise Killed

    send(office, 3)
    office.around = die
    with pytest.raises(Killed):
        office.turn()
    office.around = lambda _request, ask: ask()
    assert office.turn().ended is Ended.NOTHING_DUE, "it may still be alive"
    office.now += SILENT
    office.turns()
    assert Counter(office.states().values()) == {"synced": 3}
    assert len(office.there()) == 3


def test_nothing_is_held_while_the_books_think(office: CalledOffice) -> None:
    """Whoever writes meanwhile does not wait: the call holds no transaction."""
    send(office)

    def write_meanwhile(request: Request, ask: Ask) -> Response:
        office.customer(f"Somebody {len(office.sent)}")
        return ask()

    office.around = write_meanwhile
    office.turns()
    assert set(office.states().values()) == {"synced"}


def test_work_that_comes_up_while_a_connection_waits_is_not_forgotten(office: CalledOffice) -> None:
    office.turn()
    (first,) = send(office)
    office.intuit.faults.throttled = 1
    office.turn()
    with office.session() as session:
        waits_until = session.scalars(select(Posting.not_before)).one_or_none()
    assert office.due_at() is not None
    assert waits_until is None or office.due_at() <= waits_until + dt.timedelta(seconds=1)  # type: ignore[operator]
    office.turns()
    assert set(office.states().values()) == {"synced"}
    assert first
