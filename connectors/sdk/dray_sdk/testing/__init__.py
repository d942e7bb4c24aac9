"""The conformance kit: whether a connector keeps the rules of the interface, before any customer sees it.

`Conformance` is an author's whole test file, `examine` gives the same as a report. `pretend` says what pretend books
are, `documents` builds readable documents, `engine` is the platform's engine without a database. It needs no test
runner; pytest and unittest both run it.
"""

from dray_sdk.testing.conformance import Conformance, Finding, Verdict, examine
from dray_sdk.testing.documents import Documents
from dray_sdk.testing.engine import Engine, Weather
from dray_sdk.testing.pretend import CallsUs, Mishap, PretendBooks, Rehearsed, RingsUs
from dray_sdk.testing.stage import RULES, Bench, Stage
from dray_sdk.testing.verdicts import Broken, NotShown

__all__ = [
    "RULES",
    "Bench",
    "Broken",
    "CallsUs",
    "Conformance",
    "Documents",
    "Engine",
    "Finding",
    "Mishap",
    "NotShown",
    "PretendBooks",
    "Rehearsed",
    "RingsUs",
    "Stage",
    "Verdict",
    "Weather",
    "examine",
]
