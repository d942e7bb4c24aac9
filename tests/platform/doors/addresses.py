"""Every address of the application, as its own map names them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask
from werkzeug.test import TestResponse

from tests.platform.web.stage import Browsing, Stage

NOTHING = "x_none"
"""An id that nothing has."""


_NAMED: Final = re.compile(r"/<(public_id|press)>")


@dataclass(frozen=True, slots=True)
class Door:
    """One address and one way to call it. `pattern` holds its id in brackets."""

    endpoint: str
    view: str
    method: str
    pattern: str

    @property
    def kind(self) -> str:
        """What stands before the id, which says what the id names; nothing where there is none."""
        found = _NAMED.search(self.pattern)
        return self.pattern[: found.start()] if found else ""

    @property
    def by_secret(self) -> bool:
        """Whether the address itself is the key: a link that was mailed."""
        return "<secret>" in self.pattern

    def at(self, public_id: str = NOTHING) -> str:
        """The address with that id in it."""
        filled = _NAMED.sub(f"/{public_id}", self.pattern, count=1)
        filled = filled.replace("<secret>", NOTHING).replace("<int:line>", "1").replace("<name>", NOTHING)
        filled = filled.replace("choices/<kind>", "choices/item").replace("<kind>", "customer")
        filled = filled.replace("<path:field>", "customer")
        assert "<" not in filled, f"say what belongs into {filled}"
        return filled

    def open(self, page: Browsing, public_id: str = NOTHING, **form: str) -> TestResponse:
        """Call it as this browser, with the token of its page."""
        return (
            page.get(self.at(public_id))
            if self.method == "GET"
            else page.press(self.at(public_id), follow=False, **form)
        )


def doors(app: Flask, blueprint: str) -> Iterator[Door]:
    """Those of one part of the application."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if rule.endpoint.startswith(f"{blueprint}."):
            view = inspect.unwrap(app.view_functions[rule.endpoint]).__name__
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Door(rule.endpoint, view, method, rule.rule)


def signed_in(stage: Stage, email: str) -> Browsing:
    """A browser whose person is in, with a page that has the token of forms."""
    page = stage.browse(email)
    page.get("/settings")
    return page
