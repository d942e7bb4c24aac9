"""The soak: worlds in which everything goes wrong, one after another, until so many invoices have arrived.

    python -m tests.platform.sync.soak [--invoices 20000] [--seed 1] [--database URL]

Prints what was struck by what, and ends with 1 and the seed of the world at the first thing that does not hold.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from dray.migrations.upgrade import upgrade
from dray_tenants.database import Engines
from tests.platform.sync.world import WEATHER, World

STEPS = 60
"""Of one world, before the sky clears and everything must have arrived."""


def main() -> int:
    """Soak, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="an empty database; SQLite in a temporary directory when not given")
    options = parser.parse_args()
    arrived, struck, began, seed = 0, Counter[str](), time.monotonic(), options.seed
    with tempfile.TemporaryDirectory(prefix="dray-soak-") as directory:
        while arrived < options.invoices:
            url = options.database or f"sqlite:///{Path(directory) / f'{seed}.db'}"
            if arrived == 0 or not options.database:
                upgrade(url)
            with Engines(url) as engines:
                try:
                    world = one_world(engines, seed)
                except AssertionError as broken:
                    print(f"seed {seed}: {broken}", file=sys.stderr)
                    return 1
            arrived += sum(len(office.books()) for office in world.offices)
            struck += world.struck
            seed += 1
            print(f"\r{arrived} arrived, {seed - options.seed} worlds", end="", file=sys.stderr, flush=True)
    calls = sum(struck.values())
    bad = calls - struck["fine"]
    print(f"\n{arrived} invoices arrived in {time.monotonic() - began:.0f} s; 0 lost, 0 doubled.")
    print(f"{bad} of {calls} requests were struck ({bad / calls:.0%}): {dict(struck.most_common())}")
    return 0


def one_world(engines: Engines, seed: int) -> World:
    """Draw one world's steps from the seed, look at everything now and then, and let it settle. AssertionError with
    what does not hold."""
    chance = random.Random(seed)
    world = World(engines, first=seed * 2)
    for step in range(STEPS):
        tenant = chance.randrange(2)
        if tenant in world.delayed and chance.random() < 0.6:
            # the most dangerous moment of all: another computer takes over, and then the first one goes on
            other = "BACK-OFFICE" if world.delayed[tenant].machine == "FRONT-DESK" else "FRONT-DESK"
            world.run(tenant, (), other)
            world.late(tenant)
            continue
        match chance.randrange(10):
            case 0 | 1 | 2:
                for _ in range(chance.randrange(1, 16)):
                    world.write(tenant, chance.randrange(3), chance.randrange(4))
                world.send(tenant)
            case 3:
                world.take_back(tenant, chance.randrange(20))
            case 4:
                world.late(tenant)
            case 5:
                world.wait(tenant, chance.choice((1, 11, 45)))
            case _:
                weather = [chance.choice(WEATHER) for _ in range(chance.randrange(12))]
                machine = chance.choice(("FRONT-DESK", "FRONT-DESK", "BACK-OFFICE"))
                world.run(tenant, weather, machine, chance.randrange(31))
        if step % 10 == 9:
            world.check()
    world.settle()
    there, said = world.totals()
    assert there == said, f"the books hold {there}, the receipts say {said}"
    return world


if __name__ == "__main__":
    raise SystemExit(main())
