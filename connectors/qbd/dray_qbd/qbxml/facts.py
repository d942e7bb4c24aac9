"""What qbXML 13.0 says about the messages that we write and read: order, nesting, types, lengths.

One table for the writer (order, limits), the judges (limits) and the pretend QuickBooks (structure, values). It holds
the United States edition; what other editions alone have is left out, because QuickBooks US refuses it. Source:
Intuit's qbXML 13.0 schema and the annotations of its Onscreen Reference. Lengths count characters of the decoded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache

from dray_qbd.qbxml import (
    facts_company,
    facts_customers,
    facts_invoices,
    facts_items,
    facts_lists,
    facts_names,
    facts_new_items,
    facts_payments,
    facts_shapes,
)
from dray_qbd.qbxml.facts_notation import Choice, Element, Field, Group, Line, Node, Type, outline, read

__all__ = [
    "ATTRIBUTE_VALUES",
    "MAX_MESSAGE_SET_ID",
    "MAX_REQUEST_ID",
    "MESSAGES",
    "VERSION",
    "Choice",
    "Element",
    "Field",
    "Flaw",
    "Group",
    "Node",
    "Type",
    "element",
    "elements",
    "flaw",
    "message",
]

VERSION = "13.0"
MAX_REQUEST_ID = 50
# Intuit's own documents disagree on 23 or 24; what is longer than this is refused with status 9004.
MAX_MESSAGE_SET_ID = 24
ATTRIBUTE_VALUES: Mapping[str, tuple[str, ...]] = {
    "metaData": ("NoMetaData", "MetaDataOnly", "MetaDataAndResponseData"),
    "iterator": ("Start", "Continue", "Stop"),
    "onError": ("stopOnError", "continueOnError", "rollbackOnError"),
    "responseData": ("includeAll", "includeNone"),
}

_SUBJECTS = (
    facts_company,
    facts_customers,
    facts_names,
    facts_items,
    facts_new_items,
    facts_lists,
    facts_invoices,
    facts_payments,
)


def _outlines(texts: Iterator[str]) -> dict[str, Line]:
    return {name: line for text in texts for name, line in outline(text).items()}


_SHAPES = _outlines(subject.SHAPES for subject in (facts_shapes, *_SUBJECTS))
_LINES = _outlines(subject.MESSAGES for subject in _SUBJECTS)

MESSAGES: tuple[str, ...] = tuple(_LINES)
"""Names of all requests (…Rq) and responses (…Rs) in the table."""


@cache
def message(name: str) -> Group:
    """The message called `name`, such as InvoiceAddRq. KeyError if the table does not have it."""
    return read(_LINES[name], _SHAPES)


def elements(group: Group) -> Iterator[Element]:
    """The elements that may stand directly in `group`, in order, those of every branch of a choice included."""
    yield from _flat(group.children)


@cache
def element(path: str) -> Element:
    """The element at a path such as "InvoiceAddRq/InvoiceAdd/RefNumber". KeyError names the step that is not there."""
    first, *steps = path.split("/")
    found: Element = message(first)
    for step in steps:
        inside = {child.name: child for child in elements(found)} if isinstance(found, Group) else {}
        if step not in inside:
            raise KeyError(f"{step} in {path}")
        found = inside[step]
    return found


class Flaw(Enum):
    """Why a text is not a value of a field."""

    TOO_LONG = "too long"
    MALFORMED = "malformed"
    NOT_A_CHOICE = "not a choice"


# qbxmltypes130.xsd. An empty element is allowed for every type but a GUID: it clears the field.
_NUMBER = r"(?:[+-]?[0-9]{1,10}(?:\.[0-9]{1,5})?)?"
_FORMS: Mapping[Type, re.Pattern[str]] = {
    Type.BOOLEAN: re.compile(r"(?:true|false|1|0)?"),
    Type.AMOUNT: re.compile(r"(?:[+-]?[0-9]{1,13}(?:\.[0-9]{2})?)?"),
    Type.PRICE: re.compile(_NUMBER),
    Type.PERCENT: re.compile(_NUMBER),
    Type.QUANTITY: re.compile(_NUMBER),
    Type.DATE: re.compile(r"(?:[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))?"),
    Type.DATETIME: re.compile(
        r"(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
        r"(?:T[0-9]{1,2}(?::[0-9]{1,2}(?::[0-9]{1,2}(?:[+-][0-9]{1,2}:[0-9]{1,2})?)?)?)?)?"
    ),
    Type.GUID: re.compile(r"0|\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"),
    Type.INTEGER: re.compile(r"[+-]?[0-9]+"),
    Type.FLOAT: re.compile(r"(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))?"),
    Type.INTERVAL: re.compile(r"(?:[+-]?PT(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?"),
}
_MAX_ID = 36


def flaw(field: Field, text: str) -> Flaw | None:
    """Why `text` may not stand in `field`, or None if it may."""
    limit = _MAX_ID if field.type is Type.ID else field.max_length
    if limit is not None and len(text) > limit:
        return Flaw.TOO_LONG
    if field.type is Type.ENUM:
        return None if text in field.values else Flaw.NOT_A_CHOICE
    form = _FORMS.get(field.type)
    if form is not None and not form.fullmatch(text):
        return Flaw.MALFORMED
    return None


def _flat(nodes: tuple[Node, ...]) -> Iterator[Element]:
    for node in nodes:
        if isinstance(node, Choice):
            for branch in node.branches:
                yield from _flat(branch)
        else:
            yield node
