"""Whoever comes second is told so: nothing is lost, doubled or half done, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from dray.billing import amending, invoices
from dray.billing.documents import thaw
from dray.billing.given import GivenCustomer, NotNow
from dray.billing.invoices import Became, Pushed
from dray.billing.models import Customer, Invoice, Posting
from dray.billing.send import SendResult
from dray.billing.settings import settings_of
from dray.billing.states import LIVE, Move
from dray.billing.unpend import unpend
from dray_sdk import Invoice as Document
from dray_sdk import canonical
from tests.platform.shop import ACTOR, NOW, Shop, given

T = TypeVar("T")


def at_once(*works: Callable[[], T]) -> Sequence[T]:
    """Run all of them, as nearly at the same moment as threads can."""
    barrier = threading.Barrier(len(works))

    def start(work: Callable[[], T]) -> T:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(start, works))


def pushing(shop: Shop, number: str | None, **changes: Any) -> Callable[[], Pushed]:
    """What pushes one invoice in a transaction of its own."""

    def push() -> Pushed:
        with shop.session() as session:
            pushed = invoices.push(session, given(number, **changes), at=NOW, actor=ACTOR)
            session.commit()
            return pushed

    return push


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop that has made something before: what is made first of all is guarded by other means."""
    with shop.session() as session:
        settings_of(session, hold=True)
        session.commit()
    return shop


def test_one_number_goes_to_one_of_several_creators(shop: Shop) -> None:
    answers = at_once(*(pushing(shop, "A-1", external_id=f"bill-{i}") for i in range(5)))
    assert sorted(answer.became for answer in answers) == sorted([Became.CREATED] + [Became.UNACCEPTABLE] * 4)
    with shop.session() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 1


def test_first_posts_of_one_external_id_make_one_invoice_and_one_customer(shop: Shop) -> None:
    answers = at_once(*(pushing(shop, None, external_id="bill-1") for _ in range(5)))
    assert len({answer.id for answer in answers}) == 1
    assert sorted(answer.became for answer in answers) == sorted([Became.CREATED] + [Became.SAME] * 4)
    with shop.session() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_drawn_numbers_are_never_drawn_twice(shop: Shop) -> None:
    at_once(*(pushing(shop, None, customer=GivenCustomer(name=f"C{i}")) for i in range(8)))
    with shop.session() as session:
        numbers = session.scalars(select(Invoice.number)).all()
    assert sorted(numbers) == [str(number) for number in range(1001, 1009)]
    assert shop.kept_counts() == {"draft": 8}


def test_a_claim_and_an_unpend_never_both_win(shop: Shop) -> None:
    shop.connect()
    for _ in range(6):
        invoice = shop.invoice()
        shop.send(invoice)
        _one_of_two_wins(shop, invoice)
    assert sum(shop.kept_counts().values()) == 6


def _one_of_two_wins(shop: Shop, invoice: str) -> None:
    def take_back() -> bool:
        with shop.session() as session:
            return unpend(session, [invoice], actor=ACTOR, at=NOW)[0].done

    claimed, taken_back = at_once(lambda: bool(shop.move(Move.CLAIM, invoice)), take_back)
    assert claimed != taken_back
    assert shop.state(invoice) == ("sending" if claimed else "draft")


def test_what_is_sent_is_a_version_that_somebody_saw_whole(shop: Shop) -> None:
    """An edit and a Send at the same moment: the document is the version before or the one after, never a mixture."""
    shop.connect()
    for _ in range(5):
        invoice = shop.invoice(memo="before")
        edited, sent = at_once(_editing(shop, invoice), _sending(shop, invoice))
        assert sent
        with shop.session() as session:
            memo = session.scalars(select(Invoice.memo).where(Invoice.public_id == invoice)).one()
        assert memo == ("after" if edited else "before")
        assert _document(shop, invoice).memo == memo


def test_with_a_version_the_loser_of_edit_and_send_is_told(shop: Shop) -> None:
    shop.connect()
    for _ in range(5):
        invoice = shop.invoice(memo="before")
        edited, sent = at_once(_editing(shop, invoice), _sending(shop, invoice, version=1))
        assert edited != sent


def test_two_sends_of_one_invoice_queue_it_once(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()

    def press() -> list[SendResult]:
        return shop.send(invoice)

    results = at_once(press, press, press)
    assert sorted(result.done for (result,) in results) == [False, False, True]
    with shop.session() as session:
        live = select(func.count()).select_from(Posting).where(Posting.state.in_(sorted(LIVE)))
        assert session.scalar(live) == 1
    assert shop.kept_counts() == {"pending_sync": 1}


def test_two_people_never_overwrite_each_other(shop: Shop) -> None:
    invoice = shop.invoice()
    edits = at_once(_editing(shop, invoice, "mine"), _editing(shop, invoice, "yours"))
    assert sorted(edits) == [False, True]
    assert shop.version(invoice) == 2


def _editing(shop: Shop, invoice: str, memo: str = "after") -> Callable[[], bool]:
    def edit() -> bool:
        with shop.session() as session:
            try:
                amending.amend(session, invoice, {"memo": memo}, version=1, at=NOW, actor=ACTOR)
            except NotNow:
                return False
            session.commit()
            return True

    return edit


def _sending(shop: Shop, invoice: str, version: int | None = None) -> Callable[[], bool]:
    return lambda: shop.send(invoice, versions=() if version is None else (version,))[0].done


def _document(shop: Shop, invoice: str) -> Document:
    document = thaw(shop.posting(invoice).document)
    assert canonical.loads(Document, canonical.dumps(document)) == document
    return document
