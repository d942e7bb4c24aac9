"""A file on its way: stored, matched, judged, kept, taken back; on both engines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from dray.api.v1.entries import READERS
from dray.billing import customers, invoices
from dray.billing.amending import amend
from dray.billing.given import Missing, NotNow
from dray.billing.models import Customer, Invoice, InvoiceLine, Item
from dray.billing.rate_card_models import Rate
from dray.imports import reading, storing, work
from dray.imports.models import Import, ImportPiece, ImportRow
from dray.imports.states import WORKING, Kind, State
from tests.platform.shop import ACTOR, NOW, Shop

GOOD = """Invoice No.,Date,Customer,Email,Address,Item,Description,Qty,Rate,Taxable
A-1,2026-11-01,Oak Street Diner,"a@oak.example, b@oak.example",1 Oak St,20 yd,20 yard roll-off,1,"$1,425.00",no
A-2,2026-11-02,Second Helpings,,,20 yd,From 2026-10-01 to 2026-10-31,1,10,yes
a-1,,,,,Tonnage,"over 2 tons, ticket 7",1.37,62.5,YES
"""


def bring(shop: Shop, content: bytes | str, *, name: str = "list.csv", kind: Kind = Kind.INVOICES) -> str:
    """Upload a file and let Dray work until a person is asked; the import's public id."""
    data = content.encode() if isinstance(content, str) else content
    with shop.session() as session:
        public_id = storing.begin(session, kind, name, actor=ACTOR, at=NOW).public_id
        session.commit()
        storing.add(session, public_id, data, offset=0, at=NOW)
        storing.complete(session, public_id, at=NOW)
        session.commit()
    work_on(shop, public_id)
    return public_id


def work_on(shop: Shop, public_id: str) -> None:
    with shop.session() as session:
        while work.go_on(session, public_id, READERS, clock=lambda: NOW, pieces=1):
            pass


def keep(shop: Shop, public_id: str) -> None:
    with shop.session() as session:
        work.start_keeping(session, public_id, actor=ACTOR, at=NOW)
        session.commit()
    work_on(shop, public_id)


def seen(shop: Shop, public_id: str) -> dict[str, Any]:
    with shop.session() as session:
        row = storing.find(session, public_id)
        names = ("state", "new", "same", "changed", "bad", "kept", "undone", "problem", "entries", "rows")
        return {name: getattr(row, name) for name in names}


def complaints(shop: Shop, public_id: str) -> dict[int, list[list[str]]]:
    with shop.session() as session:
        rows = session.execute(
            select(ImportRow.place, ImportRow.complaints)
            .join(Import, Import.id == ImportRow.import_id)
            .where(Import.public_id == public_id, ImportRow.complaints.is_not(None))
        )
        return dict(rows.all())


def numbers(shop: Shop) -> dict[str, int]:
    with shop.session() as session:
        rows = session.execute(select(Invoice.number, Invoice.total_minor).where(Invoice.deleted_at.is_(None)))
        return dict(rows.all())


def part(found: Mapping[str, Any], **expected: Any) -> None:
    assert {name: found[name] for name in expected} == expected


def test_a_file_is_shown_first_and_kept_when_somebody_says_so(shop: Shop) -> None:
    brought = bring(shop, GOOD)
    part(seen(shop, brought), state="ready", new=2, same=0, changed=0, bad=0)
    assert numbers(shop) == {}
    keep(shop, brought)
    part(seen(shop, brought), state="done", kept=2)
    assert numbers(shop) == {"A-1": 151063, "A-2": 1000}
    with shop.session() as session:
        assert session.scalar(select(func.count()).select_from(InvoiceLine)) == 3
        assert session.scalar(select(func.count()).select_from(ImportPiece)) == 0


def test_the_same_file_twice_makes_no_twins(shop: Shop) -> None:
    keep(shop, bring(shop, GOOD))
    again = bring(shop, GOOD)
    part(seen(shop, again), new=0, same=2, changed=0, bad=0)
    keep(shop, again)
    part(seen(shop, again), state="done", kept=0)
    assert len(numbers(shop)) == 2


