"""The object that the entry point names keeps the interface's promises."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path

import pytest

from dray_qbo import connector
from dray_sdk import (
    INTERFACE,
    Batch,
    Connector,
    Create,
    Customer,
    DialsIn,
    Explains,
    Find,
    Identify,
    IsCalled,
    Judges,
    Kind,
    Links,
    LocalProtocolError,
    OAuth2,
    Operation,
    Pull,
    SendsWebhooks,
    Simulated,
    Update,
    Void,
)
from tests.connectors.qbo.drawn import BOOKS, KEY, plain

ROOT = Path(__file__).parents[3]
CODE = ROOT / "connectors" / "qbo" / "dray_qbo"


@pytest.mark.parametrize("facet", [Connector, IsCalled, Judges, Explains, Links, SendsWebhooks, Simulated])
def test_every_facet_is_there(facet: type) -> None:
    assert isinstance(connector, facet)


def test_it_calls_and_is_not_called() -> None:
    assert not isinstance(connector, DialsIn)
    assert not connector.capabilities.dialled_into


def test_it_says_what_it_is() -> None:
    assert (connector.interface, connector.name, connector.title) == (INTERFACE, "qbo", "QuickBooks Online")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert connector.version == project["version"]
    assert project["entry-points"]["dray.connectors"]["qbo"] == "dray_qbo:connector"


def test_whatever_is_declared_can_be_asked_and_nothing_else() -> None:
    declared = connector.capabilities
    operations: list[Operation] = [Create(plain()), Create(Customer("Acme")), Identify()]
    operations += [Update(Customer("Acme", books_id="1", revision="0")), Void(Kind.INVOICE, "1", "0")]
    operations += [Find(kind, books_id="1") for kind in declared.finds]
    operations += [Pull(kind) for kind in declared.pulls]
    for one in operations:
        assert connector.encode(Batch(KEY, (one,)), BOOKS).body
    refused: list[Operation] = [Void(Kind.PAYMENT, "1", "0")]
    refused += [Find(kind, books_id="1") for kind in Kind if kind not in declared.finds]
    refused += [Pull(kind) for kind in Kind if kind not in declared.pulls]
    for one in refused:
        with pytest.raises(LocalProtocolError):
            connector.encode(Batch(KEY, (one,)), BOOKS)
    assert declared.creates_when_missing <= declared.creates
    assert declared.resolves <= set(declared.finds)


def test_nothing_is_asked_about_a_lost_batch_that_could_post_it() -> None:
    assert connector.recover(Batch(KEY, (Create(plain()),)), BOOKS) is None
    assert not connector.capabilities.recovers
    assert connector.capabilities.repeats_for == 3600


def test_it_keeps_to_what_quickbooks_online_bears() -> None:
    timing = connector.timing
    assert connector.capabilities.batch == 30
    assert timing.carrier_over_after == 150
    # a slow answer is not a lost one: QuickBooks Online itself gives up after 120 seconds
    assert 120 < timing.answer_within < timing.carrier_over_after
    assert timing.requests_per_minute is not None
    assert timing.bulk_per_minute is not None
    assert timing.requests_per_minute <= 500
    assert timing.bulk_per_minute <= 40
    assert timing.at_once <= 10


# ---- settings


def settings(**given: str) -> dict[str, str]:
    return {f"DRAY_QBO_{name}": value for name, value in given.items()}


def test_the_settings_are_those_of_the_contract() -> None:
    declared = {one.name: one for one in connector.settings}
    assert {"DRAY_QBO_CLIENT_ID", "DRAY_QBO_CLIENT_SECRET", "DRAY_QBO_ENVIRONMENT", "DRAY_QBO_API_URL"} <= set(declared)
    assert declared["DRAY_QBO_ENVIRONMENT"].default == "sandbox"
    assert declared["DRAY_QBO_CLIENT_SECRET"].secret
    assert connector.webhook_secret in declared
    assert declared[connector.webhook_secret].secret
    assert all(one.help for one in connector.settings)


def test_authorization_is_data() -> None:
    authorization = connector.authorization
    assert isinstance(authorization, OAuth2)
    assert authorization.scopes == ("com.intuit.quickbooks.accounting",)
    assert authorization.books_parameter == "realmId"
    assert "sandbox" in authorization.discovery_for(settings(ENVIRONMENT="sandbox"))
    assert "sandbox" not in authorization.discovery_for(settings(ENVIRONMENT="production"))
    own = "http://localhost:8020/.well-known/openid_configuration"
    assert authorization.discovery_for(settings(ENVIRONMENT=own)) == own


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "https://sandbox-quickbooks.api.intuit.com"),
        (settings(ENVIRONMENT="production"), "https://quickbooks.api.intuit.com"),
        (settings(ENVIRONMENT="production", API_URL=""), "https://quickbooks.api.intuit.com"),
        (settings(API_URL="http://localhost:8020"), "http://localhost:8020"),
        (settings(API_URL="http://localhost:8020/"), "http://localhost:8020"),
        (settings(API_URL="http://localhost:8020/v3"), "http://localhost:8020"),
        (settings(API_URL="http://localhost:8020/v3/company/"), "http://localhost:8020"),
        (settings(ENVIRONMENT="http://own", API_URL="https://proxy.example/intuit"), "https://proxy.example/intuit"),
    ],
)
def test_the_address_follows_the_environment(given: dict[str, str], address: str) -> None:
    assert connector.address(given) == address


@pytest.mark.parametrize(
    "given",
    [settings(ENVIRONMENT="http://own/discovery"), settings(ENVIRONMENT="staging"), settings(API_URL="localhost"),
     settings(API_URL="https://x.example?a=1"), settings(API_URL="https://me:pw@x.example")],
)  # fmt: skip
def test_settings_that_name_no_address_are_told_by_name(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="DRAY_QBO_API_URL"):
        connector.address(given)


# ---- redaction


def test_secrets_and_personal_data_are_taken_out_of_transcripts() -> None:
    told = {
        "CompanyInfo": {
            "CompanyName": "Larkspur",
            "LegalAddr": {"Line1": "12 Harbour Row"},
            "CompanyAddr": {"Line1": "12 Harbour Row"},
            "PrimaryTaxIdentifier": "12-3456789",
        },
        "Employee": [{"DisplayName": "Robin", "SSN": "078-05-1120", "BirthDate": "1970-01-01"}],
        "Customer": {"DisplayName": "Acme", "PrimaryTaxIdentifier": "XXXXXX6789", "ResaleNum": "R-77"},
        "Payment": {"CreditCardPayment": {"CreditChargeInfo": {"Number": "4111111111111111"}}},
        "access_token": "eyJsecret",
        "refresh_token": "RT1-secret",
    }
    kept = connector.redaction.body(json.dumps(told).encode()).decode()
    for secret in ("Harbour Row", "3456789", "078-05-1120", "1970-01-01", "R-77", "4111", "eyJsecret", "RT1-secret"):
        assert secret not in kept
    for plain_text in ("Larkspur", "Robin", "Acme"):
        assert plain_text in kept
    headers = connector.redaction.header_fields({"authorization": "Bearer eyJsecret", "Intuit-Tid": "1-2"})
    assert headers == {"authorization": "[removed]", "Intuit-Tid": "1-2"}


def test_no_request_carries_a_credential() -> None:
    for operation in (Create(plain()), Identify(), Pull(Kind.ITEM), Find(Kind.INVOICE, number="1")):
        request = connector.encode(Batch(KEY, (operation,)), BOOKS)
        assert not {name.lower() for name in request.headers} & {"authorization", "cookie"}
        assert "token" not in request.path


# ---- purity

IMPURE = {
    "socket",
    "time",
    "random",
    "secrets",
    "os",
    "subprocess",
    "urllib.request",
    "requests",
    "sqlite3",
    "threading",
}


def test_the_translator_touches_no_clock_socket_or_chance() -> None:
    seen = 0
    for path in sorted(CODE.rglob("*.py")):
        if "simulator" in path.relative_to(CODE).parts:
            continue
        seen += 1
        for node in ast.walk(ast.parse(path.read_text())):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
            assert not names & IMPURE, path
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), path
    assert seen > 20


def test_the_pretend_quickbooks_is_started_by_the_connector(capsys: pytest.CaptureFixture[str]) -> None:
    assert connector.simulate(["--help"]) == 0
    assert "--company" in capsys.readouterr().out
    assert connector.simulate(["--no-such-thing"]) == 2


@pytest.mark.parametrize(
    ("environment", "host"),
    [({}, "sandbox.qbo.intuit.com"), ({"DRAY_QBO_ENVIRONMENT": "production"}, "qbo.intuit.com")],
)
def test_an_invoice_has_a_page_of_its_own(environment: dict[str, str], host: str) -> None:
    assert connector.page_of(Kind.INVOICE, "1&x", environment) == f"https://{host}/app/invoice?txnId=1%26x"
    assert connector.page_of(Kind.CUSTOMER, "1", environment) is None


def test_a_pretend_quickbooks_online_has_no_pages() -> None:
    assert connector.page_of(Kind.INVOICE, "1", {"DRAY_QBO_ENVIRONMENT": "http://localhost:9000/x"}) is None
