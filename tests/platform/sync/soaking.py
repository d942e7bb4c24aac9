"""Soaking: worlds in which everything goes wrong, one after another, until so many invoices have arrived."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dray.migrations.upgrade import upgrade
from dray_tenants.database import Engines, make_engine


@dataclass(frozen=True, slots=True)
class Soaked:
    """What came of one world: invoices that are in the books, what its requests were struck by, what people did."""

    arrived: int
    struck: Counter[str]
    done: Counter[str] = field(default_factory=Counter)


def soak(what: str | None, live: Callable[[Engines, str, int], Soaked]) -> int:
    """Read the command line, let `live` (engines, their address, a seed) have worlds, report. 0 when all of it held.

    `live` raises AssertionError with what does not hold; its seed is printed then.
    """
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="a PostgreSQL database for it alone: emptied for each world")
    options = parser.parse_args()
    arrived, struck, done, began, seed = 0, Counter[str](), Counter[str](), time.monotonic(), options.seed
    with tempfile.TemporaryDirectory(prefix="dray-soak-") as directory:
        while arrived < options.invoices:
            url = options.database or f"sqlite:///{Path(directory) / f'{seed}.db'}"
            if options.database:
                _empty(url)
            upgrade(url)
            with Engines(url) as engines:
                try:
                    one = live(engines, url, seed)
                except AssertionError as broken:
                    traceback.print_exception(broken)
                    print(f"seed {seed}: {broken}", file=sys.stderr)
                    return 1
            arrived += one.arrived
            struck += one.struck
            done += one.done
            seed += 1
            print(f"\r{arrived} arrived, {seed - options.seed} worlds", end="", file=sys.stderr, flush=True)
    calls = sum(struck.values())
    bad = calls - struck["fine"]
    print(f"\n{arrived} invoices arrived in {time.monotonic() - began:.0f} s; 0 lost, 0 doubled.")
    print(f"{bad} of {calls} requests were struck ({bad / calls:.0%}): {dict(struck.most_common())}")
    if done:
        print(f"Besides: {dict(done.most_common())}")
    return 0


def _empty(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
