"""One request to books that we call, and what became of it.

    answer      the books (or something in front of them) said something: `Answer`, whatever its status
    unreached   no connection was made: nothing has left, which is certain
    unanswered  it has left, wholly or in part, and nobody said what became of it
    broken_off  an answer began and did not end

Nothing is ever sent a second time here, and no redirect is followed: both are the engine's to decide.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3
from requests.auth import AuthBase

from dray_sdk import Answer, Failure, LocalProtocolError, NoAnswer, Request, Response

__all__ = ["LARGEST_ANSWER", "send"]

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes, unpacked. More than that is no answer of an accounting system."""

_CONNECT_WITHIN: Final = 10.0
_PIECE: Final = 64 * 1024


def send(
    request: Request, address: str, token: str, timeout: float, *, session: requests.Session | None = None
) -> Response:
    """Send the request's exact bytes to `address` + its path, with the bearer `token`, and wait `timeout` seconds.

    Never raises for what the network or the other side does: that is a Failure, whose code is a NoAnswer. `session`
    is for tests; otherwise connections are kept and used again, each thread its own. LocalProtocolError for a path that
    does not begin with a slash.
    """
    if not request.path.startswith("/"):
        raise LocalProtocolError(f"a request's path begins with a slash; {request.path[:80]!r} does not")
    until = time.monotonic() + timeout
    try:
        with _open(request, address + request.path, token, timeout, session or _session()) as reply:
            return _read(reply, until)
    except requests.RequestException as trouble:
        return Failure(_what_it_was(trouble).value, _said(trouble))


@contextmanager
def _open(
    request: Request, url: str, token: str, timeout: float, session: requests.Session
) -> Iterator[requests.Response]:
    with session.request(
        request.method,
        url,
        data=request.body or None,
        headers=dict(request.headers),
        auth=_Bearer(token),
        timeout=(min(timeout, _CONNECT_WITHIN), timeout),
        allow_redirects=False,
        stream=True,
    ) as reply:
        yield reply


def _read(reply: requests.Response, until: float) -> Response:
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in reply.iter_content(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                return Failure(NoAnswer.BROKEN_OFF.value, f"the answer has more than {LARGEST_ANSWER} bytes")
            if time.monotonic() > until:
                return Failure(NoAnswer.BROKEN_OFF.value, "the answer came too slowly")
    except requests.RequestException as trouble:
        # its head came, so the books had the request in their hands
        return Failure(NoAnswer.BROKEN_OFF.value, _said(trouble))
    return Answer(b"".join(pieces), reply.status_code, dict(reply.headers))


class _Bearer(AuthBase):
    """Given as `auth`, so that a forgotten ~/.netrc cannot put other credentials in the token's place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


# Raised only while a connection is being made, before a byte of the request is written.
_BEFORE_IT_LEFT: Final = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.ProxyError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
)


def _what_it_was(trouble: requests.RequestException) -> NoAnswer:
    if any(isinstance(each, _BEFORE_IT_LEFT) for each in _causes(trouble)):
        return NoAnswer.UNREACHED
    if isinstance(trouble, requests.exceptions.ChunkedEncodingError):
        return NoAnswer.BROKEN_OFF
    return NoAnswer.UNANSWERED


def _causes(trouble: BaseException) -> Iterator[BaseException]:
    """The error and what lies under it: requests puts urllib3's inside `args`, urllib3 its own under `reason`.

    Not `__context__`: that also leads to whatever was being dealt with when this request was made.
    """
    seen: list[BaseException] = []
    todo: list[object] = [trouble]
    while todo:
        each = todo.pop()
        if not isinstance(each, BaseException) or each in seen:
            continue
        seen.append(each)
        yield each
        todo += [*each.args, getattr(each, "reason", None), each.__cause__]


def _said(trouble: BaseException) -> str:
    """The kind of error alone: its text may repeat an address with everything in it."""
    return " < ".join(dict.fromkeys(type(each).__name__ for each in _causes(trouble)))[:200]


_local = threading.local()


def _session() -> requests.Session:
    found: requests.Session | None = getattr(_local, "session", None)
    if found is None:
        found = _local.session = requests.Session()
        found.headers["User-Agent"] = "dray"
        # One company's cookies have no business in another's calls.
        found.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return found


def _start_anew() -> None:
    """A forked child must not speak into its parent's connections."""
    global _local  # noqa: PLW0603
    _local = threading.local()


os.register_at_fork(after_in_child=_start_anew)
