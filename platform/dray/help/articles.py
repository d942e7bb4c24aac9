"""The articles: Markdown files, each with a title, a line that says whom it is for, and its text.

In an installed Dray they lie beside this file; in a checkout they are read from docs/help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import markdown

HOME: Final = Path(__file__).parent / "articles"
CHECKOUT: Final = Path(__file__).parents[3] / "docs" / "help"
AUDIENCES: Final = ("Customers", "Admins", "Agents", "Operators")


OF_SECTION: Final[Mapping[str, str]] = {
    "overview": "overview",
    "problems": "problems",
    "invoices": "sending",
    "customers": "customers",
    "items": "customers",
    "rate_card": "customers",
    "imports": "imports",
    "months": "months",
    "connections": "connecting",
    "alerts": "alerts",
    "company": "leaving",
    "people": "people",
    "tokens": "programs",
    "webhooks": "webhooks",
    "audit": "people",
    "support_access": "people",
    "settings": "people",
}
"""Section of the pages → the article about it."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `name` is in its address, `body` its HTML, `words` what a search looks through."""

    name: str
    title: str
    audience: str
    body: str
    words: str


@lru_cache(maxsize=1)
def every() -> tuple[Article, ...]:
    """All of them, by audience and title."""
    home = HOME if HOME.is_dir() else CHECKOUT
    read = [_read(path) for path in sorted(home.glob("*.md"))]
    return tuple(sorted(read, key=lambda each: (AUDIENCES.index(each.audience), each.title)))


def find(name: str) -> Article | None:
    """The article of that name."""
    return next((each for each in every() if each.name == name), None)


def search(text: str) -> Sequence[Article]:
    """Those that hold every word of the text; those with a word in their title first."""
    words = text.casefold().split()
    found = [each for each in every() if all(word in each.words for word in words)]
    return sorted(found, key=lambda each: not any(word in each.title.casefold() for word in words))


def _read(path: Path) -> Article:
    title, audience, text = path.read_text(encoding="utf-8").split("\n", 2)
    title = title.removeprefix("# ")
    return Article(
        path.stem, title, audience, markdown.markdown(text, extensions=["tables"]), f"{title}\n{text}".casefold()
    )
