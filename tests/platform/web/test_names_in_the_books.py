"""The pages that say what each of ours is in the books, and the decisions made there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import customer_edits
from dray.billing.models import Customer
from dray.connections.models import Connection, ConnectionStatus, Link
from dray.twin import matches
from dray.twin.models import TwinList
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.platform.web.copied_lists import copy_lists
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    copy_lists(stage)
    browsing = stage.browse(stage.person(DENISE, Role.OWNER))
    browsing.get("/customers/new")
    return browsing


def customer(stage: Stage, name: str, **fields: Any) -> str:
    with stage.session() as session:
        made = customer_edits.create(session, {"name": name, **fields}, at=stage.now, actor="test")
        session.commit()
        return made.public_id


def names_at(stage: Stage) -> str:
    return f"/connections/{stage.connection}/customers"


def choosing_at(stage: Stage, of: str, kind: str = "customer") -> str:
    return f"/connections/{stage.connection}/names/{kind}?of={of}"


def link_of(stage: Stage, key: str) -> Link:
    with stage.session() as session:
        link = session.scalars(select(Link).where(Link.key == key)).one()
        session.expunge(link)
        return link


def test_every_customer_is_listed_with_what_it_is_there(stage: Stage, page: Browsing) -> None:
    for name in ("Acme", "Meridian Homes", "Nobody knows", "Asleep"):
        customer(stage, name)
    html = page.get(names_at(stage)).text
    assert "“Acme” is the name of a vendor there." in html
    assert "It is inactive there." in html
    assert "Same name there, linked with the first invoice" in html
    assert "Created there with its first invoice" in html
    html = page.get(names_at(stage) + "?show=undecided").text
    assert "Acme" in html
    assert "Nobody knows" not in html
    assert "Nobody matches" in page.get(names_at(stage) + "?q=zebra").text


def test_what_contradicts_is_not_joined_and_says_why(stage: Stage, page: Browsing) -> None:
    customer(stage, "Brightwater")
    with stage.session() as session:
        one = session.scalars(select(Customer).where(Customer.name == "Brightwater")).one()
        session.add(
            Customer(
                public_id="cus_twin", name=one.name, name_key=one.name_key, created_at=stage.now, updated_at=stage.now
            )
        )
        session.commit()
    assert "2 of your customers carry this name, and one there does." in page.get(names_at(stage)).text


def test_a_vendors_namesake_gets_a_name_of_its_own(stage: Stage, page: Browsing) -> None:
    acme = customer(stage, "Acme")
    html = page.get(choosing_at(stage, acme)).text
    assert 'value="Acme (C)"' in html
    assert "Acme Builders Inc." in html
    pressed = page.press(choosing_at(stage, acme), of=acme, how="name", called="Acme (C)")
    assert pressed.status_code == 303
    link = link_of(stage, acme)
    assert (link.books_name, link.chosen_by, link.books_id) == ("Acme (C)", DENISE, None)
    assert "Created there under the name that was chosen" in page.get(names_at(stage)).text
    taken = page.press(choosing_at(stage, acme), of=acme, how="name", called="Meridian Homes")
    assert taken.status_code == 422
    assert "is the name of a customer" in taken.text
    with stage.session() as session:
        assert "connection.name_chosen" in session.scalars(select(AuditEntry.action)).all()


def test_a_customer_is_linked_by_the_books_id_and_the_choice_taken_back(stage: Stage, page: Browsing) -> None:
    acme = customer(stage, "Acme")
    assert page.press(choosing_at(stage, acme), of=acme, how="link", books_id="customer-0").status_code == 303
    assert link_of(stage, acme).books_id == "customer-0"
    html = page.get(choosing_at(stage, acme)).text
    assert "Acme Builders Inc.</b> stands for it now" in html
    assert page.press(choosing_at(stage, acme), of=acme, how="forget").status_code == 303
    assert link_of(stage, acme).books_id is None
    assert page.press(choosing_at(stage, acme), of=acme, how="link", books_id="vendor-0").status_code == 422
    assert page.press(choosing_at(stage, acme), of=acme).status_code == 422


def test_an_item_is_picked_from_the_real_list_and_never_made(stage: Stage, page: Browsing) -> None:
    html = page.get(choosing_at(stage, "Haul", "item")).text
    assert "Hauling" in html
    assert "Create it with the first invoice" not in html
    assert page.press(choosing_at(stage, "Haul", "item"), of="Haul", how="link", books_id="item-0").status_code == 303
    assert link_of(stage, "haul").books_id == "item-0"
    assert page.press(choosing_at(stage, "Haul", "item"), of="Haul", how="name", called="X").status_code == 422
    assert "Disposal" in page.get(choosing_at(stage, "Haul", "item") + "&q=disp").text


def test_reading_again_makes_the_next_call_due(stage: Stage, page: Browsing) -> None:
    assert page.press(f"/connections/{stage.connection}/lists").status_code == 303
    with stage.session() as session:
        assert session.scalars(select(ConnectionStatus.due_at)).one() == stage.now
        assert set(session.scalars(select(TwinList.wanted_at))) == {stage.now}


def test_who_only_reads_decides_nothing(stage: Stage, page: Browsing) -> None:
    acme = customer(stage, "Acme")
    reader = stage.browse(stage.person("reader@harlan.example", Role.VIEWER))
    assert "Create it with the first invoice" not in reader.get(choosing_at(stage, acme)).text
    reader.get(names_at(stage))
    assert reader.press(choosing_at(stage, acme), of=acme, how="name", called="Acme (C)").status_code == 403


def test_nobody_elses_customer_is_decided_here(stage: Stage, page: Browsing) -> None:
    other = stage.company("Stone Mill", "stonemill")
    with stage.session(other) as session:
        theirs = customer_edits.create(session, {"name": "Theirs"}, at=stage.now, actor="test").public_id
        session.commit()
    assert page.get(choosing_at(stage, theirs)).status_code == 404
    assert page.get(choosing_at(stage, "x", "account")).status_code == 404


def test_pages_of_decisions_go_on_where_they_stopped(
    stage: Stage, page: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting, value in (("PAGE", 2), ("AT_ONCE", 3), ("MOST_LOOKED_AT", 6)):
        monkeypatch.setattr(matches, setting, value)
    for number in range(7):
        customer(stage, f"Customer {number}")
    customer(stage, "Zzz")
    acme = customer(stage, "Acme")
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        seen, after = [], ""
        while True:
            found = matches.page(session, connection, stage.now, after=after)
            seen += [row.full_name for row in found.rows]
            if found.next is None:
                break
            after = found.next
        assert seen == sorted(seen)
        assert len(seen) == 9
        undecided = matches.page(session, connection, stage.now, undecided=True)
        assert [row.customer.public_id for row in undecided.rows] == [acme]
