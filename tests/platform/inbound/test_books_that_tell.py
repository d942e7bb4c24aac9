"""Books tell that something in them changed: who may, how quickly they are answered, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from dray.app import create_app
from dray.connections.oauth.authorizing import Who
from dray.extensions import dray
from dray.inbound.webhooks import LARGEST_BODY
from dray.settings import read_settings
from dray.twin.models import TwinEntry
from dray_qbo.simulator.webhooks import Style, body, signature
from dray_sdk import Request, Response
from dray_tenants.database import Engines
from tests.platform.background.working import Works
from tests.platform.connections.online import LARKSPUR, MARIGOLD, online_at
from tests.platform.inbound.telling import ADDRESS, VERIFIER, Telling


@pytest.fixture
def telling(migrated_database_url: str, tmp_path: Path) -> Iterator[Telling]:
    """On SQLite and PostgreSQL in turn."""
    with online_at(tmp_path, migrated_database_url) as online:
        found = Telling(Works(online))
        yield found
        with found.app.app_context():
            dray().engines.dispose()


# ---- who may tell


def test_a_call_that_is_signed_over_its_very_bytes_is_taken(telling: Telling) -> None:
    (invoice,) = telling.posted()
    assert telling.tell(telling.event("Invoice", invoice)) == 200
    assert telling.wanted() == ({invoice}, set())


def test_a_wrong_or_missing_signature_is_refused_and_nothing_noted(telling: Telling) -> None:
    (invoice,) = telling.posted()
    content = body(Style.LEGACY, [telling.event("Invoice", invoice)], ["1"])
    assert telling.post(content, {}) == 401
    assert telling.post(content, {"intuit-signature": ""}) == 401
    assert telling.post(content, {"intuit-signature": signature(content, "another key")}) == 401
    assert telling.post(content + b" ", {"intuit-signature": signature(content, VERIFIER)}) == 401
    assert telling.wanted() == (set(), set())
    assert not telling.is_due(minutes=2)


def test_the_same_words_in_other_bytes_are_not_what_was_signed(telling: Telling) -> None:
    content = body(Style.LEGACY, [telling.event("Invoice", "1")], ["1"])
    written_anew = json.dumps(json.loads(content), indent=1).encode()
    assert json.loads(written_anew) == json.loads(content)
    assert telling.post(written_anew, {"intuit-signature": signature(content, VERIFIER)}) == 401
    assert telling.post(written_anew, {"intuit-signature": signature(written_anew, VERIFIER)}) == 200


def test_without_a_key_in_the_settings_nobody_can_tell_anything(telling: Telling) -> None:
    content = body(Style.LEGACY, [telling.event("Invoice", "1")], ["1"])
    app = create_app(read_settings(telling.works.online.environment), clock=telling.works.online.clock)
    answer = app.test_client().post(ADDRESS, data=content, headers={"intuit-signature": signature(content, "")})
    assert answer.status_code == 401
    with app.app_context():
        dray().engines.dispose()


@pytest.mark.parametrize("name", ["qbd", "unheard-of", "whk_1"])
def test_a_connector_that_sends_none_has_no_such_address(telling: Telling, name: str) -> None:
    assert telling.post(b"[]", telling.signed(b"[]"), f"/webhooks/{name}") == 404


def test_the_pages_of_what_we_tell_others_stay_where_they_are(telling: Telling) -> None:
    client = telling.app.test_client()
    assert client.get(ADDRESS).status_code == client.get("/webhooks/whk_1").status_code == 303
    assert client.post("/webhooks/whk_1/test").status_code != 404


def test_a_call_that_is_too_large_or_in_no_known_form_is_refused(telling: Telling) -> None:
    large = b"[" + b" " * LARGEST_BODY + b"]"
    assert telling.post(large, telling.signed(large)) == 413
    for content in (b"", b"{}", b"nothing", b"[1]"):
        assert telling.post(content, telling.signed(content)) == 400
    just = b"[" + b" " * (LARGEST_BODY - 2) + b"]"
    assert telling.post(just, telling.signed(just)) == 200


def test_no_cookie_is_set_and_no_form_token_asked_for(telling: Telling) -> None:
    answer = telling.app.test_client().post(ADDRESS, data=b"[]", headers=dict(telling.signed(b"[]")))
    assert (answer.status_code, answer.text) == (200, "Noted.\n")
    assert "Set-Cookie" not in answer.headers


def test_while_the_database_is_away_they_are_asked_to_call_again(telling: Telling) -> None:
    parts = telling.app.extensions["dray"]
    with Engines("sqlite:////nowhere/at/all.db") as away:
        object.__setattr__(parts, "engines", away)
        assert telling.tell(telling.event("Invoice", "1")) == 503


# ---- what is noted


@pytest.mark.parametrize("style", Style)
def test_an_invoice_that_is_changed_there_is_looked_up_by_the_next_turn(telling: Telling, style: Style) -> None:
    telling.works.online.intuit.deliveries.style = style
    changed, left = telling.posted(2)
    telling.realm.by_hand("Invoice", changed, DocNumber="77-B")
    telling.hear()
    assert set(telling.answers) == {200}
    assert telling.wanted()[0] == {changed}
    assert not telling.is_due()
    assert telling.is_due(seconds=60)
    assert telling.differences() == {}
    assert telling.turns() > 0
    assert telling.differences() == {changed: "changed"}
    assert telling.wanted() == (set(), set())
    assert not telling.is_due(minutes=5)
    assert left not in telling.differences()


def test_a_payment_is_looked_up_for_the_invoices_that_it_pays(telling: Telling) -> None:
    """Its own news name no invoice."""
    paid, left = telling.posted(2)
    invoice = telling.realm.company.entities["Invoice"][paid]
    pays = {"Amount": invoice["TotalAmt"], "LinkedTxn": [{"TxnId": paid, "TxnType": "Invoice"}]}
    written = {"TotalAmt": invoice["TotalAmt"], "CustomerRef": invoice["CustomerRef"], "Line": [pays]}
    payment = telling.realm.write("Payment", written)["Payment"]["Id"]
    assert telling.tell(telling.event("Payment", payment, "Create")) == 200
    assert telling.is_due(seconds=60)
    telling.turns()
    assert telling.differences() == {paid: "paid"}
    assert telling.wanted()[0] == set()
    assert telling.turns(3) == 0
    assert left not in telling.differences()


def test_a_day_without_news_costs_one_question_however_many_invoices_were_posted(telling: Telling) -> None:
    telling.posted(30)
    telling.pass_(hours=24)
    asked: list[str] = []
    carry = telling.dialler.carry

    def count(request: Request, address: str, token: str, timeout: float) -> Response:
        asked.append(request.path if b"Invoice" not in request.body else request.body.decode())
        return carry(request, address, token, timeout)

    object.__setattr__(telling.dialler, "carry", count)
    telling.turns(2)
    assert sum("/cdc?entities=Invoice" in one for one in asked) == 1
    assert not [one for one in asked if "from Invoice" in one]


def test_a_deleted_invoice_is_told_too(telling: Telling) -> None:
    gone, _ = telling.posted(2)
    telling.realm.write("Invoice", {"Id": gone, "SyncToken": "0"}, "delete")
    telling.hear()
    telling.turns()
    assert telling.differences() == {gone: "gone"}


def test_lists_that_changed_are_read_again_and_no_other(telling: Telling) -> None:
    telling.posted()
    telling.realm.by_hand("Item", "1", Name="Hours of a gardener")
    telling.hear()
    assert telling.wanted() == (set(), {"item"})
    telling.turns()
    assert telling.wanted() == (set(), set())
    with telling.works.online.session() as session:
        copied = select(TwinEntry.name).where(TwinEntry.kind == "item", TwinEntry.books_id == "1")
        assert session.scalars(copied).all() == ["Hours of a gardener"]


def test_the_same_news_twice_and_in_any_order_come_to_the_same(telling: Telling) -> None:
    invoice, _ = telling.posted(2)
    telling.realm.by_hand("Invoice", invoice, DocNumber="77-B")
    telling.realm.by_hand("Invoice", invoice, DocNumber="77-C")
    telling.works.online.intuit.faults.webhook_doubled = 1
    telling.works.online.intuit.faults.webhook_reversed = 1
    telling.hear()
    telling.turns()
    assert telling.differences() == {invoice: "changed"}
    # once more, long after it was worked off: one more question, the same answer
    assert telling.tell(telling.event("Invoice", invoice), telling.event("Invoice", invoice)) == 200
    telling.turns()
    assert telling.differences() == {invoice: "changed"}
    assert telling.turns(3) == 0


def test_that_our_own_invoices_were_created_there_is_no_news(telling: Telling) -> None:
    (invoice,) = telling.posted()
    assert (
        telling.tell(telling.event("Invoice", invoice, "Create"), telling.event("Invoice", invoice, "Emailed")) == 200
    )
    assert telling.wanted() == (set(), set())
    assert not telling.is_due(minutes=2)


def test_what_others_wrote_into_the_books_makes_no_work(telling: Telling) -> None:
    telling.posted()
    assert telling.tell(telling.event("Invoice", "999999"), telling.event("Vendor", "1", "Emailed")) == 200
    assert telling.wanted()[0] == set()


def test_books_that_nobody_connected_are_answered_and_counted(telling: Telling) -> None:
    (invoice,) = telling.posted()
    before = counted(telling)
    foreign = telling.event("Invoice", invoice, realm="4620816365000000000")
    assert telling.tell(foreign, foreign, telling.event("Invoice", invoice)) == 200
    assert counted(telling) == (before[0] + 1, before[1] + 2)


def test_the_books_of_one_company_make_no_work_for_another(telling: Telling) -> None:
    (invoice,) = telling.posted()
    online = telling.works.online
    other = Who(online.company("marigold"), "bo@marigold.example", "another browser")
    online.connect(MARIGOLD, who=other)
    assert telling.tell(telling.event("Invoice", invoice, realm=MARIGOLD)) == 200
    assert telling.wanted() == (set(), set())
    assert telling.tell(telling.event("Invoice", invoice, realm=LARKSPUR)) == 200
    assert telling.wanted()[0] == {invoice}


def test_news_that_come_while_the_books_are_asked_are_looked_up_once_more(telling: Telling) -> None:
    invoice, _ = telling.posted(2)
    telling.realm.by_hand("Invoice", invoice, DocNumber="77-B")
    telling.hear()
    carry, asked = telling.dialler.carry, []

    def carry_slowly(request: Request, address: str, token: str, timeout: float) -> Response:
        answer = carry(request, address, token, timeout)
        looks = b"from Invoice where Id" in request.body
        asked.extend([request] * looks)
        telling.pass_(seconds=1)
        if looks and len(asked) == 1:  # it changes after they looked, before we know
            telling.realm.write("Invoice", {"Id": invoice, "SyncToken": "1"}, "void")
            telling.hear()
        return answer

    object.__setattr__(telling.dialler, "carry", carry_slowly)
    telling.turns()
    assert len(asked) == 2
    assert telling.differences() == {invoice: "voided"}
    assert telling.wanted()[0] == set()


def test_lost_news_are_found_within_a_day(telling: Telling) -> None:
    invoice, _ = telling.posted(2)
    telling.works.online.intuit.faults.webhook_lost = 1
    telling.realm.by_hand("Invoice", invoice, DocNumber="77-B")
    telling.realm.by_hand("Item", "1", Name="Hours of a gardener")
    telling.hear()
    assert telling.wanted() == (set(), set())
    telling.pass_(hours=24)
    telling.turns(2)
    assert telling.differences() == {invoice: "changed"}


@pytest.mark.parametrize(
    "asked",
    [
        "SELECT * FROM connection_status WHERE connector = 'qbo' AND books_id IN ('7', '8')",
        "SELECT * FROM connection_status WHERE connector IN ('qbo') AND due_at <= '2026-03-02 09:00:00'",
        "SELECT * FROM receipts WHERE tenant_id = 1 AND books_id IN ('7', '8')",
        "SELECT * FROM receipts WHERE tenant_id = 1 AND wanted_at IS NOT NULL ORDER BY wanted_at LIMIT 50",
    ],
)
def test_it_is_found_by_an_index(engines: Engines, asked: str) -> None:
    sqlite = engines.write.dialect.name == "sqlite"
    with engines.write.begin() as connection:
        if not sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{asked}")).all()
    plan = " ".join(str(row[-1]) for row in rows)
    assert "USING INDEX" in plan if sqlite else "Index" in plan, plan
    assert "Seq Scan" not in plan


def counted(telling: Telling) -> tuple[int, int]:
    """Changes of connected books, and of nobody's, as the measures show them."""
    lines = telling.app.test_client().get("/metrics").text.splitlines()
    found = {}
    for books in ("connected", "unknown"):
        start = f'dray_webhook_changes_total{{books="{books}",connector="qbo"}} '
        found[books] = sum(int(float(line.removeprefix(start))) for line in lines if line.startswith(start))
    return found["connected"], found["unknown"]
