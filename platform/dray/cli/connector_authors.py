"""`dray connector new` and `dray connector check`: what whoever writes a connector needs."""

from __future__ import annotations

from pathlib import Path

import click

from dray.cli.output import answer, as_json, refuse
from dray.registry import TAKEN, find_connectors
from dray.settings import WrongSetting
from dray_sdk import Connector
from dray_sdk.template import render
from dray_sdk.testing import Finding, Verdict, examine

__all__ = ["check", "installed", "new"]

_SIGNS = {Verdict.KEPT: "kept", Verdict.BROKEN: "BROKEN", Verdict.NOT_SHOWN: "not shown"}


@click.command()
@click.argument("name")
@click.option("--title", default="", metavar="TEXT", help="What people read; made of the name where it is left out.")
@click.option("--called", is_flag=True, help="Dray calls its books; otherwise an agent beside the books calls Dray.")
@click.option("--into", type=click.Path(path_type=Path), metavar="FOLDER", help="A new folder; dray-NAME if left out.")
@as_json
def new(name: str, title: str, called: bool, into: Path | None, as_json: bool) -> None:
    """Write a whole package for a new connector: it installs, keeps the rules, and can be tried at once."""
    folder = into or Path(f"dray-{name}")
    if name in TAKEN:
        refuse(f"{name} is an address of Dray's own; choose another name")
    try:
        written = render(name, folder, title, called=called)
    except ValueError as wrong:
        refuse(str(wrong))
    except FileExistsError:
        refuse(f"{folder} is there already, and nothing is written over; choose another with --into")
    except OSError as away:
        refuse(f"{folder} cannot be written: {away.strerror or away}")
    facts = {"folder": str(folder), "files": [str(path) for path in written]}
    answer(as_json, facts, f"{folder} holds a new connector. Begin with {folder / 'README.md'}.")


@click.command()
@click.argument("name")
@as_json
def check(name: str, as_json: bool) -> None:
    """Try every rule of the interface on an installed connector, enabled or not, and tell what to change."""
    connector = installed(name)
    findings = examine(connector)
    broken = sum(one.verdict is Verdict.BROKEN for one in findings)
    facts = {
        "name": name,
        "version": connector.version,
        "broken": broken,
        "rules": [
            {"rule": one.rule, "verdict": one.verdict.value, "statement": one.statement, "said": one.said or None}
            for one in findings
        ],
    }
    answer(as_json, facts, "\n".join([*map(_line, findings), _summary(connector, findings)]))
    if broken:
        raise SystemExit(1)


def installed(name: str) -> Connector:
    """The connector of that name, loaded whether it is enabled or not. Refuses, with the reason, where it cannot."""
    try:
        (found,) = (each for each in find_connectors((name,)).found if each.name == name)
    except WrongSetting:
        refuse(f"there is no connector {name!r} installed; see `dray connector list`")
    except ValueError:
        refuse(f"several installed packages have a connector called {name}; uninstall all but one")
    if found.connector is None:
        refuse(f"{name} does not load: {found.reason}")
    return found.connector


def _line(one: Finding) -> str:
    sentence = one.rule.replace("_", " ")
    said = f"\n           {one.said}" if one.said else ""
    return f"{_SIGNS[one.verdict]:<10} {sentence}{said}"


def _summary(connector: Connector, findings: tuple[Finding, ...]) -> str:
    counted = {verdict: sum(one.verdict is verdict for one in findings) for verdict in Verdict}
    return (
        f"{connector.title} {connector.version}: {counted[Verdict.KEPT]} rules kept, {counted[Verdict.BROKEN]} broken, "
        f"{counted[Verdict.NOT_SHOWN]} not shown."
    )
