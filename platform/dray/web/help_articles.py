"""Articles of help: for everybody, signed in or not, and found by words."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from markupsafe import Markup

from dray.help import articles
from dray.web.access import for_everybody

LONGEST_SEARCH = 100


def add_article_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/help", "help", show_help)
    web.add_url_rule("/help/<name>", "help_article", show_article)


@for_everybody
def show_help() -> str:
    """All articles, or those that hold the words that are looked for."""
    wanted = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    found = articles.search(wanted) if wanted else articles.every()
    return render_template("help/list.html", found=found, wanted=wanted, audiences=articles.AUDIENCES)


@for_everybody
def show_article(name: str) -> str:
    """One article."""
    article = articles.find(name)
    if article is None:
        abort(404)
    # Our own file, and nothing that anybody typed.
    body = Markup(article.body)  # noqa: S704
    return render_template("help/reading.html", article=article, body=body)
