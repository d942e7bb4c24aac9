"""Settings lead everywhere; everything is taken along; a company leaves and stays; a person is forgotten."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

from sqlalchemy import select

from dray.billing.models import Customer, Invoice
from dray.help import articles
from dray.imports import storing
from dray.leaving import deleting, departing, exporting
from dray.leaving.models import Departure
from dray.mail import outbox
from dray.sync import transcripts
from dray.webhooks import delivering
from dray_tenants.roles import Role
from tests.platform.web.stage import PASSWORD, Stage

OWNER = "denise.okafor@harlan.example"
NAME = "Harlan Roll-Off & Recycling"


def test_settings_lead_to_everything_that_is_set_and_every_link_opens(stage: Stage) -> None:
    stage.connect()
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    html = page.get("/company").text
    links = set(re.findall(r'href="(/[^"]*)"', html[html.index("Set elsewhere") :]))
    assert len(links) > 10
    for link in links:
        assert page.get(link).status_code == 200, link
    viewer = stage.browse(stage.person("v@harlan.example", Role.VIEWER))
    assert "/company/leaving" not in viewer.get("/company").text
    assert viewer.get("/company/leaving").status_code == 403


def test_everything_is_written_and_downloaded(stage: Stage) -> None:
    stage.connect()
    good = stage.invoices(1)
    stage.sent(good)
    stage.claimed(good)
    stage.accepted(good)
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/company/leaving")
    assert "being written" in page.press("/company/exports", follow=True).text
    parts = stage._parts()
    while exporting.go_on_everywhere(parts):
        pass
    html = page.get("/company/leaving").text
    (address,) = re.findall(r'action="(/company/exports/exp_\w+)"', html)
    answer = page.press(address)
    assert answer.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert "2C4D-1795102810" in archive.read("invoices-00001.csv").decode()
    assert "downloaded everything" in page.get("/audit").text


def test_leaving_asks_for_the_name_and_the_password_and_can_be_taken_back(stage: Stage) -> None:
    stage.connect()
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/company/leaving")
    for name, password, said in (("Harlan", PASSWORD, "Nothing was changed"), (NAME, "wrong", "password")):
        answer = page.press("/company/leaving", name=name, current=password)
        assert (answer.status_code, said in answer.text) == (422, True)
    with stage.session() as session:
        assert session.scalar(select(Departure)) is None
    answer = page.press("/company/leaving", follow=True, name=NAME.upper(), current=PASSWORD)
    assert "19 December 2026" in answer.text
    assert "told when it next calls" in answer.text
    assert "is deleted here on" in page.get("/invoices").text
    assert page.press("/company/leaving", name=NAME, current=PASSWORD).status_code == 409
    assert "Your company stays" in page.press("/company/leaving/undo", follow=True).text
    assert "is deleted here on" not in page.get("/invoices").text
    assert "Nothing was changed" in page.press("/company/leaving/undo", follow=True).text


def test_a_person_is_forgotten_but_not_in_what_the_books_have(stage: Stage) -> None:
    stage.connect()
    accepted, draft, waiting = stage.invoices(3, "Mara Lindqvist", place="9 Quiet Court")
    stage.sent([accepted, waiting])
    stage.claimed([accepted])
    stage.accepted([accepted])
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    with stage.session() as session:
        public_id = session.scalars(select(Customer.public_id)).one()
    address = f"/customers/{public_id}/forget"
    assert address in page.get(f"/customers/{public_id}").text
    assert "1 invoice of theirs has" in page.get(address).text
    assert page.press(address, name="Mara Lindqvist").status_code == 409
    page.press("/invoices/unpend", pick=f"{waiting}.1")
    page.get(address)
    assert page.press(address, name="Mara").status_code == 422
    assert "also in 2 invoices" in page.press(address, follow=True, name="mara lindqvist").text
    assert "Mara" not in page.get(f"/customers/{public_id}").text
    assert "Quiet Court" not in page.get(f"/invoices/{draft}").text
    found = page.get("/invoices?q=Quiet").text
    assert (accepted in found, draft in found, waiting in found) == (True, False, False)
    assert "Quiet Court" in page.get(f"/invoices/{accepted}").text, "what the books accepted is locked"
    with stage.session() as session:
        assert session.scalar(select(Invoice.bill_to).where(Invoice.public_id == waiting)) is None


def test_the_last_day_is_thirty_days_away(stage: Stage) -> None:
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/company/leaving")
    page.press("/company/leaving", name=NAME, current=PASSWORD)
    with stage.session() as session:
        row = session.scalars(select(Departure)).one()
        assert row.due_at - row.asked_at == dt.timedelta(days=30)


def test_what_the_article_promises_is_what_the_code_does() -> None:
    article = articles.find("leaving")
    assert article is not None
    assert f"For {departing.GRACE.days} days everyone" in " ".join(article.body.split())
    assert f"{deleting.KEPT_AFTER.days // 365} years more" in article.body
    assert f"<td>{exporting.KEPT.days} days</td>" in article.body
    assert transcripts.KEPT_FOR == delivering.KEPT == outbox.KEPT == storing.KEPT_FOR == dt.timedelta(days=30)
