"""Why a computer probably calls no more, the likeliest first, from what was seen of it last. Pure.

Nobody can know what is wrong at a computer that says nothing. So each guess says on what it rests, and names one thing
to do that a person at that computer can do without help.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["OURS", "Evidence", "Likely", "likely"]

OURS: Final = "ours"
"""The cause that is not theirs: customers are not told to do anything about it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of a connection last. Moments are in the tenant's zone.

    `ends_its_hours`: calls are usual in the hour of the last call, and not in the one after it. `denied_at`: when a
    wrong password came last. `code` and `sentence`: how the last run was stopped. `cut_off`: a run was begun and never
    ended. `moving`: a set-up for another computer was begun and not used. `together`: how many other connections of the
    company went silent at the same time. `program`: the version of the Web Connector. `our_fault`: what is wrong with
    our own address.
    """

    last: dt.datetime
    now: dt.datetime
    ends_its_hours: bool = False
    denied_at: dt.datetime | None = None
    code: str = ""
    sentence: str = ""
    cut_off: bool = False
    moving: bool = False
    together: int = 0
    machine: str = ""
    program: str = ""
    our_fault: str = ""


@dataclass(frozen=True, slots=True)
class Likely:
    """One guess: `because` is what it rests on, `do` the one thing to do there, `say` what to ask on the telephone."""

    code: str
    because: str
    do: str
    say: str


def likely(seen: Evidence) -> Sequence[Likely]:
    """Every cause that the evidence speaks for, the likeliest first; never empty."""
    found = (look(seen) for look in _IN_ORDER)
    return [each for each in found if each is not None]


def _ours(seen: Evidence) -> Likely | None:
    if not seen.our_fault:
        return None
    return Likely(
        OURS,
        f"Our own address was found wanting: {seen.our_fault}",
        "Nothing needs doing at the computer: we mend our own address.",
        "It is our address, not your computer. Nothing is lost, and it goes on by itself.",
    )


def _wrong_password(seen: Evidence) -> Likely | None:
    if seen.denied_at is None or seen.denied_at <= seen.last:
        return None
    return Likely(
        "wrong_password",
        f"It still calls, with a password that is not ours; last at {_at(seen.denied_at, seen.now)}.",
        "Make a new password on the connection's page, click the Password box of the row in the Web Connector, paste "
        "it there, press Enter and choose Yes.",
        "Does the Web Connector ask for a password? I give you a new one now.",
    )


def _moving(seen: Evidence) -> Likely | None:
    if not seen.moving:
        return None
    return Likely(
        "moving",
        "A set-up for another computer was begun, and nothing has called from there yet.",
        "Finish the set-up on the new computer: open the link that you were sent, on that computer.",
        "Have you opened our link on the new computer?",
    )


def _stopped(seen: Evidence) -> Likely | None:
    if not seen.sentence:
        return None
    named = f" ({seen.code})" if seen.code else ""
    return Likely(
        "stopped",
        f"The last run was stopped{named}.",
        f"{seen.sentence} Then open the Web Connector there and press Update Selected.",
        f"The last thing that we heard was: {seen.sentence} Is that still so?",
    )


def _cut_off(seen: Evidence) -> Likely | None:
    if not seen.cut_off:
        return None
    return Likely(
        "cut_off",
        f"A run was under way at {_at(seen.last, seen.now)} and never ended: the computer went off, or its internet.",
        f"Look whether {_computer(seen)} is on and has internet, then open the Web Connector there.",
        "Was the computer restarted, or the internet away?",
    )


def _together(seen: Evidence) -> Likely | None:
    if not seen.together:
        return None
    others = "1 other connection" if seen.together == 1 else f"{seen.together} other connections"
    return Likely(
        "together",
        f"{others} of the company went silent at the same time: the computer they share is off, or its internet is.",
        f"Look whether {_computer(seen)} is on and has internet.",
        "Is the internet working in the office?",
    )


def _not_on_again(seen: Evidence) -> Likely | None:
    if not seen.ends_its_hours:
        return None
    night = "the weekend" if seen.last.weekday() in (4, 5) and (seen.now - seen.last).days >= 1 else "the night"
    return Likely(
        "not_on_again",
        f"Its last call was at its usual end, {_at(seen.last, seen.now)}: it was turned off for {night} and did not "
        "come back.",
        f"Turn {_computer(seen)} on and sign in to Windows; the Web Connector opens with Windows.",
        "Is the computer with QuickBooks turned on, and is somebody signed in to Windows?",
    )


def _closed(seen: Evidence) -> Likely:
    return Likely(
        "closed",
        f"The last run, {_at(seen.last, seen.now)}, ended well; since then the Web Connector has not called.",
        f"Open the Web Connector on {_computer(seen)} and tick Auto-Run.",
        "Do you see the Web Connector beside the clock? Please open it: is Auto-Run ticked?",
    )


_IN_ORDER: Final[Sequence[Callable[[Evidence], Likely | None]]] = (
    _ours,
    _wrong_password,
    _moving,
    _stopped,
    _cut_off,
    _together,
    _not_on_again,
    _closed,
)


def _computer(seen: Evidence) -> str:
    return f"the computer {seen.machine}" if seen.machine else "the computer with QuickBooks"


def _at(moment: dt.datetime, now: dt.datetime) -> str:
    clock = f"{moment:%I:%M %p}".lstrip("0").lower()
    return clock if moment.date() == now.date() else f"{moment:%A}, {moment:%B} {moment.day}, {clock}"
