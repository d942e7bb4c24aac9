"""Taking out of a transcript what nobody may keep, without parsing it.

A transcript may be cut, malformed or hostile, so this works on bytes, never raises, and reads everything once. It
removes the content of named XML elements (also where the XML is escaped inside other XML, any number of times, or
inside JSON), of named JSON members (also where the JSON stands inside a JSON text) and of named headers. In doubt it
removes too much: an element or text that never ends loses everything after it, and so does a body that holds more
secrets than any answer of books does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby

MASK = b"[removed]"


@dataclass(frozen=True, slots=True)
class Redaction:
    """Names of what is removed. Element and member names are case-sensitive, as XML and JSON are; header names are not.

    An element is named without its prefix, whatever prefix it carries.
    """

    elements: frozenset[str] = field(default_factory=frozenset)
    members: frozenset[str] = field(default_factory=frozenset)
    headers: frozenset[str] = field(default_factory=frozenset)

    def body(self, body: bytes) -> bytes:
        """`body` with all that named elements and members hold, attributes included, replaced by `MASK`. What is
        outside of them stays byte for byte. An empty element without attributes stays too. Takes time in proportion to
        the length, whatever the bytes are."""
        if self.elements:
            prefixed = _prefixed(self.elements).search(body) is not None
            body = _without(body, _openings(self.elements, prefixed), partial(_element, tags=_tags(self.elements)))
        if self.members:
            body = _without(body, _members(self.members), _member)
        return body

    def header_fields(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with the named ones masked."""
        hidden = {name.casefold() for name in self.headers}
        return {name: MASK.decode() if name.casefold() in hidden else value for name, value in headers.items()}


_Mask = tuple[int, int, bytes]
"""From, to, and what stands there instead."""

_MOST = 50_000
"""After so many of what is named, the rest of a body is one secret: hostile bytes must not cost seconds."""

_MOST_INSIDE = 1_000
"""The same for named elements inside one named element."""


def _without(body: bytes, pattern: re.Pattern[bytes], mask: Callable[[bytes, re.Match[bytes]], _Mask | None]) -> bytes:
    kept: list[bytes] = []
    done = place = 0
    for _ in range(_MOST):
        if (found := pattern.search(body, place)) is None:
            return b"".join((*kept, body[done:])) if kept else body
        place = found.end()
        if (masked := mask(body, found)) is not None:
            begin, place, instead = masked
            kept += (body[done:begin], instead)
            done = place
    return b"".join((*kept, body[done:place], MASK))


# ---- elements


def _element(body: bytes, found: re.Match[bytes], tags: re.Pattern[bytes]) -> _Mask | None:
    """What to mask of the element whose tag was found: from behind its name to its own closing tag."""
    level = _level(found)
    attributes, ends, empty = _rest_of_tag(body, found.end(), level)
    if empty and not body[found.end() : attributes].strip():
        return None
    if empty:
        return found.end(), ends, b" " + MASK + body[attributes:ends]
    return found.end(), _closing(body, found, tags, ends), body[attributes:ends] + MASK


def _closing(body: bytes, opening: re.Match[bytes], tags: re.Pattern[bytes], place: int) -> int:
    """Where the closing tag of the element begins; the end where there is none.

    Every named element opened inside is closed too before the content is over, so that tags which overlap hide what
    either of them holds. Comments and CDATA sections are passed over: a tag in one is text.
    """
    level = _level(opening)
    still_open = Counter({opening["name"]: 1})
    for _ in range(_MOST_INSIDE):
        if (found := tags.search(body, place)) is None:
            break
        place = found.end()
        if _level(found) != level:
            continue
        if found["passage"]:
            place = _end_of_passage(body, place, found["passage"], level)
        elif found["closes"]:
            still_open -= Counter({found["name"]: 1})  # one that was never opened counts for nothing
            if not still_open:
                return found.start()
        else:
            _, place, empty = _rest_of_tag(body, place, level)
            still_open[found["name"]] += not empty
    return len(body)


def _end_of_passage(body: bytes, place: int, passage: bytes, level: int) -> int:
    found = _passage_end(passage, level).search(body, place)
    return found.end() if found else len(body)


def _rest_of_tag(body: bytes, place: int, level: int) -> tuple[int, int, bool]:
    """Where a tag's attributes end, where the tag ends, and whether it is an empty element's.

    A tag that breaks off ends at once: what follows is content.
    """
    found = _tag_end(level).match(body, place)
    if found is None or found["end"] is None:
        return place, place, False
    return found.start("end"), found.end(), found["empty"] is not None


def _level(tag: re.Match[bytes]) -> int:
    """How often the XML is escaped: "<" 0, "&lt;" 1, "&amp;lt;" 2."""
    less = tag["less"]
    return 0 if less[:1] != b"&" else 1 + less.count(b"amp;")


_DEEPEST = 8
_LESS = rb"(?P<less><|&(?:amp;){0,%d}+(?:lt|\#0*+60|\#[xX]0*+3[cC]);|\\u003[cC])" % (_DEEPEST - 1)
_PREFIX = rb"(?:[^\s<>&/\"'=:\\]++:)?"


@lru_cache(maxsize=64)
def _openings(elements: frozenset[str], prefixed: bool) -> re.Pattern[bytes]:
    """The beginning of a tag that opens one of the elements. Most bodies use no prefixes, and looking for them at
    every tag would double what a transcript costs."""
    return re.compile(_LESS + (_PREFIX if prefixed else b"") + _name(elements))


