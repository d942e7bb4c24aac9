"""Send freezes what stands there, all or nothing for each invoice; Unpend takes it back while nothing has left."""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from decimal import Decimal

import pytest
from sqlalchemy import select

from dray.billing import amending, customers, documents, not_sent
from dray.billing.given import GivenCustomer, GivenLine
from dray.billing.models import Invoice, Posting, Sending
from dray.billing.send import NotSendable, send
from dray.billing.states import Move
from dray.billing.unpend import unpend
from dray.connections.models import Connection, ConnectionStatus
from dray_sdk import Invoice as Document
from dray_sdk import Kind, LineKind, Problem, Severity
from tests.platform.shop import ACTOR, NOW, Shop, no_problem


def too_long(document: Document) -> tuple[Problem, ...]:
    """A judge who does not like long memos."""
    return (Problem("too_long", "memo", "The memo is too long."),) if len(document.memo or "") > 3 else ()


def warning(document: Document) -> tuple[Problem, ...]:
    """A judge who only warns."""
    return (Problem("odd", "memo", "The memo is odd.", severity=Severity.WARNS),)


def test_the_document_holds_everything_that_the_books_are_told(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice(
        "A-1",
        customer=GivenCustomer(
            name="East wing", parent="Bright Lights", email="a@b.example", billing_address={"city": "X"}
        ),
        terms="Net 30",
        accounting_class="Field",
        tax=Decimal("1.50"),
        lines=[
            GivenLine(item="Visit", quantity=Decimal("1.5"), unit_price=Decimal(10), service_date=dt.date(2026, 1, 2)),
            GivenLine(kind=LineKind.DISCOUNT, percent=Decimal(10)),
            GivenLine(kind=LineKind.SUBTOTAL),
        ],
        custom={"route": "7"},
    )
    shop.send(invoice)
    posting = shop.posting(invoice)
    document = documents.thaw(posting.document)
    assert hashlib.sha256(zlib.decompress(posting.document)).hexdigest() == posting.document_hash
    assert (document.number, document.customer.name, document.email) == (
        "A-1",
        "Bright Lights:East wing",
        "a@b.example",
    )
    assert (str(document.subtotal), str(document.tax), str(document.total)) == ("13.50", "1.50", "15.00")
    assert document.terms is not None
    assert (document.terms.kind, document.terms.name) == (Kind.TERMS, "Net 30")
    assert document.lines[0].item is not None
    assert document.lines[0].item.id is not None
    assert [str(line.amount) for line in document.lines] == ["15.00", "None", "13.50"]
    assert document.bill_to is not None
    assert (document.bill_to.city, document.custom) == ("X", {"route": "7"})
    assert document.mark == documents.mark(shop.public_id, invoice)


def test_the_mark_is_the_same_for_every_try_and_for_nobody_else(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    shop.send(invoice)
    first = documents.thaw(shop.posting(invoice).document).mark
    shop.move(Move.UNPEND, invoice)
    shop.send(invoice)
    assert documents.thaw(shop.posting(invoice).document).mark == first
    # A mark is recognised for ever: this value must never change.
    assert documents.mark("ten_1", "inv_1") == "{42a76aa4-2e72-5f0a-97fd-68b894cee050}"


def test_what_is_edited_later_changes_no_sent_document(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    shop.send(invoice)
    with shop.session() as session:
        customer = session.scalars(select(Invoice)).one().customer_id
        page = customers.page(session, limit=5).customers
        customers.change(session, page[0].public_id, {"name": "Renamed"}, version=None, at=NOW)
        session.commit()
    assert customer
    assert documents.thaw(shop.posting(invoice).document).customer.name == "Bright Lights"


def test_a_problem_keeps_that_invoice_and_no_other(shop: Shop) -> None:
    shop.connect()
    good, bad = shop.invoice(memo="ok"), shop.invoice(memo="long")
    results = shop.send(good, bad, judge=too_long)
    assert [(result.done, result.state) for result in results] == [(True, "pending_sync"), (False, "draft")]
    with shop.session() as session:
        kept = session.scalars(select(Invoice.problems).where(Invoice.public_id == bad)).one()
        assert kept is not None
        assert kept[0]["code"] == "too_long"
        assert session.scalars(select(Sending.invoices)).all() == [1]
    assert shop.kept_counts() == {"draft": 1, "pending_sync": 1}


def test_a_warning_lets_it_go_and_stays_visible(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    (result,) = shop.send(invoice, judge=warning)
    assert (result.done, result.problems[0]["code"]) == (True, "odd")


def test_nothing_is_sent_when_nothing_may_go(shop: Shop) -> None:
    shop.connect()
    shop.send(shop.invoice(memo="long"), judge=too_long)
    with shop.session() as session:
        assert session.scalars(select(Sending)).all() == []
        assert session.scalars(select(ConnectionStatus.due_at)).all() == [None]


def test_sending_makes_the_connection_due(shop: Shop) -> None:
    shop.connect()
    shop.send(shop.invoice())
    with shop.session() as session:
        assert session.scalars(select(ConnectionStatus.due_at)).all() == [NOW]


def test_a_refused_invoice_is_sent_again_as_a_new_try(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    shop.send(invoice)
    shop.move(Move.CLAIM, invoice)
    shop.move(Move.REFUSED, invoice)
    (result,) = shop.send(invoice)
    assert result.done
    with shop.session() as session:
        states = session.scalars(select(Posting.state).order_by(Posting.id)).all()
    assert states == ["withdrawn", "queued"]
    assert shop.kept_counts() == {"pending_sync": 1}


def test_editing_an_invoice_that_needs_attention_makes_it_a_draft(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    shop.send(invoice)
    shop.move(Move.CLAIM, invoice)
    shop.move(Move.REFUSED, invoice)
    with shop.session() as session:
        amending.amend(session, invoice, {"memo": "fixed"}, version=None, at=NOW, actor=ACTOR)
        session.commit()
    assert shop.state(invoice) == "draft"
    assert shop.posting(invoice).state == "withdrawn"
    assert shop.kept_counts() == {"draft": 1}
    with shop.session() as session:
        assert session.scalars(select(Invoice.problems)).one() is None


def test_a_press_of_send_is_one_sending_over_all_its_pieces(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dray.billing.send.PIECE", 2)
    monkeypatch.setattr("dray.billing.haste.ENOUGH", 3600)
    shop.connect()
    ids = [shop.invoice() for _ in range(5)]
    assert [result.id for result in shop.send(*ids)] == ids
    with shop.session() as session:
        assert session.scalars(select(Sending.invoices)).all() == [5]
        assert len(set(session.scalars(select(Posting.sending_id)))) == 1


def test_a_send_that_dies_half_way_leaves_whole_pieces_and_can_be_repeated(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dray.billing.send.PIECE", 2)
    monkeypatch.setattr("dray.billing.haste.ENOUGH", 3600)
    shop.connect()
    ids = [shop.invoice() for _ in range(4)]
    looked_at: list[str] = []

    def dies(document: Document) -> tuple[Problem, ...]:
        looked_at.append(document.number)
        if len(looked_at) == 4:
            raise KeyboardInterrupt
        return ()

    with pytest.raises(KeyboardInterrupt):
        shop.send(*ids, judge=dies)
    assert [shop.state(each) for each in ids] == ["pending_sync"] * 2 + ["draft"] * 2
    assert [result.done for result in shop.send(*ids)] == [False, False, True, True]
    assert shop.kept_counts() == {"pending_sync": 4}


def test_unpend_makes_drafts_and_says_who_was_first(shop: Shop) -> None:
    shop.connect()
    waiting, taken, posted, draft = (shop.invoice() for _ in range(4))
    shop.send(waiting, taken)
    shop.move(Move.CLAIM, taken)
    shop.post(posted)
    with shop.session() as session:
        results = unpend(session, [waiting, taken, posted, draft, "inv_nobody"], actor=ACTOR, at=NOW)
    assert [result.state for result in results] == ["draft", "sending", "synced", "draft", None]
    assert [result.done for result in results] == [True, False, False, False, False]
    assert results[1].problems[0]["detail"].startswith("QuickBooks Desktop took it at 10:42")
    assert results[2].problems[0]["detail"].startswith("QuickBooks Desktop accepted it at 10:42")


def test_an_invoice_marked_not_sent_is_not_sent_until_the_mark_is_gone(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    with shop.session() as session:
        assert not_sent.mark(session, [invoice], "cash sale", at=NOW, actor=ACTOR)[0].done
        session.commit()
    assert shop.kept_counts() == {"not_sent": 1}
    (result,) = shop.send(invoice)
    assert not result.done
    assert "cash sale" in result.problems[0]["detail"]
    with shop.session() as session:
        assert not_sent.unmark(session, [invoice], at=NOW, actor=ACTOR)[0].done
        session.commit()
    assert shop.kept_counts() == {"draft": 1}
    assert shop.send(invoice)[0].done


def test_a_refused_invoice_can_be_marked_and_its_try_is_set_aside(shop: Shop) -> None:
    shop.connect()
    invoice, waiting = shop.invoice(), shop.invoice()
    shop.send(invoice, waiting)
    shop.move(Move.CLAIM, invoice)
    shop.move(Move.REFUSED, invoice)
    with shop.session() as session:
        results = not_sent.mark(session, [invoice, waiting, "inv_nobody"], "billed elsewhere", at=NOW, actor=ACTOR)
        session.commit()
    assert [result.done for result in results] == [True, False, False]
    assert shop.posting(invoice).state == "withdrawn"
    assert shop.kept_counts() == {"not_sent": 1, "pending_sync": 1}


def test_nothing_goes_to_a_removed_connection(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    with shop.session() as session:
        connection = session.scalars(select(Connection)).one()
        connection.state = "removed"
        with pytest.raises(NotSendable, match="was removed"):
            send(session, {invoice: None}, connection=connection, judge=no_problem, actor=ACTOR, at=NOW)
