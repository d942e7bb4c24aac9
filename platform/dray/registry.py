"""Which connectors there are. Each is found by its entry point, ours exactly as anybody's.

Installed is not enabled: an operator enables by name, and by version if wished (DRAY_CONNECTORS); unless told
otherwise, those that come in the same distribution as the platform are enabled. A connector is a guest: whatever it
does while it is loaded or looked at, it is kept with the reason and takes nothing else down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from dray.guests import Watch
from dray.settings import WrongSetting
from dray_sdk import INTERFACE, Connector, DialsIn, Judges, SendsWebhooks

__all__ = ["GROUP", "FoundConnector", "Registry", "find_connectors"]

GROUP: Final = "dray.connectors"
OURS: Final = "dray"
_MOUNT: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
TAKEN: Final = frozenset(
    {
        *("api", "connect", "console", "help", "login", "logo", "logout", "oauth", "static", "webhooks"),
        *("healthz", "readyz", "metrics"),
        *("alerts", "audit", "closures", "company", "confirm-address", "connections", "customers", "forgot", "imports"),
        *("invitations", "invoices", "items", "markings", "months", "overview", "problems", "rate-card", "reset"),
        *("routing", "rules", "sendings", "settings", "support-access", "switch", "tokens", "users", "views"),
    }
)
"""First parts of addresses that are the platform's own: what is mounted answers before the pages do, so a connector at
one of them would be handed what people type there."""

_NEEDED: Final = tuple(sorted({*Connector.__annotations__, "encode", "decode", "recover"}))


@dataclass(frozen=True, slots=True)
class FoundConnector:
    """What stands behind one entry point. Without `connector` it is not enabled (nothing of it is then imported), or it
    did not load, and `reason` says why."""

    name: str
    distribution: str
    enabled: bool
    connector: Connector | None
    reason: str = ""


class Registry:
    """The connectors of an installation."""

    def __init__(self, found: Iterable[FoundConnector]) -> None:
        self.found: Final = tuple(found)
        self.enabled: Final[Mapping[str, Connector]] = MappingProxyType(
            {each.name: each.connector for each in self.found if each.enabled and each.connector is not None}
        )
        self.dialled_into: Final[Mapping[str, tuple[Connector, DialsIn]]] = MappingProxyType(
            {each.mount: (each, each) for each in self.enabled.values() if isinstance(each, DialsIn)}
        )
        """Mount → the connector, as itself and as what answers there."""
        self.tells: Final[Mapping[str, tuple[Connector, SendsWebhooks]]] = MappingProxyType(
            {name: (each, each) for name, each in self.enabled.items() if isinstance(each, SendsWebhooks)}
        )
        """Name → the connector whose books tell of changes, as itself and as what reads them."""
        self.watches: Final[Mapping[str, Watch]] = MappingProxyType(
            {each.name: Watch() for each in self.found if each.distribution != OURS and each.name in self.enabled}
        )
        """Name → what waits for the work of a connector that somebody else's distribution brought."""

    def get(self, name: str) -> Connector | None:
        """The enabled connector of that name."""
        return self.enabled.get(name)

    def judge_for(self, name: str) -> Judges | None:
        """What knows the limits of that connector's books, if the connector is enabled and does."""
        connector: object = self.enabled.get(name)
        return connector if isinstance(connector, Judges) else None


def find_connectors(wanted: tuple[str, ...] | None, candidates: Iterable[EntryPoint] | None = None) -> Registry:
    """Find every installed connector and load the `wanted` ones (None: those that come with the platform), each a name,
    or "name==version" for that version and no other.

    Raises WrongSetting when a wanted one is not installed at all.
    """
    points = sorted(entry_points(group=GROUP) if candidates is None else candidates, key=lambda point: point.name)
    installed = [point.name for point in points]
    versions = dict(_name_and_version(one) for one in wanted or ())
    missing = [name for name in versions if name not in installed]
    if missing:
        raise WrongSetting(
            f"DRAY_CONNECTORS names {missing[0]}, which is not installed; there is {', '.join(installed) or 'none'}"
        )
    found: list[FoundConnector] = []
    for point in points:
        distribution = point.dist.name if point.dist is not None else ""
        enabled = point.name in versions if wanted is not None else distribution == OURS
        found.append(_load(point, distribution, enabled, versions.get(point.name, ""), found))
    return Registry(found)


def _name_and_version(wanted: str) -> tuple[str, str]:
    name, _, version = wanted.partition("==")
    return name, version


def _load(
    point: EntryPoint, distribution: str, enabled: bool, version: str, others: Iterable[FoundConnector]
) -> FoundConnector:
    if not enabled:
        return FoundConnector(point.name, distribution, enabled=False, connector=None)
    try:
        candidate = point.load()
        reason = _why_not(point, candidate, others) or _why_not_this(candidate, version)
    except (Exception, SystemExit) as broken:  # noqa: BLE001  a plugin may break in any way, and only itself
        return FoundConnector(point.name, distribution, enabled, None, f"{type(broken).__name__}: {broken}"[:500])
    return FoundConnector(point.name, distribution, enabled, None if reason else candidate, reason)


def _why_not_this(candidate: Connector, version: str) -> str:
    there = candidate.version
    if version in ("", there):
        return ""
    return f"version {there} is installed, and DRAY_CONNECTORS names {version}: install that, or name the other there"


def _why_not(point: EntryPoint, candidate: object, others: Iterable[FoundConnector]) -> str:
    if getattr(candidate, "interface", None) != INTERFACE:
        return f"it speaks interface {getattr(candidate, 'interface', None)!r}; this platform speaks {INTERFACE}"
    missing = [name for name in _NEEDED if not hasattr(candidate, name)]
    if missing or not isinstance(candidate, Connector):
        return f"{point.value} lacks {', '.join(missing)}"
    if candidate.name != point.name:
        return f"it calls itself {candidate.name!r}, but its entry point is {point.name!r}"
    if not _MOUNT.fullmatch(point.name):
        return "a name is 2 to 40 small letters, digits and hyphens: it stands in addresses and files"
    if any(each.name == point.name for each in others):
        return "another distribution has a connector of the same name"
    if candidate.capabilities.dialled_into != isinstance(candidate, DialsIn):
        return "its capabilities and its facets do not agree on whether the books call us"
    return _why_not_mounted(candidate, others) if isinstance(candidate, DialsIn) else ""


def _why_not_mounted(candidate: DialsIn, others: Iterable[FoundConnector]) -> str:
    if not _MOUNT.fullmatch(candidate.mount) or candidate.mount in TAKEN:
        return f"it cannot be mounted at {candidate.mount!r}"
    if any(getattr(each.connector, "mount", None) == candidate.mount for each in others if each.connector):
        return f"another connector is mounted at {candidate.mount!r}"
    return ""
