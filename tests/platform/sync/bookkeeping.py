"""What must hold in the model world after every step, whatever has happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select

from dray.billing.counts import NOT_SENT
from dray.billing.models import Invoice, Posting, Receipt, StateCount
from dray.billing.states import LIVE, SEEN_AS, TRANSITIONS, PostingState
from tests.platform.sync.world import Place, World


def _reachable() -> dict[str, frozenset[str]]:
    """state → every state that legal moves lead to from there."""
    onward: dict[str, set[str]] = {state.value: {state.value} for state in PostingState}
    for _ in PostingState:
        for (source, _), target in TRANSITIONS.items():
            for found in onward.values():
                if source.value in found:
                    found.add(target.value)
    return {state: frozenset(found) for state, found in onward.items()}


REACHABLE = _reachable()
BY_SENDING_AGAIN = (PostingState.REFUSED.value, PostingState.WITHDRAWN.value)


@dataclass
class Row:
    """One invoice as the database has it."""

    public_id: str
    number: str
    state: str
    version: int
    not_sent: str | None
    postings: list[tuple[str, str, str]] = field(default_factory=list)
    receipts: list[tuple[str, int | None]] = field(default_factory=list)


def check(world: World) -> None:
    """Look at everything. AssertionError says what does not hold."""
    for number, place in enumerate(world.places):
        there = {record["TxnID"]: record for record in place.there()}
        marks = Counter(_plain(record.get("ExternalGUID", "")) for record in there.values())
        marks.pop("", None)
        assert all(count == 1 for count in marks.values()), f"an invoice is in the books twice: {marks.most_common(2)}"
        strangers = set(marks) - place.ever
        assert not strangers, f"an invoice of another company is in the books of company {number}"
        rows = _rows(place)
        for row in rows:
            _check_invoice(world, place, row, there, set(marks))
        _check_receipts(rows, there)
        _check_counts(place)


def _check_invoice(world: World, place: Place, row: Row, there: dict[str, dict[str, str]], marks: set[str]) -> None:
    mark = place.mark_of[row.public_id]
    states = [state for _, state, _ in row.postings]
    live = [state for state in states if PostingState(state) in LIVE]
    assert len(live) <= 1, f"{row.number} is on its way twice"
    latest = PostingState(states[-1]) if states else None
    assert SEEN_AS[latest] == row.state, f"{row.number} is shown as {row.state} and is {latest}"
    assert not (row.not_sent and row.state != "draft"), f"{row.number} is not to be sent and is {row.state}"
    in_books = mark in marks or any(books_id in there for books_id, _ in row.receipts)
    if row.state == "synced":
        assert len(row.receipts) == 1, f"{row.number} has {len(row.receipts)} receipts"
        lost = row.receipts[0][0] in place.vanished
        assert in_books or lost, f"{row.number} is said to be in the books and is not"
    elif mark in marks and mark not in place.forgotten:
        assert row.state in ("sending", "checking"), f"{row.number} is in the books and shown as {row.state}"
    typed = place.typed.get(mark)
    if typed in there and mark in marks and mark not in place.anyway | place.forgotten:
        raise AssertionError(f"{row.number} was typed by hand and posted as well")
    _check_moves(world, row)
    if row.state == "synced":
        frozen = world.locked.setdefault(mark, (row.postings[-1][2], row.version))
        assert frozen == (row.postings[-1][2], row.version), f"{row.number} is locked and has changed"
    else:
        assert mark not in world.locked, f"{row.number} was accepted and is {row.state}"


def _check_moves(world: World, row: Row) -> None:
    for public_id, state, _ in row.postings:
        before = world.last_seen.get(public_id, PostingState.QUEUED.value)
        legal = state in REACHABLE[before] or (before, state) == BY_SENDING_AGAIN
        assert legal, f"{row.number} went from {before} to {state}"
        world.last_seen[public_id] = state


def _check_receipts(rows: list[Row], there: dict[str, dict[str, str]]) -> None:
    owners = Counter(books_id for row in rows for books_id, _ in row.receipts if books_id in there)
    assert all(count == 1 for count in owners.values()), f"one of theirs is two of ours: {owners.most_common(2)}"
    for row in rows:
        for books_id, minor in row.receipts:
            if books_id in there and minor is not None:
                record = there[books_id]
                total = Decimal(record["Subtotal"]) + Decimal(record.get("SalesTaxTotal", "0"))
                assert Decimal(minor) / 100 == total, f"{row.number}: the books say {total}, the receipt {minor}"


def _check_counts(place: Place) -> None:
    with place.office.session() as session:
        counted = dict(session.execute(select(StateCount.state, StateCount.invoices)).all())
        shown = select(Invoice.state, Invoice.not_sent.is_not(None), func.count())
        actual: Counter[str] = Counter()
        for state, marked, count in session.execute(shown.group_by(Invoice.state, Invoice.not_sent.is_not(None))):
            actual[NOT_SENT if marked else state] += count
    assert {state: count for state, count in counted.items() if count} == dict(actual)


def _rows(place: Place) -> list[Row]:
    with place.office.session() as session:
        columns = (Invoice.id, Invoice.public_id, Invoice.number, Invoice.state, Invoice.version, Invoice.not_sent)
        rows = {
            key: Row(public_id, number, state, version, marked)
            for key, public_id, number, state, version, marked in session.execute(select(*columns).order_by(Invoice.id))
        }
        tries = (Posting.invoice_id, Posting.public_id, Posting.state, Posting.document_hash)
        for invoice_id, public_id, state, digest in session.execute(select(*tries).order_by(Posting.id)):
            rows[invoice_id].postings.append((public_id, state, digest))
        said = select(Receipt.invoice_id, Receipt.books_id, Receipt.total_minor)
        for invoice_id, books_id, minor in session.execute(said):
            rows[invoice_id].receipts.append((books_id, minor))
    return list(rows.values())


def _plain(mark: str) -> str:
    return mark.strip("{}").casefold()
