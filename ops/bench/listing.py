"""A page of the list of invoices at 1,000 and at 1,000,000: how many times slower the second is.

    python -m ops.bench.listing [--large 1000000] [--database URL]

It is the API's page and the pages' alike: the ids in order, fifty at a time, from the front and from deep inside.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from functools import partial

from sqlalchemy import insert

from dray.billing import listing
from dray.billing.listing import Filter, Place
from dray.billing.models import Customer, Invoice
from dray.billing.states import InvoiceState
from dray_tenants.companies import create_tenant
from dray_tenants.scope import ScopedSession
from ops.bench.stage import Stage, a_stage

CALLS = 200
PIECE = 20_000
BEGAN = dt.date(2024, 1, 1)
DAYS = 730
DEEP = Place(BEGAN + dt.timedelta(days=DAYS // 2), 0)
KINDS: tuple[tuple[str, Filter, Place | None], ...] = (
    ("first page", Filter(), None),
    ("deep inside", Filter(), DEEP),
    ("drafts", Filter(state=InvoiceState.DRAFT), None),
    ("drafts, deep inside", Filter(state=InvoiceState.DRAFT), DEEP),
)


def main() -> int:
    """Measure, and print one line for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    options = parser.parse_args()
    with a_stage(options.database) as stage:
        tenants = [a_tenant(stage, f"bench-{count}", count) for count in (options.small, options.large)]
        for name, wanted, after in KINDS:
            small, large = (_milliseconds(stage, tenant, wanted, after) for tenant in tenants)
            print(f"{name:20} {small:.3f} ms, {large:.3f} ms at {options.large:,}: {large / small:.2f} times")
    return 0


def _milliseconds(stage: Stage, tenant: int, wanted: Filter, after: Place | None) -> float:
    """The median CPU time of one page."""
    with ScopedSession(stage.dray.engines, read_only=True) as session, session.tenant(tenant):
        ask = partial(listing.page, session, wanted, limit=50, after=after)
        ask()
        took = []
        for _ in range(CALLS):
            began = time.process_time()
            ask()
            took.append(time.process_time() - began)
    return statistics.median(took) * 1000


def a_tenant(stage: Stage, slug: str, count: int) -> int:
    """A tenant with so many invoices over two years; its id."""
    now = stage.dray.clock()
    with ScopedSession(stage.dray.engines) as session:
        tenant = create_tenant(session, stage.dray.vault, name=slug, slug=slug, now=now)
        session.commit()
        tenant_id = tenant.id
        with session.tenant(tenant_id):
            customer = Customer(public_id=f"cus_{slug}", name="A", name_key="a", created_at=now, updated_at=now)
            session.add(customer)
            session.flush()
            customer_id = customer.id
            for start in range(0, count, PIECE):
                rows = [
                    {
                        "public_id": f"inv_{slug}_{number}",
                        "version": 1,
                        "state": "synced" if number % 10 else "draft",
                        "number": str(number),
                        "number_key": str(number),
                        "customer_id": customer_id,
                        "date": BEGAN + dt.timedelta(days=number * DAYS // count),
                        "currency": "USD",
                        "subtotal_minor": 1000,
                        "total_minor": 1000,
                        "created_at": now,
                        "updated_at": now,
                    }
                    for number in range(start, min(start + PIECE, count))
                ]
                session.execute(insert(Invoice), rows)
                session.commit()
    return tenant_id


if __name__ == "__main__":
    raise SystemExit(main())
