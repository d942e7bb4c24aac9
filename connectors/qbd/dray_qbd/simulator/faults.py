"""What can go wrong between QuickBooks, the Web Connector and the server, each on a dial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(slots=True)
class Faults:
    """How often each thing still goes wrong; 0 is never. A dial that says "in the set" or "seconds" is a quantity.

    Where a call is lost, the Web Connector's run ends as the real one's does: the server hears no more of it.
    """

    lost_receive: int = 0
    """QuickBooks did the work, but receiveResponseXML never reaches the server."""
    lost_receive_answer: int = 0
    """receiveResponseXML reached the server, but its answer never came back; the run ends."""
    lost_reply: int = 0
    """The server answered sendRequestXML, but the Web Connector dies before QuickBooks runs it."""
    die_in_set: int = 0
    """QuickBooks dies after this many requests of the next message set that has more; nothing is stored of it."""
    duplicate_send: int = 0
    """sendRequestXML is called twice in a row; the second answer is run."""
    duplicate_receive: int = 0
    """receiveResponseXML is called twice with the same answer."""
    abandoned: int = 0
    """The Web Connector is killed after this many calls of a session."""
    parse_error: int = 0
    """QuickBooks finds an error in a message set that has none (0x80040400)."""
    locked: int = 0
    """Adding, changing or removing a transaction answers 3175: somebody else has it open."""
    list_busy: int = 0
    """Adding or changing a list element answers 3180: the list has been modified by another user."""
    dialog: int = 0
    """QuickBooks shows a dialog and takes no connection (0x80040414)."""
    closed: int = 0
    """QuickBooks is not running; with no path to open, no connection (0x80040416)."""
    wrong_file: int = 0
    """Another company file is open than the one that the server names (0x8004040A)."""
    single_user: int = 0
    """QuickBooks is in multi-user mode, and what is asked needs single-user mode (0x80040422)."""
    needs_admin: int = 0
    """QuickBooks wants its Admin for the first contact (0x80040418)."""
    starting: int = 0
    """QuickBooks is still starting (0x80040424)."""
    unexpected: int = 0
    """The request processor fails after the work was done (0x80040402): the answer is lost, its set is stored."""
    store_full: int = 0
    """QuickBooks does the work and cannot store the answer (message set status 9005)."""
    forget_message_sets: int = 0
    """QuickBooks has lost what it stored of message sets (600)."""
    unknown_operation: int = 0
    """The Web Connector calls an operation that the server does not know."""
    slow: int = 0
    """Seconds that QuickBooks takes for a message set."""
    huge: int = 0
    """Megabytes of blanks by which every answer is longer."""
    clock_skew: int = 0
    """Seconds by which the clock of the QuickBooks computer is ahead."""
    recovery_form: int = 0
    """A stored answer is given without Ret, with an ErrorRecovery aggregate in its place. 1 is on."""
    missing_is_an_error: int = 0
    """A query for an id that is not there answers 3120, as some versions do, not 500. 1 is on."""

    @classmethod
    def parse(cls, names: Iterable[str]) -> Faults:
        """From words such as "lost_receive", "locked:3". ValueError says which word is not a fault."""
        known = {one.name for one in fields(cls)}
        faults = cls()
        for word in names:
            name, _, times = word.partition(":")
            name = name.replace("-", "_")
            if name not in known:
                raise ValueError(f"{name} is not a fault. There are: {', '.join(sorted(known))}")
            if times and not times.isdecimal():
                raise ValueError(f"{word}: after the colon comes a number")
            setattr(faults, name, int(times or 1))
        return faults

    def strikes(self, name: str) -> bool:
        """Whether this goes wrong now; counts it down."""
        left: int = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True
