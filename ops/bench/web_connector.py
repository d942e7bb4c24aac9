"""What Web Connectors cost: server CPU for an idle session and for an invoice, beside a constant reply in the same run.

    python -m ops.bench.web_connector [--driver FILE] [--database URL]

The load driver is a separate program that plays Web Connectors; its path comes from --driver, or DRAY_BENCH_DRIVER.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ops.bench.stage import ITEM, ROOT, Caller, Stage, a_stage, the_yardstick, write_csv

CALLERS = 50
DRIVER = ROOT.parent / "shared" / "measure" / "qbwc_load.py"


def main() -> int:
    """Measure, and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", type=Path, default=Path(os.environ.get("DRAY_BENCH_DRIVER", DRIVER)))
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    parser.add_argument("--sessions", type=int, default=4000)
    parser.add_argument("--invoices", type=int, default=10_000)
    options = parser.parse_args()
    if not options.driver.exists():
        print(f"There is no load driver at {options.driver}: name one with --driver.", file=sys.stderr)
        return 1
    with a_stage(options.database) as stage:
        callers = stage.callers(CALLERS)
        with stage.served() as server:
            measure = Measure(options.driver, stage, callers, server)
            measure.first_contacts()
            idle = measure.idle(options.sessions)
            busy = measure.busy(options.invoices)
        with the_yardstick() as (url, pid):
            constant = measure.run(
                write_csv(stage.home / "constant.csv", callers, url), pid, "-n", str(options.sessions), "-c", "8",
                "--warmup", "200",
            )  # fmt: skip
    report(idle, busy, constant)
    return 0


class Measure:
    """Runs the driver against one served stage."""

    def __init__(self, driver: Path, stage: Stage, callers: list[Caller], server: int) -> None:
        self.driver, self.stage, self.callers, self.server = driver, stage, callers, server
        self.csv = write_csv(stage.home / "callers.csv", callers)

    def first_contacts(self) -> None:
        """Every connector says hello once; afterwards nothing is due."""
        self.run(self.csv, self.server, "--drain", "-c", "4")

    def idle(self, sessions: int) -> dict[str, Any]:
        """Sessions that are told there is nothing to do."""
        return self.run(self.csv, self.server, "-n", str(sessions), "-c", "8", "--warmup", "200")

    def busy(self, invoices: int) -> dict[str, Any]:
        """One tenant's invoices, queued beforehand, taken in as few sessions as it likes."""
        caller = self.callers[0]
        cpu = self.stage.queue(caller, invoices)
        result = self.run(write_csv(self.stage.home / "one.csv", [caller]), self.server, "--drain", "-c", "1")
        return {**result, "queued": invoices, "send_cpu_s": cpu}

    def run(self, callers: Path, pid: int, *arguments: str) -> dict[str, Any]:
        """One run of the driver; its JSON."""
        command = [sys.executable, str(self.driver), "--csv", str(callers), "--pid", f"app={pid}", "--item", ITEM]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout[-4000:], done.stderr[-2000:], file=sys.stderr)
            raise SystemExit("the load driver reported errors")
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def report(idle: dict[str, Any], busy: dict[str, Any], constant: dict[str, Any]) -> None:
    """Print the figures. Ratios hold on any machine; milliseconds only on one that does nothing else meanwhile."""
    yardstick = constant["server"]["cpu_ms_per_session"]
    session, invoice = idle["server"]["cpu_ms_per_session"], busy["server"]["cpu_ms_per_invoice"]
    workers = busy["server"]["memory_by_tree"]["app"]["processes"] - 1
    print(f"constant reply      {yardstick:.2f} ms of server CPU for a session of 4 calls")
    print(f"idle session        {session:.2f} ms ({session / yardstick:.2f} of a constant reply)")
    print(f"invoice             {invoice:.2f} ms ({invoice / yardstick:.2f} of a constant reply)")
    print(f"round trips         {busy['round_trips_per_invoice']:.3f} for an invoice, of {busy['invoices']} in all")
    print(f"send                {busy['send_cpu_s'] / busy['queued'] * 1e3:.2f} ms of CPU for an invoice of 3 lines")
    print(f"memory              {busy['server']['pss_mb']:.0f} MB PSS for the master and {workers} workers")
    if busy["invoices"] != busy["queued"]:
        raise SystemExit(f"{busy['queued']} invoices were queued and {busy['invoices']} arrived")
    if max(idle["machine_busy_fraction"], constant["machine_busy_fraction"]) > 0.9 and idle["other_cpu_s"] > 1:
        print(f"the machine did other work meanwhile ({idle['other_cpu_s']:.1f} s of CPU): trust the ratios only")


if __name__ == "__main__":
    raise SystemExit(main())
