"""What the pages read gives the same on SQLite and PostgreSQL."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select

from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push_many
from dray.billing.send import send
from dray.connections.models import Connection
from dray.connections.opening import open_connection
from dray.registry import find_connectors
from dray.web import side
from dray.web.invoices import listing, previewing
from dray.web.invoices import reading as reading_invoice
from dray.web.invoices.filters import Filter
from dray_sdk import Invoice, Problem
from dray_tenants.database import Engines, new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession

NOW = dt.datetime(2026, 11, 19, 16, 46, tzinfo=dt.UTC)


def nothing(document: Invoice) -> tuple[Problem, ...]:
    return ()


@pytest.fixture
def session(migrated_database_url: str) -> Iterator[ScopedSession]:
    """Two customers with three invoices, and a connection."""
    with Engines(migrated_database_url) as engines, ScopedSession(engines) as session:
        tenant = Tenant(
            public_id=new_public_id("ten"), slug="harlan", name="Harlan", time_zone="America/Chicago", created_at=NOW
        )
        session.add(tenant)
        session.flush()
        with session.tenant(tenant.id):
            connector = next(iter(find_connectors(None).enabled.values()))
            open_connection(session, connector, "Books", at=NOW, actor="test", randomness=lambda size: b"7" * size)
            session.commit()
            push_many(
                session,
                [
                    GivenInvoice(
                        customer=GivenCustomer(name=customer),
                        date=dt.date(2026, 11, day),
                        number=number,
                        lines=(GivenLine(item="Haul", amount=Decimal(10)),),
                    )
                    for number, customer, day in (
                        ("INV-20", "Meridian Homes", 1),
                        ("INV 3", "Kestrel_Roofing", 2),
                        ("INV-200", "Kestrel_Roofing", 2),
                    )
                ],
                at=NOW,
                actor="billing",
            )
            yield session


def found(session: ScopedSession, **wanted: str) -> list[str]:
    page = listing.page(session, Filter.read(wanted), judge=nothing, now=NOW)
    return [row.number for row in page.rows]


def test_a_search_is_a_beginning_of_the_number_or_a_part_of_the_customers_name(session: ScopedSession) -> None:
    assert found(session) == ["INV-200", "INV 3", "INV-20"]
    assert found(session, q="inv-20") == ["INV-200", "INV-20"]
    assert found(session, q="inv-") == ["INV-200", "INV-20"]
    assert found(session, q="ESTREL_") == ["INV-200", "INV 3"]
    assert found(session, q="%") == []
    assert found(session, q="l_r") == ["INV-200", "INV 3"]
    assert found(session, q="n_s") == []


def test_pages_counts_and_selections_agree(session: ScopedSession) -> None:
    first = listing.page(session, Filter(), judge=nothing, now=NOW, size=2)
    assert (first.newer, first.older) == (None, first.rows[-1].public_id)
    rest = listing.page(session, Filter(), judge=nothing, now=NOW, size=2, after=first.older or "")
    assert [row.number for row in rest.rows] == ["INV-20"]
    back = listing.page(session, Filter(), judge=nothing, now=NOW, size=2, before=rest.newer or "")
    assert back.rows == first.rows
    counted = listing.matching(session, Filter.read({"q": "kestrel"}))
    assert (counted.invoices, counted.sendable, counted.pending) == (2, 2, 0)
    assert [str(each) for each in counted.sums] == ["20.00"]
    assert len(listing.matching_ids(session, Filter(), ["draft"])) == 3


def test_a_sent_invoice_and_its_neighbours_are_read_whole(session: ScopedSession) -> None:
    connection = session.scalars(select(Connection)).one()
    ids = listing.matching_ids(session, Filter(), ["draft"])
    session.rollback()
    one = next(iter(ids))
    send(session, {one: 1}, connection=connection, judge=nothing, actor="denise", at=NOW)
    page = reading_invoice.read(session, one, judge_for=lambda connection: nothing, now=NOW)
    assert page is not None
    assert (page.state, page.number, page.history[0].look.word) == ("pending_sync", "INV-200", "Sent")
    assert side.read(session, find_connectors(None), NOW).connection is not None
    preview = previewing.preview(session, dict(ids), connection=connection, judge=nothing, capabilities=None)
    assert (len(preview.going), preview.elsewhere) == (2, 1)
