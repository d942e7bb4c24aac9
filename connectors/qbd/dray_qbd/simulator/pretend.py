"""The pretend QuickBooks Desktop as the conformance kit talks to it: in this process, without a port or a clock."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import UUID

from lxml import etree

from dray_qbd.simulator.checker import LINES
from dray_qbd.simulator.company import Company, Record
from dray_qbd.simulator.faults import Faults
from dray_qbd.simulator.preferences import CANARY_EIN
from dray_qbd.simulator.quickbooks import ProcessRequestError, QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.transports import Headers, HttpAnswer
from dray_qbd.simulator.webconnector import WebConnector
from dray_sdk import (
    Answer,
    Books,
    Call,
    Failure,
    InvitationFile,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Purpose,
    Reference,
    Reply,
    Request,
    Response,
)
from dray_sdk.testing.pretend import Mishap

_NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
_SHUT_OUT = Failure("0x8004041A", "This application does not have permission to access this QuickBooks company file.")
_LISTED = (
    (Kind.CUSTOMER, "names", "Acme Corp"),
    (Kind.ITEM, "items", "Consulting"),
    (Kind.VENDOR, "names", "Birch Supply"),
    (Kind.TERMS, "terms", "Net 30"),
)


class PretendDesktop:
    """One sample company file, open in QuickBooks."""

    books = Books("Larkspur Test Company")
    mishaps = frozenset(Mishap) - {Mishap.CURSOR_EXPIRED}
    secrets: tuple[str, ...] = (CANARY_EIN,)

    def __init__(self) -> None:
        self.company = Company.sample()
        self.faults = Faults()
        self._numbers = count(1)
        self.quickbooks = QuickBooks(
            self.company, lambda: _NOON, self.faults, lambda: UUID(int=next(self._numbers)), lambda _seconds: None
        )
        self.holds: Mapping[Kind, Reference] = MappingProxyType(
            {kind: Reference(kind, name, f"our_{kind}", self._list_id(space, name)) for kind, space, name in _LISTED}
        )
        self._next: Mishap | None = None

    def carry(self, request: Request) -> Response:
        """One message set, as the Web Connector gives it to QuickBooks and brings the answer back."""
        mishap = self._struck(request)
        if mishap is Mishap.SIGNED_OUT:
            return _SHUT_OUT
        try:
            answer = self.quickbooks.process(request.body.decode())
        except ProcessRequestError as thrown:
            return Failure(thrown.hresult, thrown.message)
        changed = _CHANGED.get(mishap) if mishap else None
        return Answer((changed(answer) if changed else answer).encode())

    def invoices(self) -> tuple[Invoice, ...]:
        """What the company file holds."""
        return tuple(map(self._invoice, self.company.transactions.get("Invoice", {}).values()))

    def befall(self, mishap: Mishap) -> None:
        """Turns a dial of the faults, or waits for the next message set that writes."""
        if mishap is Mishap.FORGETS:
            self.company.message_sets.clear()
        elif mishap is Mishap.THROTTLED:
            self.faults.locked = 1
        elif mishap is Mishap.FAILS_AFTER:
            self.faults.unexpected = 1
        elif mishap is Mishap.REFUSED:
            self.company.settings.closing_date = "2099-12-31"
        else:
            self._next = mishap

    def call(self, door: Callable[[Call], Reply], invitation: InvitationFile, password: str) -> None:
        """The whole run of a Web Connector that was given the .qwc file and the password."""
        connector = WebConnector(
            _Door(door), self.quickbooks, Qwc.read(invitation.content), password, sleep=lambda _seconds: None
        )
        connector.add()
        connector.run_once()

    def _struck(self, request: Request) -> Mishap | None:
        if self._next is None or request.purpose is not Purpose.WRITE:
            return None
        mishap, self._next = self._next, None
        return mishap

    def _list_id(self, space: str, name: str) -> str:
        known = self.company.by_name(space, name)
        if known is None:
            raise LookupError(f"the sample company has no {name}")
        return str(known[1]["ListID"])

    def _invoice(self, kept: Record) -> Invoice:
        customer = kept["CustomerRef"]["ListID"]
        total = Money.parse(kept["Subtotal"], "USD") + Money.parse(kept.get("SalesTaxTotal", "0"), "USD")
        return Invoice(
            number=kept.get("RefNumber", ""),
            date=dt.date.fromisoformat(kept["TxnDate"]),
            customer=Reference(Kind.CUSTOMER, self.company.full_names[customer], books_id=customer),
            currency="USD",
            lines=tuple(
                Line(LineKind.CHARGE, description=line.get("Desc"), amount=Money.parse(line["Amount"], "USD"))
                for _name, line in kept.get(LINES, ())
            ),
            subtotal=total,
            total=total,
            mark=kept.get("ExternalGUID"),
        )


class _Door:
    """A transport that leads straight to a connector's `serve`."""

    def __init__(self, door: Callable[[Call], Reply]) -> None:
        self._door = door

    def send(self, method: str, url: str, headers: Headers, body: bytes = b"") -> HttpAnswer:
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        reply = self._door(Call(method, address, parts.path.rpartition("/")[2], parts.query, dict(headers), body))
        return HttpAnswer(reply.status, "", (("Content-Type", reply.media_type), *reply.headers.items()), reply.body)

    def close(self) -> None:
        """Nothing is open."""


def _strange(answer: str) -> str:
    """Each answer with a status that is in no manual, and without the record that would prove what was done."""
    answer = re.sub(r'statusCode="\d+" statusSeverity="\w+"', 'statusCode="98765" statusSeverity="Unheard"', answer)
    return re.sub(r"<(\w+Ret)>.*?</\1>", "", answer, flags=re.DOTALL)


def _with_answers(answer: str, arrange: Callable[[list[etree._Element]], list[etree._Element]]) -> str:
    root = etree.fromstring(answer.encode())
    (messages,) = root
    answers = [etree.fromstring(etree.tostring(one)) for one in arrange(list(messages))]
    messages[:] = answers
    return etree.tostring(root.getroottree(), encoding="unicode")


_CHANGED: Mapping[Mishap, Callable[[str], str]] = MappingProxyType(
    {
        Mishap.UNKNOWN_STATUS: _strange,
        Mishap.REVERSED: lambda answer: _with_answers(answer, lambda answers: answers[::-1]),
        Mishap.DOUBLED: lambda answer: _with_answers(answer, lambda answers: [answers[0], *answers]),
    }
)
