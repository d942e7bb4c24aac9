"""Browsers that people know: which one has signed somebody in before, and what to call each of them.

The cookie is signed and holds a random name of the browser and the ids of the people who signed in with it. It opens
nothing: it only keeps strangers' tries from slowing this browser down.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray_tenants.models import User

__all__ = ["Device", "device_of", "named", "remember"]

COOKIE: Final = "dray_device"
_YEAR: Final = 365 * 24 * 3600
_MOST_PEOPLE: Final = 8


@dataclass(frozen=True, slots=True)
class Device:
    """This browser: its random name, and who has signed in with it."""

    name: str
    people: tuple[str, ...]


def device_of(user: User | None) -> str | None:
    """The name of this browser, if this person has signed in with it before."""
    device = _read()
    return device.name if device is not None and user is not None and user.public_id in device.people else None


def remember(user: User) -> None:
    """Note in the answer's cookie that this person has signed in with this browser."""
    before = _read()
    name = before.name if before else secrets.token_urlsafe(16)
    others = tuple(each for each in (before.people if before else ()) if each != user.public_id)
    value = _signer().dumps([name, [user.public_id, *others][:_MOST_PEOPLE]])
    secure = dray().settings.public_url.startswith("https://")

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(COOKIE, value, max_age=_YEAR, httponly=True, samesite="Lax", secure=secure)
        return response


def named(user_agent: str) -> str:
    """What a person would call the browser: "Chrome on Windows". A name nobody knows is "A browser"."""
    browser = _first(user_agent, _BROWSERS) or "A browser"
    system = _first(user_agent, _SYSTEMS)
    return f"{browser} on {system}" if system else browser


# In this order: most browsers claim to be the others too.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def _first(text: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in table if sign in text), "")


def _read() -> Device | None:
    try:
        name, people = _signer().loads(request.cookies.get(COOKIE, ""), max_age=_YEAR)
    except (BadSignature, ValueError, TypeError):
        return None
    return Device(str(name), tuple(str(each) for each in people))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="dray known device")
