"""A connector is a guest: where it breaks, or takes too long, the one batch waits, and nothing else is worse for it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from dray import guests
from dray.billing import timeline
from dray.billing.models import Invoice as InvoiceRow
from dray.connections.models import ConnectionStatus
from dray.guests import Guest, GuestBroke, Watch
from dray_qbd import connector as sound
from dray_qbd.connector import QuickBooksDesktop
from dray_sdk import Answer, Batch, Books, Create, Customer, Identify, Invoice, Outcome, Purpose, Request, Response
from tests.platform.sync.office import Office


class Raises(QuickBooksDesktop):
    """Breaks over the answer to invoices."""

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        if _posts(batch, request):
            raise KeyError("a bug of the plugin")
        return super().decode(batch, request, response)


class Miscounts(QuickBooksDesktop):
    """Forgets an operation."""

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        outcomes = super().decode(batch, request, response)
        return outcomes[1:] if _posts(batch, request) else outcomes


def _posts(batch: Batch, request: Request) -> bool:
    made = (one.record for one in batch.operations if isinstance(one, Create))
    return request.purpose is Purpose.WRITE and any(isinstance(record, Invoice) for record in made)


@pytest.mark.parametrize("broken", [Raises, Miscounts])
def test_what_it_cannot_read_is_in_doubt_and_posted_once(
    office: Office, clerk: Callable[[int], list[str]], broken: type[QuickBooksDesktop]
) -> None:
    office.connector = broken()
    clerk(3)
    office.run()
    assert "checking" in office.states().values()
    assert set(office.states().values()) <= {"checking", "pending_sync"}
    office.connector = sound
    for _ in range(4):
        office.run()
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 3


# ---- encode


def poisoned(batch: Batch) -> bool:
    """Whether the batch holds what these connectors break over."""
    made = [one.record for one in batch.operations if isinstance(one, Create)]
    return any(isinstance(record, Invoice) and record.number == "1002" for record in made)


class BreaksWriting(QuickBooksDesktop):
    """Breaks over invoice 1002."""

    def encode(self, batch: Batch, books: Books) -> Request:
        if poisoned(batch):
            raise KeyError("a bug of the plugin")
        return super().encode(batch, books)


class WritesTooMuch(QuickBooksDesktop):
    """Makes of invoice 1002 more than anybody carries."""

    def encode(self, batch: Batch, books: Books) -> Request:
        request = super().encode(batch, books)
        return replace(request, body=b" " * (guests.LARGEST_REQUEST + 1)) if poisoned(batch) else request


class WritesNonsense(QuickBooksDesktop):
    """Gives for invoice 1002 what is no request."""

    def encode(self, batch: Batch, books: Books) -> Any:
        return "nonsense" if poisoned(batch) else super().encode(batch, books)


class Leaves(QuickBooksDesktop):
    """Wants to end the process over invoice 1002."""

    def encode(self, batch: Batch, books: Books) -> Request:
        if poisoned(batch):
            raise SystemExit(3)
        return super().encode(batch, books)


class Hangs(QuickBooksDesktop):
    """Never comes back from invoice 1002, until the test lets it."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def encode(self, batch: Batch, books: Books) -> Request:
        if poisoned(batch):
            while not self.over.wait(0.01):
                pass
        return super().encode(batch, books)


@pytest.fixture
def hanging() -> Iterator[Hangs]:
    made = Hangs()
    yield made
    made.over.set()


def told(office: Office) -> dict[str, Any]:
    """What company and operators read of the connection."""
    with office.session() as session:
        of_this = ConnectionStatus.connection_id == office.connection_id
        return session.scalars(select(ConnectionStatus.trouble).where(of_this)).one() or {}


def story(office: Office, number: str) -> list[str]:
    """What happened to an invoice, in words."""
    with office.session() as session:
        invoice_id = session.scalars(select(InvoiceRow.id).where(InvoiceRow.number == number)).one()
        return [one.sentence for one in timeline.story(session, invoice_id)]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (BreaksWriting, "broke while it put one operation into words."),
        (WritesTooMuch, "made more than 16 MB of it while it put one operation into words."),
        (WritesNonsense, "broke while it put one operation into words."),
        (Leaves, "broke while it put one operation into words."),
    ],
)
def test_what_it_cannot_write_waits_alone_and_says_why(
    office: Office, clerk: Callable[[int], list[str]], broken: type[QuickBooksDesktop], says: str
) -> None:
    office.connector, office.watch = broken(), Watch()
    clerk(4)
    for _ in range(2):
        office.run()
    assert office.states() == {"1001": "synced", "1002": "pending_sync", "1003": "synced", "1004": "synced"}
    said = f"The connector {sound.title} {sound.version} {says}"
    assert any(said.rstrip(".") in line and "tried again" in line for line in story(office, "1002"))
    office.connector = sound
    office.now += dt.timedelta(minutes=40)
    for _ in range(2):
        office.run()
    assert office.states()["1002"] == "synced"
    assert len(office.books()) == 4


