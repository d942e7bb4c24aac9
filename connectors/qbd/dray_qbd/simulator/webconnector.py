"""A pretend Intuit Web Connector: takes a .qwc file, calls the server as the real one does, works a QuickBooks.

    connector = WebConnector(WsgiTransport(app), QuickBooks(Company.sample()), Qwc.read(text), password)
    connector.add()
    report = connector.run_once()

Order and meaning of the calls: Intuit QBWC Programmer's Guide, chapter 3 and appendix B.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from dray_qbd.simulator import adding, soap
from dray_qbd.simulator.quickbooks import ConnectionRefused, ProcessRequestError, QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.soap import Result, SoapError
from dray_qbd.simulator.trace import Trace
from dray_qbd.simulator.transports import Transport, TransportError

VERSION = "2.3.0.215"
FAILED_CALLS = {
    "clientVersion": "QBWC1036",
    "authenticate": "QBWC1012",
    "sendRequestXML": "QBWC1041",
    "receiveResponseXML": "QBWC1042",
    "getLastError": "QBWC1043",
    "closeConnection": "QBWC1044",
    "connectionError": "QBWC1045",
}
REFUSALS = {
    "NONE": "No data exchange required",
    "NVU": "Invalid password for username",
    "BUSY": "Application Busy",
}
NO_OP_PAUSE = 5.0
CONNECT_TRIES = 3
_POSTED = re.compile(r'<InvoiceAddRs [^>]*statusCode="0"')


@dataclass(slots=True)
class RunReport:
    """What one run did. `status` is what the Web Connector's window shows, `code` its QBWC number if the run failed.

    `sent` counts the message sets taken from the server, `received` the answers that reached it, `invoices` those
    added in QuickBooks. `postponed` and `minimum` are seconds that the server asked for.
    """

    status: str
    trace: Trace
    sent: int = 0
    received: int = 0
    invoices: int = 0
    code: str | None = None
    calls: list[str] = field(default_factory=list)
    postponed: int | None = None
    minimum: int | None = None
    company_file: str = ""


@dataclass(frozen=True, slots=True)
class Habits:
    """What real Web Connectors differ in.

    `closes_when_idle`: closeConnection follows an authenticate that answered none, nvu or busy; the guide says so,
    some logs end without it. `verbose`: the log shows whole messages. `max_messages` ends a run that never ends.
    """

    closes_when_idle: bool = True
    verbose: bool = False
    max_messages: int = 100_000


class _Ended(Exception):
    """The run ends here, without another call."""

    def __init__(self, status: str, code: str | None = None) -> None:
        self.status, self.code = status, code
        super().__init__(status)


class WebConnector:
    """One application in one Web Connector on one machine, beside one QuickBooks.

    `endpoint` is called in place of the AppURL, when the server runs elsewhere than its .qwc says. `machine` is the
    name that AppLock shows. `sleep` passes the time that the server asks for with NoOp.
    """

    def __init__(
        self,
        transport: Transport,
        quickbooks: QuickBooks,
        qwc: Qwc,
        password: str,
        *,
        endpoint: str | None = None,
        machine: str = "OFFICE-PC",
        habits: Habits = Habits(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.quickbooks, self.qwc = quickbooks, qwc
        self._transport, self._password = transport, password
        self._endpoint, self._machine, self._habits, self._sleep = endpoint, machine, habits, sleep
        self._report = self._blank_report()

    def add(self, qwc: Qwc | None = None) -> None:
        """What happens when a person adds the .qwc: the rules, the two GETs, the stamp. AddRefused with its code."""
        self.qwc = qwc or self.qwc
        adding.check(self.qwc, self.quickbooks.company.settings.product)
        adding.fetch(self.qwc, lambda url: self._transport.send("GET", self._address(url), ()))
        adding.stamp(self.qwc, self.quickbooks)
        self._lock("UNLOCKED")
        self.quickbooks.end_session()

    def run_once(self) -> RunReport:
        """One update, from serverVersion to closeConnection. What goes wrong is in the report; nothing is raised."""
        self._report = report = self._blank_report()
        self._note(
            "WebServiceManager.DoUpdateSelected()", f"updateWS() for application = '{self.qwc.app_name}' has STARTED"
        )
        try:
            report.status = self._run()
        except _Ended as ended:
            report.status, report.code = ended.status, ended.code
        finally:
            self.quickbooks.end_session()
            self._transport.close()
        self._note("WebServiceManager.DoUpdateSelected()", f"Update completed: {report.status}")
        return report

    def _run(self) -> str:
        self._versions()
        ticket, path, refusal = self._authenticate()
        if refusal:
            if self._habits.closes_when_idle:
                self._text("closeConnection", ticket=ticket)
            return refusal
        given_up = self._open(ticket, path)
        if given_up:
            return given_up
        self._lock("LOCKED")
        trouble = self._exchange(ticket)
        self._lock("UNLOCKED")
        closing = self._text("closeConnection", ticket=ticket)
        return trouble or closing

    def _versions(self) -> None:
        if self.quickbooks.faults.strikes("unknown_operation"):
            self._optional("getServerVersion", ticket="")
        self._optional("serverVersion")
        answer = self._optional("clientVersion", strVersion=VERSION)
        if answer.startswith(("E:", "W:")):
            # Both put up a dialog; nobody is there to answer it.
            raise _Ended(answer[2:], "QBWC1037")

    def _optional(self, operation: str, **arguments: str) -> str:
        """A call that the server need not know: a fault is written down and nothing more."""
        try:
            return self._call(operation, **arguments).text()
        except SoapError as wrong:
            if not wrong.is_fault:
                raise _Ended(f"{FAILED_CALLS['clientVersion']}: {wrong}", FAILED_CALLS["clientVersion"]) from wrong
            self._note("SOAPWebService", f"Actual error received from web service for {operation} call: <{wrong}>")
            return ""

    def _authenticate(self) -> tuple[str, str, str]:
        """The ticket, the company file to open, and what to show if there is nothing to do."""
        try:
            answer = self._call("authenticate", strUserName=self.qwc.user_name, strPassword=self._password).strings()
        except SoapError as wrong:
            raise _Ended(f"QBWC1012: Authentication failed. {wrong}", "QBWC1012") from wrong
        shown = " ".join(f'authRet[{i}]="{value}"' for i, value in enumerate(answer))
        self._note("SOAPWebService.do_authenticate()", shown)
        if len(answer) < 2:
            raise _Ended("QBWC1012: Index was outside the bounds of the array.", "QBWC1012")
        postponed, minimum = (_seconds(answer, index) for index in (2, 3))
        self._report.postponed, self._report.minimum = postponed, minimum
        refusal = REFUSALS.get(answer[1].upper(), "")
        if postponed and not refusal:
            refusal = "Update postponed by application."
        return answer[0], answer[1], refusal

    def _open(self, ticket: str, path: str) -> str:
        """Connects to QuickBooks; what to show if that was given up."""
        for _ in range(CONNECT_TRIES):
            try:
                self._report.company_file = self.quickbooks.begin_session(path)
            except ConnectionRefused as refused:
                self._note("WebServiceManager.OpenConnection()", f"{refused.hresult} {refused.message}")
                answer = self._text("connectionError", ticket=ticket, hresult=refused.hresult, message=refused.message)
                if answer.lower() == "done":
                    break
                path = answer
            else:
                return ""
        self._report.code = "QBWC1013"
        return "QBWC1013: Error connecting to QuickBooks."

    def _exchange(self, ticket: str) -> str:
        """The loop of sendRequestXML and receiveResponseXML; what to show if it ended in trouble."""
        company_data = self.quickbooks.company_data(self.qwc.owner_id)
        for _ in range(self._habits.max_messages):
            qbxml = self._send(ticket, company_data)
            company_data = ""
            if qbxml == "":
                trouble = self._text("getLastError", ticket=ticket)
                if trouble.lower() == "noop":
                    self._sleep(NO_OP_PAUSE)
                    continue
                if trouble.lower() == "interactive mode":
                    return self._decline_interactive(ticket)
                return trouble
            self._report.sent += 1
            progress = self._receive(ticket, *self._process(qbxml))
            if progress < 0:
                return self._text("getLastError", ticket=ticket)
            if progress >= 100:
                return ""
        return "The server never came to an end."

    def _send(self, ticket: str, company_data: str) -> str:
        major, _, minor = self.quickbooks.company.settings.max_version.partition(".")
        arguments: dict[str, str | int] = {
            "ticket": ticket,
            "strHCPResponse": company_data,
            "strCompanyFileName": self._report.company_file,
            "qbXMLCountry": self.quickbooks.company.settings.country,
            "qbXMLMajorVers": int(major),
            "qbXMLMinorVers": int(minor or 0),
        }
        if self.quickbooks.faults.strikes("duplicate_send"):
            self._text("sendRequestXML", **arguments)
        qbxml = self._text("sendRequestXML", **arguments)
        if qbxml and self.quickbooks.faults.strikes("lost_reply"):
            raise _Ended("The Web Connector was ended before QuickBooks ran the request.")
        return qbxml

    def _process(self, qbxml: str) -> tuple[str, str, str]:
        """The response, or the hresult and message of an exception."""
        try:
            response = self.quickbooks.process(qbxml)
        except ProcessRequestError as wrong:
            self._note("WebServiceManager.ProcessRequest()", f"{wrong.hresult} {wrong.message} ({wrong.why})")
            return "", wrong.hresult, wrong.message
        self._report.invoices += len(_POSTED.findall(response))
        return response, "", ""

    def _receive(self, ticket: str, response: str, hresult: str, message: str) -> int:
        faults = self.quickbooks.faults
        if faults.strikes("lost_receive"):
            raise _Ended("QBWC1042: receiveResponseXML failed. Unable to connect to the remote server.", "QBWC1042")
        unheard = faults.strikes("lost_receive_answer")
        progress = 0
        for _ in range(2 if faults.strikes("duplicate_receive") else 1):
            arguments = {"ticket": ticket, "response": response, "hresult": hresult, "message": message}
            try:
                progress = self._call("receiveResponseXML", **arguments).integer()
            except SoapError as wrong:
                raise _Ended(f"QBWC1042: receiveResponseXML failed. {wrong}", "QBWC1042") from wrong
            self._report.received += 1
        if unheard:
            raise _Ended("QBWC1042: receiveResponseXML failed. The operation has timed out", "QBWC1042")
        self._note("SOAPWebService.do_receiveResponseXML()", f"progress {progress}")
        return progress

    def _decline_interactive(self, ticket: str) -> str:
        """Nobody is there for an interactive session."""
        self._optional("getInteractiveURL", wcTicket=ticket, sessionID="")
        self._optional("interactiveRejected", wcTicket=ticket, reason="No user is present.")
        return "Interactive session rejected."

    # ---- calling ----

    def _text(self, operation: str, **arguments: str | int) -> str:
        try:
            return self._call(operation, **arguments).text()
        except SoapError as wrong:
            code = FAILED_CALLS[operation]
            raise _Ended(f"{code}: {operation} failed. {wrong}", code) from wrong

    def _call(self, operation: str, **arguments: str | int) -> Result:
        """One SOAP call. SoapError if its answer cannot be used; transport errors count as such."""
        allowed = self.quickbooks.faults.abandoned
        if allowed and len(self._report.calls) >= allowed:
            self.quickbooks.faults.abandoned = 0
            raise _Ended("The Web Connector was ended between two calls.")
        self._report.calls.append(operation)
        shown = [
            self._report.trace.quoted(name, str(value)) for name, value in arguments.items() if name != "strPassword"
        ]
        self._note(f"SOAPWebService.do_{operation}()", " ".join(shown) or "called")
        body = soap.request(operation, list(arguments.items()))
        try:
            answer = self._transport.send("POST", self._address(self.qwc.app_url), soap.headers(operation), body)
        except TransportError as wrong:
            raise SoapError(str(wrong)) from wrong
        return soap.result(operation, answer)

    def _address(self, url: str) -> str:
        if not self._endpoint:
            return url
        if url == self.qwc.app_url:
            return self._endpoint
        there, said = urlsplit(self._endpoint), urlsplit(url)
        return urlunsplit((there.scheme, there.netloc, said.path, said.query, ""))

    def _lock(self, state: str) -> None:
        """The AppLock of the company file names the machine that works on it, with .NET's count of 100 ns."""
        since = self.quickbooks.now().replace(tzinfo=UTC) - datetime(1, 1, 1, tzinfo=UTC)  # .NET counts local time
        ticks = (since.days * 86400 + since.seconds) * 10**7
        self.quickbooks.stamp(self.qwc.owner_id, "AppLock", f"{state}:{self._machine}:{ticks}")

    def _blank_report(self) -> RunReport:
        return RunReport("", Trace(self.quickbooks.now, self._habits.verbose))

    def _note(self, place: str, text: str) -> None:
        self._report.trace.write(place, text)


def _seconds(answer: list[str], index: int) -> int | None:
    text = answer[index] if len(answer) > index else ""
    return int(text) if text.isdecimal() else None
