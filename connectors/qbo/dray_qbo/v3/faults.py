"""The four shapes in which QuickBooks Online says no, read into one.

1. its own: `{"Fault": {"Error": [{"Message", "Detail", "code", "element"}], "type"}}`, also within an item of a batch;
2. its gateway's, in small letters: `{"fault": {"error": [{"message", "detail", "code", "element"}], "type"}}`;
3. XML, `<IntuitResponse><Fault type><Error code><Message/><Detail/></Error></Fault></IntuitResponse>`, which the
   gateway has sent for too many requests even where JSON was asked for;
4. anything else (a proxy's HTML): no fault, the HTTP status is all there is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from dray_qbo.v3.reader import Record, part, parts
from dray_sdk import RemoteProtocolError

_CODE_WITHIN = re.compile(r"errorCode=(\d{1,9})", re.ASCII)
_SECRET = re.compile(r"(?i)token[^:]*:\s*\S+")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Reason:
    """One error of a fault. `code` is Intuit's, without leading zeros; `element` is its name of the field."""

    code: str
    text: str
    element: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was not done: at least one reason."""

    reasons: tuple[Reason, ...]


def in_json(record: Record) -> Fault | None:
    """The fault that an object holds, None where it holds none. RemoteProtocolError for one that says nothing."""
    if "Fault" in record:
        return _fault(part(record, "Fault"), "Error", "Message", "Detail")
    if record.get("fault") is not None:
        return _fault(part(record, "fault"), "error", "message", "detail")
    return None


def in_xml(body: bytes) -> Fault | None:
    """The fault that an XML body holds; None for everything else, hostile XML included."""
    if body.lstrip()[:1] != b"<" or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    found = root.find("{*}Fault")
    if found is None:
        return None
    reasons = tuple(
        _reason(error.get("code"), error.findtext("{*}Message"), error.findtext("{*}Detail"), error.get("element"))
        for error in found.iterfind("{*}Error")
    )
    return Fault(reasons) if reasons else None


def _fault(record: Record, errors: str, message: str, detail: str) -> Fault:
    reasons = tuple(
        _reason(error.get("code"), error.get(message), error.get(detail), error.get("element"))
        for error in parts(record, errors)
    )
    if not reasons:
        raise RemoteProtocolError("a fault that gives no reason")
    return Fault(reasons)


def _reason(code: object, message: object, detail: object, element: object) -> Reason:
    said, more = (value if isinstance(value, str) else "" for value in (message, detail))
    found = _CODE_WITHIN.search(said)
    plain = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    number = plain or (found[1] if found else "")
    words = said if not more or more in said else more if said and said.rstrip(".") in more else f"{said}: {more}"
    return Reason(
        number.lstrip("0") or number,
        # the gateway repeats the token that it did not take
        _SECRET.sub("token", words.strip(": "))[:_LONGEST],
        element if isinstance(element, str) else "",
    )
