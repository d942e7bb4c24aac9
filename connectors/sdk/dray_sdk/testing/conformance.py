"""The rules as tests, and as a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from dray_sdk.connector import Connector
from dray_sdk.testing.rules import ORDER
from dray_sdk.testing.stage import RULES, Bench, Rule
from dray_sdk.testing.verdicts import Broken, NotShown

__all__ = ["Conformance", "Finding", "Verdict", "examine", "statement"]


class Verdict(StrEnum):
    """What became of a rule."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one rule. `said` tells what to change, or why it could not be shown."""

    rule: str
    statement: str
    verdict: Verdict
    said: str = ""


class Conformance:
    """An author's whole test file:

        from dray_sdk.testing import Conformance
        from ledgerbook import connector

        class TestLedgerbook(Conformance):
            connector = connector

    Each rule is a test of it. A rule that does not concern the connector, or that its pretend books cannot show, is
    skipped and says so.
    """

    connector: ClassVar[Connector]


def statement(one: Rule) -> str:
    """What a rule says, in one line."""
    return " ".join((one.__doc__ or "").split())


def examine(connector: Connector) -> tuple[Finding, ...]:
    """Every rule, tried. Whatever a connector raises counts as broken."""
    return tuple(_finding(one, connector) for one in RULES)


def _finding(one: Rule, connector: Connector) -> Finding:
    verdict, said = Verdict.KEPT, ""
    try:
        one(Bench(connector))
    except NotShown as missing:
        verdict, said = Verdict.NOT_SHOWN, str(missing)
    except Broken as broken:
        verdict, said = Verdict.BROKEN, str(broken)
    except Exception as error:  # noqa: BLE001  a connector under examination may do anything
        verdict, said = Verdict.BROKEN, f"{type(error).__name__}: {error}"
    return Finding(one.__name__, statement(one), verdict, said)


def _as_test(one: Rule) -> Callable[[Any], None]:
    def test(self: Conformance) -> None:
        one(Bench(type(self).connector))

    test.__doc__ = one.__doc__
    test.__name__ = f"test_{one.__name__}"
    test.__qualname__ = f"Conformance.{test.__name__}"
    return test


for _module in ORDER:
    for _one in RULES:
        if _one.__module__ == _module.__name__:
            setattr(Conformance, f"test_{_one.__name__}", _as_test(_one))
