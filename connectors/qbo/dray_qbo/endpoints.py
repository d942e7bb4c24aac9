"""Where QuickBooks Online is: its addresses by environment, and the settings that choose among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from dray_sdk import OAuth2, Setting

CLIENT_ID = "DRAY_QBO_CLIENT_ID"
CLIENT_SECRET = "DRAY_QBO_CLIENT_SECRET"  # noqa: S105 - the name of the setting
ENVIRONMENT = "DRAY_QBO_ENVIRONMENT"
API_URL = "DRAY_QBO_API_URL"
WEBHOOK_TOKEN = "DRAY_QBO_WEBHOOK_TOKEN"  # noqa: S105 - the name of the setting

_DISCOVERY = "https://developer.intuit.com/.well-known/"
_ENVIRONMENTS: Mapping[str, str] = MappingProxyType(
    {
        "sandbox": f"{_DISCOVERY}openid_sandbox_configuration/",
        "production": f"{_DISCOVERY}openid_configuration/",
    }
)
_APIS: Mapping[str, str] = MappingProxyType(
    {
        "sandbox": "https://sandbox-quickbooks.api.intuit.com",
        "production": "https://quickbooks.api.intuit.com",
    }
)

SETTINGS: tuple[Setting, ...] = (
    Setting(CLIENT_ID, "the client id of your app in Intuit's developer portal"),
    Setting(CLIENT_SECRET, "the client secret of that app", secret=True),
    Setting(
        ENVIRONMENT,
        "which of Intuit's worlds it belongs to: `sandbox`, `production` or the address of a discovery document",
        "sandbox",
    ),
    Setting(API_URL, "the address below which companies are asked; by the environment where it is left out"),
    Setting(WEBHOOK_TOKEN, "the verifier token of the app's webhooks", secret=True),
)

AUTHORIZATION = OAuth2(
    discovery=_ENVIRONMENTS["sandbox"],
    # there is no narrower scope that may write invoices, and nothing is asked of the person who connects
    scopes=("com.intuit.quickbooks.accounting",),
    client_id_setting=CLIENT_ID,
    client_secret_setting=CLIENT_SECRET,
    environment_setting=ENVIRONMENT,
    environments=_ENVIRONMENTS,
    sample_environments=frozenset({"sandbox"}),
    books_parameter="realmId",
    # Intuit tells the five-year end of a grant only to whoever asks
    token_headers=MappingProxyType({"x-include-refresh-token-hard-expires-in": "true"}),
    refresh_lifetime="x_refresh_token_expires_in",
    grant_lifetime="x_refresh_token_hard_expires_in",
    revokes_with_json=True,
)

_PAGES: Mapping[str, str] = MappingProxyType(
    {"sandbox": "https://sandbox.qbo.intuit.com", "production": "https://qbo.intuit.com"}
)

_COMPANY_PATH = re.compile(r"/+(?:v3(?:/company)?/*)?$", re.ASCII)


def page_of_invoice(books_id: str, settings: Mapping[str, str]) -> str | None:
    """Where a person who is signed in sees the invoice. None for a pretend QuickBooks Online, which has no pages."""
    host = _PAGES.get(settings.get(ENVIRONMENT) or "sandbox")
    return None if host is None else f"{host}/app/invoice?{urlencode({'txnId': books_id})}"


def address(settings: Mapping[str, str]) -> str:
    """The address below which `/v3/company/…` lies, without a slash at its end. ValueError, naming the setting, where
    there is none, or one that is not an address."""
    given = (settings.get(API_URL) or "").strip()
    if not given:
        environment = settings.get(ENVIRONMENT) or "sandbox"
        if environment not in _APIS:
            raise ValueError(f"{API_URL} must be given where {ENVIRONMENT} is neither sandbox nor production")
        return _APIS[environment]
    if not given.startswith(("https://", "http://")) or any(char in given for char in "?#@ "):
        raise ValueError(f"{API_URL} is {given!r}; it should be an address such as https://quickbooks.api.intuit.com")
    # people copy the address with the path that every request carries anyway
    return _COMPANY_PATH.sub("", given)
