"""Taking out of a transcript what nobody may keep, without parsing it.

A transcript may be cut, malformed or hostile, so this works on bytes and never raises. It removes the content of named
XML elements (also where the XML is escaped inside other XML), of named JSON members and of named headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

MASK = b"[removed]"


@dataclass(frozen=True, slots=True)
class Redaction:
    """Names of what is removed. Element and member names are case-sensitive, header names are not."""

    elements: frozenset[str] = field(default_factory=frozenset)
    members: frozenset[str] = field(default_factory=frozenset)
    headers: frozenset[str] = field(default_factory=frozenset)

    def body(self, body: bytes) -> bytes:
        """`body` with every named element's and member's content replaced by `MASK`. An element that is opened and
        never closed loses everything after it: better too much than a secret."""
        for pattern, replacement in _patterns(self):
            body = pattern.sub(replacement, body)
        return body

    def header_fields(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with the named ones masked."""
        hidden = {name.casefold() for name in self.headers}
        return {name: MASK.decode() if name.casefold() in hidden else value for name, value in headers.items()}


@lru_cache(maxsize=64)
def _patterns(redaction: Redaction) -> tuple[tuple[re.Pattern[bytes], bytes], ...]:
    found: list[tuple[re.Pattern[bytes], bytes]] = []
    if redaction.elements:
        names = "|".join(sorted(re.escape(name) for name in redaction.elements))
        for less, greater in (("<", ">"), ("&lt;", "&gt;"), ("&amp;lt;", "&amp;gt;")):
            opening = rf"({less}(?:\w+:)?({names})(?:\s[^<>]{{0,2000}}?)?(?<!/){greater})"
            closing = rf"({less}/(?:\w+:)?\2\s*{greater}|\Z)"
            found.append((re.compile(f"{opening}.*?{closing}".encode(), re.DOTALL), rb"\1" + MASK + rb"\3"))
    if redaction.members:
        names = "|".join(sorted(re.escape(name) for name in redaction.members))
        member = rf'("(?:{names})"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\Z)|[^\s,}}\]"]+)'
        found.append((re.compile(member.encode(), re.DOTALL), rb'\1"' + MASK + rb'"'))
    return tuple(found)
