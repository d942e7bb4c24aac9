"""From the tick boxes over the review to Pending sync, and back by Undo and Unpend."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from dray.billing.models import Customer, Invoice, Sending
from dray.connections.models import Connection, Link
from dray_tenants.roles import Role
from tests.platform.web.stage import NOW, Browsing, Stage

LONG = "Northgate Demolition and Site Services of Dayton LLC"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    page.get("/invoices")
    return page


def seen(html: str) -> str:
    """What the review's form would send."""
    found = re.search(r'name="seen" value="([^"]*)"', html)
    assert found is not None
    return found[1]


def edited(stage: Stage, public_id: str, minor: int) -> None:
    """Somebody else changes the invoice."""
    with stage.session() as session:
        session.execute(
            update(Invoice)
            .where(Invoice.public_id == public_id)
            .values(version=Invoice.version + 1, subtotal_minor=minor, total_minor=minor)
        )
        session.commit()


def test_the_review_shows_what_goes_what_stays_and_why_and_sends_nothing(stage: Stage, page: Browsing) -> None:
    good = stage.invoices(2, first=1)
    (bad,) = stage.invoices(1, LONG, first=3)
    answer = page.press("/invoices/review", pick=[f"{good[0]}.1", f"{good[1]}.1", f"{bad}.1"])
    assert answer.status_code == 303
    html = page.get(answer.location).text
    assert "Review 3 invoices before sending" in html
    assert "1 invoice needs a fix first" in html
    assert "Customer name: 52/41 characters" in html
    assert "Use this name in the books" in html
    assert f'href="/invoices/{bad}#problems"' in html
    assert "Send 2 ready, leave 1" in html
    assert "$2,145.68" in html
    assert "Check the prices" in html
    assert "465.00" in html
    assert "it is locked here" in html
    assert "About 10:50 am" in html
    assert seen(html).split() == [f"{good[0]}.1", f"{good[1]}.1"]
    assert set(stage.states().values()) == {"draft"}


def test_the_review_says_which_customers_are_created_and_which_are_looked_up(stage: Stage, page: Browsing) -> None:
    names = ["Absent Homes", "Linked Homes", "Unknown Homes"]
    picks = [stage.invoices(1, name, first=at)[0] for at, name in enumerate(names)]
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        for name, state in (("Absent Homes", "absent"), ("Linked Homes", "linked")):
            invoice = session.scalars(select(Invoice).where(Invoice.public_id == picks[names.index(name)])).one()
            customer = session.scalars(select(Customer).where(Customer.id == invoice.customer_id)).one()
            session.add(
                Link(
                    connection_id=connection.id,
                    kind="customer",
                    key=customer.public_id,
                    name=name,
                    state=state,
                    books_id="80000001-1" if state == "linked" else None,
                    checked_at=NOW,
                )
            )
        session.commit()
    html = page.get("/invoices/review?" + "&".join(f"pick={each}.1" for each in picks)).text
    card = html[html.index("Customers in the books") : html.index("Check the prices")]
    created, looked_up = card.split("Will be looked up by name")
    assert "Will be created there" in created
    assert "Absent Homes" in created
    assert "Unknown Homes" in looked_up
    assert "Linked Homes" not in card


