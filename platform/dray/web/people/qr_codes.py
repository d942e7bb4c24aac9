"""The secret of a second factor as a QR code: an SVG of our own, which no other machine ever sees."""

from __future__ import annotations

import io

import segno
from flask import abort, make_response
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.web.access import database
from dray_tenants import second_factor
from dray_tenants.models import User
from dray_tenants.second_factor import Enrolment

__all__ = ["answer", "enrolment_of", "picture"]


def enrolment_of(user: User) -> Enrolment | None:
    """The secret that waits for its first code; None once it counts."""
    parts = dray()
    return second_factor.enrolment(database(), parts.vault.keys, user, issuer=parts.settings.product_name)


def answer(user: User) -> Response:
    """The picture of that secret; 404 where none waits."""
    enrolment = enrolment_of(user)
    if enrolment is None:
        abort(404)
    response = make_response(picture(enrolment.address))
    response.headers["Content-Type"] = "image/svg+xml"
    response.headers["Cache-Control"] = "no-store"
    return response


def picture(text: str) -> bytes:
    """A QR code, dark on light in both themes, because cameras read no other, with the quiet edge that they need."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=5, border=4, dark="#000", light="#fff")
    return drawn.getvalue()
