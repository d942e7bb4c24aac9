"""Files by page: what a clerk sees before and after, and what nobody else may touch."""

import io
from typing import Any

from sqlalchemy import select

from dray.api.v1.entries import READERS
from dray.imports import storing, work
from dray.imports.models import Import
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.platform.web.stage import TOKEN, Browsing, Stage

ROWS = [f"A-{number},2026-11-01,Kestrel,20 yd,1,{number}.00" for number in range(1, 4)]
FILE = "\n".join(["number,date,customer,item,quantity,unit_price", *ROWS, "A-9,2026-11-01,Kestrel,20 yd,1,abc"])


def clerk(stage: Stage, role: Role = Role.BILLING) -> Browsing:
    page = stage.browse(stage.person(f"{role}@harlan.example", role))
    page.get("/imports" if role is not Role.VIEWER else "/invoices")
    return page


def bring(page: Browsing, text: str = FILE, *, name: str = "invoices.csv", kind: str = "invoices") -> str:
    page.get("/imports")
    answer = page.press("/imports", kind=kind, file=(io.BytesIO(text.encode()), name))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_file_is_shown_imported_and_taken_back(stage: Stage) -> None:
    page = clerk(stage)
    address = bring(page)
    shown = page.get(address).text
    assert "3 new, 0 already here, 0 changed" in shown
    assert "Import 3" in shown
    assert "Download 1" in shown
    assert "“abc” is not a number." in shown
    assert stage.states() == {}
    said = page.press(f"{address}/import", follow=True).text
    assert "3 invoices imported" in said
    assert stage.states() == {"A-1": "draft", "A-2": "draft", "A-3": "draft"}
    assert "3 of 3 invoices taken back" in page.press(f"{address}/undo", follow=True).text
    with stage.session() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("import.%"))).all()
    assert actions == ["import.started", "import.undone"]
    again = page.get(bring(page)).text
    assert "3 new" in again


def test_the_rest_can_be_corrected_and_imported(stage: Stage) -> None:
    page = clerk(stage)
    address = bring(page)
    rest = page.get(f"{address}/not-imported.csv")
    assert rest.headers["Content-Disposition"] == 'attachment; filename="invoices-not-imported.csv"'
    lines = rest.data.decode("utf-8-sig").splitlines()
    assert lines == [
        "number,date,customer,item,quantity,unit_price,Reason (not imported)",
        "A-9,2026-11-01,Kestrel,20 yd,1,abc,unit_price: “abc” is not a number.",
    ]
    corrected = page.get(bring(page, "\n".join(lines).replace(",abc,", ",7,"))).text
    assert "1 new" in corrected
    assert "What is in each column?" not in corrected


def test_columns_are_asked_for_and_can_be_changed(stage: Stage) -> None:
    page = clerk(stage)
    address = bring(page, "Beleg,Tag,Wer,Was,Preis\nA-1,04/05/2026,Oak,x,5\n")
    shown = page.get(address).text
    assert "What is in each column?" in shown
    assert "not known yet" in shown
    chosen: dict[str, Any] = {
        f"column-{at}": field for at, field in enumerate(["number", "date", "customer_name", "item", "amount"])
    }
    said = page.press(f"{address}/columns", follow=True, **{**chosen, "column-1": ""}).text
    assert "Say which column is “Date”" in said
    said = page.press(f"{address}/columns", follow=True, **{**chosen, "column-3": "number"}).text
    assert "Two columns are “Number”" in said
    assert page.press(f"{address}/columns", **{**chosen, "column-3": "password"}).status_code == 400
    assert "can be read in two ways" in page.press(f"{address}/columns", follow=True, **chosen).text
    assert "What is in each column?" in page.press(f"{address}/columns", follow=True).text
    assert "1 new" in page.press(f"{address}/columns", follow=True, dates="dmy", **chosen).text
    page.press(f"{address}/import")
    assert stage.states() == {"A-1": "draft"}


