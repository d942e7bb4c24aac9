"""Every status code that QuickBooks gives to a request: what became of the request, and what it means for people.

Sources: Intuit's Onscreen Reference ("Status codes") and error recovery pages, and answers seen in real traffic. The
code decides, never the severity: real QuickBooks has sent code 3210 with severity Info.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from dray_sdk import Remedy


class Verdict(Enum):
    """What a status says became of one request."""

    TAKEN = "taken"
    TAKEN_WITH_WARNING = "taken with warning"
    NOTHING_FOUND = "nothing found"
    REFUSED = "refused"
    REFUSED_UNLESS_LOCKED = "refused unless locked"
    LOCKED = "locked"
    HELD_UP = "held up"
    STALE = "stale"
    SHUT_OUT = "shut out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Status:
    """A status code: the verdict, and for people what it means, who can help and what to do."""

    verdict: Verdict
    meaning: str
    who: Remedy = Remedy.SUPPORT
    action: str = "Ask support: this one needs a look at the record that was sent."


_OURS = "Send the details to support. Nothing was written in QuickBooks."
_AGAIN = "Nothing to do: it is tried again by itself at the next update."
_V, _R = Verdict, Remedy

STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "0": Status(_V.TAKEN, "QuickBooks took it.", _R.NOBODY, "Nothing to do."),
        "1": Status(_V.NOTHING_FOUND, "QuickBooks holds nothing that matches.", _R.NOBODY, "Nothing to do."),
        "500": Status(
            _V.NOTHING_FOUND,
            "QuickBooks does not hold the name or number that was asked for.",
            _R.NOBODY,
            "Nothing to do.",
        ),
        "501": Status(_V.TAKEN_WITH_WARNING, "This QuickBooks does not know something that was asked for."),
        "510": Status(_V.TAKEN_WITH_WARNING, "This QuickBooks could not give back all that was asked for."),
        "530": Status(_V.TAKEN_WITH_WARNING, "This QuickBooks does not know one of the fields."),
        "531": Status(_V.TAKEN_WITH_WARNING, "This QuickBooks does not know one of the values."),
        "550": Status(
            _V.TAKEN_WITH_WARNING,
            "QuickBooks saved the record, but not its notes.",
            _R.BOOKKEEPER,
            "Open the record in QuickBooks and type the notes there. Do not send it again.",
        ),
        "560": Status(
            _V.TAKEN_WITH_WARNING, "An old field was used that QuickBooks still takes.", _R.NOBODY, "Nothing to do."
        ),
        "570": Status(
            _V.TAKEN_WITH_WARNING,
            "QuickBooks saved the record, but could not tie it to a closed transaction.",
            _R.BOOKKEEPER,
            "Look at the record in QuickBooks and tie it by hand if you need to.",
        ),
        "1000": Status(
            _V.UNKNOWN,
            "Something went wrong inside QuickBooks, and it does not say whether the record was written.",
            _R.NOBODY,
            "Nothing to do: QuickBooks is asked at the next update whether it has the record.",
        ),
        "1010": Status(_V.LOCKED, "QuickBooks was not available.", _R.NOBODY, _AGAIN),
        "1030": Status(
            _V.REFUSED,
            "This edition of QuickBooks does not know this kind of record.",
            _R.USER,
            "Enter it in QuickBooks by hand, or use an edition that has this kind of record.",
        ),
        "1060": Status(_V.REFUSED, "The request's own number was not accepted.", _R.SUPPORT, _OURS),
        "3000": Status(
            _V.REFUSED,
            "Something that this record names is no longer in QuickBooks under its old number.",
            _R.USER,
            "Check the customer and the items of this invoice, choose them anew, and send it again.",
        ),
        "3010": Status(_V.REFUSED, "QuickBooks could not read a yes or no.", _R.SUPPORT, _OURS),
        "3020": Status(_V.REFUSED, "QuickBooks could not read a date.", _R.USER, "Check the dates and send it again."),
        "3030": Status(_V.REFUSED, "The first day of a range lies behind its last.", _R.SUPPORT, _OURS),
        "3031": Status(_V.REFUSED, "The beginning of a range lies behind its end.", _R.SUPPORT, _OURS),
        "3035": Status(_V.REFUSED, "QuickBooks could not read a length of time.", _R.SUPPORT, _OURS),
        "3040": Status(
            _V.REFUSED, "QuickBooks could not read an amount.", _R.USER, "Check the amounts and send again."
        ),
        "3045": Status(_V.REFUSED, "QuickBooks could not read a price.", _R.USER, "Check the prices and send again."),
        "3050": Status(
            _V.REFUSED, "QuickBooks could not read a percentage.", _R.USER, "Check the percentages and send again."
        ),
        "3060": Status(
            _V.REFUSED, "QuickBooks could not read a quantity.", _R.USER, "Check the quantities and send again."
        ),
        "3065": Status(_V.REFUSED, "QuickBooks could not read an identifier.", _R.SUPPORT, _OURS),
        "3070": Status(
            _V.REFUSED,
            "A text is longer than QuickBooks can hold.",
            _R.USER,
            "Shorten the text that QuickBooks names and send it again.",
        ),
        "3085": Status(_V.REFUSED, "QuickBooks could not read a number.", _R.SUPPORT, _OURS),
        "3090": Status(
            _V.REFUSED,
            "A name holds something that QuickBooks does not allow, most often a colon.",
            _R.USER,
            "Take the colon out of the name and send it again.",
        ),
        "3100": Status(
            _V.REFUSED,
            "QuickBooks already uses this name for a customer, vendor, employee or other name.",
            _R.USER,
            "Choose the existing customer, or give this one another name in QuickBooks.",
        ),
        "3110": Status(
            _V.REFUSED,
            "The name together with the names above it is longer than QuickBooks can hold.",
            _R.USER,
            "Shorten the name and send it again.",
        ),
        "3120": Status(
            _V.REFUSED,
            "Something that this record names was deleted or merged in QuickBooks.",
            _R.USER,
            "Choose the customer and items anew and send it again.",
        ),
        "3130": Status(
            _V.REFUSED,
            "The customer above this one is not in QuickBooks.",
            _R.USER,
            "Send the customer above first, or choose one that QuickBooks has.",
        ),
        "3140": Status(
            _V.REFUSED,
            "This record names something that QuickBooks does not have, or has as another kind of thing.",
            _R.USER,
            "Choose an entry that exists in QuickBooks and send it again.",
        ),
        "3150": Status(_V.REFUSED, "QuickBooks misses something that it must have.", _R.SUPPORT, _OURS),
        "3151": Status(_V.REFUSED, "QuickBooks does not allow one of the fields here.", _R.SUPPORT, _OURS),
        "3160": Status(
            _V.REFUSED,
            "QuickBooks cannot delete this because something else uses it.",
            _R.BOOKKEEPER,
            "Make it inactive in QuickBooks instead.",
        ),
        "3161": Status(
            _V.REFUSED,
            "QuickBooks does not delete what lies before its closing date.",
            _R.BOOKKEEPER,
            "Change the closing date in QuickBooks, or leave it as it is.",
        ),
        "3162": Status(
            _V.REFUSED,
            "QuickBooks allows this only in single-user mode.",
            _R.BOOKKEEPER,
            "Switch QuickBooks to single-user mode (File menu) and send it again.",
        ),
        "3170": Status(
            _V.REFUSED_UNLESS_LOCKED,
            "QuickBooks could not change the record.",
            _R.BOOKKEEPER,
            "Read what QuickBooks says, put it right there, and send it again.",
        ),
        "3171": Status(
            _V.REFUSED,
            "The date lies on or before the closing date of these books.",
            _R.BOOKKEEPER,
            "Use a later date, or move the closing date in QuickBooks.",
        ),
        "3175": Status(_V.LOCKED, "Somebody is working on this record in QuickBooks.", _R.NOBODY, _AGAIN),
        "3176": Status(_V.LOCKED, "Somebody is working on a related record in QuickBooks.", _R.NOBODY, _AGAIN),
        "3180": Status(
            _V.REFUSED_UNLESS_LOCKED,
            "QuickBooks could not save the record.",
            _R.BOOKKEEPER,
            "Read what QuickBooks says, put it right there, and send it again.",
        ),
        "3185": Status(
            _V.REFUSED,
            "QuickBooks could not void the transaction.",
            _R.BOOKKEEPER,
            "Void it in QuickBooks by hand.",
        ),
        "3200": Status(
            _V.STALE,
            "Somebody changed the record in QuickBooks in the meantime.",
            _R.NOBODY,
            "Nothing to do: the record is read again first.",
        ),
        "3205": Status(
            _V.REFUSED,
            "QuickBooks could not put the address together.",
            _R.USER,
            "Use at most five printed lines in the address and send it again.",
        ),
        "3210": Status(
            _V.REFUSED,
            "QuickBooks does not accept the value of one field.",
            _R.USER,
            "Read what QuickBooks says about the field, correct it, and send it again.",
        ),
        "3220": Status(
            _V.REFUSED,
            "This QuickBooks is not allowed to do this.",
            _R.BOOKKEEPER,
            "Check in QuickBooks whether this kind of record can be entered by hand.",
        ),
        "3230": Status(
            _V.UNKNOWN,
            "QuickBooks undid part of a request.",
            _R.NOBODY,
            "Nothing to do: QuickBooks is asked at the next update what it has.",
        ),
        "3231": Status(
            _V.HELD_UP, "QuickBooks stopped at another record before it came to this one.", _R.NOBODY, _AGAIN
        ),
        "3240": Status(
            _V.STALE,
            "The record in QuickBooks is not the one that was read before.",
            _R.NOBODY,
            "Nothing to do: the record is read again first.",
        ),
        "3250": Status(
            _V.REFUSED,
            "These books do not use a feature that the record needs, such as classes or several currencies.",
            _R.BOOKKEEPER,
            "Turn the feature on in QuickBooks, or take it out of the invoice, and send it again.",
        ),
        "3260": Status(
            _V.SHUT_OUT,
            "The QuickBooks user may not do this.",
            _R.BOOKKEEPER,
            "The QuickBooks Admin must give this user the right, under Company, Set Up Users and Passwords.",
        ),
        "3261": Status(
            _V.SHUT_OUT,
            "QuickBooks does not let this connection do this.",
            _R.BOOKKEEPER,
            "In QuickBooks open Edit, Preferences, Integrated Applications, Company Preferences, and allow access.",
        ),
        "3263": Status(
            _V.SHUT_OUT,
            "QuickBooks lets this connection only read.",
            _R.SUPPORT,
            "Remove the connection from the Web Connector and add its set-up file again.",
        ),
        "3270": Status(
            _V.REFUSED,
            "QuickBooks misses an account to post to, or this edition does not have this kind of record.",
            _R.BOOKKEEPER,
            "Check the accounts of the invoice's items in QuickBooks and send it again.",
        ),
        "3280": Status(
            _V.REFUSED,
            "An item is of a kind that QuickBooks does not allow here.",
            _R.USER,
            "Choose another item for the line and send it again.",
        ),
        "3290": Status(
            _V.REFUSED,
            "A line stands where QuickBooks does not allow it, for example a discount with nothing above it.",
            _R.USER,
            "Put the lines in another order and send it again.",
        ),
        "3310": Status(
            _V.REFUSED,
            "QuickBooks did not accept the record.",
            _R.SUPPORT,
            "Read what QuickBooks says, and ask support if that does not help.",
        ),
        **{
            code: Status(_V.REFUSED, "A reference inside the message was not accepted.", _R.SUPPORT, _OURS)
            for code in ("9100", "9101", "9102", "9103", "9104")
        },
    }
)
"""By code. A code that is not here is of verdict UNKNOWN."""

SET_STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "600": Status(
            _V.UNKNOWN,
            "QuickBooks remembers nothing of this transfer.",
            _R.NOBODY,
            "Nothing to do: each record is looked up in QuickBooks.",
        ),
        "9001": Status(
            _V.UNKNOWN,
            "QuickBooks has seen this transfer before with other content.",
            _R.NOBODY,
            "Nothing to do: each record is looked up in QuickBooks.",
        ),
        "9002": Status(
            _V.UNKNOWN,
            "QuickBooks began this transfer and has not kept what became of it.",
            _R.NOBODY,
            "Nothing to do: each record is looked up in QuickBooks.",
        ),
        "9003": Status(
            _V.UNKNOWN,
            "QuickBooks does not say what became of this transfer.",
            _R.NOBODY,
            "Nothing to do: each record is looked up in QuickBooks.",
        ),
        "9004": Status(_V.UNKNOWN, "QuickBooks did not accept the transfer's own name.", _R.SUPPORT, _OURS),
        "9005": Status(
            _V.UNKNOWN,
            "QuickBooks could not keep what became of this transfer.",
            _R.NOBODY,
            "Nothing to do: each record is looked up in QuickBooks.",
        ),
    }
)
"""Codes of a whole message set (Intuit's error recovery). 0 and none at all mean that nothing is wrong with it."""

_LOCK_WORDINGS = (
    "list has been modified by another user",
    "could not be locked",
    "failed to acquire the lock",
    "list element is in use",
    "in use by another user",
)


def speaks_of_a_lock(text: str) -> bool:
    """Whether QuickBooks' own words say that somebody else holds the record."""
    lowered = text.lower()
    return any(wording in lowered for wording in _LOCK_WORDINGS)


def status(code: str) -> Status | None:
    """The status with that code, or None for one that nobody knows."""
    known = STATUSES.get(code)
    if known is None and code.isdecimal() and 9100 <= int(code) <= 9199:
        return STATUSES["9100"]
    return known
