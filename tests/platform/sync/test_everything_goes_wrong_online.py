"""Random people, losses, throttling, ended logins and deaths on the way to books that we call: each invoice arrives
once, and nothing is lost or doubled. `called_soak` goes on for as long as asked."""

import os

import pytest

from dray_tenants.database import Engines
from tests.platform.sync.called_soak import one_world
from tests.platform.sync.called_world import DIALS, ONLINE_WEATHER


@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("DRAY_WORLDS", "2"))))
def test_nothing_is_lost_and_nothing_doubled(engines: Engines, seed: int) -> None:
    world = one_world(engines, seed, steps=24, most=20)
    arrived = sum(len(office.there()) for office in world.offices)
    assert arrived > 0
    assert sum(count for kind, count in world.struck.items() if kind != "fine") > 0


def test_every_dial_of_the_pretend_books_that_strikes_a_request_is_in_the_weather() -> None:
    assert set(DIALS) <= set(ONLINE_WEATHER)
