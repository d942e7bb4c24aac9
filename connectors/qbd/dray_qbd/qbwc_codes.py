"""Every code that the Web Connector itself shows to people (QBWC Programmer's Guide, error appendix). Pure data.

They are seen on that computer and typed into a search, or told on the telephone: here they only get an explanation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dray_qbd.hresults import Code, Proof
from dray_sdk import Remedy

_R = Remedy
_OPEN = "Open QuickBooks and the company file on that computer, then run the update again."


def _qbwc(meaning: str, who: Remedy, action: str) -> Code:
    return Code(Proof.NOTHING, meaning, who, action)


_SETUP_AGAIN = "Download a new set-up file for this connection and add that."
_OUR_SERVER = "Run the update again in a few minutes. If it stays so, ask support."
_ADD = "Open QuickBooks as Admin with the right company file, close its windows, and add the set-up file again."
_LOG = "Close the Web Connector, rename the file QWCLog.txt in its folder, and start it again."

QBWC: Mapping[str, Code] = MappingProxyType(
    {
        "QBWC1000": _qbwc("The set-up file names two different addresses.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1001": _qbwc("The set-up file names a number instead of an address.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1002": _qbwc("The set-up file's support address is a number.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1003": _qbwc(
            "The support page did not answer.", _R.USER, "Check that this computer reaches the internet."
        ),
        "QBWC1004": _qbwc(
            "The support page did not answer.", _R.USER, "Check that this computer reaches the internet."
        ),
        "QBWC1005": _qbwc("The Web Connector's log file is missing.", _R.USER, _LOG),
        "QBWC1006": _qbwc(
            "The Web Connector could not start.", _R.USER, "Start it again, as the Windows user of QuickBooks."
        ),
        "QBWC1007": _qbwc("The Web Connector could not connect to QuickBooks.", _R.USER, _OPEN),
        "QBWC1008": _qbwc("The Web Connector could not connect to QuickBooks.", _R.USER, _OPEN),
        "QBWC1009": _qbwc("Connecting to QuickBooks was cancelled.", _R.USER, "Run the update again and choose Yes."),
        "QBWC1010": _qbwc("The set-up file's address is not secure (https).", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1011": _qbwc("The Web Connector lost this connection's entry.", _R.USER, _SETUP_AGAIN),
        "QBWC1012": _qbwc("The Web Connector could not log in here.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1013": _qbwc("The Web Connector could not connect to QuickBooks.", _R.USER, _OPEN),
        "QBWC1014": _qbwc(
            "QuickBooks did not say which company file is open.",
            _R.USER,
            "Open the company file, close any window that waits in QuickBooks, and run the update again.",
        ),
        "QBWC1015": _qbwc("The session with QuickBooks did not end cleanly.", _R.NOBODY, "Nothing to do."),
        "QBWC1016": _qbwc(
            "No connection was ticked.", _R.USER, "Tick the box beside the connection and run the update."
        ),
        "QBWC1017": _qbwc(
            "No connection was ticked.", _R.USER, "Tick the box beside the connection and run the update."
        ),
        "QBWC1018": _qbwc(
            "No connection was ticked.", _R.USER, "Tick the box beside the connection and run the update."
        ),
        "QBWC1019": _qbwc(
            "No connection was ticked.", _R.USER, "Tick the box beside the connection and run the update."
        ),
        "QBWC1020": _qbwc(
            "The Web Connector was closed with updates to come.", _R.USER, "Leave the Web Connector running."
        ),
        "QBWC1021": _qbwc("The Web Connector is not whole.", _R.USER, "Install the Web Connector again."),
        "QBWC1022": _qbwc("QuickBooks could not be reached while adding.", _R.USER, _ADD),
        "QBWC1023": _qbwc("QuickBooks could not be reached while adding.", _R.USER, _ADD),
        "QBWC1024": _qbwc("Adding was cancelled in QuickBooks.", _R.USER, _ADD),
        "QBWC1025": _qbwc("The company file's mark could not be read.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1026": _qbwc("The company file could not be marked.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1027": _qbwc("The company file could not be marked.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1028": _qbwc(
            "The stored password could not be read.", _R.USER, "Type the password into the Web Connector again."
        ),
        "QBWC1029": _qbwc(
            "The stored password could not be read.", _R.USER, "Type the password into the Web Connector again."
        ),
        "QBWC1030": _qbwc("No password was typed.", _R.USER, "Type the password that was shown when you connected."),
        "QBWC1031": _qbwc(
            "The update ended, but not everything went well.", _R.USER, "Look at the connection's page for what to do."
        ),
        "QBWC1032": _qbwc("The Web Connector lost this connection's entry.", _R.USER, _SETUP_AGAIN),
        "QBWC1033": _qbwc("The Web Connector cannot write its log file.", _R.USER, _LOG),
        "QBWC1034": _qbwc("This edition of QuickBooks is not allowed by the set-up file.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1035": _qbwc("The set-up file points to the computer itself.", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1036": _qbwc("The server did not answer about versions.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1037": _qbwc(
            "The server refused this version of the Web Connector.", _R.USER, "Install the newest Web Connector."
        ),
        "QBWC1038": _qbwc(
            "The stored password could not be kept.", _R.USER, "Type the password into the Web Connector again."
        ),
        "QBWC1039": _qbwc(
            "This company file already carries the mark of an earlier set-up file.",
            _R.USER,
            "Choose “connect again” on the connection's page, download the new set-up file and add that.",
        ),
        "QBWC1040": _qbwc(
            "The password is not the right one.",
            _R.USER,
            "Type the password that was shown when you connected, or make a new one.",
        ),
        "QBWC1041": _qbwc("The server did not hand out its work.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1042": _qbwc("The server did not take the answer.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1043": _qbwc("The server did not say what went wrong.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1044": _qbwc("The server did not close the session.", _R.NOBODY, "Nothing to do."),
        "QBWC1045": _qbwc("The server did not take the report of a problem.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1046": _qbwc("The server's answer about versions could not be read.", _R.SUPPORT, _OUR_SERVER),
        "QBWC1048": _qbwc(
            "The server's certificate could not be checked.",
            _R.USER,
            "Check this computer's date and time and its Windows updates, and add the set-up file again.",
        ),
        "QBWC1051": _qbwc("The set-up file's address is not secure (https).", _R.SUPPORT, _SETUP_AGAIN),
        "QBWC1085": _qbwc("The Web Connector cannot write its log file.", _R.USER, _LOG),
    }
)
"""By the Web Connector's own code, as it is shown to people."""