def test_new_known_changed_and_bad_are_told_apart_and_the_good_ones_are_kept(shop: Shop) -> None:
    shop.connect()
    keep(shop, bring(shop, GOOD))
    with shop.session() as session:
        locked = session.scalars(select(Invoice.public_id).where(Invoice.number == "A-2")).one()
    shop.post(locked)
    changed = GOOD.replace("62.5", "62.6").replace(",10,yes", ",11,yes") + "A-3,2026-11-03,Third,,,x,,1,abc,\n"
    brought = bring(shop, changed + "A-4,2026-11-03,Fourth,,,x,,1,5,\n,2026-11-03,Fourth,,,x,,1,5,\n")
    part(seen(shop, brought), new=1, same=0, changed=1, bad=3)
    said = complaints(shop, brought)
    assert said[5] == [["Rate", "“abc” is not a number."]]
    assert said[3][0][0] == "Invoice No."
    assert "has accepted it" in said[3][0][1]
    assert "Give the number in every row" in said[7][0][1]
    keep(shop, brought)
    part(seen(shop, brought), kept=2, bad=3)
    assert set(numbers(shop)) == {"A-1", "A-2", "A-4"}


def test_only_what_cannot_be_stored_is_bad(shop: Shop) -> None:
    text = f"number,date,customer,item,amount,description\nA-{'1' * 40},2026-11-01,{'N' * 80},x,5,{'d' * 5000}\n"
    part(seen(shop, bring(shop, text)), new=1, bad=0)


def test_a_draft_that_somebody_changed_survives_the_undo(shop: Shop) -> None:
    brought = bring(shop, GOOD + "A-3,2026-11-03,Third,,,x,,1,5,\n")
    keep(shop, brought)
    shop.connect()
    with shop.session() as session:
        ids = dict(session.execute(select(Invoice.number, Invoice.public_id)).all())
        amend(session, ids["A-2"], {"memo": "by hand"}, version=None, at=NOW, actor=ACTOR, by_person=True)
        session.commit()
    shop.send(ids["A-3"])
    with shop.session() as session:
        work.start_undoing(session, brought, actor=ACTOR, at=NOW)
        session.commit()
    work_on(shop, brought)
    part(seen(shop, brought), state="undone", kept=3, undone=1)
    assert set(numbers(shop)) == {"A-2", "A-3"}
    assert shop.kept_counts() == {"draft": 1, "pending_sync": 1}
    with shop.session() as session, pytest.raises(NotNow):
        work.start_undoing(session, brought, actor=ACTOR, at=NOW)


def test_columns_that_nobody_knows_are_asked_for_once(shop: Shop) -> None:
    text = 'Beleg,Tag,Wer,Was,Preis,Farbe\nA-1,24.11.2026,Oak,x,"1.234,50",red\nA-2,05.11.2026,Oak,x,5,red\n'
    brought = bring(shop, text)
    part(seen(shop, brought), state="matching")
    fields = ["number", "date", "customer_name", "item", "amount", None]
    with shop.session() as session:
        row = storing.hold(session, brought)
        assert row.headings == ["Beleg", "Tag", "Wer", "Was", "Preis", "Farbe"]
        reading.choose(session, row, fields, dates="dmy", mark=",", at=NOW)
        session.commit()
    work_on(shop, brought)
    part(seen(shop, brought), state="ready", new=2)
    keep(shop, brought)
    assert numbers(shop) == {"A-1": 123450, "A-2": 500}
    again = bring(shop, text.replace(",05.", ",25.").replace('"1.234,50"', "7"))
    part(seen(shop, again), state="ready", changed=2)
    with shop.session() as session:
        row = work.match_again(session, again, at=NOW)
        assert row.rows == 0
        assert row.read_to == 1
        reading.choose(session, row, fields, dates="dmy", mark=",", at=NOW)
        session.commit()
    work_on(shop, again)
    part(seen(shop, again), state="ready", changed=2, rows=2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"%PDF-1.7", "This is a PDF"),
        (b"a\0b,c\n", "not a text file"),
        (b"\x81\x8d\x8f", "letters of this file cannot be read"),
        (b"number,date,customer\n", "holds no rows"),
        (b'number,date,customer\n"A-1,2026-11-01,Oak\n', "is not CSV"),
        (b"\n\n\n", "The file is empty"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_reason(shop: Shop, data: bytes, said: str) -> None:
    brought = bring(shop, data)
    found = seen(shop, brought)
    assert found["state"] == "refused"
    assert said in found["problem"]
    with shop.session() as session:
        assert session.scalar(select(func.count()).select_from(ImportPiece)) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_excel_writes_is_read(shop: Shop, encoding: str, delimiter: str) -> None:
    lines = [["number", "date", "customer", "item", "amount"], ['="007"', "2026-11-01", "Café Zoë", "x", "5.00"]]
    text = "\r\n".join(delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line) for line in lines)
    brought = bring(shop, f"sep={delimiter}\r\n{text}\r\n".encode(encoding))
    part(seen(shop, brought), state="ready", new=1)
    keep(shop, brought)
    with shop.session() as session:
        assert session.scalars(select(Customer.name)).all() == ["Café Zoë"]
        assert session.scalars(select(Invoice.number)).all() == ["007"]


