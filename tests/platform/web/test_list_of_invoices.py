"""The list: tabs, filters, pages, what happens next, and what can be ticked."""

import datetime as dt
import re

import pytest
from sqlalchemy import event

from dray.web.invoices import listing
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage


@pytest.fixture
def page(stage: Stage) -> Browsing:
    return stage.browse(stage.person("denise@harlan.example", Role.OWNER))


@pytest.fixture
def every_state(stage: Stage) -> dict[str, str]:
    """state → the public id of the one invoice in it."""
    stage.connect()
    ids = stage.invoices(7)
    draft, pending, sending, checking, attention, synced, not_sent = ids
    stage.sent([pending, sending, checking, attention, synced])
    stage.claimed([sending, checking, attention, synced])
    stage.doubtful([checking])
    stage.refused([attention])
    stage.accepted([synced])
    stage.marked([not_sent])
    return {
        "draft": draft,
        "pending_sync": pending,
        "sending": sending,
        "checking": checking,
        "needs_attention": attention,
        "synced": synced,
        "not_sent": not_sent,
    }


def row(html: str, public_id: str) -> str:
    """One row of the table, without its tags."""
    found = re.search(rf'<tr[^>]*>(?:(?!</tr>).)*id="pick-{public_id}".*?</tr>', html, re.DOTALL)
    assert found is not None, public_id
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def numbers(html: str) -> list[str]:
    return re.findall(r'aria-label="Select (INV-\d+)"', html)


def test_each_tab_says_how_many_there_are(page: Browsing, every_state: dict[str, str]) -> None:
    html = page.get("/invoices").text
    tabs = re.findall(r'<a href="/invoices[^"]*"[^>]*>([^<]+)<span class="n[^"]*">(\d+)</span></a>', html)
    assert [(name.strip(), count) for name, count in tabs] == [
        ("All", "7"),
        ("Draft", "1"),
        ("Pending sync", "1"),
        ("Sending", "1"),
        ("Checking", "1"),
        ("Needs attention", "1"),
        ("Synced (locked)", "1"),
        ("Not sent", "1"),
    ]


def test_each_tab_shows_its_own(page: Browsing, every_state: dict[str, str]) -> None:
    for state, public_id in every_state.items():
        html = page.get(f"/invoices?state={state}").text
        assert re.findall(r'id="pick-(inv_\w+)"', html) == [public_id], state


SAYS = {
    "draft": "Draft Ready to send",
    "pending_sync": "Pending sync Goes with the next run, about 10:50 am",
    "sending": "Sending Handed over 10:40 am , waiting for the answer",
    "checking": "Checking No answer since 10:40 am . Dray asks the books; do not type it in",
    "needs_attention": "Needs attention The books have no terms called “Net 45”. Fix it",
    "synced": "Synced No. 4820 · accepted 10:40 am",
    "not_sent": "Not sent Paid in cash",
}


def test_each_row_says_what_happens_next(page: Browsing, every_state: dict[str, str]) -> None:
    html = page.get("/invoices").text
    rows = {state: row(html, public_id) for state, public_id in every_state.items()}
    assert {state: said for state, said in rows.items() if not said.endswith(SAYS[state])} == {}


def test_only_what_can_be_sent_or_unpended_can_be_ticked(page: Browsing, every_state: dict[str, str]) -> None:
    html = page.get("/invoices").text
    ticks = {found[0]: found[1] for found in re.findall(r'id="pick-(\w+)".*?data-may="(\w*)"', html)}
    may = {state: ticks[public_id] for state, public_id in every_state.items()}
    assert may == {
        "draft": "send",
        "pending_sync": "unpend",
        "sending": "",
        "checking": "",
        "needs_attention": "send",
        "synced": "",
        "not_sent": "",
    }
    assert len(re.findall(r'name="pick"[^>]* disabled', html)) == 4


def test_what_is_sending_without_a_carrier_reads_as_checking(
    stage: Stage, page: Browsing, every_state: dict[str, str]
) -> None:
    stage.now += dt.timedelta(minutes=3)
    assert "Checking No answer since 10:40 am" in row(page.get("/invoices").text, every_state["sending"])
    assert "Checking" in page.get(f"/invoices/{every_state['sending']}").text


def test_a_draft_that_the_books_would_not_take_says_so_before_it_is_sent(stage: Stage, page: Browsing) -> None:
    stage.connect()
    (public_id,) = stage.invoices(1, "Northgate Demolition and Site Services of Dayton LLC")
    said = row(page.get("/invoices").text, public_id)
    assert "Customer name: 52/41 characters" in said
    assert "Ready" not in said


def test_pages_go_to_the_end_and_back_and_miss_nothing(stage: Stage, page: Browsing) -> None:
    stage.invoices(2 * listing.PAGE + 3, first=100)
    everything, html = [], page.get("/invoices").text
    sizes = []
    while True:
        sizes.append(len(numbers(html)))
        everything += numbers(html)
        older = re.search(r'href="([^"]+)" rel="next"', html)
        if older is None:
            break
        html = page.get(older[1].replace("&amp;", "&")).text
    assert sizes == [listing.PAGE, listing.PAGE, 3]
    assert everything == [f"INV-{number}" for number in range(100 + 2 * listing.PAGE + 2, 99, -1)]
    back: list[str] = []
    while newer := re.search(r'href="([^"]+)" rel="prev"', html):
        html = page.get(newer[1].replace("&amp;", "&")).text
        back = numbers(html) + back
    assert back == everything[: 2 * listing.PAGE]


