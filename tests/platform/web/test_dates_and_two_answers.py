"""A bookkeeper moves an invoice to another day and sees the month; the review settles what has two answers."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from dray.billing import by_hand
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push
from dray.billing.models import Invoice
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

MARGE = "marge@harlan.example"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    return stage.browse(stage.person(MARGE, Role.BOOKKEEPER))


def date_of(stage: Stage, public_id: str) -> dt.date:
    with stage.session() as session:
        return session.scalars(select(Invoice.date).where(Invoice.public_id == public_id)).one()


def test_a_bookkeeper_changes_a_date_and_nothing_else(stage: Stage, page: Browsing) -> None:
    (invoice,) = stage.invoices(1)
    html = page.get(f"/invoices/{invoice}").text
    assert f'href="/invoices/{invoice}/date"' in html
    assert f'href="/invoices/{invoice}/edit"' not in html
    html = page.get(f"/invoices/{invoice}/date").text
    assert "counts in <b>November 2026</b>" in html
    said = page.press(f"/invoices/{invoice}/date", follow=True, date="2026-11-19", version="1").text
    assert "INV-20471 is dated Nov 19, 2026 now; before it was Nov 17, 2026." in said
    assert date_of(stage, invoice) == dt.date(2026, 11, 19)
    with stage.session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice.redated")).one()
        assert (entry.actor, entry.details) == (MARGE, {"before": "2026-11-17", "date": "2026-11-19"})
        row = session.scalars(select(Invoice).where(Invoice.public_id == invoice)).one()
        assert (row.version, row.total_minor, row.due_date) == (2, 107284, dt.date(2026, 12, 17))


def test_another_month_is_named_and_nothing_moves_until_somebody_says_so(stage: Stage, page: Browsing) -> None:
    (invoice,) = stage.invoices(1)
    page.get(f"/invoices/{invoice}/date")
    html = page.press(f"/invoices/{invoice}/date", date="2026-12-01", version="1").text
    assert "It moves from November 2026 to December 2026." in html
    assert "Move it to December 2026" in html
    assert date_of(stage, invoice) == dt.date(2026, 11, 17)
    # Another day than the one that was named is asked about again.
    again = page.press(f"/invoices/{invoice}/date", date="2027-01-01", version="1", month="December 2026").text
    assert "from November 2026 to January 2027" in again
    page.press(f"/invoices/{invoice}/date", date="2026-12-01", version="1", month="December 2026")
    assert date_of(stage, invoice) == dt.date(2026, 12, 1)


@pytest.mark.parametrize("typed", ["", "soon", "2026-02-30", "1801-01-01"])
def test_what_is_no_day_is_said_at_the_field(stage: Stage, page: Browsing, typed: str) -> None:
    (invoice,) = stage.invoices(1)
    page.get(f"/invoices/{invoice}/date")
    answer = page.press(f"/invoices/{invoice}/date", date=typed, version="1", month="January 1801")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert date_of(stage, invoice) == dt.date(2026, 11, 17)


def test_a_date_that_somebody_changed_meanwhile_or_that_was_sent_stays(stage: Stage, page: Browsing) -> None:
    changed, sent = stage.invoices(2)
    page.get(f"/invoices/{changed}/date")
    page.press(f"/invoices/{changed}/date", date="2026-11-18", version="1")
    said = page.press(f"/invoices/{changed}/date", follow=True, date="2026-11-20", version="1").text
    assert "Somebody changed it since you looked" in said
    assert date_of(stage, changed) == dt.date(2026, 11, 18)
    stage.sent([sent])
    assert "It waits in line" in page.get(f"/invoices/{sent}/date", follow_redirects=True).text
    page.press(f"/invoices/{sent}/date", date="2026-11-20", version="1")
    assert date_of(stage, sent) == dt.date(2026, 11, 17)


@pytest.fixture
def clerk(stage: Stage) -> Browsing:
    stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    page.get("/invoices")
    return page


def odd(stage: Stage, amount: str, price: str = "10.00") -> str:
    """An invoice whose line says another amount than quantity × price; its public id."""
    line = GivenLine(item="Haul", quantity=Decimal(3), unit_price=Decimal(price), amount=Decimal(amount))
    given = GivenInvoice(GivenCustomer(name="Oak"), dt.date(2026, 11, 17), [line], number="INV-7", external_id="7")
    with stage.session() as session:
        pushed = push(session, given, at=stage.now, actor="billing")
        session.commit()
    assert pushed.id is not None
    return pushed.id


def button(html: str, words: str) -> tuple[str, str, str]:
    """(address, name, value) of the button with these words."""
    found = re.search(rf'formaction="([^"]+)" name="(\w+)" value="([^"]+)"[^>]*>{re.escape(words)}', html)
    assert found is not None, html
    return found[1], found[2], found[3]


@pytest.mark.parametrize(("words", "total"), [("Send the amount as it is", "31.00"), ("Use quantity", "30.00")])
def test_an_amount_that_is_not_the_product_is_settled_on_the_review(
    stage: Stage, clerk: Browsing, words: str, total: str
) -> None:
    invoice = odd(stage, "31.00")
    review = clerk.get(f"/invoices/review?pick={invoice}.1").text
    assert "1 invoice needs a fix first" in review
    address, name, value = button(review, words)
    form = {name: value, "pick": f"{invoice}.1", "next": f"/invoices/review?pick={invoice}.1"}
    answer = clerk.press(address, follow=False, **form)
    assert answer.location == f"/invoices/review?pick={invoice}.2"
    after = clerk.get(answer.location).text
    assert "needs a fix first" not in after
    assert f"${total}" in after
    assert "Send 1 invoice" in after
    assert "changed since you chose" not in after


def test_mine_or_theirs_is_chosen_on_the_review(stage: Stage, clerk: Browsing) -> None:
    invoice = odd(stage, "30.00")
    with stage.session() as session:
        by_hand.redate(session, invoice, dt.date(2026, 11, 18), version=1, at=stage.now, actor="denise")
        session.commit()
        line = GivenLine(item="Haul", quantity=Decimal(3), unit_price=Decimal(10), amount=Decimal(30))
        given = GivenInvoice(GivenCustomer(name="Oak"), dt.date(2026, 11, 20), [line], number="INV-7", external_id="7")
        push(session, given, at=stage.now, actor="billing")
        session.commit()
        version = session.scalars(select(Invoice.version).where(Invoice.public_id == invoice)).one()
    review = clerk.get(f"/invoices/review?pick={invoice}.{version}").text
    assert "Billing says 2026-11-20" in review
    address, name, value = button(review, "Take theirs")
    clerk.press(address, follow=False, **{name: value, "pick": f"{invoice}.{version}"})
    assert date_of(stage, invoice) == dt.date(2026, 11, 20)


def test_a_button_leads_to_no_other_site(stage: Stage, clerk: Browsing) -> None:
    invoice = odd(stage, "31.00")
    clerk.get(f"/invoices/review?pick={invoice}.1")
    answer = clerk.press(
        f"/invoices/{invoice}/lines/0/amount", pick=f"{invoice}.1", choice="use_amount", next="//elsewhere.example/x"
    )
    assert answer.location == f"/invoices/{invoice}"