def test_a_large_file_comes_in_pieces_and_goes_on_without_the_page(stage: Stage) -> None:
    page = clerk(stage)
    found = TOKEN.search(page.html)
    assert found is not None
    begun = page.press("/imports/begin", kind="invoices", name="large.csv")
    assert begun.status_code == 201
    places: Any = begun.json
    rows = [f"B-{number},2026-11-01,Kestrel,20 yd,1,5" for number in range(4200)]
    data = "\n".join(["number,date,customer,item,quantity,unit_price", *rows]).encode()
    headers = {"X-CSRFToken": found[1]}
    half = len(data) // 2
    for at, content in ((0, data[:half]), (0, data[:half]), (half, data[half:])):
        answer = page.client.post(f"{places['pieces']}?at={at}", data=content, headers=headers)
        assert answer.json == {"stored": at + len(content)}
    missing = page.client.post(f"{places['pieces']}?at=9999999", data=b"x", headers=headers)
    assert missing.status_code == 409
    assert "Send it again from there" in missing.text
    assert page.client.post(places["pieces"], data=b"x", headers=headers).status_code == 400
    address = page.client.post(places["whole"], headers=headers).location
    shown = page.get(address).text
    assert "It goes on when you leave this page." in shown
    assert "<progress" in shown
    assert page.get(f"{address}/live").status_code == 200
    parts = stage.app.extensions["dray"]
    while work.go_on_everywhere(parts.engines, READERS, parts.clock):
        pass
    assert "4,200 new" in page.get(address).text


def test_a_file_that_is_none_gets_an_answer_and_leaves_nothing(stage: Stage) -> None:
    page = clerk(stage)
    assert "This file cannot be read." in page.get(bring(page, "PK\x03\x04")).text
    page.get("/imports")
    assert "No file was chosen" in page.press("/imports", follow=True, kind="invoices").text
    assert page.press("/imports", kind="secrets", file=(io.BytesIO(b"x"), "x.csv")).status_code == 400
    address = bring(page)
    assert "was discarded" in page.press(f"{address}/discard", follow=True).text
    assert "not ready to be imported" in page.press(f"{address}/import", follow=True).text
    assert stage.states() == {}


def test_who_may_not_import_has_no_door_and_another_companys_file_is_not_there(stage: Stage) -> None:
    address = bring(clerk(stage))
    looking = clerk(stage, Role.VIEWER)
    doors = ("", "/live", "/not-imported.csv")
    buttons = ("/columns", "/import", "/undo", "/discard", "/pieces?at=0", "/whole")
    for door in doors:
        assert looking.get(address + door).status_code == 403
    for button in buttons:
        assert looking.press(address + button).status_code == 403
    assert "Import" not in looking.get("/invoices").text.replace("Important", "")
    theirs = stage.company("Prairie Box Co.", "prairie")
    other = stage.browse(stage.person("eve@prairie.example", Role.OWNER, theirs))
    assert "invoices.csv" not in other.get("/imports").text
    for door in doors:
        assert other.get(address + door).status_code == 404
    for button in buttons:
        assert other.press(address + button).status_code == 404
    with stage.session() as session:
        assert session.scalars(select(Import.state)).all() == ["ready"]


def test_a_post_without_the_pages_token_changes_nothing(stage: Stage) -> None:
    page = clerk(stage)
    address = bring(page)
    assert page.client.post(f"{address}/import").status_code == 400
    assert (
        page.client.post("/imports", data={"kind": "invoices", "file": (io.BytesIO(b"x"), "x.csv")}).status_code == 400
    )
    assert stage.states() == {}


def test_what_nobody_touched_for_a_month_is_forgotten(stage: Stage) -> None:
    page = clerk(stage)
    address = bring(page)
    with stage.session() as session:
        assert storing.forget_old(session, at=stage.now) == 0
        assert storing.forget_old(session, at=stage.now + 2 * storing.KEPT_FOR) == 1
        session.commit()
        assert storing.forget_old(session, at=stage.now + 2 * storing.KEPT_FOR) == 0
    assert "was discarded" in page.get(address).text
