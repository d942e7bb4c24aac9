"""The page behind a connection's "support" link, at `/<mount>/<install>/support`, and the operator's logo, at `/logo`.
No login; the same for everybody."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.settings import LOGO_TYPES

__all__ = ["register"]


def register(app: Flask) -> None:
    """Add the page below every mount."""
    blueprint = Blueprint("support", __name__, template_folder="templates")
    for mount in app.extensions["dray"].registry.dialled_into:
        blueprint.add_url_rule(f"/{mount}/<install>/support", mount, _page, strict_slashes=False)
    blueprint.add_url_rule("/logo", "logo", _logo)
    app.register_blueprint(blueprint)


def _page(install: str) -> str:
    dray().observer.visited(install, "support page", "Fetched the support page.", dict(request.headers))
    # Whether there is such an install is nobody's business, and the page must open before one is connected.
    return render_template("inbound/support.html", settings=dray().settings)


def _logo() -> Response:
    """The picture that DRAY_LOGO names; nothing but a picture, whatever is in the file."""
    path = dray().settings.logo
    if path is None or not path.is_file():
        abort(404)
    response = make_response(path.read_bytes())
    response.headers["Content-Type"] = LOGO_TYPES[path.suffix.lower()]
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
