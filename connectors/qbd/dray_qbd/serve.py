"""The Web Connector's calls turned into the desk's, and the desk's answers into SOAP. Nothing is remembered here.

One session is: serverVersion, clientVersion, authenticate, then sendRequestXML and receiveResponseXML in turn until
100, then closeConnection (QBWC Programmer's Guide, "How the Web Connector works"). An answer inside the protocol is
always preferred to a fault: after a fault the person at that computer reads nothing useful.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dray_qbd import soap
from dray_qbd.company import TOO_OLD, read_company
from dray_qbd.wsdl import wsdl
from dray_sdk import (
    Answer,
    Call,
    Denied,
    Desk,
    Failure,
    NoWork,
    RemoteProtocolError,
    Reply,
    Stop,
)

VERSION = "0.1.0"
"""What serverVersion answers; the Web Connector shows it under "More information"."""

MOST_BYTES = 16 * 1024 * 1024
"""A larger call is refused before it is parsed."""

# Sent with `none` and `nvu`, where the guide wants a ticket too. It opens nothing, so calls that carry it cost nothing.
NO_SESSION = "00000000-0000-0000-0000-000000000000"

# Sent with `none` to a set-up that was removed. The guide has the Web Connector close after `none`, and it shows what
# that answers: there the person reads that nothing will come any more.
CLOSED = "00000000-0000-0000-0000-000000000001"
_REMOVE_IT = "Remove it in the Web Connector."

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>QuickBooks Web Connector address</title></head>
<body><h1>This address is for the QuickBooks Web Connector</h1>
<p>It works. There is nothing to see here for people: the Web Connector program on your QuickBooks computer calls this
address by itself.</p>
<p>If somebody sent you this address, open the set-up file (.qwc) that came with it instead.</p></body></html>
"""
_NO_COMPANY = (
    "QuickBooks did not say which company file is open. Open the company file in QuickBooks, close any window that "
    "waits for an answer there, and run the update again."
)

_Operation = Callable[[soap.Operation, Desk], soap.Result]


def serve(call: Call, desk: Desk) -> Reply:
    """Answer one call. Whatever the bytes are, the answer is a reply and nothing is raised for them."""
    method = call.method.upper()
    if method == "POST":
        return _soap(call.body, desk)
    if method not in ("GET", "HEAD"):
        return Reply(405, b"This address takes POST and GET.\n", "text/plain; charset=utf-8", _ALLOW)
    if "wsdl" in call.query.lower():
        return Reply(200, wsdl(call.url), soap.MEDIA_TYPE)
    return Reply(200, _PAGE.encode(), "text/html; charset=utf-8")


def refuse(sentence: str) -> Reply:
    """A fault that says the trouble is ours, so that nobody looks for it in the password or in QuickBooks."""
    return Reply(500, soap.fault("Server", sentence), soap.MEDIA_TYPE)


_ALLOW: Mapping[str, str] = MappingProxyType({"Allow": "GET, HEAD, POST"})


def _soap(body: bytes, desk: Desk) -> Reply:
    try:
        operation = soap.parse(body, MOST_BYTES)
    except soap.Unreadable as unreadable:
        return Reply(500, soap.fault(unreadable.code, unreadable.sentence), soap.MEDIA_TYPE)
    perform = _OPERATIONS.get(operation.name)
    if perform is None:
        return Reply(500, soap.fault("Client", f"There is no operation {operation.name[:100]}."), soap.MEDIA_TYPE)
    return Reply(200, soap.respond(operation.name, perform(operation, desk)), soap.MEDIA_TYPE)


def _server_version(_call: soap.Operation, _desk: Desk) -> str:
    return VERSION


def _client_version(call: soap.Operation, desk: Desk) -> str:
    desk.called_by(call["strVersion"])
    # W: and E: open a window on that computer, which stops every unattended update until somebody closes it.
    return ""


def _authenticate(call: soap.Operation, desk: Desk) -> tuple[str, ...]:
    opened = desk.open(call["strUserName"], call["strPassword"])
    if isinstance(opened, Denied):
        return (NO_SESSION, "nvu")
    if not isinstance(opened, NoWork):
        return (opened.value, "")  # '': use the company file that is open in QuickBooks
    if opened.again_in is None:
        return (NO_SESSION, "none")
    ticket = CLOSED if opened.closed else NO_SESSION
    # the third would postpone the next update, the fourth is the least number of seconds between two
    return (ticket, "none", "", str(opened.again_in))


def _send_request(call: soap.Operation, desk: Desk) -> str:
    """The next message set, or '': the Web Connector then asks for the last error and closes."""
    ticket = call["ticket"]
    if ticket in (NO_SESSION, CLOSED):
        return ""
    about = call["strHCPResponse"]
    if about.strip() and not _introduce(ticket, about, call["strCompanyFileName"], desk):
        return ""
    request = desk.next(ticket)
    return request.body.decode() if request else ""


def _introduce(ticket: str, about: str, place: str, desk: Desk) -> bool:
    """Tell the desk which books these are; whether it may go on."""
    try:
        company = read_company(about.encode("utf-8", "replace"), place)
    except RemoteProtocolError:
        desk.trouble(ticket, "QBWC1014", _NO_COMPANY)
        return False
    if isinstance(desk.introduce(ticket, company.books, company.machine), Stop):
        return False
    if not company.new_enough:
        desk.trouble(ticket, "0x80040423", TOO_OLD)
    return company.new_enough


def _receive_response(call: soap.Operation, desk: Desk) -> int:
    response = call["response"]
    if not response.strip() and call["hresult"].strip():
        return desk.receive(call["ticket"], Failure(call["hresult"].strip(), call["message"]))
    return desk.receive(call["ticket"], Answer(response.encode("utf-8", "replace")))


def _connection_error(call: soap.Operation, desk: Desk) -> str:
    desk.trouble(call["ticket"], call["hresult"].strip(), call["message"])
    return "done"


def _last_error(call: soap.Operation, desk: Desk) -> str:
    if call["ticket"] == CLOSED:
        return f"{desk.last_words(CLOSED)} {_REMOVE_IT}"
    return "" if call["ticket"] == NO_SESSION else desk.last_words(call["ticket"])


def _close(call: soap.Operation, desk: Desk) -> str:
    if call["ticket"] == CLOSED:
        return f"{desk.close(CLOSED)} {_REMOVE_IT}"
    return "OK" if call["ticket"] == NO_SESSION else desk.close(call["ticket"])


def _nothing(_call: soap.Operation, _desk: Desk) -> str:
    return ""


def _done(_call: soap.Operation, _desk: Desk) -> str:
    return "DONE"


# Interactive sessions are never asked for; whoever calls these all the same is sent home politely. Names that only
# some of Intuit's documents and samples use stand beside the others.
_OPERATIONS: Mapping[str, _Operation] = MappingProxyType(
    {
        "serverVersion": _server_version,
        "getServerVersion": _server_version,
        "clientVersion": _client_version,
        "authenticate": _authenticate,
        "sendRequestXML": _send_request,
        "receiveResponseXML": _receive_response,
        "connectionError": _connection_error,
        "getLastError": _last_error,
        "closeConnection": _close,
        "getInteractiveURL": _nothing,
        "interactiveRejected": _nothing,
        "interactiveDone": _done,
        "isInteractiveDone": _done,
    }
)
