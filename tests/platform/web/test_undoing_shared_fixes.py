"""One press puts many invoices right, and one more makes them what they were; what was changed since stays."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from dray.billing import amending
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push
from dray.billing.models import Invoice, InvoiceLine
from dray.inbox import putting_right
from dray.inbox.models import AppliedFix
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

CLERK = "denise@harlan.example"
AMOUNTS = "draft~amount_differs~lines/*/amount"
MEMO = "disagrees~billing_differs~memo"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    page = stage.browse(stage.person(CLERK, Role.BILLING))
    page.get("/problems")
    return page


def pushed(stage: Stage, number: str, **fields: object) -> str:
    """What billing pushes: two lines, the second with an amount that is not quantity × price."""
    lines = [
        GivenLine(item="Haul", quantity=Decimal(2), unit_price=Decimal("12.50")),
        GivenLine(item="Return", quantity=Decimal(3), unit_price=Decimal("10.00"), amount=Decimal("31.00")),
    ]
    day = dt.date(2026, 11, 17)
    given = GivenInvoice(GivenCustomer(name="Oak"), day, lines, number=number, external_id=number, **fields)  # type: ignore[arg-type]
    with stage.session() as session:
        result = push(session, given, at=stage.now, actor="billing")
        session.commit()
    assert result.id is not None
    return result.id


def content(stage: Stage, public_id: str) -> tuple[object, ...]:
    """All that is written in it, and whose each field is."""
    with stage.session() as session:
        row = session.scalars(select(Invoice).where(Invoice.public_id == public_id)).one()
        columns = (InvoiceLine.quantity, InvoiceLine.unit_price, InvoiceLine.amount_minor)
        lines = session.execute(select(*columns).where(InvoiceLine.invoice_id == row.id).order_by(InvoiceLine.position))
        problems = [problem["code"] for problem in row.problems or ()]
        return (row.total_minor, row.memo, row.person_edits, problems, [tuple(line) for line in lines])


def group(page: Browsing, code: str) -> str:
    """The key of the group that is there for this cause."""
    (found,) = set(re.findall(rf'name="cause" value="(\w+~{code}~[^"]*)"', page.get("/problems").text))
    return str(found)


def undo_of(html: str) -> str:
    (address,) = re.findall(r'action="(/problems/applied/\w+/undo)"', html)
    return str(address)


@pytest.mark.parametrize("choice", ["use_product", "use_amount"])
def test_amounts_that_were_settled_together_are_unsettled_together(stage: Stage, page: Browsing, choice: str) -> None:
    ids = [pushed(stage, "1"), pushed(stage, "2")]
    before = [content(stage, each) for each in ids]
    html = page.press("/problems/amounts", follow=True, cause=group(page, "amount_differs"), choice=choice).text
    assert "2 invoices are put right" in html
    assert all(content(stage, each)[3] == [] for each in ids)
    assert "2 invoices are as before" in page.press(undo_of(html), follow=True).text
    assert [content(stage, each) for each in ids] == before
    assert page.press(undo_of(html)).status_code == 404, "there is nothing to undo any more"
    assert "took back a fix" in stage.browse(stage.person("o@harlan.example", Role.OWNER)).get("/audit").text


@pytest.mark.parametrize("whose", ["theirs", "mine"])
def test_what_was_decided_together_is_undecided_together(stage: Stage, page: Browsing, whose: str) -> None:
    ids = [pushed(stage, number, memo="first") for number in ("1", "2")]
    for each in ids:
        with stage.session() as session:
            amending.amend(session, each, {"memo": "mine"}, version=None, at=stage.now, actor=CLERK, by_person=True)
            session.commit()
    ids = [pushed(stage, number, memo="second") for number in ("1", "2")]
    before = [content(stage, each) for each in ids]
    html = page.press("/problems/disagreements", follow=True, cause=group(page, "billing_differs"), whose=whose).text
    assert [content(stage, each)[1] for each in ids] == [{"theirs": "second", "mine": "mine"}[whose]] * 2
    assert "2 invoices are as before" in page.press(undo_of(html), follow=True).text
    assert [content(stage, each) for each in ids] == before


def test_what_was_changed_since_stays_and_is_named(stage: Stage, page: Browsing) -> None:
    first, second = pushed(stage, "1"), pushed(stage, "2")
    cause = group(page, "amount_differs")
    html = page.press("/problems/amounts", follow=True, cause=cause, choice="use_product").text
    with stage.session() as session:
        amending.amend(session, first, {"memo": "later"}, version=None, at=stage.now, actor=CLERK, by_person=True)
        session.commit()
    stage.sent([second])
    changed = content(stage, first)
    said = page.press(undo_of(html), follow=True).text
    assert "Nothing was changed." in said
    assert "1: It was changed since, and stays as it is." in said
    assert content(stage, first) == changed
    with stage.session() as session:
        session.execute(update(AppliedFix).values(at=stage.now - dt.timedelta(days=31)))
        assert putting_right.forget_old(session, at=stage.now) == 2
