"""Calls of the token endpoint and of the revocation endpoint, by Authlib, and what their answers mean.

Given          tokens
GrantOver      `invalid_grant`: this code or refresh token is worth nothing (RFC 6749, section 5.2)
AppRefused     they do not take our application's id or secret, or what we ask for: an operator's business
NoTokens       anything else: no connection, no answer, an answer that is none. `left` tells whether the request may
               have been done all the same
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from dray.connections.oauth.application import Application
from dray.connections.oauth.discovery import Endpoints

__all__ = ["AppRefused", "Given", "GrantOver", "NoTokens", "exchange", "refresh", "revoke", "session_of"]

WITHIN: Final = 30.0
_LONGEST: Final = 16_384
_SHORT_LIFE: Final = 600


class GrantOver(Exception):
    """The code or token is worth nothing any more; the message is what the other side said."""


class AppRefused(Exception):
    """The other side does not take our application; the message is its own word."""


class NoTokens(Exception):
    """No answer that means anything. `left`: the request may have been done all the same."""

    def __init__(self, said: str, *, left: bool) -> None:
        super().__init__(said)
        self.left = left


@dataclass(frozen=True, slots=True)
class Given:
    """Tokens, and until when; None where the other side does not say."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_ends_at: dt.datetime
    refresh_ends_at: dt.datetime | None
    grant_ends_at: dt.datetime | None


def session_of(app: Application, *, state: str | None = None) -> OAuth2Session:
    """Authlib's session for our application. It renews nothing by itself: that needs a lock over processes."""
    return OAuth2Session(
        app.client_id,
        app.client_secret,
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 the name of a method
        scope=" ".join(app.oauth.scopes),
        redirect_uri=app.redirect_uri,
        state=state,
    )


def exchange(app: Application, endpoints: Endpoints, code: str, *, at: dt.datetime) -> Given:
    """Tokens for a code, which is good once. Raises GrantOver, AppRefused, NoTokens."""

    def ask(session: OAuth2Session) -> Mapping[str, Any]:
        said: Mapping[str, Any] = session.fetch_token(
            endpoints.token, grant_type="authorization_code", code=code, headers=_headers(app), **_CALL
        )
        return said

    return _given(app, _ask(app, ask), "", at)


def refresh(app: Application, endpoints: Endpoints, token: str, *, at: dt.datetime) -> Given:
    """New tokens for a refresh token; it may be a new one or the same. Raises GrantOver, AppRefused, NoTokens."""

    def ask(session: OAuth2Session) -> Mapping[str, Any]:
        session.scope = None  # the scopes stay those of the consent
        said: Mapping[str, Any] = session.refresh_token(
            endpoints.token, refresh_token=token, headers=_headers(app), **_CALL
        )
        return said

    return _given(app, _ask(app, ask), token, at)


def revoke(app: Application, endpoints: Endpoints, token: str) -> bool:
    """Tell the other side that the grant of this token is over. False where it could not be told, and should be told
    again; True also where it knew no such token."""
    if endpoints.revocation is None:
        return True
    with session_of(app) as session:
        auth = session.client_auth("client_secret_basic")
        body: dict[str, Any] = {"json" if app.oauth.revokes_with_json else "data": {"token": token}}
        headers = {"Accept": "application/json"}
        try:
            reply = session.request("POST", endpoints.revocation, auth=auth, headers=headers, **body, **_CALL)
        except requests.RequestException:
            return False
    return reply.status_code in (requests.codes.ok, requests.codes.no_content, requests.codes.bad_request)


# a redirect would carry the client's secret to somebody else
_CALL: Final[Mapping[str, Any]] = {"timeout": WITHIN, "allow_redirects": False}
_NOT_LEFT: Final = (requests.ConnectTimeout, requests.exceptions.ProxyError)
_OPERATORS: Final = frozenset(
    {"invalid_client", "unauthorized_client", "invalid_scope", "invalid_request", "unsupported_grant_type"}
)


def _headers(app: Application) -> dict[str, str]:
    return {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        **app.oauth.token_headers,
    }


def _ask(app: Application, ask: Callable[[OAuth2Session], Mapping[str, Any]]) -> Mapping[str, Any]:
    with session_of(app) as session:
        try:
            return ask(session)
        except OAuthError as refused:
            raise _refusal(str(refused.error), str(refused.description or "")) from None
        except requests.HTTPError as answered:
            # 429 and 5xx: it answered, and gave nothing
            status = answered.response.status_code if answered.response is not None else 0
            raise NoTokens(f"it answered {status}", left=status >= requests.codes.internal_server_error) from None
        except requests.RequestException as trouble:
            raise NoTokens(type(trouble).__name__, left=not isinstance(trouble, _NOT_LEFT)) from None
        except (ValueError, RecursionError):
            raise NoTokens("its answer could not be read", left=True) from None


def _refusal(error: str, description: str) -> Exception:
    said = f"{error}: {description}"[:300] if description else error[:300]
    if error == "invalid_grant":
        return GrantOver(said)
    return AppRefused(said) if error in _OPERATORS else NoTokens(said, left=True)


def _given(app: Application, said: Mapping[str, Any], before: str, at: dt.datetime) -> Given:
    access, renewed = said.get("access_token"), said.get("refresh_token") or before
    if not _is_token(access) or not _is_token(renewed):
        raise NoTokens("its answer holds no tokens", left=True)
    return Given(
        access=str(access),
        refresh=str(renewed),
        access_ends_at=_end(said.get("expires_in"), at) or at + dt.timedelta(seconds=_SHORT_LIFE),
        refresh_ends_at=_end(said.get(app.oauth.refresh_lifetime or ""), at),
        grant_ends_at=_end(said.get(app.oauth.grant_lifetime or ""), at),
    )


def _is_token(value: object) -> bool:
    """What can travel in a header, and is no page by mistake."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isascii() and not _spaced(value)


def _spaced(value: str) -> bool:
    return any(char <= " " or char == "\x7f" for char in value)


def _end(seconds: object, at: dt.datetime) -> dt.datetime | None:
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit() and len(seconds) < 12:
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 10**10:
        return None
    return at + dt.timedelta(seconds=float(seconds))
