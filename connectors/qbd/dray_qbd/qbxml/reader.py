"""Reading what QuickBooks answered: by name, never by place, and without trust. Pure.

Real answers leave out what is empty, differ from the schema's order, and carry `18.0%` in a percent field and times
with the offset of that computer.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from dray_sdk import Money, RemoteProtocolError

# wider than the schema's types and still no number that takes long to compute with
_FIGURE = re.compile(r"\s*([+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?)\s*%?\s*")


@dataclass(frozen=True, slots=True)
class Answered:
    """One …Rs element: what it answers, its status and the element itself."""

    name: str
    request_id: str
    code: str
    severity: str
    text: str
    element: etree._Element

    def rets(self) -> Iterator[etree._Element]:
        """The …Ret elements and the ErrorRecovery that it holds."""
        return self.element.iterchildren(etree.Element)


@dataclass(frozen=True, slots=True)
class MessageSet:
    """A whole answer. `set_id` and `set_code` are '' where QuickBooks did not write them."""

    set_id: str
    set_code: str
    answers: tuple[Answered, ...]


def read(body: bytes) -> MessageSet:
    """The message set in `body`, which is UTF-8 whatever its declaration says (it travelled inside SOAP).

    RemoteProtocolError for anything that is not a qbXML answer.
    """
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RemoteProtocolError("the answer is not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise RemoteProtocolError("the answer carries a document type")
    answered = root.find("QBXMLMsgsRs")
    if root.tag != "QBXML" or answered is None:
        raise RemoteProtocolError("the answer is not a qbXML message set")
    return MessageSet(
        answered.get("newMessageSetID") or "",
        answered.get("messageSetStatusCode") or "",
        tuple([_answered(element) for element in answered.iterchildren(etree.Element)]),
    )


def _answered(element: etree._Element) -> Answered:
    return Answered(
        str(element.tag),
        element.get("requestID") or "",
        (element.get("statusCode") or "").strip(),
        element.get("statusSeverity") or "",
        element.get("statusMessage") or "",
        element,
    )


def text(element: etree._Element, path: str) -> str | None:
    """The text at `path` below `element`, or None where there is none or it is empty."""
    return element.findtext(path) or None


def flag(element: etree._Element, path: str) -> bool | None:
    """A yes or no, or None."""
    return {"true": True, "1": True, "false": False, "0": False}.get((element.findtext(path) or "").strip().lower())


def decimal(element: etree._Element, path: str) -> Decimal | None:
    """A number, a percent sign after it left aside; None where there is none that can be read."""
    found = _FIGURE.fullmatch(element.findtext(path) or "")
    return Decimal(found[1]) if found else None


def money(element: etree._Element, path: str, currency: str) -> Money | None:
    """An amount in `currency`, or None."""
    value = decimal(element, path)
    if value is None:
        return None
    try:
        return Money.parse(value, currency)
    except ValueError:
        return None


def date(element: etree._Element, path: str) -> dt.date | None:
    """A day, or None."""
    try:
        return dt.date.fromisoformat((element.findtext(path) or "").strip()[:10])
    except ValueError:
        return None


def moment(element: etree._Element, path: str) -> dt.datetime | None:
    """A time with its offset (UTC where QuickBooks wrote none), or None."""
    try:
        found = dt.datetime.fromisoformat((element.findtext(path) or "").strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def guid(value: str | None) -> str | None:
    """A GUID without its braces, in lower case, so that two can be compared; None for '' and for the zero one."""
    bare = (value or "").strip().strip("{}").lower()
    return bare if bare.strip("0-") else None
