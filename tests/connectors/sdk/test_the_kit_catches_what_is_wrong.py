"""For each rule there is a connector that breaks it, and exactly that rule catches it. A sound one is let by."""

from __future__ import annotations

import pytest

from dray_sdk import Connector
from dray_sdk.testing import RULES, Verdict, examine
from tests.connectors.sdk.mutants import MUTANTS
from tests.connectors.sdk.specimen import Core, Dialled, Repeating, Specimen

NAMES = [one.__name__ for one in RULES]


@pytest.mark.parametrize("sound", [Specimen, Repeating, Dialled])
def test_a_sound_connector_keeps_every_rule(sound: type[Core]) -> None:
    connector: object = sound()
    assert isinstance(connector, Connector)
    assert [(one.rule, one.said) for one in examine(connector) if one.verdict is Verdict.BROKEN] == []


def test_between_them_the_sound_ones_show_every_rule() -> None:
    shown: set[str] = set()
    for sound in (Specimen, Repeating, Dialled):
        connector: object = sound()
        assert isinstance(connector, Connector)
        shown |= {one.rule for one in examine(connector) if one.verdict is Verdict.KEPT}
    assert sorted(shown) == sorted(NAMES)


def test_every_rule_has_a_mutant() -> None:
    assert sorted(MUTANTS) == sorted(NAMES)


@pytest.mark.parametrize("rule", NAMES)
def test_exactly_that_rule_catches_its_mutant(rule: str) -> None:
    connector: object = MUTANTS[rule]()
    assert isinstance(connector, Connector)
    broken = {one.rule: one.said for one in examine(connector) if one.verdict is Verdict.BROKEN}
    assert list(broken) == [rule], broken
    assert len(broken[rule]) > 40, "it says what was seen and what to change"


@pytest.mark.parametrize("one", RULES, ids=NAMES)
def test_a_rule_says_what_it_demands(one: object) -> None:
    assert (one.__doc__ or "").strip().endswith(".")
