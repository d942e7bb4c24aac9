"""Intuit's own OAuth client and python-quickbooks work against the pretend QuickBooks Online."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from dray_qbo.simulator import App, Company, Intuit, Limits, Server

intuitlib_client = pytest.importorskip("intuitlib.client", reason="intuit-oauth is not installed")
intuitlib_enums = pytest.importorskip("intuitlib.enums", reason="intuit-oauth is not installed")
intuitlib_errors = pytest.importorskip("intuitlib.exceptions", reason="intuit-oauth is not installed")
quickbooks = pytest.importorskip("quickbooks", reason="python-quickbooks is not installed")

CALLBACK = "http://localhost:8000/oauth/qbo/callback"


@pytest.fixture
def server() -> Iterator[Server]:
    company = Company.sample("9341450000000009", custom_txn_numbers=True)
    app = App(redirect_uris=(CALLBACK,))
    with Server(Intuit(company, app=app, limits=Limits.none())) as running:
        yield running


@pytest.fixture
def auth(server: Server) -> Any:
    app = server.intuit.app
    environment = f"{server.url}/.well-known/openid_configuration"
    return intuitlib_client.AuthClient(app.client_id, app.client_secret, CALLBACK, environment)


@pytest.fixture
def connected(server: Server, auth: Any) -> Any:
    scopes = [intuitlib_enums.Scopes.ACCOUNTING, intuitlib_enums.Scopes.OPENID, intuitlib_enums.Scopes.EMAIL]
    code, realm_id = _consented(auth.get_authorization_url(scopes, "state-1"), "9341450000000009")
    auth.get_bearer_token(code, realm_id=realm_id)
    return auth


@pytest.fixture
def client(server: Server, connected: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from quickbooks.client import QuickBooks

    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{server.url}/v3")
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{server.url}/v3")
    return QuickBooks(
        auth_client=connected, refresh_token=connected.refresh_token, company_id=connected.realm_id, minorversion=75
    )


def test_intuits_client_connects_refreshes_and_revokes(connected: Any) -> None:
    first = connected.refresh_token
    assert connected.get_user_info().json()["email"] == "robin@larkspur.example"
    assert connected.x_refresh_token_expires_in == 8_726_400
    connected.refresh()
    assert connected.refresh_token != first
    with pytest.raises(intuitlib_errors.AuthClientError, match="invalid_grant"):
        connected.refresh(refresh_token=first)
    connected.refresh()
    assert connected.revoke() is True
    with pytest.raises(intuitlib_errors.AuthClientError, match="invalid_grant"):
        connected.refresh()


def test_intuits_client_finds_the_id_token_signed_with_the_published_key(connected: Any) -> None:
    """It keeps only a token whose signature, issuer, audience and time it has checked."""
    assert connected.id_token
    claims = base64.urlsafe_b64decode(connected.id_token.split(".")[1] + "==")
    assert json.loads(claims)["realmid"] == connected.realm_id


def test_python_quickbooks_reads_creates_changes_voids_and_deletes(client: Any) -> None:
    from quickbooks.objects.company_info import CompanyInfo
    from quickbooks.objects.customer import Customer
    from quickbooks.objects.invoice import Invoice
    from quickbooks.objects.item import Item
    from quickbooks.objects.preferences import Preferences

    assert CompanyInfo.get(client.company_id, qb=client).CompanyName == "Larkspur Test Company"
    assert Preferences.get(qb=client).SalesFormsPrefs.CustomTxnNumbers is True
    assert {item.Name for item in Item.query("SELECT *, Sku FROM Item WHERE Active = True", qb=client)} >= {"Services"}
    assert Customer.count("Active = True", qb=client) == 4

    customer = Customer()
    customer.DisplayName = "Marsh's Mill"
    customer.save(qb=client)
    assert Customer.filter(DisplayName="Marsh's Mill", qb=client)[0].Id == customer.Id
    customer.CompanyName = "Marsh and Mill"
    customer.save(qb=client)
    assert Customer.get(customer.Id, qb=client).SyncToken == "1"

    invoice = _invoice("M-1", customer.to_ref(), 12.34)
    invoice.save(qb=client, request_id="mill-1")
    created = Invoice.get(invoice.Id, qb=client)
    assert (created.DocNumber, created.TotalAmt, created.Balance) == ("M-1", 12.34, 12.34)
    again = _invoice("M-1", customer.to_ref(), 12.34)
    again.save(qb=client, request_id="mill-1")
    assert again.Id == invoice.Id
    assert Invoice.where("DocNumber = 'M-1'", order_by="TxnDate DESC", qb=client)[0].Id == invoice.Id
    assert invoice.download_pdf(qb=client).startswith(b"%PDF")
    invoice.send(qb=client, send_to="mill@marsh.example")
    assert Invoice.get(invoice.Id, qb=client).EmailStatus == "EmailSent"
    Invoice.get(invoice.Id, qb=client).void(qb=client)
    voided = Invoice.get(invoice.Id, qb=client)
    assert (voided.TotalAmt, voided.PrivateNote) == (0, "Voided")
    voided.delete(qb=client)
    assert Invoice.where("DocNumber = 'M-1'", qb=client) == []


def test_python_quickbooks_pays_and_voids_a_payment(client: Any) -> None:
    from quickbooks.objects.customer import Customer
    from quickbooks.objects.detailline import DetailLine
    from quickbooks.objects.invoice import Invoice
    from quickbooks.objects.payment import Payment

    customer = Customer.get("1", qb=client)
    invoice = _invoice("P-1", customer.to_ref(), 80)
    invoice.save(qb=client)
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = customer.to_ref(), 80
    line = DetailLine()
    line.Amount, line.DetailType = 80, ""
    line.LinkedTxn = [invoice.to_linked_txn()]
    payment.Line = [line]
    payment.save(qb=client)
    assert Invoice.get(invoice.Id, qb=client).Balance == 0
    Payment.get(payment.Id, qb=client).void(qb=client)
    assert Invoice.get(invoice.Id, qb=client).Balance == 80


def test_python_quickbooks_sends_batches_and_asks_for_changes(client: Any) -> None:
    from quickbooks.batch import batch_create
    from quickbooks.cdc import change_data_capture
    from quickbooks.objects.customer import Customer
    from quickbooks.objects.invoice import Invoice

    customer = Customer.get("2", qb=client).to_ref()
    sent = [_invoice(f"B-{at}", customer, at) for at in range(1, 34)]
    sent[4].DocNumber = "B-4"
    answer = batch_create(sent, qb=client)
    assert len(answer.successes) == 32
    (fault,) = answer.faults
    assert (fault.original_object.TotalAmt, fault.Error[0].code) == ("", "6140")
    changes = change_data_capture([Invoice, Customer], _yesterday(), qb=client)
    assert len(changes.Invoice) == 32


def test_python_quickbooks_understands_every_refusal(client: Any) -> None:
    from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, ValidationException
    from quickbooks.objects.customer import Customer
    from quickbooks.objects.invoice import Invoice

    taken = Customer()
    taken.DisplayName = "Birch Supply"  # a vendor
    with pytest.raises(QuickbooksException) as refused:
        taken.save(qb=client)
    assert refused.value.error_code == 6240
    with pytest.raises(ObjectNotFoundException):
        Invoice.get("99999", qb=client)
    with pytest.raises(ValidationException):
        Invoice.query("SELECT * FROM Invoice WHERE Line = '1'", qb=client)


def test_two_workers_that_refresh_with_one_token_lose_one_of_them(server: Server, connected: Any) -> None:
    """The hazard that a connector has to avoid: strict rotation refuses the second."""
    app = server.intuit.app
    environment = f"{server.url}/.well-known/openid_configuration"
    other = intuitlib_client.AuthClient(app.client_id, app.client_secret, CALLBACK, environment)
    shared = connected.refresh_token
    connected.refresh()
    with pytest.raises(intuitlib_errors.AuthClientError, match="invalid_grant"):
        other.refresh(refresh_token=shared)


def _consented(address: str, realm_id: str) -> tuple[str, str]:
    """A person looks at the page and presses Connect; the code and realm that come back."""
    page = requests.get(address, timeout=5)
    assert "Larkspur Test Company" in page.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    pressed = requests.post(
        address, data={**asked, "realm": realm_id, "decision": "allow"}, allow_redirects=False, timeout=5
    )
    assert pressed.status_code == 302
    came_back = parse_qs(urlsplit(pressed.headers["Location"]).query)
    assert came_back["state"] == ["state-1"]
    return came_back["code"][0], came_back["realmId"][0]


def _invoice(number: str, customer: Any, amount: float) -> Any:
    from quickbooks.objects.base import Ref
    from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
    from quickbooks.objects.invoice import Invoice

    item = Ref()
    item.value = "4"
    detail = SalesItemLineDetail()
    detail.ItemRef = item
    line = SalesItemLine()
    line.Amount, line.SalesItemLineDetail = amount, detail
    invoice = Invoice()
    invoice.DocNumber, invoice.CustomerRef, invoice.Line = number, customer, [line]
    return invoice


def _yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).isoformat()
