"""What books bear is kept before they say so: by all processes together, and every tenant has its share."""

import datetime as dt
import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from dray.connections.models import ConnectionStatus
from dray.sync.dialling import Ended
from dray.sync.dialling_rounds import who_is_due
from dray.sync.limiter import Limiter, Slot
from dray_qbo import connector
from dray_qbo.simulator.throttle import Limits, Throttle
from dray_sdk import Connector
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.sync.called_office import CalledOffice

BEGAN = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
REALM = "9341450000000001"


class Slower:
    """The connector of QuickBooks Online with other numbers."""

    def __init__(self, **changes: Any) -> None:
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        return self._changes.get(name, getattr(connector, name))


@pytest.fixture
def limiter(engines: Engines) -> Limiter:
    return Limiter(lambda: ScopedSession(engines, notes=True), random.Random(4).randbytes)


def leave(limiter: Limiter, now: dt.datetime, books: Connector = connector) -> tuple[Slot, dt.datetime]:
    """Leave to send, and when it was given: whoever waits asks again when told to."""
    while isinstance(given := limiter.take(books, REALM, at=now), dt.datetime):
        assert given > now
        now = given
    return given, now


def leave_for_much(limiter: Limiter, now: dt.datetime) -> tuple[Slot, dt.datetime]:
    """Leave to send one request that carries much."""
    while True:
        slot, now = leave(limiter, now)
        if slot.bulk_at is None:
            return slot, now
        limiter.done(slot, left=False)
        now = slot.bulk_at


@pytest.mark.parametrize("jitter", [0.0, 1.2])
def test_one_company_is_used_to_the_full_and_never_says_too_many(limiter: Limiter, jitter: float) -> None:
    """Ten minutes, one batch after another, each 300 ms, and up to `jitter` seconds on the way there."""
    chance, throttle = random.Random(11), Throttle(Limits())
    now, arrived = BEGAN, []
    while now < BEGAN + dt.timedelta(minutes=10):
        slot, now = leave_for_much(limiter, now)
        arrives = now + dt.timedelta(seconds=chance.random() * jitter)
        with throttle.call(REALM, arrives, batch=True):
            arrived.append(arrives)
        now = arrives + dt.timedelta(milliseconds=300)
        limiter.done(slot)
    steady = [moment for moment in arrived if moment >= BEGAN + dt.timedelta(minutes=2)]
    assert len(steady) / 8 >= 0.95 * 40


def test_two_processes_share_what_one_company_bears(engines: Engines) -> None:
    one, other = (Limiter(lambda: ScopedSession(engines, notes=True), random.Random(seed).randbytes) for seed in (1, 2))
    given = [limiter.take(connector, REALM, at=BEGAN) for limiter in (one, other) * 4]
    assert all(isinstance(each, Slot) for each in given)
    refused = one.take(connector, REALM, at=BEGAN)
    assert isinstance(refused, dt.datetime)
    assert other.take(connector, REALM, at=BEGAN) == refused


def test_no_more_than_so_many_are_under_way_at_once_whenever_they_began(limiter: Limiter) -> None:
    now, slots = BEGAN, []
    for _ in range(connector.timing.at_once):
        slot, now = leave(limiter, now + dt.timedelta(seconds=1))
        slots.append(slot)
    later = now + dt.timedelta(seconds=5)
    assert isinstance(limiter.take(connector, REALM, at=later), dt.datetime)
    limiter.done(slots[0])
    assert isinstance(limiter.take(connector, REALM, at=later), Slot)


def test_a_process_that_died_takes_its_share_with_it_for_a_while_only(limiter: Limiter) -> None:
    alone = Slower(timing=replace(connector.timing, at_once=1))
    assert isinstance(limiter.take(alone, REALM, at=BEGAN), Slot)
    soon = BEGAN + dt.timedelta(seconds=connector.timing.answer_within)
    assert isinstance(limiter.take(alone, REALM, at=soon), dt.datetime)
    assert isinstance(limiter.take(alone, REALM, at=soon + dt.timedelta(seconds=200)), Slot)


def test_books_that_said_wait_are_left_alone_by_everybody(limiter: Limiter) -> None:
    slot, _ = leave(limiter, BEGAN)
    limiter.done(slot)
    until = BEGAN + dt.timedelta(seconds=60)
    limiter.hold(slot, until=until)
    assert limiter.take(connector, REALM, at=BEGAN + dt.timedelta(seconds=2)) == until
    assert limiter.held_until(connector.name, REALM, at=BEGAN) == until
    assert limiter.held_until(connector.name, "another company", at=BEGAN) is None


