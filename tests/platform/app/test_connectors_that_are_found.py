"""Which connectors an installation has: found by entry point, enabled by name, refused with the reason."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from dray.app import create_app
from dray.extensions import EXTENSION, Dray
from dray.registry import GROUP, TAKEN, Registry, find_connectors
from dray.settings import WrongSetting, read_settings
from dray_sdk import INTERFACE, Capabilities, Judges
from tests.platform.inbound.toy import Toy


def point(name: str, attribute: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{attribute}", GROUP)


def with_changes(**changes: Any) -> Toy:
    made = Toy()
    for name, value in changes.items():
        setattr(made, name, value)
    return made


toy = Toy()
newer = with_changes(interface=INTERFACE + 1)
misnamed = with_changes(name="other")
undecided = with_changes(capabilities=Capabilities(dialled_into=False))
greedy = with_changes(name="greedy", mount="api")
phisher = with_changes(name="phisher", mount="reset")
climber = with_changes(name="../up")
untidy = with_changes(name="untidy", mount="../up")
second = with_changes(name="second")
leaver = None


class Half:
    """Lacks nearly everything."""

    interface = INTERFACE
    name = "half"


half = Half()


def only(name: str, attribute: str) -> Registry:
    return find_connectors((name,), [point(name, attribute)])


def test_an_enabled_one_is_loaded_and_mounted() -> None:
    registry = only("toy", "toy")
    assert registry.get("toy") is toy
    assert list(registry.dialled_into) == ["toybooks"]
    assert registry.found[0].reason == ""
    assert registry.judge_for("toy") is None


@pytest.mark.parametrize(
    ("name", "attribute", "reason"),
    [
        ("newer", "newer", f"it speaks interface {INTERFACE + 1}; this platform speaks {INTERFACE}"),
        ("half", "half", "lacks authorization, capabilities, decode"),
        ("toy", "misnamed", "calls itself 'other'"),
        ("toy", "undecided", "do not agree"),
        ("greedy", "greedy", "cannot be mounted at 'api'"),
        ("phisher", "phisher", "cannot be mounted at 'reset'"),
        ("../up", "climber", "a name is 2 to 40 small letters"),
        ("untidy", "untidy", "cannot be mounted at '../up'"),
        ("gone", "no_such_attribute", "AttributeError"),
        ("leaver", "leaver", "it speaks interface None"),
    ],
)
def test_one_that_does_not_fit_is_kept_with_the_reason(name: str, attribute: str, reason: str) -> None:
    registry = only(name, attribute)
    assert registry.get(name) is None
    assert reason in registry.found[0].reason


def test_the_second_at_one_mount_is_refused_and_the_first_stays() -> None:
    registry = find_connectors(("toy", "second"), [point("toy", "toy"), point("second", "second")])
    kept = {each.name: each.reason for each in registry.found}
    assert sorted(kept.values()) == ["", "another connector is mounted at 'toybooks'"]
    assert len(registry.dialled_into) == 1


def test_two_of_one_name_are_not_both_enabled() -> None:
    registry = find_connectors(("toy",), [point("toy", "toy"), point("toy", "toy")])
    assert [each.reason for each in registry.found] == ["", "another distribution has a connector of the same name"]


def test_nothing_of_one_that_is_not_enabled_is_imported() -> None:
    registry = find_connectors((), [point("gone", "no_such_attribute")])
    assert [(each.enabled, each.connector, each.reason) for each in registry.found] == [(False, None, "")]


def test_one_that_is_not_installed_stops_the_start() -> None:
    with pytest.raises(WrongSetting, match="DRAY_CONNECTORS names missing, which is not installed; there is toy"):
        find_connectors(("missing",), [point("toy", "toy")])


def test_those_that_come_with_the_platform_are_enabled_unless_told_otherwise() -> None:
    registry = find_connectors(None)
    ours = [each for each in registry.found if each.distribution == "dray"]
    assert ours
    assert all(each.enabled and not each.reason for each in ours)
    assert all(isinstance(registry.judge_for(each.name), Judges) for each in ours)
    assert find_connectors(()).enabled == {}


def test_a_strangers_connector_is_not_enabled_by_being_installed() -> None:
    assert find_connectors(None, [point("toy", "toy")]).enabled == {}


# ---- guests


class Moody(Toy):
    """Breaks when it is looked at."""

    def __getattribute__(self, name: str) -> Any:
        if name == "settings":
            raise RuntimeError("not today")
        return super().__getattribute__(name)


class Unreadable(Toy):
    """Says nothing that can be read of what it can do."""

    capabilities: Any = None


class Leaves:
    """Ends the process when its module is asked for it."""

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(3)


class Hidden:
    """Keeps them from whoever looks at this module."""

    moody = Moody()
    unreadable = Unreadable()
    leaves = Leaves()


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [("moody", "RuntimeError: not today"), ("unreadable", "AttributeError"), ("leaves", "SystemExit: 3")],
)
def test_one_that_breaks_while_it_is_looked_at_takes_nothing_down(attribute: str, reason: str) -> None:
    registry = find_connectors(("toy", "sound"), [point("toy", f"Hidden.{attribute}"), point("sound", "sound")])
    kept = {each.name: each for each in registry.found}
    assert reason in kept["toy"].reason
    assert registry.get("toy") is None
    assert registry.get("sound") is sound


sound = with_changes(name="sound", mount="sound")


def test_a_version_that_is_named_is_taken_and_no_other() -> None:
    assert find_connectors(("toy==1.2",), [point("toy", "toy")]).get("toy") is toy
    registry = find_connectors(("toy==1.1",), [point("toy", "toy")])
    assert registry.get("toy") is None
    assert registry.found[0].enabled
    assert "version 1.2 is installed, and DRAY_CONNECTORS names 1.1" in registry.found[0].reason


def test_no_connector_is_mounted_over_a_page(tmp_path: Path) -> None:
    settings = read_settings({"DRAY_HOME": str(tmp_path), "DRAY_LOG_LEVEL": "error"})
    app = create_app(settings)
    parts: Dray = app.extensions[EXTENSION]
    with parts.engines:
        firsts = {rule.rule.split("/")[1].partition("<")[0] for rule in app.url_map.iter_rules()}
        assert firsts - {""} - set(parts.registry.dialled_into) == TAKEN & firsts
