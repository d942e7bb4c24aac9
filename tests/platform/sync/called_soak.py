"""The soak over books that we call: worlds in which everything goes wrong, until so many invoices have arrived.

    python -m tests.platform.sync.called_soak [--invoices 20000] [--seed 1] [--database URL]

Prints what was struck by what, and ends with 1 and the seed of the world at the first thing that does not hold.
"""

from __future__ import annotations

import random

from dray_tenants.database import Engines
from tests.platform.sync.called_world import ONLINE_WEATHER, CalledWorld
from tests.platform.sync.soaking import Soaked, soak

STEPS = 60
"""Of one world, before the sky clears and everything must have arrived."""

LONGEST_BATCH = 80


def live(engines: Engines, _url: str, seed: int) -> Soaked:
    """One world, and what came of it."""
    world = one_world(engines, seed)
    return Soaked(sum(len(office.there()) for office in world.offices), world.struck)


def one_world(engines: Engines, seed: int, *, steps: int = STEPS, most: int = LONGEST_BATCH) -> CalledWorld:
    """Draw one world's steps from the seed, look at everything now and then, and let it settle. AssertionError with
    what does not hold."""
    chance = random.Random(seed)
    world = CalledWorld(engines, first=seed * 2)
    for step in range(steps):
        tenant = chance.randrange(2)
        match chance.randrange(10):
            case 0 | 1:
                for _ in range(chance.randrange(1, most)):
                    world.write(tenant, chance.randrange(3), chance.randrange(100))
                world.send(tenant, 200)
            case 2:
                world.take_back(tenant, chance.randrange(20))
            case 3:
                world.arrive(tenant)
            case 4:
                world.sign_in(tenant)
            case 5:
                world.pass_time(tenant, chance.choice((1, 31, 61, 100, 155, 700, 3700)))
            case _:
                world.call(tenant, [chance.choice(ONLINE_WEATHER) for _ in range(chance.randrange(24))], step * 7)
        if step % 10 == 9:
            world.check()
    world.settle()
    there, said = world.totals()
    assert there == said, f"the books hold {there}, the receipts say {said}"
    return world


if __name__ == "__main__":
    raise SystemExit(soak(__doc__, live))
