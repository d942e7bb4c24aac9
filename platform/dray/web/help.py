"""Articles that anybody may read, written from what each connector says of its own books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template

from dray.extensions import dray
from dray.web.access import for_everybody
from dray.web.limits import anchor_of
from dray_sdk import Explains, Explanation, Judges, Limit, Remedy

WHO: Final = {
    Remedy.USER: "You, here",
    Remedy.BOOKKEEPER: "Whoever keeps the books",
    Remedy.SUPPORT: "Your support",
    Remedy.NOBODY: "Nobody: it passes by itself",
}
"""Who can do something about a code, in the words of the page."""


@dataclass(frozen=True, slots=True)
class Target:
    """One accounting system: the limits of its fields, and what its codes mean."""

    name: str
    title: str
    limits: Sequence[Limit] = ()
    codes: Sequence[Explanation] = ()

    def anchor(self, limit: Limit) -> str:
        """The id of a limit's row, to which every counter of that field leads."""
        return anchor_of(self.name, limit)


def add_help_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/help/limits", "limits", show_limits)
    web.add_url_rule("/help/codes", "codes_of_books", show_codes_of_books)


@for_everybody
def show_limits() -> str:
    """How many characters each field may have, for every accounting system of this installation."""
    targets = [
        Target(name, connector.title, limits=connector.limits_for(None))
        for name, connector in dray().registry.enabled.items()
        if isinstance(connector, Judges)
    ]
    return render_template("help/limits.html", targets=targets)


@for_everybody
def show_codes_of_books() -> str:
    """What each code of the books means, who can do something about it, and what."""
    targets = [
        Target(name, connector.title, codes=[each for _, each in sorted(connector.explanations.items())])
        for name, connector in dray().registry.enabled.items()
        if isinstance(connector, Explains)
    ]
    return render_template("help/codes.html", targets=targets, who=WHO)
