"""What protects people's browsers: headers on every answer, and a token in every form that is posted."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from dray.extensions import dray

__all__ = ["CONTENT_SECURITY_POLICY", "HEADERS", "register"]

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The origin's own pages need it for the check of forms; addresses of one-time links must not travel further.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

# Callers there bring a token or a password in every call; no browser sends those by itself.
WITHOUT_FORMS: Final = frozenset({"health", "measures"})

csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Protect every browser's post by a token, and every answer by headers."""
    csrf.init_app(app)

    @app.before_request
    def check_form() -> None:
        # An address that there is not is answered as such, whoever posts to it.
        known = request.url_rule is not None
        browsers = request.blueprint not in WITHOUT_FORMS and not request.path.startswith("/api/")
        if known and browsers:
            csrf.protect()  # looks only at methods that change something

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if dray().settings.public_url.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "private, no-cache" if response.get_etag()[0] else "no-store")
        return response
