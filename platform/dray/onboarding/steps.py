"""How far a set-up is: each step ticks itself by what the server saw, and what hangs is named. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dray.onboarding.observing import Step as Proof

__all__ = ["Facts", "Hint", "Problem", "State", "Step", "Ticked", "hint_of", "steps_of"]

BY_ITSELF: Final = dt.timedelta(minutes=5)
"""A call that comes so long after the first round was not asked for by the person who just pressed Update Selected."""
NOTHING_AFTER: Final = dt.timedelta(minutes=2)
LATE_AFTER: Final = dt.timedelta(minutes=15)
"""The file asks for a run every ten minutes."""


class Step(StrEnum):
    """The steps of a set-up, in order."""

    FILE = "file"
    REACHED = "reached"
    PASSWORD = "password"  # noqa: S105
    BOOKS = "books"
    READ = "read"
    CONFIRMED = "confirmed"
    BY_ITSELF = "by_itself"


class State(StrEnum):
    """How a step stands."""

    DONE = "done"
    NOW = "now"
    AHEAD = "todo"


@dataclass(frozen=True, slots=True)
class Problem:
    """The newest call, where it went wrong."""

    code: str
    sentence: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen of one way in. `proofs`: kind of proof → when it first came. `problem`: the newest thing that went
    wrong, unless what came after it went well."""

    file_at: dt.datetime | None
    password_made: bool
    proofs: Mapping[str, dt.datetime]
    confirmed_at: dt.datetime | None
    last_contact_at: dt.datetime | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Ticked:
    """One step, and when it was done, where that is known."""

    step: Step
    state: State
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Hint:
    """What hangs, and what to do. `code` names it for programs; `new_file` where a new set-up file is the way out."""

    code: str
    title: str
    sentence: str
    tone: str = "s-bad"
    new_file: bool = False


def steps_of(facts: Facts) -> tuple[Ticked, ...]:
    """Every step. What came about later proves what comes before it, but not that somebody confirmed."""
    proofs = facts.proofs
    done: dict[Step, tuple[bool, dt.datetime | None]] = {
        Step.FILE: (facts.file_at is not None, facts.file_at),
        Step.REACHED: _proved(proofs, Proof.REACHED, Proof.CALLED),
        Step.PASSWORD: _proved(proofs, Proof.SIGNED_IN),
        Step.BOOKS: _proved(proofs, Proof.BOOKS),
        Step.READ: _proved(proofs, Proof.ROUND),
        Step.CONFIRMED: (facts.confirmed_at is not None, facts.confirmed_at),
        Step.BY_ITSELF: (_ran_by_itself(facts), facts.last_contact_at),
    }
    seen = [step for step in _SEEN if done[step][0]]
    furthest = _SEEN.index(seen[-1]) if seen else -1
    for step in _SEEN[: max(furthest, 0)]:
        done[step] = (True, done[step][1])
    now = next((step for step in Step if not done[step][0]), None)
    return tuple(
        Ticked(step, State.DONE if ok else State.NOW if step is now else State.AHEAD, at if ok else None)
        for step, (ok, at) in done.items()
    )


def hint_of(facts: Facts, steps: Sequence[Ticked], now: dt.datetime) -> Hint | None:
    """What keeps the set-up from going on, by what was seen last; None while all is as it should be."""
    if facts.problem is not None:
        return _of_problem(facts.problem)
    waiting = next((each.step for each in steps if each.state is State.NOW), None)
    since = max((at for at in (facts.file_at, *facts.proofs.values()) if at is not None), default=None)
    if waiting is Step.BY_ITSELF and facts.last_contact_at is not None:
        late = now - facts.last_contact_at > LATE_AFTER
        return _NO_AUTO_RUN if late else None
    if since is None or now - since < NOTHING_AFTER:
        return None
    return _WAITS_FOR.get(waiting) if waiting is not None else None


_SEEN: Final = (Step.FILE, Step.REACHED, Step.PASSWORD, Step.BOOKS, Step.READ)
"""The steps that the other side proves by its calls."""

_TITLES: Final[Mapping[str, str]] = {
    "no_password": "No password yet",
    "not_made": "No password yet",
    "wrong_password": "The password did not match",
    "not_ours": "That is another password",
    "older_password": "That is an older password",
    "older_file": "That is an older set-up file",
    "other_connection": "That belongs to another connection",
    "other_user": "The user name is another one",
    "closed": "That set-up was closed",
    "stopped": "QuickBooks stopped here",
}

_WAITS_FOR: Final[Mapping[Step, Hint]] = {
    Step.REACHED: Hint(
        "nothing",
        "Nothing has arrived yet",
        "Open the file on the computer with QuickBooks: double-click it and choose OK. Nothing opens? The Web "
        "Connector comes with QuickBooks: File, App Management, Update Web Services. It says QBWC1012 or QBWC1048? "
        "Then that computer cannot reach us: ask your IT contact to allow our address.",
        "s-warn",
    ),
    Step.PASSWORD: Hint(
        "no_call",
        "The file has arrived, the Web Connector has not called yet",
        "Paste the password, press Enter and choose Yes, tick the box on the row, and choose Update Selected. There is "
        "no row? Adding the file needs QuickBooks open as Admin, in single-user mode, with no window waiting for an "
        "answer: put that right and open the file again. It says QBWC1039? This company file was set up before: make a "
        "new file here and open that one.",
        "s-warn",
        new_file=True,
    ),
    Step.BOOKS: Hint(
        "no_books",
        "Signed in, and waiting for QuickBooks",
        "Look at the QuickBooks window: it may ask whether to allow access. Choose “Yes, always; allow access even if "
        "QuickBooks is not running”, then run the update again.",
        "s-warn",
    ),
    Step.READ: Hint(
        "no_end",
        "The first run has not ended",
        "QuickBooks may still be working. If the row in the Web Connector shows an error, choose Update Selected once "
        "more.",
        "s-warn",
    ),
}

_NO_AUTO_RUN: Final = Hint(
    "no_auto_run",
    "It has not run by itself yet",
    "In the Web Connector, tick Auto-Run on the row and leave the Web Connector open. Without Auto-Run invoices go "
    "only when somebody chooses Update Selected.",
    "s-warn",
)


def _of_problem(problem: Problem) -> Hint:
    title, sentence = _TITLES.get(problem.code, ""), problem.sentence
    if not title:
        # What the books' own code means is told first, and then what to do.
        title, _, sentence = problem.sentence.partition(". ")
    return Hint(problem.code, title.rstrip("."), sentence, new_file=problem.code in ("older_file", "closed"))


def _proved(proofs: Mapping[str, dt.datetime], *kinds: str) -> tuple[bool, dt.datetime | None]:
    times = [proofs[kind] for kind in kinds if kind in proofs]
    return bool(times), min(times, default=None)


def _ran_by_itself(facts: Facts) -> bool:
    first, last = facts.proofs.get(Proof.ROUND), facts.last_contact_at
    return first is not None and last is not None and last - first >= BY_ITSELF
