"""The connector's own messages and SOAP, through the pretend Web Connector into the pretend QuickBooks and back."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from dray_qbd import connector
from dray_qbd.simulator import Company, Faults, HttpTransport, QuickBooks, Qwc, RunReport, WebConnector, WsgiTransport
from dray_sdk import (
    Absent,
    Batch,
    Books,
    Call,
    Create,
    Customer,
    Find,
    Found,
    Identify,
    InDoubt,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Operation,
    Outcome,
    Posted,
    Reference,
    Refused,
    Request,
)
from tests.connectors.qbd.front_desk import FrontDesk, served
from tests.connectors.qbd.simulator.asking import quickbooks
from tests.connectors.qbd.simulator.pretend_server import FILE, qwc_text

KEY = "0123456789abcdef0123"


class Meeting:
    """A desk, a QuickBooks, and the connector between them."""

    def __init__(self, faults: str = "", **settings: Any) -> None:
        self.company = Company.sample(**settings)
        self.quickbooks: QuickBooks = quickbooks(self.company)
        self.desk = FrontDesk()
        qwc = Qwc.read(qwc_text(UserName=self.desk.user))
        self.web_connector = WebConnector(WsgiTransport(self.application), self.quickbooks, qwc, self.desk.password)
        self.web_connector.add()
        self.run(connector.encode(Batch(KEY, (Identify(),)), Books("unknown")))
        (introduced,) = [told for told in self.desk.told if told[0] == "introduce"]
        self.introduced = introduced
        assert isinstance(introduced[2], Books)
        self.books: Books = introduced[2]
        self.quickbooks.faults = Faults.parse(faults.split())

    def application(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        call = Call(
            environ["REQUEST_METHOD"],
            "https://dray.example/qbwc/k3",
            "in_1",
            environ.get("QUERY_STRING", ""),
            {},
            environ["wsgi.input"].read(),
        )
        reply = connector.serve(call, self.desk)
        start(f"{reply.status} Answer", [("Content-Type", reply.media_type), *reply.headers.items()])
        return [reply.body]

    def run(self, *requests: Request) -> RunReport:
        self.desk.requests = list(requests)
        self.desk.responses = []
        return self.web_connector.run_once()

    def outcomes(self, batch: Batch) -> tuple[Outcome, ...]:
        """Carries a batch in a session of its own."""
        request = connector.encode(batch, self.books)
        self.run(request)
        (response,) = self.desk.responses
        return connector.decode(batch, request, response)

    def linked(self, kind: Kind, namespace: str, name: str) -> Reference:
        found = self.company.by_name(namespace, name)
        assert found is not None
        return Reference(kind, name, books_id=found[1]["ListID"])

    def invoice(self, number: str, item: str = "Widget") -> Create:
        quantity, price = Decimal(3), Decimal("9.99")
        amount = Money.rounded(quantity * price, "USD")
        line = Line(
            LineKind.CHARGE, self.linked(Kind.ITEM, "items", item), "Glass", quantity, price, amount, taxable=False
        )
        return Create(
            Invoice(
                number=number,
                date=dt.date(2026, 8, 1),
                customer=self.linked(Kind.CUSTOMER, "names", "Acme Corp"),
                currency="USD",
                lines=(line,),
                subtotal=amount,
                total=amount,
                mark="3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            )
        )

    def posted(self) -> int:
        return len(self.company.transactions.get("Invoice", {}))


def test_the_company_is_introduced_without_its_personal_data() -> None:
    meeting = Meeting(class_tracking=False)
    assert (meeting.books.id or "").strip("{}").lower() == FILE.strip("{}").lower()
    assert meeting.books.name == "Larkspur Test Company"
    assert meeting.introduced[3] == "OFFICE-PC"
    for secret in (meeting.company.settings.ein, meeting.company.settings.ssn, meeting.company.settings.street):
        assert secret not in repr(meeting.introduced)


def test_a_batch_of_invoices_is_posted_with_the_totals_of_quickbooks() -> None:
    meeting = Meeting()
    batch = Batch(KEY, tuple(meeting.invoice(str(number)) for number in range(1, 51)))
    outcomes = meeting.outcomes(batch)
    assert meeting.posted() == 50
    assert {type(outcome) for outcome in outcomes} == {Posted}
    assert {getattr(outcome, "total", None) for outcome in outcomes} == {Money(2997, "USD")}


def test_what_quickbooks_refuses_stands_alone() -> None:
    meeting = Meeting()
    wrong = meeting.invoice("2")
    assert isinstance(wrong.record, Invoice)
    stale = replace(wrong.record, customer=Reference(Kind.CUSTOMER, "Gone", books_id="80000001-1"))
    operations: tuple[Operation, ...] = (meeting.invoice("1"), Create(stale), meeting.invoice("3"))
    first, refused, third = meeting.outcomes(Batch(KEY, operations))
    assert isinstance(first, Posted)
    assert isinstance(third, Posted)
    assert isinstance(refused, Refused)
    assert refused.code == "3140"


def test_a_taken_name_is_refused_and_a_free_one_is_created() -> None:
    meeting = Meeting()
    taken, free = meeting.outcomes(Batch(KEY, (Create(Customer("Birch Supply")), Create(Customer("Willow Ltd")))))
    assert isinstance(taken, Refused)
    assert taken.code == "3100"
    assert isinstance(free, Posted)
    assert meeting.company.kinds[free.books_id] == "Customer"


@pytest.mark.parametrize("fault", ["lost_receive", "unexpected"])
@pytest.mark.parametrize("form", [0, 1])
def test_a_lost_answer_is_had_again_and_posts_once(fault: str, form: int) -> None:
    meeting = Meeting(fault)
    meeting.quickbooks.faults.recovery_form = form
    batch = Batch(KEY, (meeting.invoice("1"), meeting.invoice("2")))
    meeting.run(connector.encode(batch, meeting.books))
    assert meeting.posted() == 2
    recovery = connector.recover(batch, meeting.books)
    assert recovery is not None
    meeting.run(recovery)
    (response,) = meeting.desk.responses
    assert [type(outcome) for outcome in connector.decode(batch, recovery, response)] == [Posted, Posted]
    assert meeting.posted() == 2


@pytest.mark.parametrize("after", [1, 2])
def test_a_quickbooks_that_died_in_a_batch_leaves_each_to_be_looked_up(after: int) -> None:
    meeting = Meeting(f"die_in_set:{after}")
    batch = Batch(KEY, (meeting.invoice("1"), meeting.invoice("2")))
    meeting.run(connector.encode(batch, meeting.books))
    recovery = connector.recover(batch, meeting.books)
    assert recovery is not None
    meeting.run(recovery)
    (response,) = meeting.desk.responses
    assert {type(outcome) for outcome in connector.decode(batch, recovery, response)} == {InDoubt}
    look = Batch("f" * 20, (Find(Kind.INVOICE, number="1"), Find(Kind.INVOICE, number="2")))
    found = meeting.outcomes(look)
    assert [type(outcome) for outcome in found] == [Found, Found if after == 2 else Absent]


def test_every_list_that_the_connector_asks_for_is_answered() -> None:
    meeting = Meeting()
    named = {
        Kind.ITEM: ("Widget", "items"),
        Kind.TERMS: ("Net 30", "terms"),
        Kind.CLASS: ("East", "Class"),
        Kind.CUSTOMER: ("Acme Corp", "names"),
    }
    finds = tuple(Find(kind, name=name) for kind, (name, _) in named.items())
    for outcome, (name, namespace) in zip(meeting.outcomes(Batch(KEY, finds)), named.values(), strict=True):
        assert isinstance(outcome, Found), (name, outcome)
        wanted = meeting.company.by_name(namespace, name)
        assert wanted is not None
        assert [candidate.books_id for candidate in outcome.candidates] == [wanted[1]["ListID"]]


def test_a_session_over_real_http_posts_too() -> None:
    meeting = Meeting()
    batch = Batch(KEY, (meeting.invoice("1"),))
    desk = FrontDesk(requests=[connector.encode(batch, meeting.books)])
    with served(desk) as address:
        transport = HttpTransport(timeout=10)
        qwc = Qwc.read(qwc_text(UserName=desk.user))
        report = WebConnector(transport, meeting.quickbooks, qwc, desk.password, endpoint=address).run_once()
    assert (report.code, report.invoices, report.status) == (None, 1, "OK")
    assert desk.calls[0] == "open"
    assert meeting.posted() == 1
