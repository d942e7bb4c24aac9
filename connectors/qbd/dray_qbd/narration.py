"""What each call of the Web Connector means to somebody who watches a set-up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dray_qbd import soap
from dray_sdk import Call, Narration

MOST_BYTES = 16 * 1024 * 1024

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "serverVersion": "Asked which version we run.",
        "getServerVersion": "Asked which version we run.",
        "clientVersion": "Told which version it is.",
        "authenticate": "Gave its user name and password.",
        "sendRequestXML": "Asked what to do next.",
        "receiveResponseXML": "Brought the answer of QuickBooks.",
        "connectionError": "Could not reach QuickBooks.",
        "getLastError": "Asked what went wrong, to show it.",
        "closeConnection": "Hung up.",
        "getInteractiveURL": "Asked for a page that we do not have.",
        "interactiveRejected": "Said that nobody sits there.",
        "interactiveDone": "Asked whether somebody is done.",
        "isInteractiveDone": "Asked whether somebody is done.",
    }
)
"""Operation → what the Web Connector did by it (QBWC Programmer's Guide, "The web service methods")."""


def narrate(call: Call) -> Narration:
    """One call. Whatever the bytes are, something is said of them."""
    if call.method.upper() != "POST":
        return _looked(call)
    try:
        operation = soap.parse(call.body, MOST_BYTES)
    except soap.Unreadable as unreadable:
        return Narration("unreadable call", f"Sent something that is no call of a Web Connector. {unreadable.sentence}")
    meaning = MEANINGS.get(operation.name)
    if meaning is None:
        return Narration(operation.name[:60], "Called something that there is not.")
    version = operation["strVersion"].strip()[:40] if operation.name == "clientVersion" else ""
    return Narration(operation.name, f"Web Connector {version}." if version else meaning, version)


def _looked(call: Call) -> Narration:
    """The Web Connector fetches its address once when the file is added, to see whose certificate is there (QBWC1048
    where that does not work)."""
    if "wsdl" in call.query.lower():
        return Narration("description", "Fetched the description of this service.")
    return Narration("certificate check", "Reached us, and trusts our certificate.")
