"""The command `dray simulate qbo`: a pretend QuickBooks Online with its Intuit, until it is stopped."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from dray_qbo.simulator import sample, tokens
from dray_qbo.simulator.company import SAMPLE_REALM, Company
from dray_qbo.simulator.faults import Faults
from dray_qbo.simulator.grants import Rotation
from dray_qbo.simulator.intuit import App, Intuit
from dray_qbo.simulator.sample import TAXES
from dray_qbo.simulator.server import Server
from dray_qbo.simulator.throttle import Limits
from dray_qbo.simulator.webhooks import Style

DEFAULT_BIND = "127.0.0.1:8020"
SAVE_EVERY = 5.0


def simulate(
    argv: Sequence[str],
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
    wait: Callable[[float], object] | None = None,
) -> int:
    """Runs the command; returns its exit status: 0 done, 1 refused (the reason on `err`), 2 wrong usage.

    The companies and what they granted are written every few seconds and at the end, also after Ctrl-C.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        options = _parser().parse_args(argv)
    except SystemExit as usage:
        return int(usage.code or 0)
    path = Path(options.company) if options.company else None
    try:
        intuit = _intuit(options, path)
        host, port = _address(options.bind)
        server = Server(intuit, host, port)
    except (OSError, ValueError) as wrong:
        print(wrong, file=err)
        return 1
    except SystemExit:  # werkzeug's way to say that it cannot have the address
        print(f"{options.bind} cannot be used; choose another address with --bind.", file=err)
        return 1
    with server:
        _introduce(server, out)
        try:
            _run(intuit, path, wait or threading.Event().wait)
        except KeyboardInterrupt:
            print("Stopped.", file=out)
    if path:
        intuit.save(path)
        print(f"The companies are in {path}.", file=out)
    return 0


def _parser() -> argparse.ArgumentParser:
    app = App()
    parser = argparse.ArgumentParser(
        prog="dray simulate qbo",
        description="A pretend QuickBooks Online: OAuth, the company endpoints and webhooks, all at one address.",
    )
    parser.add_argument("--bind", default=DEFAULT_BIND, metavar="HOST:PORT", help=f"by default {DEFAULT_BIND}")
    parser.add_argument("--company", metavar="FILE.json", help="where it is kept; begun as a sample if it is not there")
    parser.add_argument("--realm", nargs="+", default=[], metavar="ID", help="companies of a new file, by their ids")
    parser.add_argument("--item", nargs="+", default=[], metavar="NAME", help="services that new companies sell too")
    parser.add_argument("--vendor", nargs="+", default=[], metavar="NAME", help="vendors that new companies know too")
    parser.add_argument("--country", default="US", choices=sorted(TAXES), help="of new companies")
    parser.add_argument(
        "--custom-numbers", action="store_true", help="new companies take the numbers that they are sent"
    )
    parser.add_argument("--client-id", default=app.client_id, metavar="ID")
    parser.add_argument("--client-secret", default=app.client_secret, metavar="SECRET")
    parser.add_argument(
        "--redirect", nargs="+", default=[], metavar="URL", help="the only addresses to go back to; else any"
    )
    parser.add_argument("--rotation", default=Rotation.STRICT, type=Rotation, choices=list(Rotation))
    parser.add_argument("--webhook", default="", metavar="URL", help="where changes are told")
    parser.add_argument("--verifier", default=app.verifier, metavar="TOKEN", help="the key of webhook signatures")
    parser.add_argument("--webhook-style", default=Style.CLOUD_EVENTS, type=Style, choices=list(Style))
    parser.add_argument("--no-limits", action="store_true", help="never answer 429 by itself")
    parser.add_argument("--fault", nargs="+", default=[], action="extend", metavar="NAME[:TIMES]", help=_faults())
    return parser


def _faults() -> str:
    return "what shall go wrong: " + ", ".join(sorted(Faults.__slots__))


def _intuit(options: argparse.Namespace, path: Path | None) -> Intuit:
    faults = Faults.parse(options.fault)
    app = App(
        client_id=options.client_id,
        client_secret=options.client_secret,
        redirect_uris=tuple(options.redirect),
        rotation=options.rotation,
        webhook_url=options.webhook,
        verifier=options.verifier,
        webhook_style=options.webhook_style,
    )
    chosen = {"country": options.country, "custom_txn_numbers": options.custom_numbers}
    also = [*map(sample.item, options.item), *map(sample.vendor, options.vendor)]
    companies = [Company.sample(realm_id, also=also, **chosen) for realm_id in options.realm or [SAMPLE_REALM]]
    intuit = Intuit(*companies, app=app, faults=faults, limits=Limits.none() if options.no_limits else Limits())
    if path and path.exists():
        try:
            intuit.load(path)
        except (ValueError, KeyError, TypeError) as wrong:
            raise ValueError(f"{path} holds no pretend companies of QuickBooks Online.") from wrong
    return intuit


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"{bind} is not HOST:PORT.")
    return host, int(port)


def _introduce(server: Server, out: TextIO) -> None:
    app = server.intuit.app
    for realm_id, realm in server.intuit.realms.items():
        print(f"{realm.company.settings.name} is realm {realm_id}.", file=out)
    print(f"DRAY_QBO_CLIENT_ID={app.client_id}", file=out)
    print(f"DRAY_QBO_CLIENT_SECRET={app.client_secret}", file=out)
    print(f"DRAY_QBO_ENVIRONMENT={server.url}{tokens.DISCOVERY[0]}", file=out)
    print(f"DRAY_QBO_API_URL={server.url}", file=out, flush=True)


def _run(intuit: Intuit, path: Path | None, wait: Callable[[float], object]) -> None:
    """Until the person stops it, or `wait` says so by being true."""
    kept = ""
    while not wait(SAVE_EVERY):
        now = intuit.fingerprint() if path else ""
        if path and now != kept:
            intuit.save(path)
            kept = now
