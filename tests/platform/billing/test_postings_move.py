"""A posting moves by one conditional step, its invoice, counts, timeline and receipt with it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dray.billing import timeline
from dray.billing.invoices import ids_of
from dray.billing.models import Invoice, Posting, Receipt
from dray.billing.postings import Change, move
from dray.billing.states import SEEN_AS, TRANSITIONS, Move, PostingState, after
from tests.platform.shop import ACTOR, NOW, Shop

TO_STATE: dict[PostingState, tuple[Move, ...]] = {
    PostingState.QUEUED: (),
    PostingState.SENDING: (Move.CLAIM,),
    PostingState.IN_DOUBT: (Move.CLAIM, Move.ANSWER_LOST),
    PostingState.REFUSED: (Move.CLAIM, Move.REFUSED),
    PostingState.POSTED: (Move.CLAIM, Move.ACCEPTED),
    PostingState.WITHDRAWN: (Move.UNPEND,),
}


def _bring(shop: Shop, public_id: str, state: PostingState) -> None:
    shop.send(public_id)
    for via in TO_STATE[state]:
        assert shop.move(via, public_id), via


@pytest.mark.parametrize(("state", "via"), list(TRANSITIONS), ids=lambda value: value.value)
def test_every_move_of_the_table_happens_and_shows(shop: Shop, state: PostingState, via: Move) -> None:
    shop.connect()
    invoice = shop.invoice()
    _bring(shop, invoice, state)

    moved = shop.move(via, invoice)

    posting = shop.posting(invoice)
    assert moved == [posting.id]
    assert posting.state == after(state, via)
    assert shop.state(invoice) == SEEN_AS[after(state, via)]
    assert shop.kept_counts() == {SEEN_AS[after(state, via)].value: 1}
    with shop.session() as session:
        story = timeline.story(session, ids_of(session, [invoice])[invoice])
        assert story[-1].kind == via.value
        assert story[-1].sentence


@pytest.mark.parametrize("state", list(PostingState), ids=lambda state: state.value)
def test_no_other_move_happens(shop: Shop, state: PostingState) -> None:
    shop.connect()
    invoice = shop.invoice()
    _bring(shop, invoice, state)
    before = shop.kept_counts()

    for via in Move:
        if (state, via) not in TRANSITIONS:
            assert shop.move(via, invoice) == []

    assert shop.posting(invoice).state == state
    assert shop.kept_counts() == before


def test_an_accepted_invoice_has_a_receipt_in_the_same_transaction(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    shop.post(invoice)
    posting = shop.posting(invoice).id
    with shop.session() as session:
        receipt = session.scalars(select(Receipt)).one()
        assert (receipt.posting_id, receipt.number, receipt.total_minor) == (posting, "9001", 42500)


def test_a_refusal_is_shown_on_the_invoice_and_goes_when_it_is_accepted(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    _bring(shop, invoice, PostingState.REFUSED)
    with shop.session() as session:
        (problem,) = session.scalars(select(Invoice.problems)).one() or []
        assert problem["detail"] == "There is no item called Filter."
    shop.post(invoice)
    with shop.session() as session:
        assert session.scalars(select(Invoice.problems)).one() is None


def test_a_claim_writes_each_postings_own_place(shop: Shop) -> None:
    shop.connect()
    ids = [shop.invoice() for _ in range(3)]
    shop.send(*ids)
    shop.move(Move.CLAIM, *ids)
    assert [(shop.posting(each).batch_id, shop.posting(each).position) for each in ids] == [(1, 1), (1, 2), (1, 3)]
    shop.move(Move.NOT_RUN, *ids)
    assert [(shop.posting(each).batch_id, shop.posting(each).position) for each in ids] == [(None, None)] * 3


def test_a_change_that_lacks_what_its_move_needs_moves_nothing(shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    _bring(shop, invoice, PostingState.SENDING)
    posting = shop.posting(invoice).id
    with shop.session() as session:
        for via in (Move.ACCEPTED, Move.REFUSED, Move.CLAIM):
            with pytest.raises(ValueError, match="needs"):
                move(session, via, [Change(posting)], at=NOW, actor=ACTOR)
    assert shop.posting(invoice).state == PostingState.SENDING


def test_more_postings_than_one_statement_names_all_move(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dray.billing.bulk.AT_ONCE", 2)
    shop.connect()
    ids = [shop.invoice() for _ in range(5)]
    shop.send(*ids)
    assert shop.move(Move.CLAIM, *ids) == [shop.posting(each).id for each in ids]


def test_nobody_moves_another_tenants_posting(shop: Shop, other_shop: Shop) -> None:
    shop.connect()
    invoice = shop.invoice()
    shop.send(invoice)
    posting = shop.posting(invoice).id
    with other_shop.session() as session:
        assert move(session, Move.UNPEND, [Change(posting)], at=NOW, actor=ACTOR) == []
        session.commit()
        assert session.scalars(select(Posting)).all() == []
    assert shop.state(invoice) == "pending_sync"
