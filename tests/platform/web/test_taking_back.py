"""Every press of Send can be taken back as far as it has not left, and so can every mark."""

import pytest
from sqlalchemy import select

from dray.billing import taking_back
from dray.billing.taking_back_models import Marking
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.platform.shop import ACTOR, NOW, Shop
from tests.platform.web.stage import Stage


def test_the_page_of_sendings_says_who_sent_what_and_how_it_stands(stage: Stage) -> None:
    stage.connect()
    ids = stage.invoices(5)
    stage.sent(ids[:3])
    stage.sent(ids[3:], actor="boss@harlan.example")
    stage.claimed(ids[:1])
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    shown = page.get("/sendings").text
    assert shown.index("by boss@harlan.example") < shown.index("by denise.okafor@harlan.example")
    assert "1 sending" in shown
    assert "2 pending sync" in shown
    with stage.session() as session:
        newest, oldest = taking_back.sendings(session)
    assert (newest.waiting, oldest.waiting, oldest.invoices) == (2, 2, 3)
    said = page.press(f"/sendings/{oldest.public_id}/undo", follow=True).text
    assert "2 invoices are back in Draft." in said
    shown = page.get("/sendings").text
    assert "2 taken back" in shown
    assert list(stage.states().values()).count("draft") == 2


def test_sendings_come_in_pages(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dray.web.invoices.taking_back.PAGE", 2)
    stage.connect()
    for each in stage.invoices(3):
        stage.sent([each], actor=f"{each}@harlan.example")
    page = stage.browse(stage.person("v@harlan.example", Role.VIEWER))
    first = page.get("/sendings").text
    assert first.count("by inv_") == 2
    assert "Undo" not in first
    with stage.session() as session:
        place = taking_back.sendings(session)[1].public_id
    assert page.get(f"/sendings?after={place}").text.count("by inv_") == 1


def test_ticked_invoices_are_marked_with_a_reason_and_taken_back_together(stage: Stage) -> None:
    stage.connect()
    ids = stage.invoices(4)
    stage.sent(ids[3:])
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    page.get("/invoices")
    assert "Say why it is not sent" in page.press("/invoices/not-sent", follow=True, pick=f"{ids[0]}.1").text
    assert "Nothing was ticked" in page.press("/invoices/not-sent", follow=True, reason="x").text
    picks = [f"{each}.1" for each in ids[1:]]
    said = page.press("/invoices/not-sent", follow=True, pick=picks, reason="Cash sale").text
    assert "2 invoices are marked as not to be sent." in said
    assert "INV-20474: It waits in line" in said
    with stage.session() as session:
        marking = session.scalars(select(Marking.public_id)).one()
    assert f"/markings/{marking}/undo" in said
    assert "2 invoices are drafts again." in page.press(f"/markings/{marking}/undo", follow=True).text
    assert "0 invoices are drafts again." in page.press(f"/markings/{marking}/undo", follow=True).text
    page.press("/invoices/not-sent", everything="1", q="kestrel", reason="Billed elsewhere")
    with stage.session() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("%not_sent"))).all()
    assert actions == ["invoices.marked_not_sent", "invoices.unmarked_not_sent", "invoices.marked_not_sent"]
    assert "Not sent" in page.get("/invoices?state=not_sent").text


def test_only_who_may_marks_and_nobody_undoes_another_companys(stage: Stage) -> None:
    (invoice,) = stage.invoices(1)
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    page.get("/invoices")
    page.press("/invoices/not-sent", pick=f"{invoice}.1", reason="Cash sale")
    with stage.session() as session:
        marking = session.scalars(select(Marking.public_id)).one()
    books = stage.browse(stage.person("books@harlan.example", Role.BOOKKEEPER))
    books.get("/invoices")
    assert books.press("/invoices/not-sent", pick=f"{invoice}.1", reason="x").status_code == 403
    assert books.press(f"/markings/{marking}/undo").status_code == 403
    theirs = stage.company("Prairie Box Co.", "prairie")
    other = stage.browse(stage.person("eve@prairie.example", Role.OWNER, theirs))
    other.get("/invoices")
    assert other.press(f"/markings/{marking}/undo").status_code == 404
    assert "INV-" not in other.get("/sendings").text


def test_counts_stay_right_on_both_engines(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_back, "PIECE", 2)
    shop.connect()
    ids = [shop.invoice(f"A-{number}") for number in range(5)]
    shop.send(*ids[:2])
    with shop.session() as session:
        (sending,) = taking_back.sendings(session)
        assert sending.waiting == 2
        marking, results = taking_back.mark(session, ids, "cash", at=NOW, actor=ACTOR)
    assert [each.done for each in results] == [False, False, True, True, True]
    assert shop.kept_counts() == {"not_sent": 3, "pending_sync": 2}
    with shop.session() as session:
        assert all(each.done for each in taking_back.unmark(session, marking, at=NOW, actor=ACTOR))
    assert shop.kept_counts() == {"draft": 3, "pending_sync": 2}