def test_json_is_what_the_api_takes_and_is_read_strictly(shop: Shop) -> None:
    one = {"number": "J-1", "date": "2026-11-01", "customer": {"name": "Oak"}, "lines": [{"item": "x", "amount": 1.5}]}
    listed = [one, {**one, "number": "J-2", "colour": "red"}, "text", {**one, "number": "j-1"}, {**one, "number": None}]
    text = json.dumps({"invoices": listed})[:-2] + ', {"number": "J-3", "number": "J-4"}]}'
    brought = bring(shop, text, name="a.json")
    part(seen(shop, brought), state="ready", new=1, bad=5)
    said = complaints(shop, brought)
    assert said[2] == [["colour", "There is no such field. Check its spelling."]]
    assert said[4] == [["number", "Entry 1 is the same one already. Keep one of them."]]
    assert "the same file would make it twice" in said[5][0][1]
    assert "is given twice" in said[6][0][1]
    keep(shop, brought)
    assert numbers(shop) == {"J-1": 150}


@pytest.mark.parametrize(
    "text", ["{", "[1, 2", '{"no": []}', '[{"a": 1}} ', "nonsense", "[" * 5000, '["' + "a" * 2_000_000]
)
def test_json_that_is_none_is_refused(shop: Shop, text: str) -> None:
    assert seen(shop, bring(shop, text, name="a.json"))["state"] == "refused"


def test_customers_without_an_id_of_billing_make_no_twins(shop: Shop) -> None:
    text = "Name,Account No,Email,Parent,Address 1,City\nOak,7,a@oak.example,,1 Oak St,Dayton\nElm,,e@elm.example,,,\n"
    text += "Site 9,,,Elm,9 Elm St,\nElm,,twice@elm.example,,,\n"
    brought = bring(shop, text, kind=Kind.CUSTOMERS)
    part(seen(shop, brought), state="ready", new=3, bad=1)
    assert complaints(shop, brought) == {5: [["Name", "Row 3 is the same one already. Keep one of them."]]}
    keep(shop, brought)
    part(seen(shop, brought), kept=3)
    again = bring(shop, text.replace("a@oak", "b@oak"), kind=Kind.CUSTOMERS)
    part(seen(shop, again), new=0, same=2, changed=1, bad=1)
    keep(shop, again)
    with shop.session() as session:
        found = {each.name: each for each in session.scalars(select(Customer))}
        assert set(found) == {"Oak", "Elm", "Site 9"}
        assert found["Oak"].email == "b@oak.example"
        assert found["Site 9"].parent_id == found["Elm"].id
        assert customers.find(session, found["Elm"].public_id).version == 1
        with pytest.raises(NotNow):
            work.start_undoing(session, again, actor=ACTOR, at=NOW)


def test_items_are_made_and_changed_by_their_name(shop: Shop) -> None:
    text = "Item,Description,Price,Taxable\n20 yd,Roll-off,425.00,yes\nTonnage,,62.5,no\n"
    keep(shop, bring(shop, text, kind=Kind.ITEMS))
    again = bring(shop, text.replace("62.5", "63"), kind=Kind.ITEMS)
    part(seen(shop, again), same=1, changed=1)
    keep(shop, again)
    with shop.session() as session:
        rows = session.execute(select(Item.name, Item.unit_price, Item.taxable).order_by(Item.name)).all()
        assert [(name, str(price), taxable) for name, price, taxable in rows] == [
            ("20 yd", "425.00000", True),
            ("Tonnage", "63.00000", False),
        ]


def test_a_part_that_is_sent_again_is_stored_once(shop: Shop) -> None:
    data = GOOD.encode()
    with shop.session() as session:
        brought = storing.begin(session, Kind.INVOICES, "x.csv", actor=ACTOR, at=NOW).public_id
        session.commit()
        assert storing.add(session, brought, data[:50], offset=0, at=NOW) == 50
        assert storing.add(session, brought, data[:50], offset=0, at=NOW) == 50
        with pytest.raises(NotNow, match="byte 50"):
            storing.add(session, brought, data[60:], offset=60, at=NOW)
        session.rollback()
        assert storing.add(session, brought, data[40:], offset=40, at=NOW) == len(data)
        storing.complete(session, brought, at=NOW)
        session.commit()
    work_on(shop, brought)
    part(seen(shop, brought), state="ready", new=2)