def test_sending_puts_in_line_what_was_reviewed_and_offers_undo(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(2)
    html = page.get(f"/invoices/review?pick={ids[0]}.1&pick={ids[1]}.1").text
    said = page.press("/invoices/send", follow=True, connection=stage.connection, seen=seen(html))
    assert said.request.full_path == "/invoices?state=pending_sync"
    assert "2 invoices are Pending sync for QuickBooks Desktop. The next run is about 10:50 am." in said.text
    assert set(stage.states().values()) == {"pending_sync"}
    undo = re.search(r'action="(/sendings/\w+/undo)"', said.text)
    assert undo is not None
    undone = page.press(undo[1], follow=True).text
    assert "2 invoices are back in Draft. Nothing of them had left." in undone
    assert set(stage.states().values()) == {"draft"}
    assert "Undo" not in page.get("/invoices").text


def test_what_changed_since_the_review_is_not_sent_and_is_said(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(2)
    html = page.get(f"/invoices/review?pick={ids[0]}.1&pick={ids[1]}.1").text
    edited(stage, ids[0], 50000)
    said = page.press("/invoices/send", follow=True, connection=stage.connection, seen=seen(html)).text
    assert "1 invoice is Pending sync" in said
    assert "1 invoice was left out" in said
    assert "INV-20471: Changed since your review" in said
    assert stage.states() == {"INV-20471": "draft", "INV-20472": "pending_sync"}


def test_a_review_of_what_changed_since_it_was_ticked_says_so(stage: Stage, page: Browsing) -> None:
    (public_id,) = stage.invoices(1)
    assert "changed since you chose" not in page.get(f"/invoices/review?pick={public_id}.1").text
    edited(stage, public_id, 50000)
    html = page.get(f"/invoices/review?pick={public_id}.1").text
    assert "1 invoice has changed since you chose them." in html
    assert seen(html).split() == [f"{public_id}.2"]


def test_pressing_send_twice_sends_once(stage: Stage, page: Browsing) -> None:
    (public_id,) = stage.invoices(1)
    looked_at = seen(page.get(f"/invoices/review?pick={public_id}.1").text)
    form: dict[str, Any] = {"connection": stage.connection, "seen": looked_at}
    page.press("/invoices/send", **form)
    said = page.press("/invoices/send", follow=True, **form).text
    assert "INV-20471: It is already in line." in said
    with stage.session() as session:
        assert len(session.scalars(select(Sending)).all()) == 1


def test_a_problem_that_came_up_after_the_review_stops_only_its_own_invoice(stage: Stage, page: Browsing) -> None:
    good, bad = stage.invoices(1, first=1)[0], stage.invoices(1, LONG, first=2)[0]
    said = page.press("/invoices/send", follow=True, connection=stage.connection, seen=f"{good}.1 {bad}.1").text
    assert "1 invoice is Pending sync" in said
    assert "INV-2: Customer name: 52/41 characters" in said
    assert stage.states() == {"INV-1": "pending_sync", "INV-2": "draft"}


def test_what_is_no_draft_any_more_is_left_out_of_the_review(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(2)
    stage.sent([ids[0]])
    html = page.get(f"/invoices/review?pick={ids[0]}.1&pick={ids[1]}.1&pick=inv_none.1&pick=nonsense").text
    assert "Review 1 invoice before sending" in html
    assert "2 invoices are no longer a draft" in html


def test_a_review_of_nothing_says_so(stage: Stage, page: Browsing) -> None:
    html = page.get("/invoices/review").text
    assert "There is nothing to send here." in html
    assert "/invoices/send" not in html


def test_without_books_the_review_leads_to_connecting_them(stage: Stage) -> None:
    page = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    (public_id,) = stage.invoices(1)
    html = page.get(f"/invoices/review?pick={public_id}.1").text
    assert "No books are connected yet, so nothing can be sent." in html
    assert "/invoices/send" not in html


def test_with_two_connections_one_is_chosen_and_the_choice_is_kept(stage: Stage, page: Browsing) -> None:
    first = stage.connection
    second = stage.connect("Second books")
    (public_id,) = stage.invoices(1)
    assert f'<option value="{first}" selected>' in page.get(f"/invoices/review?pick={public_id}.1").text
    html = page.get(f"/invoices/review?pick={public_id}.1&connection={second}").text
    assert f'<option value="{second}" selected>' in html
    assert f'name="pick" value="{public_id}.1"' in html
    assert f'name="connection" value="{second}"' in html
    assert (
        "Pending sync for Second books"
        in page.press("/invoices/send", follow=True, connection=second, seen=seen(html)).text
    )


@pytest.mark.parametrize("form", [{}, {"seen": ""}, {"seen": "nonsense"}, {"seen": "inv_x"}])
def test_a_form_without_invoices_sends_nothing(stage: Stage, page: Browsing, form: dict[str, str]) -> None:
    said = page.press("/invoices/send", follow=True, connection=stage.connection, **form).text
    assert "Nothing was sent. Choose the invoices again." in said


def test_unpending_what_is_ticked_says_what_was_too_late(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(2)
    stage.sent(ids)
    stage.claimed(ids[:1])
    said = page.press(
        "/invoices/unpend", follow=True, pick=[f"{each}.1" for each in ids], state="pending_sync", q="kestrel"
    )
    assert said.request.full_path == "/invoices?state=pending_sync&q=kestrel"
    assert "1 invoice is back in Draft." in said.text
    assert "INV-20471: QuickBooks Desktop took it at 10:40" in said.text
    assert stage.states() == {"INV-20471": "sending", "INV-20472": "draft"}


def test_unpending_all_that_match_takes_back_the_rest_of_the_pages_too(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(30, first=100)
    (other,) = stage.invoices(1, "Meridian Homes", first=200)
    stage.sent([*ids, other])
    page.get("/invoices?everything=1&q=kestrel")
    page.press("/invoices/unpend", everything="1", q="kestrel")
    states = stage.states()
    assert states.pop("INV-200") == "pending_sync"
    assert set(states.values()) == {"draft"}


def test_ticking_nothing_is_said_kindly(stage: Stage, page: Browsing) -> None:
    stage.invoices(1)
    page.get("/invoices")
    for address in ("/invoices/review", "/invoices/unpend"):
        assert "Nothing was ticked. Tick one or more invoices first." in page.press(address, follow=True).text


def test_an_invoice_that_needs_attention_is_sent_again(stage: Stage, page: Browsing) -> None:
    (public_id,) = stage.invoices(1)
    stage.sent([public_id])
    stage.claimed([public_id])
    stage.refused([public_id])
    html = page.get(f"/invoices/review?pick={public_id}.1").text
    assert "Send 1 invoice" in html
    page.press("/invoices/send", connection=stage.connection, seen=seen(html))
    assert stage.states() == {"INV-20471": "pending_sync"}
    assert "Sent again" in page.get(f"/invoices/{public_id}").text


def test_what_is_marked_as_not_sent_stays_and_can_be_taken_back(stage: Stage, page: Browsing) -> None:
    (public_id,) = stage.invoices(1)
    page.get(f"/invoices/{public_id}")
    address = f"/invoices/{public_id}/not-sent"
    assert "Say why it is not sent" in page.press(address, follow=True, reason=" ").text
    marked = page.press(address, follow=True, reason="Paid in cash").text
    assert "Marked as not to be sent: Paid in cash." in marked
    assert "Not sent" in marked
    html = page.get(f"/invoices/review?pick={public_id}.1").text
    assert "Marked as not to be sent: Paid in cash" in html
    assert "None of these can go yet" in html
    page.get(f"/invoices/{public_id}")
    assert "Ready to send" in page.press(address, follow=True, undo="1").text


def test_ten_thousand_invoices_fit_the_form(stage: Stage, page: Browsing) -> None:
    """A form of that size must reach the page instead of being refused at the door."""
    stage.invoices(1)
    form = " ".join(f"inv_{number:020}.1" for number in range(10_000))
    said = page.press("/invoices/send", follow=True, connection=stage.connection, seen=form)
    assert said.status_code == 200
    assert "Nothing was sent." in said.text
    assert re.search(r"and 9,9\d\d more; each says why on its own page\.", said.text)


def test_totals_of_two_currencies_are_not_added_up(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(2)
    with stage.session() as session:
        session.execute(update(Invoice).where(Invoice.public_id == ids[0]).values(currency="CAD"))
        session.commit()
    html = page.get(f"/invoices/review?pick={ids[0]}.1&pick={ids[1]}.1").text
    assert "CA$1,072.84<br>$1,072.84" in html
