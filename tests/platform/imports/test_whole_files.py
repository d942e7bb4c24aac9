"""A file is imported whole or not at all, in pieces that nobody waits for, whatever is in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from dray.api.v1.entries import READERS
from dray.billing.imports import NotReadable, Refused
from dray.billing.models import Customer, Invoice, InvoiceLine
from dray.imports import work
from dray.imports.models import Import, ImportPiece, ImportRow
from dray.imports.states import WORKING, Kind
from dray.imports.whole import Counts, import_whole
from dray_tenants.scope import ScopedSession
from tests.platform.shop import ACTOR, NOW, Shop

HEADINGS = "number,date,customer,item,amount\n"


def rows(count: int, *, first: int = 1) -> str:
    return "".join(f"A-{number},2026-11-01,Oak {number % 7},20 yd,10.00\n" for number in range(first, first + count))


def bring(shop: Shop, text: str | bytes, *, kind: Kind = Kind.INVOICES, name: str = "list.csv") -> Counts:
    content = text.encode() if isinstance(text, str) else text
    parts = [content[at : at + 1000] for at in range(0, len(content), 1000)]
    with shop.session() as session:
        return import_whole(session, kind, name, parts, READERS, actor=ACTOR, clock=lambda: NOW)


def invoices_of(shop: Shop) -> int:
    with shop.session() as session:
        return session.scalars(select(func.count()).select_from(Invoice).where(Invoice.deleted_at.is_(None))).one()


def test_all_of_a_good_file_is_there_and_twice_is_once(shop: Shop) -> None:
    assert bring(shop, HEADINGS + rows(60)) == Counts(created=60, updated=0, same=0)
    assert bring(shop, HEADINGS + rows(60)) == Counts(created=0, updated=0, same=60)
    assert invoices_of(shop) == 60


def test_one_bad_row_keeps_all_others_out_and_leaves_nothing(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        bring(shop, HEADINGS + rows(60) + "A-90,2026-02-30,Oak,x,1\nA-91,,Oak,x,1\n")
    assert [(bad.row, bad.field) for bad in refused.value.rows] == [(62, "date"), (63, "date")]
    assert invoices_of(shop) == 0
    with shop.session() as session:
        assert session.scalars(select(Customer)).all() == []
        assert session.scalars(select(ImportRow)).all() == []
        assert session.scalars(select(ImportPiece)).all() == []
        assert session.scalars(select(Import.state)).one() == "discarded"


def test_no_transaction_keeps_more_than_a_piece(shop: Shop) -> None:
    made: list[int] = []

    def count(*_: object) -> None:
        made.append(0)

    def insert(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO invoices "):
            made[-1] += 1

    event.listen(shop.engines.write, "begin", count)
    event.listen(shop.engines.write, "before_cursor_execute", insert)
    bring(shop, HEADINGS + rows(60))
    event.remove(shop.engines.write, "begin", count)
    event.remove(shop.engines.write, "before_cursor_execute", insert)
    assert sum(made) == 60
    assert max(made) <= work.MOST


def test_whoever_is_faster_while_it_is_kept_makes_it_go_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    started = work.start_keeping

    def faster(session: ScopedSession, *arguments: Any, **named: Any) -> None:
        session.commit()
        shop.invoice("A-59", external_id="of billing")
        started(session, *arguments, **named)

    monkeypatch.setattr(work, "start_keeping", faster)
    with pytest.raises(Refused) as refused:
        bring(
            shop,
            "external_id," + HEADINGS + "".join(f"x{at},{line}\n" for at, line in enumerate(rows(60).splitlines())),
        )
    monkeypatch.undo()
    assert [(bad.row, bad.field) for bad in refused.value.rows] == [(60, "number")]
    with shop.session() as session:
        held = session.scalars(select(Invoice.number).where(Invoice.deleted_at.is_(None))).all()
    assert held == ["A-59"]


def test_a_heading_that_nobody_knows_is_asked_of_nobody(shop: Shop) -> None:
    for text, said in (
        ("number,date,colour\nA,2026-11-01,red\n", "There is no column 'colour'"),
        ("date,customer\n2026-11-01,Oak\n", "The column 'number' is missing"),
        ("number,Number,date\nA,A,2026-11-01\n", "The column 'Number' is there twice"),
        ("number,date,customer\nA,01/02/2026,Oak\n", "could be mistaken"),
    ):
        with pytest.raises(NotReadable, match=said):
            bring(shop, text)
    assert invoices_of(shop) == 0


PIECES = st.sampled_from(
    ["number", "date", "customer", "amount", "2026-11-01", "A-1", "\n", "\r\n", ",", ";", '"', "\t", "10.00", "\0", "é",
     "\ufeff", "[", "{", "}", "]", ":", '"number"', '"lines"', "sep=;", "0x1", "1e9", "-", "\ud800", "﷽"]
)  # fmt: skip
ANYTHING = st.one_of(
    st.binary(max_size=300),
    st.lists(PIECES, max_size=60).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
    st.lists(PIECES, max_size=40).map(lambda parts: (HEADINGS + "".join(parts)).encode("utf-8", "surrogatepass")),
)


@given(content=ANYTHING, kind=st.sampled_from(Kind), form=st.sampled_from(["csv", "json"]))
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_bytes_get_a_clear_answer_and_are_in_whole_or_not_at_all(
    shop: Shop, content: bytes, kind: Kind, form: str
) -> None:
    before = _held(shop)
    said = _what_is_said(shop, content, kind, f"list.{form}")
    if said:
        assert all(sentence.endswith((".", "?")) for sentence in said)
        assert _held(shop) == before
    with shop.session() as session:
        assert session.scalar(select(Import.id).where(Import.state.in_([state.value for state in WORKING]))) is None


def _what_is_said(shop: Shop, content: bytes, kind: Kind, name: str) -> list[str]:
    """Why nothing of it was imported; nothing where it was."""
    try:
        counts = bring(shop, content, kind=kind, name=name)
    except NotReadable as refused:
        return [str(refused)]
    except Refused as refused:
        return [bad.detail for bad in refused.rows] or [""]
    assert counts.created + counts.updated + counts.same > 0
    return []


def _held(shop: Shop) -> list[int]:
    with shop.session() as session:
        tables = (Invoice, InvoiceLine, Customer)
        return [session.scalars(select(func.count()).select_from(table)).one() for table in tables]
