"""Every HRESULT: whether it proves that nothing was written, and what it means for people.

Sources: QBWC Programmer's Guide (connectionError), Intuit's samples, and tables published by
integrators. Only codes that come from opening QuickBooks or reading the message prove that nothing was written. Any
other code out of the middle of a request leaves it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from dray_sdk import Remedy


class Proof(Enum):
    """What a code proves about the request that was under way."""

    NOT_RUN = "not run"
    LATER = "later"
    SHUT_OUT = "shut out"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Code:
    """A code: its proof, and for people what it means, who can help and what to do."""

    proof: Proof
    meaning: str
    who: Remedy
    action: str


_P, _R = Proof, Remedy
_ALLOW = (
    "In QuickBooks, as Admin, open Edit, Preferences, Integrated Applications, Company Preferences, choose this "
    "connection, Properties, and tick both boxes for access and automatic login."
)
_OPEN = "Open QuickBooks and the company file on that computer, then run the update again."
_RESTART = "Close QuickBooks and the Web Connector, open both again, and run the update."

HRESULTS: Mapping[str, Code] = MappingProxyType(
    {
        "0x80040400": Code(
            _P.NOT_RUN,
            "QuickBooks could not read the message. Nothing was written.",
            _R.SUPPORT,
            "What travelled together is tried one by one, and only the one at fault comes back with this. Look "
            "through its texts for unusual characters, send it again, and ask support if it comes back once more.",
        ),
        "0x80040401": Code(_P.NOTHING, "QuickBooks could not be reached.", _R.USER, _OPEN),
        "0x80040402": Code(_P.NOTHING, "QuickBooks ended the request with an unexpected fault.", _R.USER, _RESTART),
        "0x80040403": Code(_P.NOTHING, "QuickBooks could not open the file.", _R.USER, _OPEN),
        "0x80040408": Code(
            _P.LATER,
            "The Web Connector could not start QuickBooks.",
            _R.USER,
            "Open QuickBooks and the company file. Run QuickBooks and the Web Connector as the same Windows user.",
        ),
        "0x80040409": Code(
            _P.SHUT_OUT,
            "This version of QuickBooks cannot open that company file.",
            _R.BOOKKEEPER,
            "Open the company file with the QuickBooks version that it belongs to.",
        ),
        "0x8004040A": Code(
            _P.LATER,
            "Another company file is open in QuickBooks.",
            _R.USER,
            "Close it, open the company file that is connected here, and run the update again.",
        ),
        "0x8004040D": Code(_P.NOTHING, "QuickBooks was closed in the middle of the update.", _R.USER, _RESTART),
        "0x80040410": Code(
            _P.LATER,
            "The company file is open in another mode (single-user or multi-user).",
            _R.BOOKKEEPER,
            "Switch the mode in QuickBooks' File menu, or wait until nobody uses the file.",
        ),
        "0x80040414": Code(
            _P.LATER,
            "A window in QuickBooks waits for an answer.",
            _R.USER,
            "Go to QuickBooks, answer or close the window, and run the update again.",
        ),
        "0x80040416": Code(_P.LATER, "QuickBooks is not running.", _R.USER, _OPEN),
        "0x80040418": Code(
            _P.SHUT_OUT,
            "QuickBooks wants its Admin for the first contact.",
            _R.BOOKKEEPER,
            "Log in to QuickBooks as Admin in single-user mode, run the update, and allow the connection.",
        ),
        "0x8004041A": Code(_P.SHUT_OUT, "QuickBooks does not let this connection in.", _R.BOOKKEEPER, _ALLOW),
        "0x8004041B": Code(_P.LATER, "QuickBooks could not lock the company file for the update.", _R.USER, _RESTART),
        "0x8004041C": Code(_P.NOTHING, "QuickBooks ended the request with an inner fault.", _R.USER, _RESTART),
        "0x8004041D": Code(
            _P.SHUT_OUT, "QuickBooks does not let this connection log in by itself.", _R.BOOKKEEPER, _ALLOW
        ),
        "0x8004041E": Code(_P.SHUT_OUT, "The connection's certificate has run out.", _R.BOOKKEEPER, _ALLOW),
        "0x8004041F": Code(
            _P.SHUT_OUT,
            "QuickBooks Basic cannot be connected.",
            _R.BOOKKEEPER,
            "Use QuickBooks Pro, Premier or Enterprise.",
        ),
        "0x80040420": Code(
            _P.SHUT_OUT,
            "Somebody refused the connection in QuickBooks.",
            _R.BOOKKEEPER,
            "Log in to QuickBooks as Admin, run the update again, and choose Yes when QuickBooks asks.",
        ),
        "0x80040422": Code(
            _P.LATER,
            "QuickBooks must be in single-user mode for this.",
            _R.BOOKKEEPER,
            "Switch to single-user mode in QuickBooks' File menu and run the update again.",
        ),
        "0x80040423": Code(
            _P.SHUT_OUT,
            "This QuickBooks is too old: it does not know qbXML 13.0.",
            _R.BOOKKEEPER,
            "QuickBooks 2014 or newer is needed.",
        ),
        "0x80040424": Code(
            _P.LATER, "QuickBooks was still starting.", _R.NOBODY, "Nothing to do: the next update tries again."
        ),
        "0x80040427": Code(
            _P.SHUT_OUT,
            "This QuickBooks is not registered.",
            _R.BOOKKEEPER,
            "Register QuickBooks in its Help menu.",
        ),
        "0x8004042A": Code(
            _P.SHUT_OUT,
            "QuickBooks does not allow access from another computer.",
            _R.BOOKKEEPER,
            "Run the Web Connector on the computer where QuickBooks runs.",
        ),
        "0x8004042C": Code(_P.SHUT_OUT, "The connection's certificate was withdrawn.", _R.BOOKKEEPER, _ALLOW),
        "0x80040154": Code(
            _P.SHUT_OUT,
            "A part of QuickBooks that the Web Connector needs is not installed.",
            _R.USER,
            "Install the Web Connector again, or repair QuickBooks in Windows' list of programs.",
        ),
        # people report it, and no source of Intuit's tells what it means
        "0x80042500": Code(
            _P.NOTHING,
            "QuickBooks stopped the update and gives a code that Intuit does not explain.",
            _R.USER,
            _RESTART,
        ),
        "0x80010105": Code(_P.NOTHING, "QuickBooks stopped working during the update.", _R.USER, _RESTART),
    }
)
"""By HRESULT, written as the Web Connector writes it. A code that is not here proves nothing."""


def hresult(code: str) -> Code | None:
    """The entry of an HRESULT, in whatever way it is written: 0x8004…, 8004… or the signed number."""
    return HRESULTS.get(spelled(code))


def spelled(code: str) -> str:
    """The code as this table spells it; a text that is no HRESULT comes back as it is."""
    bare = code.strip()
    if bare.lstrip("-").isdecimal() and (bare.startswith("-") or len(bare) == 10):
        return f"0x{int(bare) & 0xFFFFFFFF:08X}"
    digits = bare.lower().removeprefix("0x")
    if len(digits) == 8 and all(digit in "0123456789abcdef" for digit in digits):
        return f"0x{digits.upper()}"
    return bare