def test_filters_stay_in_every_link(stage: Stage, page: Browsing) -> None:
    stage.invoices(listing.PAGE + 1, first=100)
    html = page.get("/invoices?state=draft&q=kestrel&from=2026-11-01&to=2026-11-30").text
    kept = "state=draft&amp;q=kestrel&amp;from=2026-11-01&amp;to=2026-11-30"
    assert re.search(rf'href="/invoices\?after=inv_\w+&amp;{kept}" rel="next"', html)
    assert f'href="/invoices?everything=1&amp;{kept}"' in html
    assert 'href="/invoices?state=synced&amp;q=kestrel&amp;from=2026-11-01&amp;to=2026-11-30"' in html
    assert 'data-live="/invoices/live?state=draft' in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=INV-10", ["INV-101", "INV-100"]),
        ("q=inv-101", ["INV-101"]),
        ("q=%20MERIDIAN%20", ["INV-200"]),
        ("q=100%25", []),
        ("q=_NV", []),
        ("q=%00", ["INV-200", "INV-101", "INV-100"]),
        ("from=2026-11-18", ["INV-200"]),
        ("to=2026-11-17", ["INV-101", "INV-100"]),
        ("from=yesterday&state=nonsense&after=inv_none", ["INV-200", "INV-101", "INV-100"]),
    ],
)
def test_a_search_finds_numbers_and_customers(stage: Stage, page: Browsing, query: str, found: list[str]) -> None:
    stage.invoices(2, first=100)
    stage.invoices(1, "Meridian Homes", first=200, date=dt.date(2026, 11, 18))
    assert numbers(page.get(f"/invoices?{query}").text) == found


def test_all_that_match_is_a_filter_and_not_a_list_of_ids(stage: Stage, page: Browsing) -> None:
    stage.connect()
    ids = stage.invoices(listing.PAGE + 5, first=100)
    stage.sent(ids[:2])
    html = page.get("/invoices?everything=1&q=kestrel").text
    assert f"All {listing.PAGE + 5} that match are selected" in html
    assert f"Review {listing.PAGE + 3} to send" in html
    assert re.search(r"Unpend\s+2\b", html)
    assert 'name="everything" value="1"' in html
    assert 'name="q" value="kestrel"' in html
    assert html.count('name="pick"') == len(re.findall(r'name="pick"[^>]* disabled', html)) == listing.PAGE
    answer = page.press("/invoices/review", everything="1", q="kestrel")
    assert answer.location == "/invoices/review?everything=1&q=kestrel"
    assert f"Send {listing.PAGE + 3} invoices" in page.get(answer.location).text


def test_names_are_shown_and_never_run(stage: Stage, page: Browsing) -> None:
    stage.invoices(1, "<script>alert(1)</script> & Sons", place='" onmouseover="x')
    html = page.get("/invoices").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in html
    assert '" onmouseover' not in html


def test_an_empty_list_leads_to_the_next_action(stage: Stage, page: Browsing) -> None:
    html = page.get("/invoices").text
    assert "No invoices yet" in html
    assert 'href="/connections/new"' in html
    stage.connect()
    assert "Look at the connection" in page.get("/invoices").text
    stage.invoices(1)
    assert "Nothing needs you" in page.get("/invoices?state=needs_attention").text
    assert "No invoice matches" in page.get("/invoices?q=nobody").text


def test_the_banner_says_when_the_next_run_is_or_that_there_is_silence(stage: Stage, page: Browsing) -> None:
    stage.connect()
    stage.sent(stage.invoices(3))
    html = page.get("/invoices").text
    assert "Next Web Connector run about 10:50 am, in about 4 min." in html
    assert "It will pick up 3 pending invoices." in html
    stage.now += dt.timedelta(hours=1)
    html = page.get("/invoices").text
    assert "The Web Connector has been silent since 10:40 am." in html
    assert "3 pending invoices will go when it calls again." in html


def test_the_live_parts_come_once_and_then_only_when_something_changed(stage: Stage, page: Browsing) -> None:
    stage.connect()
    first, _second = stage.invoices(2)
    fresh = page.get("/invoices/live")
    assert fresh.status_code == 200
    assert "<form" not in fresh.text
    again = page.get("/invoices/live", headers={"If-None-Match": fresh.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    stage.sent([first])
    changed = page.get("/invoices/live", headers={"If-None-Match": fresh.headers["ETag"]})
    assert changed.status_code == 200
    assert row(changed.text, first).endswith("Pending sync Goes with the next run, about 10:50 am")


def test_a_page_of_the_list_asks_the_database_a_fixed_number_of_times(stage: Stage, page: Browsing) -> None:
    stage.connect()
    counts = []
    for size in (2, 20):
        ids = stage.invoices(size, first=size * 100)
        stage.sent(ids[: size // 2])
        seen: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        engine = stage.app.extensions["dray"].engines.read
        event.listen(engine, "before_cursor_execute", note)
        page.get("/invoices")
        event.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] < 25