def test_company_and_operators_read_which_connector_broke_until_it_is_mended(
    office: Office, clerk: Callable[[int], list[str]]
) -> None:
    office.connector = BreaksWriting()
    clerk(2)
    office.run()
    trouble = told(office)
    assert trouble["code"] == "connector"
    assert f"The connector {sound.title} {sound.version} broke" in trouble["sentence"]
    assert "a bug of the plugin" in trouble["text"]
    office.connector = sound
    office.now += dt.timedelta(minutes=40)
    office.run()
    assert told(office) == {}


def test_one_that_hangs_is_not_waited_for_and_the_others_go(
    office: Office, clerk: Callable[[int], list[str]], hanging: Hangs
) -> None:
    office.connector, office.watch = hanging, Watch(0.2)
    clerk(3)
    for _ in range(4):
        office.run()
    assert office.states() == {"1001": "synced", "1002": "pending_sync", "1003": "synced"}
    assert any("took longer than 0.2 seconds" in line for line in story(office, "1002"))


class CannotMakeCustomers(QuickBooksDesktop):
    """Breaks over a customer."""

    def encode(self, batch: Batch, books: Books) -> Request:
        if any(isinstance(one, Create) and isinstance(one.record, Customer) for one in batch.operations):
            raise KeyError("a bug of the plugin")
        return super().encode(batch, books)


def test_a_customer_that_it_cannot_write_tells_the_invoices_that_need_it(
    office: Office, clerk: Callable[[int], list[str]]
) -> None:
    office.connector = CannotMakeCustomers()
    clerk(2)
    for _ in range(3):
        office.run()
    assert set(office.states().values()) == {"needs_attention"}
    assert any("broke while it put one operation into words. The customer" in line for line in story(office, "1001"))


class CannotAsk(QuickBooksDesktop):
    """Breaks over a question about a lost batch."""

    def recover(self, batch: Batch, books: Books) -> Request:
        raise KeyError("a bug of the plugin")


def test_where_it_cannot_ask_about_a_batch_each_invoice_is_looked_up(
    office: Office, clerk: Callable[[int], list[str]]
) -> None:
    office.connector = CannotAsk()
    clerk(2)

    def lose_posts(request: Request, ask: Callable[[], Any]) -> Any:
        answer = ask()
        return None if b"<InvoiceAddRq" in request.body else answer

    office.run(around=lose_posts)
    assert "sending" in office.states().values()
    for _ in range(5):
        office.run()
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 2


# ---- the watch itself


def test_what_is_abandoned_is_bounded_and_begins_again_when_it_is_over() -> None:
    watch, over = Watch(0.01), threading.Event()
    for _ in range(guests.MOST_BUSY):
        with pytest.raises(TimeoutError, match="not done"):
            watch.run(lambda: over.wait(60))
    with pytest.raises(TimeoutError, match="still busy"):
        watch.run(lambda: 1)
    over.set()
    for thread in threading.enumerate():
        if thread.daemon and thread.name.startswith("guest"):
            thread.join(10)
    assert Watch(10).run(lambda: 2) == 2
    assert watch.run(lambda: 3) == 3


def test_what_is_still_python_is_ended_when_nobody_waits_any_more() -> None:
    watch, ended = Watch(0.05), threading.Event()

    def for_ever() -> None:
        try:
            while True:
                pass
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        watch.run(for_ever)
    assert ended.wait(30)


def test_whatever_decode_does_there_is_one_outcome_for_each_operation() -> None:
    batch = Batch("0" * 20, (Identify(), Identify()))

    class Odd(QuickBooksDesktop):
        def __init__(self, gives: Any) -> None:
            self.gives = gives

        def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
            made: tuple[Outcome, ...] = self.gives()
            return made

    def leave() -> None:
        raise SystemExit(3)

    for gives in (leave, lambda: None, lambda: (None, None), lambda: ("Posted", "Posted"), lambda: (), lambda: 1 / 0):
        outcomes, broke = Guest(Odd(gives), Watch()).decode(batch, Request(Purpose.IDENTIFY, b""), Answer(b""))
        assert [type(one).__name__ for one in outcomes] == ["InDoubt", "InDoubt"], gives
        assert isinstance(broke, GuestBroke)
        assert f"The connector {sound.title} {sound.version} broke while it read the answer" in str(broke)


def test_an_invoice_that_it_cannot_check_is_not_sent_and_says_which_connector() -> None:
    class Judge(QuickBooksDesktop):
        def judge(self, *_: Any) -> Any:
            raise KeyError("a bug of the plugin")

    document: Any = None
    (problem,) = guests.judged(Judge(), document, None, None)
    assert problem.severity == "blocks"
    assert f"The connector {sound.title} {sound.version} broke" in problem.detail
