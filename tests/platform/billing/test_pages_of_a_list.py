"""A page of a list costs the same at any length: the index gives it in order, and nothing is sorted or scanned."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import event, select, text

from dray.billing import customers, listing
from dray.billing.given import GivenCustomer
from dray.billing.listing import Filter, Place
from dray.billing.models import Customer
from dray.billing.states import InvoiceState
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.shop import NOW, Shop

DAY = dt.date(2026, 11, 20)

FILTERS = {
    "ix_invoices_list": Filter(),
    "ix_invoices_state": Filter(state=InvoiceState.DRAFT),
    "ix_invoices_customer": Filter(customer="of the shop"),
    "uq_invoices_number": Filter(number="7"),
    "ix_invoices_updated": Filter(updated_after=NOW - dt.timedelta(days=1)),
}


@pytest.fixture
def filled(engines: Engines, shop: Shop) -> Shop:
    """Three thousand invoices, written by the database itself."""
    shop.invoice("first")
    rows = (
        "INSERT INTO invoices (tenant_id, public_id, version, number, number_key, state, customer_id, date, currency,"
        " subtotal_minor, total_minor, created_at, updated_at)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " SELECT v.tenant_id, 'inv_' || i, 1, 'n' || i, 'n' || i, CASE WHEN i % 3 = 0 THEN 'synced' ELSE 'draft' END,"
        " v.customer_id, v.date, 'USD', 0, 0, v.created_at, v.updated_at"
        " FROM n CROSS JOIN (SELECT * FROM invoices WHERE number = 'first') v"
    )
    with shop.session() as session:
        session.execute(text(rows), execution_options={"unscoped_sql": "many rows for a plan"})
        session.commit()
    with engines.write.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return shop


def _plan(session: ScopedSession, wanted: Filter, after: Place | None) -> str:
    """What the engine says it would do for the page's own statement."""
    asked: list[tuple[str, object]] = []

    def note(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        asked.append((statement, parameters))

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    try:
        listing.page(session, wanted, limit=50, after=after)
    finally:
        event.remove(bind, "before_cursor_execute", note)
    statement, parameters = next(each for each in reversed(asked) if "LIMIT" in each[0])
    prefix = "EXPLAIN QUERY PLAN " if bind.dialect.name == "sqlite" else "EXPLAIN "
    connection = session.connection(execution_options={"unscoped_sql": "a plan"})
    rows = connection.exec_driver_sql(prefix + statement, parameters)  # type: ignore[arg-type]
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("index", FILTERS)
@pytest.mark.parametrize("further", [False, True], ids=["first page", "further page"])
def test_a_page_is_read_in_order_from_an_index(filled: Shop, index: str, further: bool) -> None:
    wanted = FILTERS[index]
    if wanted.customer:
        with filled.session() as session:
            wanted = Filter(customer=session.scalars(select(Customer.public_id)).one())
    at = NOW if wanted.updated_after else DAY
    with filled.session() as session:
        plan = _plan(session, wanted, Place(at, 1500) if further else None)
    if filled.engines.write.dialect.name == "sqlite":
        assert index in plan, plan
    else:
        # PostgreSQL weighs how many rows match, and may walk the list's own index.
        assert re.search(r"Index Scan.* using (ix|uq)_invoices_", plan), plan
    assert not re.search(r"Seq Scan|SCAN invoices\b(?! USING)", plan), plan
    # A number finds one row at most; there is nothing to sort.
    if index != "uq_invoices_number":
        assert not re.search(r"USE TEMP B-TREE|Sort", plan), plan


def test_pages_meet_without_losing_or_repeating_in_both_directions(shop: Shop) -> None:
    made = [shop.invoice(str(i), date=DAY + dt.timedelta(days=i % 3)) for i in range(11)]
    with shop.session() as session:
        pages = [listing.page(session, Filter(), limit=4)]
        while pages[-1].next is not None:
            pages.append(listing.page(session, Filter(), limit=4, after=pages[-1].next))
        seen = [key for page in pages for key in page.ids]
        assert len(seen) == len(set(seen)) == len(made)
        back = listing.page(session, Filter(), limit=4, before=pages[2].previous)
        assert back.ids == pages[1].ids
        assert listing.page(session, Filter(), limit=4, before=pages[1].previous).ids == pages[0].ids
        assert listing.page(session, Filter(), limit=4, before=pages[1].previous).previous is None


def test_all_that_match_are_selected_with_their_versions(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [shop.invoice(customer=GivenCustomer(name="Stone Mill")) for _ in range(3)]
    shop.invoice(customer=GivenCustomer(name="Bright Lights"))
    with shop.session() as session:
        (customer,) = [c for c in customers.page(session, limit=9).customers if c.name == "Stone Mill"]
        assert listing.all_that_match(session, Filter(customer=customer.public_id)) == dict.fromkeys(mine, 1)
        monkeypatch.setattr(listing, "MOST_SELECTED", 2)
        assert len(listing.all_that_match(session, Filter())) == 2
