"""`dray connector …`: what is installed, whether it is enabled and works, and what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from dray.cli.connector_authors import check, installed, new
from dray.cli.connector_offers import offer
from dray.cli.connector_shadow import shadow
from dray.cli.output import answer, as_json, refuse, rows
from dray.registry import FoundConnector, find_connectors
from dray.settings import read_settings
from dray_sdk import AsksApart, Connector, DialsIn, Explains, IsCalled, Judges, Narrates, SendsWebhooks, Simulated

__all__ = ["command"]

_FACETS: Final[dict[str, Callable[[object], bool]]] = {
    "dials in": lambda connector: isinstance(connector, DialsIn),
    "is called": lambda connector: isinstance(connector, IsCalled),
    "asks apart": lambda connector: isinstance(connector, AsksApart),
    "judges": lambda connector: isinstance(connector, Judges),
    "explains": lambda connector: isinstance(connector, Explains),
    "narrates": lambda connector: isinstance(connector, Narrates),
    "sends webhooks": lambda connector: isinstance(connector, SendsWebhooks),
    "simulated": lambda connector: isinstance(connector, Simulated),
}


@click.group("connector")
def command() -> None:
    """The connectors that are installed."""


command.add_command(new)
command.add_command(check)
command.add_command(offer)
command.add_command(shadow)


@command.command("list")
@as_json
def list_connectors(as_json: bool) -> None:
    """Every connector that is installed, enabled or not, and why one does not load."""
    found = find_connectors(read_settings(os.environ).connectors).found
    facts = [_facts(each) for each in found]
    table = rows(
        ("name", "title", "version", "from", "state"),
        [
            (each["name"], each["title"] or "", each["version"] or "", each["distribution"], _state(each))
            for each in facts
        ],
    )
    answer(as_json, {"connectors": facts}, table if facts else "No connector is installed.")


@command.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """One connector, enabled or not: what it can do, its limits, its settings."""
    settings = read_settings(os.environ)
    found = next((each for each in find_connectors(settings.connectors).found if each.name == name), None)
    if found is None:
        refuse(f"there is no connector {name!r}; see `dray connector list`")
    facts = _facts(found)
    if found.reason:
        answer(as_json, facts, _listed({**facts, "state": _state(facts)}))
        return
    connector = found.connector or installed(name)
    facts |= {"title": connector.title, "version": connector.version, **_declared(connector)}
    answer(as_json, facts, _pictured(facts, connector))


def _facts(found: FoundConnector) -> dict[str, Any]:
    connector = found.connector
    return {
        "name": found.name,
        "title": connector.title if connector else None,
        "version": connector.version if connector else None,
        "distribution": found.distribution,
        "enabled": found.enabled,
        "reason": found.reason or None,
    }


def _declared(connector: Connector) -> dict[str, Any]:
    able = connector.capabilities
    return {
        "mount": connector.mount if isinstance(connector, DialsIn) else None,
        "facets": [facet for facet, has in _FACETS.items() if has(connector)],
        "capabilities": {
            "creates": sorted(able.creates),
            "updates": sorted(able.updates),
            "voids": sorted(able.voids),
            "finds": {kind: sorted(by) for kind, by in sorted(able.finds.items())},
            "pulls": sorted(able.pulls),
            "creates_when_missing": sorted(able.creates_when_missing),
            "batch": able.batch,
            "recovers": able.recovers,
            "repeats_for": able.repeats_for,
        },
        "limits": [
            {"field": each.field, "label": each.label, "maximum": each.maximum, "holds": each.holds or None}
            for each in connector.limits
        ],
        "settings": [
            {"name": each.name, "default": each.default, "secret": each.secret, "help": each.help}
            for each in connector.settings
        ],
    }


def _pictured(facts: Mapping[str, Any], connector: Connector) -> str:
    able = facts["capabilities"]
    words = {
        **{key: facts[key] for key in ("name", "title", "version", "distribution")},
        "state": _state(facts),
        "mount": f"/{facts['mount']}/…" if facts["mount"] else None,
        "facets": ", ".join(facts["facets"]),
        **{verb: ", ".join(able[verb]) or "nothing" for verb in ("creates", "updates", "voids", "pulls")},
        "finds": ", ".join(able["finds"]) or "nothing",
        "batch": f"{able['batch']} together",
        "lost answers": _recovery(able),
    }
    limits = rows(
        ("field", "what people call it", "characters"),
        [(each.field, each.label, f"{each.maximum}{_held(each.holds)}") for each in connector.limits],
    )
    settings = rows(
        ("setting", "default", "what it is for"),
        [(each.name, each.default or "", each.help) for each in connector.settings],
    )
    parts = [_listed(words), limits if connector.limits else "", settings if connector.settings else ""]
    return "\n\n".join(part for part in parts if part)


def _listed(words: Mapping[str, Any]) -> str:
    return "\n".join(f"{key:<13} {value}" for key, value in words.items() if value not in (None, ""))


def _recovery(able: Mapping[str, Any]) -> str:
    if able["recovers"]:
        return "the books are asked what became of the batch"
    if able["repeats_for"]:
        return f"the same bytes are answered alike for {able['repeats_for']} seconds"
    return "each invoice is looked up"


def _held(holds: str) -> str:
    return f" ({holds})" if holds else ""


def _state(facts: Mapping[str, Any]) -> str:
    if facts["reason"]:
        return f"does not load: {facts['reason']}"
    return "enabled" if facts["enabled"] else "installed, not enabled"
