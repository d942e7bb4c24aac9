"""The pretend QuickBooks Online as the conformance kit talks to it: in this process, without a port or a clock."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import requests

from dray_qbo.simulator import exact, webhooks
from dray_qbo.simulator.application import application
from dray_qbo.simulator.company import SAMPLE_REALM, Company
from dray_qbo.simulator.intuit import Intuit
from dray_qbo.simulator.session_adapter import WsgiAdapter
from dray_sdk import (
    Answer,
    Books,
    Failure,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    NoAnswer,
    Purpose,
    Reference,
    Request,
    Response,
)
from dray_sdk.testing.pretend import Mishap

_ADDRESS = "https://quickbooks.example"
_NOON = dt.datetime(2026, 3, 2, 20, tzinfo=dt.UTC)
_TAX_NUMBER = "canary-987-65-4321"
_STRANGE: Mapping[str, Any] = MappingProxyType(
    {"Fault": {"Error": [{"Message": "Quite unheard of", "code": "98765"}], "type": "UnheardOf"}}
)

_DIALS: Mapping[Mishap, str] = MappingProxyType(
    {
        Mishap.THROTTLED: "throttled",
        Mishap.SIGNED_OUT: "unauthorized",
        Mishap.FAILS_AFTER: "system_failure_after",
        Mishap.REVERSED: "batch_reversed",
        Mishap.DOUBLED: "batch_doubled",
    }
)


class PretendOnline:
    """One sample company that takes the numbers it is sent."""

    books = Books("", id=SAMPLE_REALM)
    holds: Mapping[Kind, Reference] = MappingProxyType(
        {
            Kind.CUSTOMER: Reference(Kind.CUSTOMER, "Birch & Sons", "cus_1", "2"),
            Kind.ITEM: Reference(Kind.ITEM, "Hours", books_id="2"),
            Kind.VENDOR: Reference(Kind.VENDOR, "Harbour Tools", books_id="31"),
            Kind.TERMS: Reference(Kind.TERMS, "Net 30", books_id="3"),
            Kind.CLASS: Reference(Kind.CLASS, "East", books_id="100"),
        }
    )
    mishaps = frozenset({*_DIALS, Mishap.REFUSED, Mishap.UNKNOWN_STATUS, Mishap.FORGETS, Mishap.CURSOR_EXPIRED})
    secrets: tuple[str, ...] = (_TAX_NUMBER,)

    def __init__(self) -> None:
        self.company = Company.sample(custom_txn_numbers=True)
        self.company.entities["Customer"]["2"]["PrimaryTaxIdentifier"] = _TAX_NUMBER
        self.now = _NOON
        self.intuit = Intuit(
            self.company,
            clock=lambda: self.now,
            dice=random.Random(3),  # noqa: S311  the same every time
            pause=lambda _seconds: None,
        )
        self._token = self.intuit.connect().access
        self._session = requests.Session()
        self._session.mount(_ADDRESS, WsgiAdapter(application(self.intuit)))
        self._strange = False
        self._acts: Mapping[Mishap, Callable[[], None]] = {
            Mishap.REFUSED: self._close_the_year,
            Mishap.UNKNOWN_STATUS: self._be_strange,
            Mishap.FORGETS: self.company.remembered.clear,
            Mishap.CURSOR_EXPIRED: self._let_time_pass,
        }

    def carry(self, request: Request) -> Response:
        """Adds the token, and brings back what a transport would."""
        headers = {**request.headers, "Authorization": f"Bearer {self._token}"}
        # a minute between two requests, so that nobody is told to slow down
        self.now += dt.timedelta(minutes=1)
        try:
            found = self._session.request(request.method, _ADDRESS + request.path, data=request.body, headers=headers)
        except requests.exceptions.ReadTimeout:
            return Failure(NoAnswer.UNANSWERED)
        except requests.exceptions.RequestException:
            return Failure(NoAnswer.BROKEN_OFF)
        body = found.content
        if self._strange and request.purpose is Purpose.WRITE:
            self._strange = False
            body = _made_strange(body)
        return Answer(body, found.status_code, dict(found.headers))

    def invoices(self) -> tuple[Invoice, ...]:
        """What the company holds."""
        return tuple(map(self._invoice, self.company.all("Invoice")))

    def befall(self, mishap: Mishap) -> None:
        """Turns the dial of that name, or does it here."""
        if mishap in _DIALS:
            setattr(self.intuit.faults, _DIALS[mishap], 1)
            return
        self._acts[mishap]()

    def ring(self, secret: str) -> tuple[Mapping[str, str], bytes]:
        """A webhook about one customer, signed as Intuit signs."""
        event = webhooks.Event(SAMPLE_REALM, "Customer", "2", "Update", self.now)
        body = webhooks.body(webhooks.Style.CLOUD_EVENTS, [event], ["8f2c"])
        return webhooks.headers(body, secret, webhooks.Style.CLOUD_EVENTS, "tid-1", self.now), body

    def _close_the_year(self) -> None:
        self.company.settings.book_close_date = "2099-12-31"

    def _be_strange(self) -> None:
        self._strange = True

    def _let_time_pass(self) -> None:
        """Change data reaches back for thirty days."""
        self.now += dt.timedelta(days=40)
        self._token = self.intuit.connect().access

    def _invoice(self, kept: Mapping[str, Any]) -> Invoice:
        currency = self.company.settings.home_currency
        customer = kept["CustomerRef"]["value"]
        total = Money.parse(Decimal(kept["TotalAmt"]), currency)
        lines = tuple(
            Line(
                LineKind.CHARGE,
                description=line.get("Description"),
                amount=Money.parse(Decimal(line["Amount"]), currency),
            )
            for line in kept["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        )
        return Invoice(
            number=kept.get("DocNumber", ""),
            date=dt.date.fromisoformat(kept["TxnDate"]),
            customer=Reference(Kind.CUSTOMER, self.company.name_of("Customer", customer) or "", books_id=customer),
            currency=currency,
            lines=lines,
            subtotal=total,
            total=total,
        )


def _made_strange(body: bytes) -> bytes:
    """Each item's answer replaced by a fault that is in no manual."""
    items = json.loads(body)["BatchItemResponse"]
    return exact.write({"BatchItemResponse": [{"bId": item["bId"], **_STRANGE} for item in items]}).encode()
