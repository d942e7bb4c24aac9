"""What goes wrong between a computer and this program in the model world, drawn from a list and struck once each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import event

from dray.sync.desk import PlatformDesk
from dray_sdk import Answer, Failure, Request
from dray_tenants.scope import ScopedSession
from tests.platform.sync.office import Office

WEATHER = (
    "fine",
    "fine",
    "lost before",
    "lost after",
    "dies in the set",
    "lost after and forgotten",
    "fails after the work",
    "cannot store",
    "cannot parse",
    "locked",
    "list busy",
    "delayed",
    "asks twice",
    "answers twice",
    "crash at a commit",
)
"""What happens to one request."""

WRITES_ONLY = frozenset({"delayed", "dies in the set", "cannot store"})
"""These wait for a request that writes an invoice: with any other nothing would be at stake."""

_ON_A_DIAL = {
    "dies in the set": "die_in_set",
    "fails after the work": "unexpected",
    "cannot store": "store_full",
    "cannot parse": "parse_error",
    "locked": "locked",
    "list busy": "list_busy",
}
"""What goes wrong inside the pretend QuickBooks, and its dial there."""


class Crash(BaseException):
    """The process is gone, at whatever it was doing."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """A request that one computer took and has not yet handed to QuickBooks, with the way in that it came by."""

    machine: str
    desk: PlatformDesk
    ticket: str
    body: bytes
    at: dt.datetime


def writes(request: Request) -> bool:
    """Whether it would put an invoice into the books."""
    return b"<InvoiceAddRq" in request.body


def strike(
    office: Office, kind: str, request: Request, ask: Callable[[], Answer | Failure], draw: int
) -> Answer | Failure | None:
    """Let it happen; None where nobody hears of the answer."""
    if kind in _ON_A_DIAL:
        setattr(office.faults, _ON_A_DIAL[kind], 1 + draw % 2 if kind == "dies in the set" else 1)
    match kind:
        case "lost before":
            return None
        case "lost after" | "lost after and forgotten":
            ask()
            if kind != "lost after":
                office.company.message_sets.clear()
            return None
        case "asks twice":
            again = office.desk().next(office.ticket)
            assert again is not None and again.body == request.body, "other bytes for the same question"
        case "answers twice":
            answer = ask()
            office.desk().receive(office.ticket, answer)
            return answer
        case _:
            pass
    return ask()


def clear(office: Office) -> None:
    """What was to strike and found nothing to strike is over."""
    for name in _ON_A_DIAL.values():
        setattr(office.faults, name, 0)


@contextmanager
def mortal(weather: Sequence[str], draw: int) -> Iterator[None]:
    """If the weather says so, the process dies at one of the commits of this run: before it, or after it."""
    if "crash at a commit" not in weather:
        yield
        return
    left = [1 + draw % 7]
    name = "before_commit" if draw % 2 else "after_commit"

    def die(session: ScopedSession) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    event.listen(ScopedSession, name, die)
    try:
        yield
    finally:
        event.remove(ScopedSession, name, die)
