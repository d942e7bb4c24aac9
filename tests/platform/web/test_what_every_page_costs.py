"""No page asks the database more often when there is more to show, and none is heavier than 150 kB."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

import pytest
from sqlalchemy import event, select

from dray.billing import items, rate_card, routing
from dray.billing.models import Customer
from dray.leaving import exporting
from dray_tenants.roles import Role
from tests.platform.doors.addresses import doors
from tests.platform.web.stage import Browsing, Stage

OWNER: Final = "denise.okafor@harlan.example"
HEAVIEST: Final = 150_000
FEW, MANY = 3, 60


@contextmanager
def asked(stage: Stage) -> Iterator[list[str]]:
    """The statements of the block."""
    heard: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    engines = stage._parts().engines
    for engine in (engines.read, engines.write):
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        for engine in (engines.read, engines.write):
            event.remove(engine, "before_cursor_execute", note)


def grow(stage: Stage, to: int, first: int) -> list[str]:
    """So many invoices of so many customers, in every state; the newest."""
    ids = [
        stage.invoices(1, f"Customer {at}", first=at, date=dt.date(2026, 11, 1 + at % 19))[0]
        for at in range(first, first + to)
    ]
    third = len(ids) // 3
    stage.sent(ids[third:])
    stage.claimed(ids[third:])
    stage.refused(ids[third : 2 * third])
    stage.accepted(ids[2 * third :])
    return [ids[0], ids[third], ids[-1]]


def others(stage: Stage, *numbers: int) -> None:
    """As many more of everything else that a page lists."""
    first = stage.connection
    for at in numbers:
        stage.connect(f"Books {at}")
        stage.person(f"person{at}@harlan.example", Role.VIEWER)
    stage.connection = first
    with stage.session() as session:
        for at in numbers:
            items.add(session, {"name": f"Box {at}"}, at=stage.now, actor=OWNER)
            given = rate_card.GivenRate(f"Box {at}", Decimal(5), dt.date(2026, 1, 1))
            rate_card.add(session, given, at=stage.now, actor=OWNER)
            routing.add_rule(session, "department", f"Part {at}", first, at=stage.now, actor=OWNER)
            exporting.begin(session, at=stage.now, actor=OWNER).ready_at = stage.now
            session.flush()
        session.commit()


def addresses(stage: Stage) -> list[str]:
    """Every page of the company that needs no id, and the pages of one customer, invoice and connection."""
    plain = {door.at() for door in doors(stage.app, "web") if door.method == "GET" and not door.kind}
    with stage.session() as session:
        customer = session.scalars(select(Customer.public_id).order_by(Customer.id)).first()
    public = sorted(address for address in plain if not re.search(r"x_none|/(login|oauth)|\.svg$", address))
    connection = f"/connections/{stage.connection}"
    return [*public, f"/customers/{customer}", connection, f"{connection}/customers"]


def costs(stage: Stage, page: Browsing, pages: list[str]) -> dict[str, tuple[int, int]]:
    """Page → how many statements, how many bytes; without those that show nothing unless they are told what."""
    found = {}
    for address in pages:
        with asked(stage) as heard:
            answer = page.get(address)
        if answer.status_code == 404:
            continue
        assert answer.status_code < 400, address
        found[address] = (len(heard), len(answer.data))
    return found


@pytest.mark.parametrize("form", ["pages", "review"])
def test_what_a_page_asks_does_not_grow(stage: Stage, form: str) -> None:
    stage.connect()
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    few = grow(stage, FEW, 100)
    others(stage, 1)
    pages = addresses(stage) + [f"/invoices/{each}" for each in few]
    if form == "review":
        pages = ["/invoices/review?" + "&".join(f"pick={each}.1" for each in stage.invoices(2, first=5))]
    before = costs(stage, page, pages)
    grow(stage, MANY, 1000)
    others(stage, 2, 3, 4, 5, 6)
    if form == "review":
        more = "/invoices/review?" + "&".join(f"pick={each}.1" for each in stage.invoices(40, first=3000))
        after = {pages[0]: costs(stage, page, [more])[more]}
    else:
        after = costs(stage, page, pages)
    assert len(pages) - len(before) < 3
    assert after.keys() == before.keys()
    more_often = {each: (before[each][0], after[each][0]) for each in before if after[each][0] > before[each][0]}
    assert more_often == {}
    assert {each: size for each, (_, size) in after.items() if size > HEAVIEST} == {}
