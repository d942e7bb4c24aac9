"""A web service for the Web Connector that answers what a test wrote down, as a WSGI application."""

from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from dray_qbd.simulator import Faults, QuickBooks, Qwc, WebConnector, WsgiTransport
from tests.connectors.qbd.simulator.asking import message_set, quickbooks

NAMESPACE = "http://developer.intuit.com/"
OWNER = "{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}"
FILE = "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}"
PASSWORD = "correct horse battery"
READ_CUSTOMERS = message_set("<CustomerQueryRq/>")

Call = tuple[str, dict[str, str]]
Answer = str | list[str] | int | bytes | Callable[[dict[str, str]], "Answer"]


def qwc(**changes: str) -> Qwc:
    return Qwc.read(qwc_text(**changes))


def qwc_text(**changes: str) -> str:
    said = {
        "AppName": "Dray",
        "AppID": "",
        "AppURL": "https://dray.example/qbwc/k3",
        "AppDescription": "Sends invoices",
        "AppSupport": "https://dray.example/qbwc/k3/support",
        "UserName": "k3",
        "OwnerID": OWNER,
        "FileID": FILE,
        "QBType": "QBFS",
        **changes,
    }
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items() if value != "-")
    return (
        f"<?xml version='1.0'?><QBWCXML>{inner}<Scheduler><RunEveryNMinutes>5</RunEveryNMinutes></Scheduler></QBWCXML>"
    )


def envelope(operation: str, inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soap:Body><{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{inner}</{operation}Result>'
        f"</{operation}Response></soap:Body></soap:Envelope>"
    ).encode()


FAULT = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    b"<faultcode>soap:Client</faultcode><faultstring>no such operation</faultstring><detail/></soap:Fault></soap:Body>"
    b"</soap:Envelope>"
)


class PretendServer:
    """Answers each operation from its own list; the last answer of a list stays. `pages` are the GETs."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "serverVersion": "1.0",
            "clientVersion": "",
            "authenticate": ["ticket-1", ""],
            "sendRequestXML": READ_CUSTOMERS,
            "receiveResponseXML": 100,
            "getLastError": "nothing more",
            "connectionError": "done",
            "closeConnection": "OK",
            **answers,
        }
        self.calls: list[Call] = []
        self.environs: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.pages: dict[str, str] = {}
        self.status = "200 OK"
        self.content_type = "text/xml; charset=utf-8"
        self.fetched: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.environs.append(environ)
        if environ["REQUEST_METHOD"] == "GET":
            self.fetched.append(environ["PATH_INFO"])
            start_response(self.pages.get(environ["PATH_INFO"], "200 OK"), [("Content-Type", "text/html")])
            return [b"a page"]
        body = environ["wsgi.input"].read()
        self.bodies.append(body)
        call = etree.fromstring(body)[0][0]
        operation = etree.QName(call).localname
        arguments = {etree.QName(child).localname: child.text or "" for child in call}
        self.calls.append((operation, arguments))
        if operation not in self.answers:
            start_response("500 Internal Server Error", [("Content-Type", "text/xml")])
            return [FAULT]
        answer = self._next(operation, arguments)
        start_response(self.status, [("Content-Type", self.content_type)])
        return [answer if isinstance(answer, bytes) else envelope(operation, inner(answer))]

    def _next(self, operation: str, arguments: dict[str, str]) -> Any:
        answer = self.answers[operation]
        if isinstance(answer, Series):
            answer = answer.left.pop(0) if len(answer.left) > 1 else answer.left[0]
        return answer(arguments) if callable(answer) else answer

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def told(self, operation: str, argument: str) -> list[str]:
        return [arguments[argument] for name, arguments in self.calls if name == operation]


class Series:
    """Answers in order."""

    def __init__(self, *answers: Any) -> None:
        self.left = list(answers)


def inner(answer: Any) -> str:
    if isinstance(answer, list):
        return "".join(f"<string>{escape(one)}</string>" for one in answer)
    return escape(str(answer))


def connector(
    server: PretendServer, books: QuickBooks | None = None, faults: Faults | None = None, **options: Any
) -> WebConnector:
    options.setdefault("sleep", lambda seconds: None)
    return WebConnector(WsgiTransport(server), books or quickbooks(faults=faults), qwc(), PASSWORD, **options)
