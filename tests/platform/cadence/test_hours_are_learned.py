"""Two weeks of one-minute sweeps made short, on both engines: what is learned, who is silent, what stays cheap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import event, select, update

from dray.cadence import closures, learning, silence
from dray.cadence.models import Cadence
from dray.cadence.silence import Swept
from dray.cadence.week import in_words
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.installation import Dray
from dray.onboarding.models import SelfCheck
from dray_tenants.database import Engines
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession
from tests.platform.shop import Shop

MONDAY = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Weeks:
    """An installation whose clock jumps from sweep to sweep."""

    def __init__(self, engines: Engines, shop: Shop) -> None:
        self.engines, self.shop, self.now = engines, shop, MONDAY + 8 * HOUR
        self.parts = cast(
            Dray,
            SimpleNamespace(
                clock=lambda: self.now,
                engines=engines,
                registry=SimpleNamespace(dialled_into={"paper": (SimpleNamespace(name="paper"), None)}),
            ),
        )

    def connect(self, name: str) -> str:
        return self.shop.connect(name)

    def call(self, *public_ids: str) -> None:
        with self.shop.session() as session:
            keys = session.scalars(select(Connection.id).where(Connection.public_id.in_(public_ids))).all()
            values = {"last_contact_at": self.now, "idle_since": None, "idle_polls": 0}
            session.execute(
                update(ConnectionStatus).where(ConnectionStatus.connection_id.in_(keys)).values(values),
                execution_options={"synchronize_session": False},
            )
            session.commit()

    def sweep(self) -> Swept:
        return silence.sweep(self.parts)

    def live(self, until: dt.datetime, *public_ids: str, begin: int = 8, end: int = 18) -> None:
        """Call at a quarter past each hour from eight to six on working days, and sweep once an hour."""
        while self.now < until:
            self.sweep()
            if self.now.weekday() < 5 and begin <= self.now.hour < end:
                self.now += HOUR / 4
                self.call(*public_ids)
                self.now -= HOUR / 4
            self.now += HOUR

    def row(self, public_id: str) -> Cadence:
        with self.shop.session() as session:
            key = session.scalars(select(Connection.id).where(Connection.public_id == public_id)).one()
            return session.scalars(select(Cadence).where(Cadence.connection_id == key)).one()


@pytest.fixture
def weeks(engines: Engines, shop: Shop) -> Weeks:
    return Weeks(engines, shop)


@contextmanager
def counted(engines: Engines) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.lower().startswith("select set_config"):
            said.append(statement)

    for engine in (engines.read, engines.write):
        event.listen(engine, "before_cursor_execute", note)
    yield said
    for engine in (engines.read, engines.write):
        event.remove(engine, "before_cursor_execute", note)


def test_a_working_week_is_learned_and_its_silence_told_with_what_to_do(weeks: Weeks) -> None:
    books = weeks.connect("Books")
    weeks.call(books)
    weeks.sweep()
    weeks.live(MONDAY + 7 * DAY, books)
    assert in_words(weeks.row(books).week) == "Monday to Friday 08:00–18:00"
    weeks.shop.send(weeks.shop.invoice("1"))
    weeks.now = MONDAY + 7 * DAY + 8.25 * HOUR
    assert weeks.sweep() == Swept(), "nobody is late at a quarter past eight"
    weeks.now += 20 * HOUR / 60
    assert weeks.sweep() == Swept(silent=1)
    row = weeks.row(books)
    assert row.silent_since == MONDAY + 4 * DAY + 17.25 * HOUR
    assert row.silence is not None
    assert row.silence[0]["code"] == "not_on_again"
    assert "the weekend" in row.silence[0]["because"]
    assert weeks.sweep() == Swept(), "and it is told once"
    weeks.call(books)
    assert weeks.sweep() == Swept(heard=1)
    assert weeks.row(books).silent_since is None


def test_a_planned_closure_is_no_silence_and_unlearns_nothing(weeks: Weeks) -> None:
    books = weeks.connect("Books")
    weeks.call(books)
    weeks.sweep()
    weeks.live(MONDAY + 7 * DAY, books)
    weeks.sweep()
    week = weeks.row(books).week
    weeks.shop.send(weeks.shop.invoice("1"))
    day = (MONDAY + 7 * DAY).date()
    with weeks.shop.session() as session:
        closures.add_shared(session, "Holidays", day, day, "A holiday", at=weeks.now, actor="test")
        assert closures.follow(session, "Holidays", at=weeks.now, actor="test")
        session.commit()
    weeks.live(MONDAY + 8 * DAY)
    row = weeks.row(books)
    assert (row.silent_since, row.week) == (None, week)
    weeks.live(MONDAY + 8 * DAY + 10 * HOUR)
    assert weeks.row(books).silent_since is not None, "the day after is none"


def test_what_happened_while_nobody_swept_is_held_against_nobody(weeks: Weeks) -> None:
    books = weeks.connect("Books")
    weeks.call(books)
    weeks.sweep()
    weeks.live(MONDAY + 7 * DAY, books)
    week = weeks.row(books).week
    weeks.now = MONDAY + 7 * DAY + 10.5 * HOUR
    weeks.sweep()
    assert weeks.row(books).week == week


def test_hours_belong_to_the_companys_time_zone_and_follow_it(weeks: Weeks, other_shop: Shop) -> None:
    ours, theirs = weeks.connect("Books"), other_shop.connect("Books")
    with ScopedSession(weeks.engines) as session:
        session.execute(update(Tenant).where(Tenant.id == other_shop.tenant_id).values(time_zone="Asia/Kolkata"))
        session.commit()
    weeks.call(ours)
    there = Weeks(weeks.engines, other_shop)
    there.call(theirs)
    weeks.sweep()
    assert weeks.row(ours).week[8] > "0"
    assert there.row(theirs).week[13] > "0", "eight in London is half past one there"
    assert there.row(theirs).week[8] == "."


def test_when_nobody_at_all_calls_the_fault_is_ours(weeks: Weeks) -> None:
    many = [weeks.connect(f"Books {number}") for number in range(learning.LARGE)]
    weeks.now = MONDAY + 10 * HOUR
    weeks.call(*many)
    weeks.sweep()
    weeks.shop.send(weeks.shop.invoice("1"))
    weeks.now += 4 * HOUR
    assert weeks.sweep() == Swept(), "an outage makes no letters"
    weeks.call(*many[1:])
    weeks.now += HOUR / 12
    assert weeks.sweep() == Swept(), "and everybody has their turn after it"
    found = []
    for _ in range(4):
        weeks.now += HOUR / 6
        weeks.call(*many[1:])
        found.append(weeks.sweep().silent)
    assert sum(found) == found[-1] == 1


def test_a_fault_of_our_own_address_comes_first(weeks: Weeks) -> None:
    books = weeks.connect("Books")
    weeks.call(books)
    weeks.sweep()
    weeks.shop.send(weeks.shop.invoice("1"))
    weeks.now += HOUR
    with ScopedSession(weeks.engines) as session:
        found = [{"subject": "certificate", "well": False, "sentence": "It ended yesterday."}]
        session.add(SelfCheck(at=weeks.now, findings=found))
        session.commit()
    weeks.sweep()
    causes = weeks.row(books).silence
    assert causes is not None
    assert [each["code"] for each in causes] == ["ours", "closed"]


def test_a_set_up_for_another_computer_that_was_not_finished_is_named(weeks: Weeks) -> None:
    books = weeks.connect("Books")
    weeks.call(books)
    weeks.sweep()
    weeks.shop.send(weeks.shop.invoice("1"))
    with weeks.shop.session() as session:
        key = session.scalars(select(Connection.id)).one()
        session.add(
            Install(
                public_id="ins_1", tenant_id=weeks.shop.tenant_id, connection_id=key, connector="paper",
                user_name="qb_1", passwords=[], file_id="{1}", replaces_id=1, created_at=weeks.now,
            )
        )  # fmt: skip
        session.commit()
    weeks.now += HOUR
    weeks.sweep()
    causes = weeks.row(books).silence
    assert causes is not None
    assert causes[0]["code"] == "moving"


def test_many_connections_take_as_many_statements_as_one(weeks: Weeks) -> None:
    def swept() -> int:
        with counted(weeks.engines) as said:
            weeks.sweep()
        return len(said)

    first = weeks.connect("Books 0")
    weeks.call(first)
    weeks.sweep()
    weeks.shop.send(weeks.shop.invoice("1"))
    weeks.now += HOUR
    weeks.sweep()
    weeks.now += HOUR
    one = swept()
    many = [weeks.connect(f"Books {number}") for number in range(1, 40)]
    weeks.now += HOUR
    weeks.call(*many)
    weeks.sweep()
    weeks.now += HOUR
    assert swept() == one
    assert one <= 14, "learning, judging and their transactions"
