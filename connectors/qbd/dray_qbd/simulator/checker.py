"""Is this a message that QuickBooks can read? Structure first, then values, as QuickBooks does.

A wrong structure (unknown element, wrong order, an element of another country's edition, a word that an enumeration
does not know) is an error in parsing: the whole message set is refused and no answer document comes back. A wrong
value (too long, not a number) is a status of its own request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml import etree

from dray_qbd.qbxml import facts
from dray_qbd.qbxml.facts import Choice, Field, Flaw, Group, Node, Type
from dray_qbd.simulator.statuses import Refusal

Record = dict[str, Any]
"""The elements of a group by name: text, a Record, or a list of these where the element may repeat. A mix of lines in
any order stands under LINES as (name, Record)."""

LINES = "Lines"
MACRO = "macro "
"""Stands before the name in the value of an element that says useMacro."""

STATUS_OF_TYPE = {
    Type.BOOLEAN: 3010,
    Type.DATE: 3020,
    Type.DATETIME: 3020,
    Type.AMOUNT: 3040,
    Type.PRICE: 3045,
    Type.PERCENT: 3050,
    Type.QUANTITY: 3060,
    Type.GUID: 3065,
    Type.INTEGER: 3085,
    Type.FLOAT: 3085,
    Type.INTERVAL: 3035,
}


class StructureError(Exception):
    """The text is not qbXML as QuickBooks knows it. The message says why; QuickBooks would not."""


@dataclass(slots=True)
class Reading:
    """One request, read. `flaws` are its wrong values; QuickBooks answers with the first."""

    name: str
    attributes: dict[str, str]
    record: Record
    flaws: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    field: Field | None
    content: _Content | None
    repeats: bool
    mixed: bool


@dataclass(slots=True)
class _Content:
    name: str
    order: re.Pattern[str]
    parts: dict[str, _Part]
    attributes: frozenset[str]


def read(request: etree._Element, version: str) -> Reading:
    """The request as a record. Raises StructureError."""
    name = str(request.tag)
    if name not in facts.MESSAGES or not name.endswith("Rq"):
        raise StructureError(f"{name} is not a request that this QuickBooks knows")
    content = _content(name, version)
    reading = Reading(name, {str(key): str(value) for key, value in request.attrib.items()}, {})
    _check_attributes(request, content)
    if len(reading.attributes.get("requestID", "")) > facts.MAX_REQUEST_ID:
        reading.flaws.append(Refusal(1060, reading.attributes["requestID"]))
    reading.record = _read_group(request, content, reading.flaws)
    return reading


def _read_group(element: etree._Element, content: _Content, flaws: list[Refusal]) -> Record:
    children = list(element.iterchildren(etree.Element))
    if not content.order.fullmatch("".join([f"{child.tag} " for child in children])):
        raise StructureError(_explain(element, children, content))
    if (element.text and not element.text.isspace()) or any(c.tail and not c.tail.isspace() for c in children):
        raise StructureError(f"{element.tag} holds text between its elements")
    record: Record = {}
    for child in children:
        name = str(child.tag)
        part = content.parts[name]
        value = _value(child, part, flaws)
        if part.mixed:
            record.setdefault(LINES, []).append((name, value))
        elif part.repeats:
            record.setdefault(name, []).append(value)
        else:
            record[name] = value
    if "defMacro" in element.attrib:
        record["defMacro"] = str(element.attrib["defMacro"])
    return record


def _value(element: etree._Element, part: _Part, flaws: list[Refusal]) -> str | Record:
    if part.content is not None:
        if element.attrib:
            _check_attributes(element, part.content)
        return _read_group(element, part.content, flaws)
    if part.field is None or len(element):
        raise StructureError(f"{element.tag} holds elements and not a value")
    if element.attrib:
        macro = element.get("useMacro")
        if macro is None or part.field.type is not Type.ID:
            raise StructureError(f"{element.tag} has an attribute that it cannot have")
        return MACRO + macro
    text = element.text or ""
    if part.field.type is Type.BOOLEAN:
        text = {"1": "true", "0": "false"}.get(text, text)
    if wrong := facts.flaw(part.field, text):
        flaws.append(_refusal(part.field, text, wrong))
    return text


def _refusal(known: Field, text: str, wrong: Flaw) -> Refusal:
    if wrong is Flaw.NOT_A_CHOICE:
        raise StructureError(f"{text!r} is not a word that {known.name} knows")
    if known.type is Type.ID:
        return Refusal(3000, text, known.name)
    return Refusal(3070 if wrong is Flaw.TOO_LONG else STATUS_OF_TYPE[known.type], text, known.name)


def _check_attributes(element: etree._Element, content: _Content) -> None:
    for key, value in element.attrib.items():
        name = str(key)
        if name not in content.attributes:
            raise StructureError(f"{element.tag} has no attribute {name}")
        if name in facts.ATTRIBUTE_VALUES and value not in facts.ATTRIBUTE_VALUES[name]:
            raise StructureError(f"{name} cannot be {str(value)!r}")


def _explain(element: etree._Element, children: list[etree._Element], content: _Content) -> str:
    names = [str(child.tag) for child in children]
    unknown = [name for name in names if name not in content.parts]
    if unknown:
        return f"{element.tag} has no element {unknown[0]}"
    return f"{element.tag} has elements in a wrong order, too many or too few: {' '.join(names) or 'none'}"


@cache
def _content(message: str, version: str) -> _Content:
    return _compiled(facts.message(message), tuple(int(part) for part in version.split(".")))


def _compiled(group: Group, version: tuple[int, ...]) -> _Content:
    parts: dict[str, _Part] = {}
    order = _pattern(group.children, version, parts, mixed=False)
    return _Content(group.name, re.compile(order), parts, frozenset(group.attributes))


def _pattern(nodes: tuple[Node, ...], version: tuple[int, ...], parts: dict[str, _Part], *, mixed: bool) -> str:
    found = []
    for node in nodes:
        if isinstance(node, Choice):
            branches = [
                _pattern(branch, version, parts, mixed=mixed or _is_mix(node, branch)) for branch in node.branches
            ]
            found.append(f"(?:{'|'.join(branches)}){_quantifier(required=node.required, repeats=node.repeats)}")
        elif _since(node) <= version:
            content = _compiled(node, version) if isinstance(node, Group) else None
            known = node if isinstance(node, Field) else None
            parts[node.name] = _Part(known, content, node.repeats, mixed)
            found.append(f"(?:{node.name} ){_quantifier(required=node.required, repeats=node.repeats)}")
    return "".join(found)


def _is_mix(choice: Choice, branch: tuple[Node, ...]) -> bool:
    return choice.repeats and all(isinstance(node, Group) for node in branch)


def _quantifier(*, required: bool, repeats: bool) -> str:
    return {(True, False): "", (False, False): "?", (True, True): "+", (False, True): "*"}[required, repeats]


def _since(node: Field | Group) -> tuple[int, ...]:
    return tuple(int(part) for part in node.since.split(".")) if node.since else (0,)
