"""Pages for what went wrong: plain words, what to do next, and for our own faults a number for the support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from flask import Flask, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from dray.logs import request_id
from dray.web.access import own_address


@dataclass(frozen=True, slots=True)
class Action:
    """A button of an error page."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What an error page says. `label` is the pill, `reference` what the support looks for in the logs."""

    label: str
    title: str
    sentence: str
    tone: str = "s-warn"
    icon: str = "alert"
    reference: str = ""
    actions: tuple[Action, ...] = ()


FAILURES: Final[Mapping[int, Failure]] = {
    400: Failure(
        "Not understood",
        "This request could not be read",
        "Nothing was changed. Go back, reload the page and try once more.",
    ),
    401: Failure("Signed out", "Please sign in again", "Your session is over. Nothing was changed by this page."),
    403: Failure(
        "Not allowed",
        "Your role does not include this",
        "Nothing was changed. Ask an admin of your company to do it, or to give you the right.",
        icon="lock",
    ),
    404: Failure(
        "Not here",
        "There is nothing at this address",
        "It may have been deleted, or the address has a typing mistake. Your list has everything that you can see.",
        tone="s-idle",
        icon="search",
    ),
    405: Failure(
        "Not like this",
        "This address cannot be opened by itself",
        "It belongs to a button. Nothing was changed. Start again from the list.",
        tone="s-idle",
        icon="info",
    ),
    413: Failure(
        "Too large",
        "That was too much at once",
        "Nothing was changed. Send it in smaller parts.",
    ),
    429: Failure(
        "Too often",
        "Too many tries in a short time",
        "Nothing is locked and nothing was changed. Wait a minute, then try again.",
        icon="clock",
    ),
    500: Failure(
        "Page did not load",
        "Something stopped on our side",
        "Your invoices are safe: what was sent goes on as planned. The list shows whether the last press took effect.",
        tone="s-bad",
    ),
}
_EXPIRED: Final = Failure(
    "Page too old",
    "This page was open too long",
    "Nothing was changed. Load the page again, then repeat the last step.",
    icon="clock",
)


def register(app: Flask) -> None:
    """Answer people's errors with pages; machines' addresses keep their own kind of answer.

    What nobody caught arrives as a 500 too, after Flask has written it to the log under the request's id.
    """
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _show)


def for_machines() -> bool:
    """Whether the address is one that programs call, which have their own words for errors."""
    return request.blueprint in {"mounts", "health", "measures"} or request.path.startswith("/api/")


def _expired(error: CSRFError) -> tuple[str, int]:
    return _page(_EXPIRED, 400)


def _show(error: HTTPException) -> Response | HTTPException | tuple[str, int]:
    if for_machines() or error.response is not None or error.code is None or error.code < 400:
        return error
    status = error.code if error.code in FAILURES else 500 if error.code >= 500 else 400
    return _page(FAILURES[status], error.code)


def _page(failure: Failure, status: int) -> tuple[str, int]:
    reference = request_id()[:12] if status >= 500 else ""
    shown = replace(failure, reference=reference, actions=_actions(status))
    return render_template("failures/failure.html", failure=shown), status


def _actions(status: int) -> tuple[Action, ...]:
    home = Action("Go to the invoices", url_for("web.home"))
    if status == 401:
        return (Action("Sign in", url_for("web.login")),)
    again = own_address(request.full_path.rstrip("?")) if request.method == "GET" else None
    if status >= 500 and again:
        return (Action("Try again", again), home)
    return (home,)
