"""Companies with several sets of books: rules propose, people decide, and what is in the books already is not sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import routing
from dray.billing.given import GivenCustomer, Missing, Unacceptable
from dray.billing.models import Invoice
from dray.billing.routing_models import RoutingRule
from dray.connections.models import Connection
from dray_tenants.roles import Role
from tests.platform.shop import ACTOR, NOW, Shop
from tests.platform.web.stage import Stage

HOW: dict[str, Any] = {"at": NOW, "actor": ACTOR}


def test_the_first_rule_that_fits_decides(shop: Shop, other_shop: Shop) -> None:
    east, west = shop.connect("East"), shop.connect("West")
    theirs = other_shop.connect("Theirs")
    site = shop.invoice("A-1", customer=GivenCustomer(name="Site 9", parent="Oak"), department="Haul")
    shop.invoice("W-1")
    with shop.session() as session:
        routing.add_rule(session, "customer", " OAK ", west, **HOW)
        routing.add_rule(session, "number", "a-", east, **HOW)
        session.commit()
        names = dict(session.execute(select(Connection.id, Connection.name)).all())
        proposed = {number: names.get(target or 0) for number, _, target in routing.tried(session)}
        assert proposed == {"A-1": "West", "W-1": None}
        second = session.scalars(select(RoutingRule.public_id).where(RoutingRule.field == "number")).one()
        routing.move_up(session, second, **HOW)
        session.commit()
        assert names[routing.targets(session, [site])[site] or 0] == "East"
        for field, value in (("customer", "oak"), ("colour", "red"), ("customer", " ")):
            with pytest.raises(Unacceptable):
                routing.add_rule(session, field, value, west, **HOW)
        with pytest.raises(Missing):
            routing.add_rule(session, "customer", "Elm", theirs, **HOW)
    with other_shop.session() as session:
        assert routing.rules_of(session) == []
        with pytest.raises(Missing):
            routing.drop_rule(session, second, **HOW)


def test_what_is_older_than_the_connection_arrives_as_not_sent(shop: Shop) -> None:
    connection = shop.connect()
    with shop.session() as session:
        routing.add_rule(session, "currency", "usd", connection, **HOW)
        routing.set_start(session, connection, dt.date(2026, 11, 1), **HOW)
        session.commit()
    old = shop.invoice("OLD", date=dt.date(2026, 10, 31))
    shop.invoice("NEW", date=dt.date(2026, 11, 1))
    with shop.session() as session:
        marks = dict(session.execute(select(Invoice.number, Invoice.not_sent)).all())
    assert marks == {"OLD": "Already in the books: dated before November 1, 2026", "NEW": None}
    assert shop.kept_counts() == {"draft": 1, "not_sent": 1}
    (refused,) = shop.send(old)
    assert not refused.done
    assert "Already in the books" in refused.problems[0]["detail"]
    with shop.session() as session:
        routing.set_start(session, connection, None, **HOW)
        session.commit()
    shop.invoice("OLDER", date=dt.date(2020, 1, 1))
    assert shop.kept_counts() == {"draft": 2, "not_sent": 1}


def test_the_review_is_grouped_by_the_books_that_rules_propose(stage: Stage) -> None:
    first = stage.connect()
    second = stage.connect("West books", called=False)
    stage.connection = first
    ids = stage.invoices(2) + stage.invoices(1, "Northgate", first=300)
    admin = stage.browse(stage.person("admin@harlan.example", Role.ADMIN))
    admin.get("/routing")
    said = admin.press("/routing", follow=True, field="customer", value="northgate", connection=second).text
    assert "The rule is added" in said
    assert "Customer, or the one above it, is “northgate”" in said
    picks = "&".join(f"pick={each}.1" for each in ids)
    both = admin.get(f"/invoices/review?{picks}").text
    assert "These go to 2 sets of books" in both
    assert "Review 2 for QuickBooks Desktop" in both
    assert "Review 1 for West books" in both
    west = admin.get(f"/invoices/review?{picks}&only={second}").text
    assert "Review 1 invoice before sending" in west
    assert "INV-300" in west
    assert "INV-20471" not in west
    assert "These go to 2 sets" in admin.get("/invoices/review?everything=1").text
    alone = admin.get(f"/invoices/review?pick={ids[2]}.1").text
    assert f'name="connection" value="{second}"' in alone or f'value="{second}" selected' in alone
    with stage.session() as session:
        rule = session.scalars(select(RoutingRule.public_id)).one()
    assert "is deleted" in admin.press(f"/routing/{rule}/delete", follow=True).text
    assert "These go to" not in admin.get(f"/invoices/review?{picks}").text


def test_rules_and_first_days_are_an_admins(stage: Stage) -> None:
    connection = stage.connect()
    clerk = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    clerk.get("/invoices")
    assert "Add the rule" not in clerk.get("/routing").text
    for address in ("/routing", "/routing/start", "/routing/rul_x/up", "/routing/rul_x/delete"):
        assert clerk.press(address, connection=connection).status_code == 403
    admin = stage.browse(stage.person("admin@harlan.example", Role.ADMIN))
    admin.get("/routing")
    assert admin.press("/routing/rul_x/up").status_code == 404
    assert admin.press("/routing/start", connection="con_x", first_day="2026-11-01").status_code == 404
    assert admin.press("/routing/start", connection=connection, first_day="soon").status_code == 400
    admin.press("/routing/start", connection=connection, first_day="2026-11-18")
    assert 'value="2026-11-18"' in admin.get("/routing").text
    stage.invoices(1)
    assert "Already in the books" in admin.get("/invoices?state=not_sent").text


def test_what_is_older_than_the_connection_is_sent_by_itself_and_only_when_somebody_has_looked(stage: Stage) -> None:
    connection = stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    page.get("/routing")
    page.press("/routing/start", connection=connection, first_day="2026-11-18")
    (old,) = stage.invoices(1)
    assert "I have looked in the books" in page.get(f"/invoices/{old}").text
    said = page.press(f"/invoices/{old}/not-sent", follow=True, undo="1").text
    assert "Nothing was changed. Look into the books first" in said
    assert "in no count of work" in said
    said = page.press(f"/invoices/{old}/not-sent", follow=True, undo="1", sure="1").text
    assert "in no count of work" not in said
    assert "Review and send" in said


def test_each_row_and_page_says_when_its_own_books_are_next_asked(stage: Stage) -> None:
    main = stage.connect("Main books")
    stage.connect("North books", called=False)
    there, here = stage.invoices(1), stage.invoices(1, first=9)
    stage.sent(there)
    stage.connection = main
    stage.sent(here)
    denise = stage.browse(stage.person("denise.okafor@harlan.example", Role.OWNER))
    shown = " ".join(denise.get("/invoices").text.split())
    assert shown.count("Goes with the next run, about 10:50 am") == 1
    assert shown.count("Goes with the next run of North books") == 1
    assert "about" not in shown.split("Goes with the next run of North books")[1].split("</td>")[0]
    one = " ".join(denise.get(f"/invoices/{there[0]}").text.split())
    assert "Goes with the next run of the Web Connector." in one
