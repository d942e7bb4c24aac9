"""The soak: worlds in which everything goes wrong, one after another, until so many invoices have arrived.

    python -m tests.platform.sync.soak [--invoices 20000] [--seed 1] [--database URL]

Prints what was struck by what, and ends with 1 and the seed of the world at the first thing that does not hold.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from dray_tenants.database import Engines
from tests.platform.sync import bookkeeping, settling
from tests.platform.sync.soaking import Soaked, soak
from tests.platform.sync.weather import WEATHER
from tests.platform.sync.world import World

STEPS = 60
"""Of one world, before people settle what is left."""

STORM = 4
"""Rounds of settling before the sky clears and everything must have arrived."""


def live(engines: Engines, url: str, seed: int) -> Soaked:
    """One world, and what came of it."""
    world = one_world(engines, url, seed)
    return Soaked(sum(len(place.there()) for place in world.places), world.struck, world.done)


def one_world(engines: Engines, url: str, seed: int) -> World:
    """Draw one world's steps from the seed, look at everything after each, and let it settle. AssertionError with what
    does not hold."""
    chance = random.Random(seed)
    world = World(engines, url, first=seed * 2)
    try:
        for _ in range(STEPS):
            _step(world, chance)
            bookkeeping.check(world)
        settling.settle(world, [_sky(chance) for _ in range(STORM)])
    finally:
        world.close()
    return world


def _step(world: World, chance: random.Random) -> None:
    tenant = chance.randrange(2)
    held = world.places[tenant].delayed
    if held is not None and chance.random() < 0.6:
        # the most dangerous moment of all: another computer takes over, and then the first one goes on
        other = "BACK-OFFICE" if held.machine == "FRONT-DESK" else "FRONT-DESK"
        if chance.random() < 0.2:
            world.remove(tenant, force=True)
        world.run(tenant, (), other)
        world.late(tenant)
        return
    (act,) = chance.choices(tuple(ACTS), weights=tuple(ACTS.values()))
    act(world, tenant, chance)


def _write_and_send(world: World, tenant: int, chance: random.Random) -> None:
    for _ in range(chance.randrange(1, 16)):
        world.write(tenant, chance.randrange(3), chance.randrange(4))
    world.send(tenant)


def _run(world: World, tenant: int, chance: random.Random) -> None:
    weather = _sky(chance)
    machine = chance.choice(("FRONT-DESK", "FRONT-DESK", "BACK-OFFICE"))
    world.run(tenant, weather, machine, chance.randrange(31))


def _sky(chance: random.Random) -> list[str]:
    return [chance.choice(WEATHER) for _ in range(chance.randrange(24))]


Act = Callable[[World, int, random.Random], None]

ACTS: dict[Act, int] = {
    _run: 13,
    _write_and_send: 9,
    lambda world, tenant, chance: world.take_back(tenant, chance.randrange(20)): 2,
    lambda world, tenant, chance: world.wait(tenant, chance.choice((1, 11, 45))): 2,
    lambda world, tenant, chance: world.answer(tenant): 2,
    lambda world, tenant, chance: world.late(tenant): 1,
    lambda world, tenant, chance: world.mark_not_sent(tenant, chance.randrange(20)): 1,
    lambda world, tenant, chance: world.edit(tenant, chance.randrange(40), chance.randrange(4)): 1,
    lambda world, tenant, chance: world.type_by_hand(tenant, chance.randrange(20)): 1,
    lambda world, tenant, chance: world.pause(tenant): 1,
    lambda world, tenant, chance: world.brake(tenant, everywhere=chance.random() < 0.3): 1,
    lambda world, tenant, chance: world.remove(tenant, force=chance.random() < 0.5): 1,
    lambda world, tenant, chance: world.save_database(): 1,
    lambda world, tenant, chance: world.restore_database(): 1,
    lambda world, tenant, chance: world.save_books(tenant): 1,
    lambda world, tenant, chance: world.restore_books(tenant): 1,
    lambda world, tenant, chance: world.open_the_wrong_file(tenant): 1,
}
"""What may happen next, and how often."""


if __name__ == "__main__":
    raise SystemExit(soak(__doc__, live))
