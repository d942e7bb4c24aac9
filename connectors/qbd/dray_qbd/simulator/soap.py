"""SOAP 1.1 as the Web Connector's .NET proxy writes and reads it: document/literal, one namespace, no leniency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from dray_qbd.simulator.transports import HttpAnswer

NAMESPACE = "http://developer.intuit.com/"
USER_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_INTEGER = re.compile(r"-?[0-9]+")


class SoapError(Exception):
    """The answer is not one that the .NET proxy can use. `is_fault` if the server answered with a SOAP fault."""

    def __init__(self, text: str, *, is_fault: bool = False) -> None:
        self.is_fault = is_fault
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Result:
    """The XxxResult element of an answer."""

    element: etree._Element | None

    def text(self) -> str:
        """A string result; an absent one is empty."""
        return "" if self.element is None else self.element.text or ""

    def integer(self) -> int:
        """An int result: digits and nothing else. SoapError."""
        text = self.text()
        if not _INTEGER.fullmatch(text):
            raise SoapError(f"There is an error in XML document: {text!r} is not an integer.")
        return int(text)

    def strings(self) -> list[str]:
        """An ArrayOfString: only <string> elements of the service's own namespace count."""
        if self.element is None:
            return []
        return [one.text or "" for one in self.element if one.tag == f"{{{NAMESPACE}}}string"]


def request(operation: str, arguments: Sequence[tuple[str, str | int]]) -> bytes:
    """The envelope of a call, byte for byte as .NET writes it."""
    inner = "".join(
        f"<{name}>{_escaped(str(value))}</{name}>" if value != "" else f"<{name} />" for name, value in arguments
    )
    call = (
        f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}>' if inner else f'<{operation} xmlns="{NAMESPACE}" />'
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{_ENVELOPE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>{call}</soap:Body></soap:Envelope>'
    ).encode()


def headers(operation: str) -> tuple[tuple[str, str], ...]:
    """The headers of a call that do not depend on the connection, in .NET's order."""
    return (
        ("User-Agent", USER_AGENT),
        ("Content-Type", "text/xml; charset=utf-8"),
        ("SOAPAction", f'"{NAMESPACE}{operation}"'),
    )


def result(operation: str, answer: HttpAnswer) -> Result:
    """Reads the answer to a call. SoapError for everything that makes the real proxy throw."""
    media_type = answer.header("Content-Type").partition(";")[0].strip().lower()
    if answer.status not in (200, 500):
        raise SoapError(f"The request failed with HTTP status {answer.status}: {answer.reason}.")
    if media_type != "text/xml":
        raise SoapError(
            f"Client found response content type of '{answer.header('Content-Type')}', but expected 'text/xml'."
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        envelope = etree.fromstring(answer.body, parser)
    except etree.XMLSyntaxError as wrong:
        raise SoapError(f"Response is not well-formed XML. {wrong}") from wrong
    body = envelope.find(f"{{{_ENVELOPE}}}Body")
    if envelope.tag != f"{{{_ENVELOPE}}}Envelope" or body is None:
        raise SoapError("The answer is not a SOAP 1.1 envelope.")
    fault = body.find(f"{{{_ENVELOPE}}}Fault")
    if fault is not None:
        raise SoapError(fault.findtext("faultstring") or "Server did not say what is wrong.", is_fault=True)
    if answer.status != 200:
        raise SoapError(f"The request failed with HTTP status {answer.status}: {answer.reason}.")
    response = body.find(f"{{{NAMESPACE}}}{operation}Response")
    return Result(None if response is None else response.find(f"{{{NAMESPACE}}}{operation}Result"))


def _escaped(text: str) -> str:
    return escape(text, _REFERENCES)


_REFERENCES: Mapping[str, str] = {"\r": "&#xD;"}