def test_what_had_nothing_to_send_counts_for_nothing(limiter: Limiter) -> None:
    for _ in range(100):
        slot, _ = leave(limiter, BEGAN)
        limiter.done(slot, left=False)


def test_invoices_in_a_steady_stream_meet_no_limit(engines: Engines) -> None:
    """The whole way: more than a minute's worth of requests into a company that enforces every limit of Intuit's."""
    few = Slower(capabilities=replace(connector.capabilities, batch=3))
    office = CalledOffice(engines, limits=Limits(), connector=few, takes=dt.timedelta(milliseconds=100))
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer, f"{number}.00", item="Services") for number in range(10, 140)])
    refused: list[int] = []

    def watch(_request: Any, ask: Any) -> Any:
        answer = ask()
        refused.extend([answer.status] * (answer.status == 429))
        return answer

    office.around = watch
    office.turns(minutes=15)
    assert set(office.states().values()) == {"synced"}
    assert (refused, len(office.sent) > 50) == ([], True)


def test_what_asks_takes_nothing_from_what_posts(limiter: Limiter) -> None:
    now = BEGAN
    for _ in range(100):
        slot, now = leave(limiter, now)
        limiter.done(slot, bulk=False)
    for _ in range(40):
        slot, now = leave(limiter, now)
        assert slot.bulk_at is None
        limiter.done(slot)
    slot, now = leave(limiter, now)
    assert slot.bulk_at is not None
    assert slot.bulk_at > now


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_of_what_intuit_lets_in_one_company_uses_nineteen_parts_of_twenty(engines: Engines) -> None:
    """From search to post, the whole way, minute after minute: batches as full as they may be, none of them spent on a
    question, and never too many. The batches are smaller than Intuit's, so that a few hundred invoices last."""
    few = Slower(capabilities=replace(connector.capabilities, batch=3))
    office = CalledOffice(engines, limits=Limits(), connector=few)
    customers = [office.customer(f"Bramble Creek Builders {number}") for number in range(12)]
    office.send([office.invoice(customers[n % 12], f"{10 + n}.00", item="Services") for n in range(12)])
    office.turns(minutes=5)
    office.send([office.invoice(customers[n % 12], f"{10 + n}.00", item="Services") for n in range(12, 560)])
    refused: list[int] = []
    posted: list[dt.datetime] = []

    def watch(request: Any, ask: Any) -> Any:
        answer = ask()
        refused.extend([answer.status] * (answer.status == 429))
        posted.extend([office.now] * request.body.count(b'"Invoice"'))
        return answer

    office.around = watch
    office.turns(minutes=4)
    # what a minute bears leaves at once, so that a minute is counted from one such beginning to another
    first, *_, last = [moment for before, moment in pairwise(posted) if moment - before > dt.timedelta(seconds=20)]
    steady = sum(first <= moment < last for moment in posted) / ((last - first) / dt.timedelta(minutes=1))
    assert refused == []
    assert steady >= 0.95 * 40 * 3


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_fifty_companies_get_their_share_when_there_is_too_much_for_all(engines: Engines) -> None:
    """One worker whose calls take ten seconds each, and more work than it can do: whoever waited longest is next."""
    one_by_one = Slower(capabilities=replace(connector.capabilities, batch=1))
    offices = {}
    for number in range(50):
        office = CalledOffice(engines, seed=number + 1, connector=one_by_one, takes=dt.timedelta(seconds=10))
        customer = office.customer("Bramble Creek Builders")
        office.send([office.invoice(customer, f"{cents}.00", item="Services") for cents in range(10, 13)])
        offices[office.connection_id] = office
    everybody = list(offices.values())
    now = everybody[0].now
    for _ in range(104):  # turns: two for each, and a few have begun with the third
        everybody[0].now = now
        tenant_id, connection_id = who_is_due(everybody[0].dialler())[0]
        office = offices[connection_id]
        assert office.tenant_id == tenant_id
        office.now = now
        assert office.turn().ended is Ended.ITS_SHARE
        now = office.now
    shares = [len(office.sent) for office in everybody]
    assert min(shares) >= 0.8 * sum(shares) / len(shares) > 0


def test_tenants_take_turns_however_many_connections_one_of_them_has(engines: Engines) -> None:
    many, few = CalledOffice(engines, seed=1), CalledOffice(engines, seed=2)
    with ScopedSession(engines) as session:
        for number in range(3):
            status = {"tenant_id": many.tenant_id, "connector": connector.name, "due_at": BEGAN}
            session.add(ConnectionStatus(connection_id=1000 + number, **status))
        session.commit()
    order = [tenant_id for tenant_id, _ in who_is_due(many.dialler())]
    assert order == [many.tenant_id, few.tenant_id, many.tenant_id, many.tenant_id, many.tenant_id]
