"""Records as the XML of a response. The order of elements comes from the facts, not from the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape as _escaped

from dray_qbd.qbxml import facts
from dray_qbd.qbxml.facts import Choice, Field, Group, Node
from dray_qbd.simulator.checker import LINES, Record


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    is_field: bool
    is_reference: bool
    inside: tuple[_Part, ...]


def rendered(name: str, record: Record, names: Mapping[str, str], only: Collection[str] = ()) -> str:
    """One Ret. `names` gives the full name for each ListID; `only` are the elements to show, none for all."""
    out: list[str] = [f"<{name}>\n"]
    _write(out, _shape(name), record, names, only)
    out.append(f"</{name}>\n")
    return "".join(out)


def answer(request: str, attributes: Mapping[str, str], body: str) -> str:
    """One XxxRs for the request XxxRq."""
    head = f"{request[:-2]}Rs" + "".join(f' {name}="{_quoted(value)}"' for name, value in attributes.items())
    return f"<{head}>\n{body}</{request[:-2]}Rs>\n" if body else f"<{head} />\n"


def document(attributes: Mapping[str, str], body: str) -> str:
    """The whole response document. It has no qbxml processing instruction: real ones do not."""
    head = "".join(f' {name}="{_quoted(value)}"' for name, value in attributes.items())
    return f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs{head}>\n{body}</QBXMLMsgsRs>\n</QBXML>\n'


def plain(fields: Mapping[str, str]) -> str:
    """Elements that stand directly in a response, as those of TxnDelRs do."""
    return "".join(f"<{name}>{escape(value)}</{name}>\n" for name, value in fields.items() if value)


def escape(value: str) -> str:
    """A text as it stands in an answer. A carriage return that was sent as a reference comes back as one: written as
    it is, every reader would take it for a new line."""
    return _escaped(value, {"\r": "&#13;"})


def _quoted(value: str) -> str:
    return escape(value).replace('"', "&quot;")


def _write(
    out: list[str], parts: tuple[_Part, ...], record: Record, names: Mapping[str, str], only: Collection[str] = ()
) -> None:
    for part in parts:
        if part.name == LINES:
            _write_lines(out, part, record, names, only)
            continue
        if only and part.name not in only:
            continue
        value = record.get(part.name)
        if value is None or value == "":
            continue
        for one in value if isinstance(value, list) else (value,):
            if part.is_field:
                out.append(f"<{part.name}>{escape(one)}</{part.name}>\n")
            elif part.is_reference:
                list_id = one["ListID"]
                named = escape(names.get(list_id, ""))
                out.append(f"<{part.name}>\n<ListID>{list_id}</ListID>\n<FullName>{named}</FullName>\n</{part.name}>\n")
            else:
                out.append(f"<{part.name}>\n")
                _write(out, part.inside, one, names)
                out.append(f"</{part.name}>\n")


def _write_lines(out: list[str], mix: _Part, record: Record, names: Mapping[str, str], only: Collection[str]) -> None:
    shapes = {part.name: part.inside for part in mix.inside}
    for name, line in record.get(LINES, ()):
        if only and name not in only:
            continue
        out.append(f"<{name}>\n")
        _write(out, shapes[name], line, names)
        out.append(f"</{name}>\n")


@cache
def _shape(ret: str) -> tuple[_Part, ...]:
    return _parts(_rets()[ret].children)


@cache
def _rets() -> dict[str, Group]:
    found: dict[str, Group] = {}
    for name in facts.MESSAGES:
        if name.endswith("Rs"):
            for element in facts.elements(facts.message(name)):
                if isinstance(element, Group):
                    found.setdefault(element.name, element)
    return found


def _parts(nodes: tuple[Node, ...]) -> tuple[_Part, ...]:
    found: list[_Part] = []
    for node in nodes:
        if isinstance(node, Choice) and node.repeats:
            found.append(_Part(LINES, False, False, tuple(p for branch in node.branches for p in _parts(branch))))
        elif isinstance(node, Choice):
            found.extend(p for branch in node.branches for p in _parts(branch))
        elif isinstance(node, Field):
            found.append(_Part(node.name, True, False, ()))
        else:
            is_reference = [child.name for child in facts.elements(node)] == ["ListID", "FullName"]
            found.append(_Part(node.name, False, is_reference, () if is_reference else _parts(node.children)))
    return tuple(found)