def test_a_process_that_dies_between_two_pieces_repeats_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dray.billing.haste.ENOUGH", 3600)
    monkeypatch.setattr("dray.imports.work.MOST", 2)
    monkeypatch.setattr("dray.imports.reading.PIECE", 3)
    rows = "".join(f"A-{number % 7},2026-11-01,Oak,x,5.00\n" for number in range(21))
    brought = bring(shop, f"number,date,customer,item,amount\n{rows}")
    part(seen(shop, brought), state="ready", new=7, entries=7, rows=21)
    with shop.session() as session:
        work.start_keeping(session, brought, actor=ACTOR, at=NOW)
        session.commit()
        work.go_on(session, brought, READERS, clock=lambda: NOW, pieces=2)
        row = storing.hold(session, brought)
        real = invoices.push
        monkeypatch.setattr(invoices, "push", lambda *args, **named: (real(*args, **named), 1 / 0)[0])
        with pytest.raises(ZeroDivisionError):
            work.go_on(session, brought, READERS, clock=lambda: NOW, pieces=1)
        session.rollback()
        monkeypatch.setattr(invoices, "push", real)
    assert len(numbers(shop)) == 4
    work_on(shop, brought)
    part(seen(shop, brought), state="done", kept=7)
    assert numbers(shop) == {f"A-{number}": 1500 for number in range(7)}
    del row


def test_another_company_has_no_part_in_it(shop: Shop, other_shop: Shop) -> None:
    brought = bring(shop, GOOD)
    with other_shop.session() as session:
        for act in (storing.find, storing.hold):
            with pytest.raises(Missing):
                act(session, brought)
        with pytest.raises(Missing):
            work.start_keeping(session, brought, actor=ACTOR, at=NOW)


def test_what_was_discarded_leaves_no_rows(shop: Shop) -> None:
    brought = bring(shop, GOOD)
    with shop.session() as session:
        storing.discard(session, brought, actor=ACTOR, at=NOW)
        assert session.scalar(select(func.count()).select_from(ImportRow)) == 0
        with pytest.raises(NotNow):
            work.start_keeping(session, brought, actor=ACTOR, at=NOW)
        session.rollback()
    assert numbers(shop) == {}


ODD = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from([*'AB1,;"\r\n\t=-/.$(){}[]:\\', "number", "date", "customer", "é", "\0", "2026-11-01"])
    ).map(lambda parts: ("number,date,customer,item,amount\n" + "".join(parts)).encode()),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=ODD, form=st.sampled_from(["x.csv", "x.json"]), kind=st.sampled_from(list(Kind)))
def test_any_bytes_get_a_clear_answer_and_leave_nothing_half_done(
    shop: Shop, data: bytes, form: str, kind: Kind
) -> None:
    before = numbers(shop)
    brought = bring(shop, data, name=form, kind=kind)
    found = seen(shop, brought)
    assert found["state"] not in WORKING
    assert numbers(shop) == before
    if found["state"] == State.REFUSED:
        assert found["problem"].endswith((".", "?"))
    elif found["state"] == State.READY:
        keep(shop, brought)
        after = seen(shop, brought)
        assert after["state"] == State.DONE
        assert after["new"] + after["changed"] == after["kept"]
        assert after["entries"] == after["new"] + after["changed"] + after["same"] + after["bad"]


def test_prices_come_onto_the_rate_card_once(shop: Shop) -> None:
    shop.invoice("1")
    text = "Item,Customer,Price,From,Unit\n20 yd,,425.00,2026-01-01,haul\n20 yd,Bright Lights,400,2026-01-01,\n"
    text += "20 yd,Nobody,1,2026-01-01,\n20 yd,,7,2026-01-01,\n"
    brought = bring(shop, text, kind=Kind.RATES)
    part(seen(shop, brought), state="ready", new=2, bad=2)
    assert complaints(shop, brought)[4][0] == ["Customer", "There is no customer Nobody yet. Import it first."]
    keep(shop, brought)
    again = bring(shop, text.replace("400", "410"), kind=Kind.RATES)
    part(seen(shop, again), same=1, changed=1)
    keep(shop, again)
    with shop.session() as session:
        prices = sorted(session.scalars(select(Rate.price)))
        assert [str(price) for price in prices] == ["410.00000", "425.00000"]
