"""Workers on several machines: the broker dies, a worker dies, messages come twice; everything arrives once."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from dray.connections.models import Connection, ConnectionStatus
from dray.sync.models import SyncBatch
from dray_tenants.scope import ScopedSession
from tests.ground.rabbitmq import RabbitMQ
from tests.ground.redis import Redis
from tests.platform.background.working import Works, until, until_said

pytestmark = pytest.mark.redis


@pytest.fixture
def brokered(works: Works, redis_server: Redis) -> Iterator[Works]:
    works.online.environment["DRAY_BROKER_URL"] = redis_server.url
    yield works
    works.stop()


def test_two_workers_carry_everything_once_and_end_when_told(brokered: Works) -> None:
    workers = [brokered.worker(), brokered.worker()]
    brokered.send(30)
    until(lambda: set(brokered.states()) == {"synced"})
    assert brokered.there() == 30
    for worker in workers:
        worker.terminate()
        worker.communicate(timeout=120)
        assert worker.returncode == 0


def test_killing_the_broker_delays_and_loses_nothing(brokered: Works, redis_server: Redis) -> None:
    worker = brokered.worker()
    brokered.send(2)
    until(lambda: set(brokered.states()) == {"synced"})
    redis_server.kill()
    brokered.send(5)
    until_said(worker, "the broker cannot be reached")
    redis_server.start()
    until(lambda: set(brokered.states()) == {"synced"})
    assert brokered.there() == 7


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_rabbitmq_does_as_well_and_may_be_killed_too(works: Works, rabbitmq_server: RabbitMQ) -> None:
    works.online.environment["DRAY_BROKER_URL"] = rabbitmq_server.url
    workers = [works.worker(), works.worker()]
    try:
        works.send(30)
        until(lambda: set(works.states()) == {"synced"})
        rabbitmq_server.kill()
        works.send(5)
        until_said(workers[0], "the broker cannot be reached")
        rabbitmq_server.start()
        until(lambda: set(works.states()) == {"synced"})
        assert works.there() == 35
    finally:
        works.stop()
    assert [worker.returncode for worker in workers] == [0, 0]


def test_killing_a_worker_in_the_middle_delays_and_loses_nothing(brokered: Works) -> None:
    worker = brokered.worker()
    brokered.send(40)
    until(lambda: brokered.there() > 0)
    worker.kill()
    worker.wait()
    ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=3)
    with ScopedSession(brokered.online.parts.engines) as session:  # as after three minutes of silence
        session.execute(update(ConnectionStatus).values(holder_seen_at=ago, lease_until=ago))
        session.commit()
    with brokered.online.session() as session:
        session.execute(update(SyncBatch).where(SyncBatch.state == "sent").values(sent_at=ago))
        session.execute(update(Connection).values(bound_at=ago))
        session.commit()
    brokered.worker()
    until(lambda: set(brokered.states()) == {"synced"})
    assert brokered.there() == 40
