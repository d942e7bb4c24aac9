"""What every code means, searchable: the same texts as everywhere else, from the connectors themselves."""

from __future__ import annotations

from flask import render_template, request

from dray.console.access import for_staff, staff
from dray.extensions import dray
from dray.sync import unknown_codes
from dray.web.access import database
from dray_sdk import Explains, Explanation, Remedy
from dray_tenants.roles import Right

__all__ = ["WHO", "found", "show_errors"]

WHO = {
    Remedy.USER: "The person at that computer",
    Remedy.BOOKKEEPER: "Whoever keeps the books",
    Remedy.SUPPORT: "Support",
    Remedy.NOBODY: "Nobody: it goes away by itself",
}
_SAY = {
    Remedy.USER: "Ask them to do it while you wait: ",
    Remedy.BOOKKEEPER: "Ask them to tell whoever keeps their books: ",
    Remedy.SUPPORT: "Tell them that it is for us to do, and that you do it now: ",
    Remedy.NOBODY: "Tell them that nothing needs doing: ",
}


@for_staff(Right.VIEW)
def show_errors() -> str:
    """The guide."""
    search = request.args.get("q", "")[:100]
    guides = [
        (each.title, found(each, search)) for each in dray().registry.enabled.values() if isinstance(each, Explains)
    ]
    unknown = unknown_codes.known_now(database(), dray().registry.enabled.values())
    return render_template(
        "console/errors.html", staff=staff(), guides=guides, search=search, who=WHO, say=_SAY, unknown=unknown
    )


def found(explains: Explains, search: str) -> list[Explanation]:
    """The explanations that speak of it, a code that is meant exactly first."""
    words = search.casefold().split()
    exact = explains.explain(search.strip()) if search.strip() else None
    all_of_them = explains.explanations.values()
    some = [
        each
        for each in all_of_them
        if all(word in f"{each.code} {each.meaning} {each.action} {each.cause}".casefold() for word in words)
    ]
    return [*([exact] if exact else []), *(each for each in some if exact is None or each.code != exact.code)]
