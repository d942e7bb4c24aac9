"""Random people, computers, losses and crashes: each invoice is accepted once, and nothing is lost or doubled."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dray.migrations.upgrade import upgrade
from dray_tenants.database import Engines
from tests.platform.sync.world import WEATHER, World

_tenants = st.integers(0, 1)
_weather = st.lists(st.sampled_from(WEATHER), max_size=8)


class TheWorld(RuleBasedStateMachine):
    """Steps that anybody may take at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory(prefix="dray-world-")
        url = f"sqlite:///{Path(self.directory.name) / 'dray.db'}"
        upgrade(url)
        self.engines = Engines(url)
        self.world = World(self.engines)

    @rule(tenant=_tenants, customer=st.integers(0, 2), amount=st.integers(0, 3), count=st.integers(1, 8))
    def write(self, tenant: int, customer: int, amount: int, count: int) -> None:
        for _ in range(count):
            self.world.write(tenant, customer, amount)

    @rule(tenant=_tenants)
    def send(self, tenant: int) -> None:
        self.world.send(tenant)

    @rule(tenant=_tenants, which=st.integers(0, 9))
    def take_back(self, tenant: int, which: int) -> None:
        self.world.take_back(tenant, which)

    @rule(
        tenant=_tenants,
        weather=_weather,
        machine=st.sampled_from(["FRONT-DESK", "FRONT-DESK", "BACK-OFFICE"]),
        draw=st.integers(0, 30),
    )
    def run(self, tenant: int, weather: list[str], machine: str, draw: int) -> None:
        self.world.run(tenant, weather, machine, draw)

    @rule(tenant=_tenants)
    def late(self, tenant: int) -> None:
        self.world.late(tenant)

    @rule(tenant=_tenants, minutes=st.sampled_from([1, 11, 45]))
    def wait(self, tenant: int, minutes: int) -> None:
        self.world.wait(tenant, minutes)

    @invariant()
    def everything_holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        try:
            self.world.settle()
            there, said = self.world.totals()
            assert there == said
        finally:
            self.engines.dispose()
            self.directory.cleanup()


TestTheWorld = TheWorld.TestCase
TestTheWorld.settings = settings(
    max_examples=int(os.environ.get("DRAY_WORLDS", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
