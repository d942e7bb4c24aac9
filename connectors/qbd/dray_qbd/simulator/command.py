"""The command `dray simulate qbd`: a pretend QuickBooks with its Web Connector, until it is stopped."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from dray_qbd.simulator import sample
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.faults import Faults
from dray_qbd.simulator.http_transport import DEFAULT_TIMEOUT, HttpTransport
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import AddRefused, Qwc
from dray_qbd.simulator.transports import Transport
from dray_qbd.simulator.webconnector import Habits, RunReport, WebConnector

DEFAULT_EVERY = 600


def simulate(
    argv: Sequence[str],
    *,
    stdin: TextIO | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
    transport: Transport | None = None,
    wait: Callable[[float], object] | None = None,
) -> int:
    """Runs the command; returns its exit status: 0 done, 1 refused (the reason on `err`), 2 wrong usage.

    The company file is written after every run that had work, and at the end, also when the person presses Ctrl-C.
    """
    stdin, out, err = stdin or sys.stdin, out or sys.stdout, err or sys.stderr
    try:
        options = _parser().parse_args(argv)
    except SystemExit as usage:
        return int(usage.code or 0)
    try:
        qwc = Qwc.read(Path(options.qwc).read_bytes())
        faults = Faults.parse(options.fault)
        company = _company(options)
    except (OSError, ValueError, KeyError, AddRefused) as wrong:
        print(wrong, file=err)
        return 1
    carrier = transport or HttpTransport(options.timeout)
    quickbooks = QuickBooks(company, faults=faults)
    password = stdin.readline().rstrip("\r\n")
    habits = Habits(verbose=options.verbose)
    connector = WebConnector(
        carrier, quickbooks, qwc, password, endpoint=options.endpoint, machine=options.machine, habits=habits
    )
    every = options.every or qwc.every_seconds or DEFAULT_EVERY
    try:
        if not _add(connector, company, qwc, out, err):
            return 1
        return _run(connector, options, every, out, wait or threading.Event().wait)
    except KeyboardInterrupt:
        print("Stopped.", file=out)
        return 0
    finally:
        if options.company:
            company.save(Path(options.company))
            print(f"{company.name} is in {options.company}.", file=out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dray simulate qbd",
        description="A pretend QuickBooks Desktop with its Web Connector: adds the .qwc, then calls again and again.",
    )
    parser.add_argument("--qwc", required=True, metavar="FILE", help="the .qwc file of the connection")
    parser.add_argument("--password-stdin", required=True, action="store_true", help="read its password from stdin")
    parser.add_argument("--company", metavar="FILE.json", help="the company file; begun as a sample if it is not there")
    as_sample = "begin it as one of QuickBooks' own samples, for a test company"
    parser.add_argument("--sample-company", action="store_true", help=as_sample)
    parser.add_argument(
        "--item", nargs="+", default=[], action="extend", metavar="NAME", help="services that the sample sells too"
    )
    parser.add_argument(
        "--vendor", nargs="+", default=[], action="extend", metavar="NAME", help="vendors that the sample knows too"
    )
    parser.add_argument("--endpoint", metavar="URL", help="call this address in place of the AppURL")
    parser.add_argument("--every", type=int, metavar="SECONDS", help="between two runs; else what the .qwc says")
    parser.add_argument("--once", action="store_true", help="one run, then end")
    parser.add_argument("--fault", nargs="+", default=[], action="extend", metavar="NAME[:TIMES]", help=_faults())
    parser.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT, metavar="SECONDS", help="for one call")
    parser.add_argument("--machine", default="OFFICE-PC", metavar="NAME", help="the name of the pretend computer")
    parser.add_argument(
        "--verbose", action="store_true", help="print the log of the Web Connector, with whole messages"
    )
    return parser


def _faults() -> str:
    return "what shall go wrong: " + ", ".join(sorted(Faults.__slots__))


def _company(options: argparse.Namespace) -> Company:
    if options.company and Path(options.company).exists():
        return Company.load(Path(options.company))
    also = [*map(sample.item, options.item), *map(sample.vendor, options.vendor)]
    return Company.sample(also=also, is_sample=options.sample_company)


def _add(connector: WebConnector, company: Company, qwc: Qwc, out: TextIO, err: TextIO) -> bool:
    """Adds the application unless this company file already knows it."""
    stamped = connector.quickbooks.stamped(qwc.owner_id, "FileID")
    if stamped and stamped.casefold() == qwc.file_id.casefold():
        print(f"{qwc.app_name} is already in {company.name}.", file=out)
        return True
    try:
        connector.add()
    except AddRefused as refused:
        print(refused, file=err)
        return False
    print(f"Added {qwc.app_name} to {company.name}.", file=out)
    return True


def _run(
    connector: WebConnector,
    options: argparse.Namespace,
    every: int,
    out: TextIO,
    wait: Callable[[float], object],
) -> int:
    while True:
        report = connector.run_once()
        _print(report, options.verbose, out)
        if options.company and report.sent:  # a run without work changed nothing worth a large file
            connector.quickbooks.company.save(Path(options.company))
        if options.once:
            return 1 if report.code else 0
        wait(report.postponed or max(every, report.minimum or 0))


def _print(report: RunReport, verbose: bool, out: TextIO) -> None:
    if verbose:
        print(report.trace, file=out)
    moment = report.trace.clock().strftime("%H:%M:%S")
    counts = f"{report.sent} taken, {report.received} answered, {report.invoices} invoices"
    print(f"{moment} {report.status} ({counts})", file=out, flush=True)
