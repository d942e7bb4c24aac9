"""What the books recorded is compared with what was sent, and a wrong one is replaced only once it is out of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from dray.billing import replacing
from dray.billing.given import NotNow
from dray.billing.models import BillingSettings, Invoice
from dray.billing.receipt_models import Receipt
from dray.billing.receipts import Cause, Figures, cause_of
from dray.billing.timeline import story
from dray.connections import choices, lifecycle
from dray.connections.choices import Chosen, Rule
from dray.connections.links import Key
from dray.connections.models import Connection, Link
from dray.twin import misplaced
from dray.twin.choosing import Choosing
from dray.twin.misplaced import Done, Listed
from dray_sdk import Delivery, Kind
from dray_tenants.models import AuditEntry
from tests.platform.sync.office import Office


@pytest.mark.parametrize(
    ("sent", "theirs", "lines", "tolerance", "found"),
    [
        (Figures(10800, 800, 10000), Figures(10800, 800), 1, 0, None),
        (Figures(10800, 800, 10000), Figures(10802, 802), 1, 0, (Cause.TAX, 800, 802)),
        (Figures(10800, 800, 10000), Figures(10801, 801), 1, 0, (Cause.ROUNDING, 800, 801)),
        (Figures(10800, 800, 10000), Figures(10802, 802), 1, 2, None),
        (Figures(10800, 800, 10000), Figures(9800, 800), 3, 0, (Cause.AMOUNTS, 10000, 9000)),
        (Figures(10800, 800, 10000), Figures(10803, 800), 3, 0, (Cause.ROUNDING, 10000, 10003)),
        (Figures(10000, None, 10000), Figures(10725, 725), 1, 0, None),
        (Figures(10000, None, 10000), Figures(9725, 725), 1, 0, (Cause.AMOUNTS, 10000, 9000)),
        (Figures(10000, None, 10000), Figures(10725), 1, 0, None),
        (Figures(10800, 800, 10000), Figures(10000), 1, 0, (Cause.TOTAL, 10800, 10000)),
        (Figures(10800, 800, 10000), Figures(None), 1, 0, None),
    ],
)
def test_why_figures_differ(
    sent: Figures, theirs: Figures, lines: int, tolerance: int, found: tuple[Cause, int, int] | None
) -> None:
    assert cause_of(sent, theirs, lines=lines, tolerance=tolerance) == found


def state_of(office: Office, public_id: str) -> str:
    with office.session() as session:
        return session.scalars(select(Invoice.state).where(Invoice.public_id == public_id)).one()


def expecting(office: Office, tax: int) -> str:
    """A sent invoice that expects so much tax, of books that will work out none."""
    invoice = office.invoice(office.customer("Elm Street Deli"))
    with office.session() as session:
        figures = {"tax_minor": tax, "total_minor": Invoice.subtotal_minor + tax}
        session.execute(update(Invoice).where(Invoice.public_id == invoice).values(figures))
        session.commit()
    office.send([invoice])
    return invoice


def rule(office: Office, wanted: Rule) -> None:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        choices.set_rule(session, connection, wanted, at=office.now, actor="ada")
        session.commit()


def standing(office: Office) -> tuple[str, str | None]:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        return connection.state, connection.paused_for


def told(office: Office, public_id: str) -> list[str]:
    with office.session() as session:
        key = session.scalars(select(Invoice.id).where(Invoice.public_id == public_id)).one()
        return [happening.sentence for happening in story(session, key)]


def differs(office: Office) -> list[str]:
    with office.session() as session:
        return list(session.scalars(select(Receipt.differs).where(Receipt.differs.is_not(None))))


@pytest.mark.parametrize(
    ("wanted", "state", "marked"),
    [(Rule.ACCEPT, "active", []), (Rule.WARN, "active", ["tax"]), (Rule.PAUSE, "paused", ["tax"])],
)
def test_the_rule_of_the_connection_says_what_follows_when_a_receipt_differs(
    office: Office, wanted: Rule, state: str, marked: list[str]
) -> None:
    office.run()
    rule(office, wanted)
    one = expecting(office, 700)
    office.run()
    assert standing(office)[0] == state
    assert differs(office) == marked
    assert any("the books recorded 0.00, and 7.00 was sent" in sentence for sentence in told(office, one))
    after = office.invoice(office.customer("Acme Corp"))
    office.send([after])
    office.run()
    waits = state == "paused"
    assert state_of(office, after) == ("pending_sync" if waits else "synced")
    if not waits:
        return
    assert "the books recorded 0.00, and 7.00 was sent" in str(standing(office)[1])
    with office.session() as session:
        assert "connection.paused_by_rule" in session.scalars(select(AuditEntry.action)).all()
        connection = session.scalars(select(Connection)).one()
        lifecycle.resume(session, connection, at=office.now, actor="ada")
        session.commit()
    office.run()
    assert state_of(office, after) == "synced"
    assert standing(office) == ("active", None)


def test_what_lies_within_the_tolerance_is_no_difference(office: Office) -> None:
    office.run()
    rule(office, Rule.PAUSE)
    with office.session() as session:
        session.execute(update(BillingSettings).values(tolerance_minor=700))
        session.commit()
    expecting(office, 700)
    office.run()
    assert standing(office)[0] == "active"
    assert differs(office) == []


def test_what_was_chosen_fills_what_is_open_and_reaches_the_books(office: Office) -> None:
    office.run()
    lists = office.company.lists
    terms, template = next(iter(lists["StandardTerms"])), next(iter(lists["Template"]))
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        how: dict[str, Any] = {"at": office.now, "actor": "ada"}
        choices.set_delivery(session, connection, Delivery.PRINTED, **how)
        choices.set_default(session, connection, Kind.TERMS, Chosen(terms, "Old name"), **how)
        choices.set_default(session, connection, Kind.TEMPLATE, Chosen(template, "Old name"), **how)
        item = next(key for key, one in lists["ItemService"].items() if one["Name"] == "Consulting")
        choices.set_default(session, connection, Kind.ITEM, Chosen(item, "Consulting"), **how)
        session.commit()
    office.send([office.invoice(office.customer("Elm Street Deli"), item="")])
    office.run()
    (kept,) = office.company.transactions["Invoice"].values()
    assert (kept["TermsRef"]["ListID"], kept["TemplateRef"]["ListID"]) == (terms, template)
    assert (kept["IsToBePrinted"], kept["IsToBeEmailed"]) == ("true", "false")


# ---- replacements


def copied(office: Office, original: str) -> str:
    with office.session() as session:
        customer = session.scalars(select(Invoice.customer_id).where(Invoice.public_id == original)).one()
    copy = office.invoice(office.customer(f"Nobody {customer}"))
    with office.session() as session:
        session.execute(update(Invoice).where(Invoice.public_id == copy).values(customer_id=customer))
        assert replacing.begin(session, copy, original, at=office.now, actor="ada")
        session.commit()
    return copy


def posted(office: Office) -> str:
    invoice = office.invoice(office.customer("Elm Street Deli"))
    office.send([invoice])
    office.run()
    assert state_of(office, invoice) == "synced"
    return invoice


def in_books(office: Office) -> dict[str, Any]:
    return next(iter(office.company.transactions["Invoice"].values()))


def void(office: Office) -> None:
    in_books(office).update(Subtotal="0.00", SalesTaxTotal="0.00", BalanceRemaining="0.00")


def delete(office: Office) -> None:
    office.company.delete(in_books(office)["TxnID"], office.now)


def credit(office: Office) -> None:
    memo = {"TxnID": "C-1", "TxnType": "CreditMemo", "TxnDate": "2026-03-02", "RefNumber": "CM-1"}
    linked = [{**memo, "LinkType": "AMTTYPE", "Amount": "-425.00"}]
    in_books(office).update(BalanceRemaining="0.00", AppliedAmount="-425.00", IsPaid="true", LinkedTxn=linked)


def pay(office: Office) -> None:
    in_books(office).update(BalanceRemaining="0.00", AppliedAmount="-425.00", IsPaid="true")


@pytest.mark.parametrize(
    ("there", "goes"), [(void, True), (delete, True), (credit, True), (pay, False), (lambda office: None, False)]
)
def test_a_copy_goes_only_once_the_original_is_out_of_the_books(office: Office, there: object, goes: bool) -> None:
    original = posted(office)
    copy = copied(office, original)
    office.send([copy])
    assert state_of(office, copy) == "draft"
    assert callable(there)
    there(office)
    office.now += dt.timedelta(hours=25)
    office.run()
    office.send([copy])
    assert state_of(office, copy) == ("pending_sync" if goes else "draft")


def test_an_administrator_says_that_it_is_an_additional_charge(office: Office) -> None:
    original = posted(office)
    copy = copied(office, original)
    with office.session() as session:
        replacing.additional(session, copy, at=office.now, actor="ada")
        session.commit()
        assert "invoice.said_additional" in session.scalars(select(AuditEntry.action)).all()
    office.send([copy])
    office.run()
    assert state_of(office, copy) == "synced"
    assert any("charged beside" in sentence for sentence in told(office, copy))
    with office.session() as session, pytest.raises(NotNow):
        replacing.additional(session, copy, at=office.now, actor="ada")


def test_a_copy_of_what_never_went_is_an_invoice_like_any_other(office: Office) -> None:
    office.run()
    draft, other = (office.invoice(office.customer("Elm Street Deli")) for _ in range(2))
    with office.session() as session:
        assert not replacing.begin(session, other, draft, at=office.now, actor="ada")
        assert replacing.of(session, [1, 2]) == {}


# ---- what was posted under a wrong link


def choose(office: Office, customer: str, name: str, books_id: str) -> int:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        choosing = Choosing(session, connection, Key(Kind.CUSTOMER, customer), name, office.now, "ada")
        choosing.link(books_id)
        session.commit()
        return choosing.left


def the_list(office: Office) -> Listed:
    with office.session() as session:
        return misplaced.listed(session, office.connection_id)


def test_what_was_posted_under_a_wrong_link_is_listed_and_ticks_itself_off(office: Office) -> None:
    customer = office.customer("Acme Corp")
    sent = [office.invoice(customer) for _ in range(4)]
    office.send(sent)
    office.run()
    right = office.company.enter("Customer", {"Name": "Acme of Dayton"}, office.now)["ListID"]
    office.now += dt.timedelta(hours=25)
    office.run()
    assert the_list(office) == Listed([], 0, 0)
    assert choose(office, customer, "Acme Corp", right) == 4
    assert choose(office, customer, "Acme Corp", right) == 0
    assert (the_list(office).waiting, the_list(office).lines[0].books_name) == (4, "Acme Corp")
    moved, voided, deleted, _ = office.company.transactions["Invoice"].values()
    moved["CustomerRef"] = {"ListID": right}
    voided.update(Subtotal="0.00", SalesTaxTotal="0.00", BalanceRemaining="0.00")
    office.company.delete(deleted["TxnID"], office.now)
    with office.session() as session:
        assert misplaced.look_again(session, office.connection_id, office.now) == 4
        session.commit()
    office.now += dt.timedelta(hours=1)
    office.run()
    found = the_list(office)
    assert (found.waiting, found.done) == (1, 3)
    assert {line.done for line in found.lines} == {None, Done.MOVED, Done.VOIDED, Done.DELETED}
    left = found.lines[0]
    assert left.done is None
    with office.session() as session:
        assert misplaced.tick(session, left.id, office.connection_id, at=office.now, actor="ada")
        assert not misplaced.tick(session, left.id, office.connection_id, at=office.now, actor="ada")
        session.commit()
    assert the_list(office).waiting == 0


def test_what_was_posted_under_a_wrong_item_is_listed_too(office: Office) -> None:
    customer = office.customer("Acme Corp")
    office.send([office.invoice(customer), office.invoice(customer, item="Roll-off")])
    office.run()
    other = office.company.enter("ItemService", {"Name": "Consulting hours"}, office.now)["ListID"]
    office.now += dt.timedelta(hours=25)
    office.run()
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        linked = session.scalars(select(Link).where(Link.kind == "item", Link.key == "consulting")).one()
        assert linked.books_id
        choosing = Choosing(session, connection, Key(Kind.ITEM, "consulting"), "Consulting", office.now, "ada")
        choosing.link(other)
        session.commit()
        assert choosing.left == 1
