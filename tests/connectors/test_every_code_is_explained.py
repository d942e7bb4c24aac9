"""Every code that QuickBooks, its Web Connector and QuickBooks Online are known to give has its meaning, who can do
something about it, and what. A code that nobody knows is told by a plain sentence, never by a blank."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dray_qbd import connector as desktop
from dray_qbo import connector as online
from dray_sdk import Explains, Remedy


def every(text: str) -> Iterator[str]:
    """The numbers of a list such as "500 501-503", as texts."""
    for part in text.split():
        first, _, last = part.partition("-")
        yield from (str(number) for number in range(int(first), int(last or first) + 1))


# qbXML Onscreen Reference, status codes; those of message sets (9001 to 9005) included
STATUSES = """
    1 500 501 510 530 531 550 560 570 600 1000 1010 1030 1060 3000 3010 3020 3030 3031 3035 3040 3045 3050 3060 3065
    3070 3085 3090 3100 3110 3120 3130 3140 3150 3151 3160-3162 3170 3171 3175 3176 3180 3185 3200 3205 3210 3220 3230
    3231 3240 3250 3260 3261 3263 3270 3280 3290 3310 9001-9005"""
# QBSDK Programmer's Guide, p. 70
HRESULTS = """
    80040400 80040401 80040402 80040408 80040409 8004040A 8004040D 80040410 80040414 80040416 80040418 8004041A
    8004041B 8004041C 8004041D 8004041E 8004041F 80040420 80040422 80040423 80040424 80040427 8004042A 8004042C
    80040154 80010105 80042500"""
# QBWC Programmer's Guide, pp. 83 to 98, and the newer ones that users report
QBWC = "1000-1046 1048 1051 1085"
# Accounting API, error codes; those that Intuit's own list holds are read from it below
FAULTS = """
    100 110 120 130 140 150 270 3200 3100 3202 3001 500 600 610 620 630 700 800 900 1000 1010 1020 1040 2000 2010 2020
    2030 2040 2050 2060 2070 2080 2090 2100 2110 2120 2130 2140 2150 2160 2170 2210 2220 2250 2290 2500 2600 3000 4000
    4001 4002 5010 5020 5030 6000 6010 6070 6080 6090 6100 6140 6160 6170 6180 6190 6200 6210 6220 6230 6240 6250 6270
    6280 6420 6430 6450 6460 6470 6480 6540 6560 10000 10100 10200"""


def explained(connector: Explains, code: str) -> str:
    """What is wrong with the explanation; empty where it is whole."""
    found = connector.explain(code, "")
    if found is None:
        return f"{code}: nobody knows it"
    for part in (found.meaning, found.action):
        if len(part) < 12 or part[-1] not in ".!":
            return f"{code}: {part!r} is no sentence"
    return "" if found.who in Remedy else f"{code}: nobody is named"


def unexplained(connector: Any, codes: Iterator[str]) -> list[str]:
    return [wrong for code in codes if (wrong := explained(connector, code))]


@pytest.mark.parametrize(
    "codes",
    [every(STATUSES), (f"0x{code}" for code in HRESULTS.split()), (f"QBWC{code}" for code in every(QBWC))],
    ids=["status codes", "HRESULTs", "QBWC codes"],
)
def test_every_code_of_the_desktop_is_explained(codes: Iterator[str]) -> None:
    assert unexplained(desktop, codes) == []


def test_every_fault_of_online_is_explained() -> None:
    assert unexplained(online, iter(FAULTS.split())) == []


def test_every_code_that_intuit_lists_is_explained(reference_data: Path) -> None:
    listed = json.loads((reference_data / "qbo" / "errors" / "intuit_error_codes.json").read_text())
    assert len(listed) > 100
    assert unexplained(online, (str(each["code"]) for each in listed if each["code"] != 0)) == []


@pytest.mark.parametrize("connector", [desktop, online])
def test_what_is_told_of_a_code_is_found_under_it(connector: Explains) -> None:
    for code, explanation in connector.explanations.items():
        assert explanation.code == code
        assert connector.explain(code) is not None


@pytest.mark.parametrize(("connector", "code"), [(desktop, "0x8004FFFF"), (desktop, "QBWC7777"), (online, "98765")])
def test_a_code_that_nobody_knows_is_not_guessed_at(connector: Explains, code: str) -> None:
    assert connector.explain(code, "Something new") is None
