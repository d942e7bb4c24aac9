"""The same answers as XML, which QuickBooks Online gives to whoever does not ask for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dray_qbo.simulator import exact

NAMESPACE = "http://schema.intuit.com/finance/v3"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# Members that are attributes in XML.
_ATTRIBUTES = {"domain", "sparse", "status", "startPosition", "maxResults", "totalCount", "name", "bId", "type", "code"}


def write(body: Mapping[str, Any]) -> str:
    """An IntuitResponse. An error of a Fault carries its code and element as attributes."""
    time = f" time={quoteattr(str(body['time']))}" if "time" in body else ""
    inside = "".join(_element(name, value) for name, value in body.items() if name != "time")
    return f'{_HEAD}<IntuitResponse xmlns="{NAMESPACE}"{time}>{inside}</IntuitResponse>'


def _element(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_element(name, one) for one in value)
    if not isinstance(value, Mapping):
        return f"<{name}>{escape(_text(value))}</{name}>"
    attributes = "".join(f" {key}={quoteattr(_text(held))}" for key, held in _attributes(name, value))
    taken = {key for key, _ in _attributes(name, value)}
    if "value" in value:
        return f"<{name}{attributes}>{escape(_text(value['value']))}</{name}>"
    inside = "".join(_element(key, held) for key, held in value.items() if key not in taken)
    return f"<{name}{attributes}>{inside}</{name}>"


def _attributes(name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, held in value.items():
        if key in _ATTRIBUTES or (name == "Error" and key == "element"):
            yield key, held


def _text(value: Any) -> str:
    return value if isinstance(value, str) else exact.write(value)
