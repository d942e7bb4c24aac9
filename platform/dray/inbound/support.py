"""The page behind a connection's "support" link, at `/<mount>/<install>/support`. No login; the same for everybody."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request

from dray.extensions import dray

__all__ = ["register"]


def register(app: Flask) -> None:
    """Add the page below every mount."""
    blueprint = Blueprint("support", __name__, template_folder="templates")
    for mount in app.extensions["dray"].registry.dialled_into:
        blueprint.add_url_rule(f"/{mount}/<install>/support", mount, _page, strict_slashes=False)
    app.register_blueprint(blueprint)


def _page(install: str) -> str:
    dray().observer.visited(install, "support page", "Fetched the support page.", dict(request.headers))
    # Whether there is such an install is nobody's business, and the page must open before one is connected.
    return render_template("inbound/support.html", settings=dray().settings)