@lru_cache(maxsize=64)
def _prefixed(elements: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(rb":(?:%s)" % _any_of(elements))


@lru_cache(maxsize=64)
def _tags(elements: frozenset[str]) -> re.Pattern[bytes]:
    """The beginning of any tag of the elements, of a comment or of a CDATA section."""
    return re.compile(rb"%s(?:(?P<closes>\\?/)?%s%s|(?P<passage>!--|!\[CDATA\[))" % (_LESS, _PREFIX, _name(elements)))


def _name(elements: frozenset[str]) -> bytes:
    return rb"(?P<name>%s)(?![\w.\-:\x80-\xff])(?!\s*+/>)" % _any_of(elements)


@lru_cache(maxsize=_DEEPEST + 1)
def _tag_end(level: int) -> re.Pattern[bytes]:
    """The rest of a tag of that level. Quoted attribute values may hold anything, ">" included."""
    ends = rb"(?P<end>(?P<empty>\\?/)?%s)" % _greater(level)
    quote = rb"(?P<quote>\\*+[\"']|%s)" % _entity(rb"(?:quot|apos|\#0*+3[49]|\#[xX]0*+2[27])", range(level))
    less = rb"<|\\u003[cC]|%s" % _entity(rb"(?:lt|\#0*+60|\#[xX]0*+3[cC])", range(level - 1, level))
    special = re.sub(rb"P<\w+>", b":", rb"%s|%s|%s" % (ends, quote, less))
    plain = rb"[^\"'<>/\\&]|(?!%s)[^\"'<>]" % special
    quoted = rb"%s(?>(?!(?P=quote)).)*+(?P=quote)" % quote
    return re.compile(rb"(?>%s|%s)*+%s?" % (plain, quoted, ends), re.DOTALL)


@lru_cache(maxsize=2 * (_DEEPEST + 1))
def _passage_end(passage: bytes, level: int) -> re.Pattern[bytes]:
    return re.compile((rb"--" if passage == b"!--" else rb"\]\]") + _greater(level))


def _greater(level: int) -> bytes:
    """How ">" may be written: escaped as often as "<" or less often, for XML asks for no escape of it."""
    return rb"(?:>|\\u003[eE]|%s)" % _entity(rb"(?:gt|\#0*+62|\#[xX]0*+3[eE])", range(level))


def _entity(names: bytes, times: range) -> bytes:
    """A reference to a character that was escaped so many more times; what matches nothing where there are none."""
    return rb"&(?:amp;){%d,%d}+%s;" % (times[0], times[-1], names) if times and times[0] >= 0 else rb"(?!)"


# ---- members


def _member(body: bytes, found: re.Match[bytes]) -> _Mask | None:
    """What to mask of the member whose name and colon were found: all of its value."""
    quote: bytes = found["quote"]
    begin = found.end()
    ends = _end_of_value(body, begin, quote)
    return (begin, ends, quote + MASK + quote) if ends > begin else None


def _end_of_value(body: bytes, place: int, quote: bytes) -> int:
    if body.startswith(quote, place):
        return _end_of_text(body, place + len(quote), quote)
    if body[place : place + 1] not in (b"{", b"["):
        found = _SCALAR.match(body, place)
        return found.end() if found else place
    depth = 0
    for _ in range(_MOST):
        if (found := _STEP.search(body, place)) is None:
            break
        place = found.end()
        step = found.group()
        if step.endswith(b'"'):
            place = _end_of_text(body, place, quote)
        elif step[0] in b"{[":
            depth += len(step)
        elif depth > len(step):
            depth -= len(step)
        else:
            return found.start() + depth
    return len(body)


def _end_of_text(body: bytes, place: int, quote: bytes) -> int:
    """Where a JSON text ends, its closing quote included. Inside another JSON text each quote bears as many
    backslashes as the opening one did, and twice as many and one more where it belongs to the text itself."""
    if quote == b'"':
        found = _TEXT.match(body, place)
        return found.end() if found else len(body)
    outer = len(quote) - 1
    for found in _QUOTE.finditer(body, place):
        if (len(found.group()) - 1) % (2 * (outer + 1)) == outer:
            return found.end()
    return len(body)


_SCALAR = re.compile(rb"[^\s,}\]\"\\{\[]++")
_STEP = re.compile(rb"\"|\\\\*+\"|[{\[]++|[}\]]++")
_QUOTE = re.compile(rb"\"|\\\\*+\"")
_TEXT = re.compile(rb"(?:[^\"\\]++|\\.)*+(?:\"|\\?\Z)", re.DOTALL)


@lru_cache(maxsize=64)
def _members(members: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(?P<quote>\"|\\\\*+\")(?:%s)(?P=quote)\s*+:\s*+" % _any_of(members))


def _any_of(names: Iterable[str]) -> bytes:
    """One of the names, the longer first; grouped by their first letters, so that most text is passed over at once."""
    groups = groupby(sorted(names, key=lambda name: (name[:1], -len(name), name)), key=lambda name: name[:1])
    return b"|".join(
        re.escape(first).encode() + b"(?:" + b"|".join(re.escape(name[1:]).encode() for name in some) + b")"
        for first, some in groups
    )
