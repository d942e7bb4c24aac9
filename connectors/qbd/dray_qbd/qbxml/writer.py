"""Writing qbXML 13.0 from the table of facts: order, types and lengths come from there. Pure and deterministic.

What is written is pure ASCII: QuickBooks has refused raw UTF-8 while it took decimal character references. Nothing is
shortened or left out. What the message cannot hold raises LocalProtocolError and names the element, because a wrong
message would be refused as a whole, with no word about the place (HRESULT 0x80040400).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from dray_qbd.qbxml import facts
from dray_sdk import LocalProtocolError

Content: TypeAlias = "str | Mapping[str, Content | None] | Sequence[str] | Sequence[Mapping[str, Content | None]]"

HEAD = f'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="{facts.VERSION}"?>\n'
_PLAIN = re.compile(r"[\n\t\x20-%'-;=?-~]*")  # no &, <, > and nothing beyond ASCII
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\"'\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"}


def document(
    requests: Iterable[str], *, on_error: str, new_set: str | None = None, old_set: str | None = None
) -> bytes:
    """A whole message set. `new_set` makes QuickBooks remember the answers under that name; `old_set` names what it
    remembered before (the same name in both, and no request: a status check)."""
    attributes = {"oldMessageSetID": old_set, "newMessageSetID": new_set, "onError": on_error}
    for name in (new_set, old_set):
        if name is not None and len(name) > facts.MAX_MESSAGE_SET_ID:
            raise LocalProtocolError(f"the message set's name {name!r} is too long")
    return (f"{HEAD}<QBXML><QBXMLMsgsRq{_attributes(attributes)}>{''.join(requests)}</QBXMLMsgsRq></QBXML>").encode(
        "ascii"
    )


def request(name: str, request_id: str, content: Mapping[str, Content | None], **attributes: str) -> str:
    """One request such as InvoiceAddRq. `content` holds texts, groups and, for what repeats, sequences of them, by
    element name in any order; None stands for an element that is left out."""
    if len(request_id) > facts.MAX_REQUEST_ID:
        raise LocalProtocolError(f"the request's name {request_id!r} is too long")
    shape = _shape(name)
    head = _attributes({"requestID": request_id, **attributes})
    return f"<{name}{head}>{_group(shape, content)}</{name}>"


class _Shape:
    """A group of the facts, made quick to write: place and kind of each child by its name."""

    __slots__ = ("fields", "groups", "name", "places", "required")

    def __init__(self, group: facts.Group) -> None:
        self.name = group.name
        self.places: dict[str, int] = {}
        self.fields: dict[str, facts.Field] = {}
        self.groups: dict[str, facts.Group] = {}
        for place, child in enumerate(facts.elements(group)):
            self.places.setdefault(child.name, place)
            if isinstance(child, facts.Field):
                self.fields.setdefault(child.name, child)
            else:
                self.groups.setdefault(child.name, child)
        self.required = tuple(
            child.name for child in group.children if not isinstance(child, facts.Choice) and child.required
        )


_SHAPES: dict[int, tuple[facts.Group, _Shape]] = {}


@cache
def _shape(message: str) -> _Shape:
    try:
        return _Shape(facts.message(message))
    except KeyError:
        raise LocalProtocolError(f"there is no message called {message}") from None


def _shape_of(group: facts.Group) -> _Shape:
    known = _SHAPES.get(id(group))
    if known is None:
        # the group is kept beside its shape, so that its id stays its own
        known = _SHAPES[id(group)] = (group, _Shape(group))
    return known[1]


def _group(shape: _Shape, content: Mapping[str, Content | None]) -> str:
    given = [name for name, value in content.items() if value is not None]
    try:
        given.sort(key=shape.places.__getitem__)
    except KeyError as unknown:
        raise LocalProtocolError(f"{shape.name} holds no {unknown.args[0]}") from None
    for name in shape.required:
        if content.get(name) is None:
            raise LocalProtocolError(f"{shape.name} needs {name}")
    parts: list[str] = []
    for name in given:
        value = content[name]
        field = shape.fields.get(name)
        if field is not None and isinstance(value, str):
            parts.append(_field(field, value))
        elif field is not None and isinstance(value, Sequence):
            parts.extend([_field(field, str(one)) for one in _several(field, value)])
        else:
            parts.extend(_groups(shape, name, value))
    return "".join(parts)


def _groups(shape: _Shape, name: str, value: Content | None) -> list[str]:
    group = shape.groups.get(name)
    if group is None or value is None or isinstance(value, str):
        raise LocalProtocolError(f"{shape.name}/{name} cannot hold {value!r}")
    below = _shape_of(group)
    if isinstance(value, Mapping):
        return [f"<{name}>{_group(below, value)}</{name}>"]
    found: list[str] = []
    for one in value:
        if isinstance(one, str):
            raise LocalProtocolError(f"{shape.name}/{name} is a group, not a text")
        found.append(f"<{name}>{_group(below, one)}</{name}>")
    return found


def _several(field: facts.Field, value: Sequence[object]) -> Sequence[object]:
    if not field.repeats:
        raise LocalProtocolError(f"{field.name} may stand only once")
    return value


def _field(field: facts.Field, text: str) -> str:
    flaw = facts.flaw(field, text)
    if flaw is not None:
        raise LocalProtocolError(f"{field.name} cannot hold {text[:80]!r}: {flaw.value}")
    return f"<{field.name}>{_escaped(field.name, text)}</{field.name}>"


def _escaped(name: str, text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    illegal = _ILLEGAL.search(text)
    if illegal:
        raise LocalProtocolError(f"{name} cannot hold the character U+{ord(illegal[0]):04X}")
    escaped = _SPECIAL.sub(lambda found: _ENTITIES[found[0]], text)
    return escaped.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _attributes(attributes: Mapping[str, str | None]) -> str:
    return "".join(
        [f' {name}="{_escaped(name, value)}"' for name, value in attributes.items() if value is not None]
    ).replace("\n", "&#10;")
