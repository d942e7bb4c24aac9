"""SOAP 1.1 as the Web Connector speaks it: reading a call, writing the answer or a fault. Pure.

The caller is .NET Framework's SoapHttpClientProtocol, document/literal wrapped. Its parser is strict about what it
gets: text/xml, the `<string>` elements of an array in Intuit's namespace, values without any blank around them.
What it sends is read liberally: any prefix, any order, parameters left out or closed at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

INTUIT = "http://developer.intuit.com/"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
MEDIA_TYPE = "text/xml; charset=utf-8"

Result = str | int | Sequence[str]

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_TAIL = "</soap:Body></soap:Envelope>"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


class Unreadable(Exception):
    """What came is no SOAP call. `code` is the fault code's local name, `sentence` says why in plain words."""

    def __init__(self, sentence: str, code: str = "Client") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: the operation's name and its parameters as text. A parameter that was not sent reads as ''."""

    name: str
    parameters: Mapping[str, str]

    def __getitem__(self, parameter: str) -> str:
        return self.parameters.get(parameter, "")


def parse(body: bytes, limit: int) -> Operation:
    """The call in `body`, found by the body's first element (the SOAPAction header may disagree and is not asked).

    Unreadable for more than `limit` bytes, malformed XML, any document type (nothing declared in one is ever
    resolved), another envelope, an empty body or an operation outside Intuit's namespace.
    """
    if len(body) > limit:
        raise Unreadable(f"The message is larger than {limit} bytes.")
    root = _root(body)
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        raise Unreadable("This is not a SOAP 1.1 envelope.", "VersionMismatch")
    wrapper = root.find(f"{{{ENVELOPE}}}Body")
    element = next(wrapper.iterchildren(etree.Element), None) if wrapper is not None else None
    if element is None:
        raise Unreadable("The SOAP body is empty.")
    name = etree.QName(element)
    if name.namespace != INTUIT:
        raise Unreadable(f"{name.localname[:100]} is not an operation in the namespace {INTUIT}")
    return Operation(
        name.localname,
        {etree.QName(child).localname: child.text or "" for child in element.iterchildren(etree.Element)},
    )


def respond(operation: str, result: Result) -> bytes:
    """The answer to `operation`. Characters that XML 1.0 cannot hold are taken out: one would make the whole message
    unreadable. A text is escaped once, a number is bare, a sequence becomes Intuit's ArrayOfString."""
    return (
        f'{_HEAD}<{operation}Response xmlns="{INTUIT}"><{operation}Result>{_value(result)}</{operation}Result>'
        f"</{operation}Response>{_TAIL}"
    ).encode()


def fault(code: str, sentence: str) -> bytes:
    """A SOAP 1.1 fault; send it with status 500. `code` is Client, Server or VersionMismatch. The empty detail is
    what .NET expects of a fault that came out of a body."""
    return (
        f"{_HEAD}<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{escape(sentence)}</faultstring>"
        f"<detail/></soap:Fault>{_TAIL}"
    ).encode()


def escape(text: str) -> str:
    """`text` as XML character data, without the characters that XML 1.0 cannot hold."""
    text = _ILLEGAL.sub("", text)
    return _SPECIAL.sub(lambda found: _ENTITIES[found[0]], text)


# Making one costs more than reading a call with it. Threads may share it: it reads one message at a time.
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=True,
    remove_comments=True,
    remove_pis=True,
)


def _root(body: bytes) -> etree._Element:
    try:
        root = etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise Unreadable("The message is not well-formed XML.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("A SOAP message carries no document type.")
    return root


def _value(result: Result) -> str:
    if isinstance(result, str):
        return escape(result)
    if isinstance(result, int):
        return str(result)
    return "".join([f"<string>{escape(text)}</string>" for text in result])
