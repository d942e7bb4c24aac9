"""The OAuth 2 endpoints that machines call: discovery, tokens, revocation, keys, who the user is."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from dray_qbo.simulator import answers, exact
from dray_qbo.simulator.grants import GrantRefused, Tokens
from dray_qbo.simulator.id_tokens import SUBJECT
from dray_qbo.simulator.intuit import Intuit

DISCOVERY = ("/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration")
AUTHORIZE = "/connect/oauth2"
TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 an address
REVOKE = "/v2/oauth2/tokens/revoke"
USER_INFO = "/v1/openid_connect/userinfo"
ISSUER = "/op/v1"
JWKS = "/op/v1/jwks"
CAP_HEADER = "x-include-refresh-token-hard-expires-in"

_PERSON: Mapping[str, Mapping[str, Any]] = {
    "email": {"email": "robin@larkspur.example", "emailVerified": True},
    "profile": {"givenName": "Robin", "familyName": "Sample"},
    "phone": {"phoneNumber": "+1 5550101000", "phoneNumberVerified": False},
    "address": {
        "address": {
            "streetAddress": "12 Harbour Row",
            "locality": "Bayview",
            "region": "CA",
            "postalCode": "94100",
            "country": "US",
        }
    },
}


def discovery(intuit: Intuit, request: Request) -> Response:
    """The discovery document; its addresses are those of the server that was asked."""
    here = request.host_url.rstrip("/")
    return answers.oauth(
        intuit,
        {
            "issuer": here + ISSUER,
            "authorization_endpoint": here + AUTHORIZE,
            "token_endpoint": here + TOKEN,
            "userinfo_endpoint": here + USER_INFO,
            "revocation_endpoint": here + REVOKE,
            "jwks_uri": here + JWKS,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
        },
    )


def token(intuit: Intuit, request: Request) -> Response:
    """Tokens for a code or a refresh token. The client says who it is by Basic or in the form."""
    if intuit.faults.token_slow:
        intuit.pause(intuit.faults.token_slow)
    if intuit.faults.strikes("token_unavailable"):
        return answers.page(intuit, 503, "503 Service Temporarily Unavailable")
    form = request.form
    if not _authenticated(intuit, request, form):
        return _invalid_client(intuit)
    grant_type = form.get("grant_type")
    try:
        with intuit.lock:
            if grant_type == "authorization_code":
                given = intuit.grants.exchange(form.get("code", ""), form.get("redirect_uri", ""), intuit.now())
            elif grant_type == "refresh_token":
                given = _refreshed(intuit, form.get("refresh_token", ""))
            elif grant_type:
                return answers.oauth(intuit, {"error": "unsupported_grant_type"}, 400)
            else:
                return answers.oauth(intuit, {"error": "invalid_request"}, 400)
    except GrantRefused as refused:
        return answers.oauth(intuit, {"error": "invalid_grant", "error_description": str(refused)}, 400)
    if grant_type == "refresh_token" and intuit.faults.strikes("refresh_lost"):
        raise answers.Hung
    return answers.oauth(intuit, _said(intuit, request, given))


def revoke(intuit: Intuit, request: Request) -> Response:
    """Ends a grant. The token comes as JSON or in a form; 200 says nothing."""
    form: Mapping[str, Any] = request.form
    if "json" in request.headers.get("Content-Type", ""):
        try:
            body = exact.read(request.get_data())
        except ValueError:
            body = None
        form = body if isinstance(body, dict) else {}
    if not _authenticated(intuit, request, form):
        return _invalid_client(intuit)
    with intuit.lock:
        known = intuit.grants.revoke(str(form.get("token", "")))
    if not known:
        return answers.oauth(intuit, {"error": "invalid_request"}, 400)
    response = answers.oauth(intuit, {})
    response.set_data(b"")
    return response


def user_info(intuit: Intuit, request: Request) -> Response:
    """Who gave the consent, as far as its scope tells."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    with intuit.lock:
        grant = intuit.grants.holder(bearer, intuit.now()) if scheme.lower() == "bearer" else None
    if grant is None or "openid" not in grant.scope.split():
        response = answers.oauth(intuit, {"error": "invalid_token"}, 401)
        response.headers["WWW-Authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
        return response
    said: dict[str, Any] = {"sub": SUBJECT}
    for scope, facts in _PERSON.items():
        if scope in grant.scope.split():
            said |= facts
    return answers.oauth(intuit, said)


def jwks(intuit: Intuit, _request: Request) -> Response:
    """The key that signs id_tokens."""
    with intuit.lock:
        return answers.oauth(intuit, intuit.id_tokens.jwks())


def _refreshed(intuit: Intuit, refresh: str) -> Tokens:
    if intuit.faults.strikes("refresh_refused"):
        raise GrantRefused("Incorrect or invalid refresh token")
    return intuit.grants.refresh(refresh, intuit.now())


def _said(intuit: Intuit, request: Request, given: Tokens) -> dict[str, Any]:
    said: dict[str, Any] = {
        "token_type": "bearer",
        "access_token": given.access,
        "expires_in": 3600,
        "refresh_token": given.refresh,
        "x_refresh_token_expires_in": given.refresh_seconds,
    }
    if request.headers.get(CAP_HEADER, "").lower() == "true":
        said["x_refresh_token_hard_expires_in"] = given.cap_seconds
    if "openid" in given.scope.split():
        issuer = request.host_url.rstrip("/") + ISSUER
        with intuit.lock:
            made = intuit.id_tokens.make(issuer, intuit.app.client_id, given.realm_id, intuit.now())
        said["id_token"] = made
    return said


def _authenticated(intuit: Intuit, request: Request, form: Mapping[str, Any]) -> bool:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
    else:
        name, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
    wanted = f"{intuit.app.client_id}:{intuit.app.client_secret}"
    return secrets.compare_digest(f"{name}:{secret}".encode(), wanted.encode())


def _invalid_client(intuit: Intuit) -> Response:
    response = answers.oauth(intuit, {"error": "invalid_client"}, 401)
    response.headers["WWW-Authenticate"] = 'Basic realm="Intuit"'
    return response
