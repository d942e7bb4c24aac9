"""Random people, computers, losses, crashes, restores: each invoice is accepted once, and nothing is lost or doubled.

DRAY_WORLDS says how many worlds are drawn on SQLite, and a third of them on PostgreSQL; `make soak` goes on for as long
as asked.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dray_tenants.database import Engines
from tests.ground.databases import MigratedTemplate
from tests.ground.postgresql import PostgreSQL
from tests.platform.sync import bookkeeping, settling
from tests.platform.sync.weather import WEATHER
from tests.platform.sync.world import World

WORLDS = int(os.environ.get("DRAY_WORLDS", "12"))
STEPS = 25

_tenants = st.integers(0, 1)
_which = st.integers(0, 19)
_weather = st.lists(st.sampled_from(WEATHER), max_size=8)
_machines = st.sampled_from(["FRONT-DESK", "FRONT-DESK", "BACK-OFFICE"])

Database = Callable[[], AbstractContextManager[str]]


def test_nothing_is_lost_or_doubled_whatever_happens_on_sqlite(migrated_template: MigratedTemplate) -> None:
    @contextmanager
    def database() -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="dray-world-") as directory:
            shutil.copyfile(migrated_template.sqlite(), Path(directory) / "dray.db")
            yield f"sqlite:///{Path(directory) / 'dray.db'}"

    _draw(database, WORLDS)


@pytest.mark.postgresql
def test_nothing_is_lost_or_doubled_whatever_happens_on_postgresql(
    migrated_template: MigratedTemplate, postgres: PostgreSQL
) -> None:
    _draw(lambda: postgres.database(migrated_template.postgresql(postgres)), max(1, WORLDS // 3))


def _draw(database: Database, worlds: int) -> None:
    drawn = settings(
        max_examples=worlds,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

    class Drawn(TheWorld):
        def __init__(self) -> None:
            super().__init__(database)

    run_state_machine_as_test(Drawn, settings=drawn)


class TheWorld(RuleBasedStateMachine):
    """Steps that anybody may take at any time."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database()
        url = self.database.__enter__()
        self.engines = Engines(url)
        self.world = World(self.engines, url)

    # ---- what clerks do

    @rule(tenant=_tenants, customer=st.integers(0, 2), amount=st.integers(0, 3), count=st.integers(1, 8))
    def write_and_send(self, tenant: int, customer: int, amount: int, count: int) -> None:
        for _ in range(count):
            self.world.write(tenant, customer, amount)
        self.world.send(tenant)

    @rule(tenant=_tenants, customer=st.integers(0, 2), amount=st.integers(0, 3))
    def write(self, tenant: int, customer: int, amount: int) -> None:
        self.world.write(tenant, customer, amount)

    @rule(tenant=_tenants, which=_which)
    def take_back(self, tenant: int, which: int) -> None:
        self.world.take_back(tenant, which)

    @rule(tenant=_tenants, which=_which, amount=st.integers(0, 3))
    def edit(self, tenant: int, which: int, amount: int) -> None:
        self.world.edit(tenant, which, amount)

    @rule(tenant=_tenants, which=_which)
    def mark_not_sent(self, tenant: int, which: int) -> None:
        self.world.mark_not_sent(tenant, which)

    @rule(tenant=_tenants, which=_which)
    def type_by_hand(self, tenant: int, which: int) -> None:
        self.world.type_by_hand(tenant, which)

    # ---- what administrators and operators do

    @rule(tenant=_tenants)
    def pause_or_resume(self, tenant: int) -> None:
        self.world.pause(tenant)

    @rule(tenant=_tenants, everywhere=st.booleans())
    def brake_or_release(self, tenant: int, everywhere: bool) -> None:
        self.world.brake(tenant, everywhere)

    @rule(tenant=_tenants, force=st.booleans())
    def remove_and_connect_again(self, tenant: int, force: bool) -> None:
        self.world.remove(tenant, force)

    @rule(tenant=_tenants)
    def answer(self, tenant: int) -> None:
        self.world.answer(tenant)

    @rule()
    def save_the_database(self) -> None:
        self.world.save_database()

    @rule()
    def restore_the_database(self) -> None:
        self.world.restore_database()

    @rule(tenant=_tenants)
    def save_the_books(self, tenant: int) -> None:
        self.world.save_books(tenant)

    @rule(tenant=_tenants)
    def restore_the_books(self, tenant: int) -> None:
        self.world.restore_books(tenant)

    # ---- what computers do

    @rule(tenant=_tenants, weather=_weather, machine=_machines, draw=st.integers(0, 30))
    def run(self, tenant: int, weather: list[str], machine: str, draw: int) -> None:
        self.world.run(tenant, weather, machine, draw)

    @rule(tenant=_tenants, weather=_weather, machine=_machines, draw=st.integers(0, 30))
    def run_again(self, tenant: int, weather: list[str], machine: str, draw: int) -> None:
        self.world.run(tenant, weather, machine, draw)

    @rule(tenant=_tenants)
    def late(self, tenant: int) -> None:
        self.world.late(tenant)

    @rule(tenant=_tenants)
    def open_the_wrong_file(self, tenant: int) -> None:
        self.world.open_the_wrong_file(tenant)

    @rule(tenant=_tenants, minutes=st.sampled_from([1, 11, 45]))
    def wait(self, tenant: int, minutes: int) -> None:
        self.world.wait(tenant, minutes)

    @invariant()
    def everything_holds(self) -> None:
        bookkeeping.check(self.world)

    def teardown(self) -> None:
        try:
            settling.settle(self.world)
        finally:
            self.world.close()
            self.engines.dispose()
            self.database.__exit__(None, None, None)
