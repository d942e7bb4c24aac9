"""What a search costs at 1,000 and at 1,000,000 invoices: the median CPU time of a page of the list.

python -m ops.bench.finding [--large 1000000] [--database URL]
"""

from __future__ import annotations

import argparse
import statistics
import time

from sqlalchemy import insert, select

from dray.billing.finding_models import InvoiceWord
from dray.billing.models import Invoice
from dray.web.invoices import listing
from dray.web.invoices.filters import Filter
from dray_tenants.scope import ScopedSession
from ops.bench.listing import a_tenant
from ops.bench.stage import Stage, a_stage

CALLS = 20
PIECE = 20_000
SEARCHES = (
    ("a number's beginning", Filter(search="b-4711")),
    ("a rare word", Filter(search="ticket4711")),
    ("two words", Filter(search="rolloff ticket4711")),
    ("a word of every invoice", Filter(search="rolloff")),
    ("an amount", Filter(search="47.11")),
    ("nothing", Filter(search="zzzz")),
)


def main() -> int:
    """Measure, and print one line for each kind of search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    options = parser.parse_args()
    with a_stage(options.database) as stage:
        tenants = [a_tenant(stage, f"bench-{count}", count) for count in (options.small, options.large)]
        for tenant in tenants:
            _words(stage, tenant)
        for name, wanted in SEARCHES:
            small, large = (_milliseconds(stage, tenant, wanted) for tenant in tenants)
            print(f"{name:24} {small:.1f} ms, {large:.1f} ms at {options.large:,}")
    return 0


def _words(stage: Stage, tenant: int) -> None:
    """Six words for each invoice, one of them its own, one shared by all."""
    with ScopedSession(stage.dray.engines) as session, session.tenant(tenant):
        last = 0
        while ids := session.scalars(
            select(Invoice.id).where(Invoice.id > last).order_by(Invoice.id).limit(PIECE)
        ).all():
            rows = [
                {"invoice_id": each, "word": word}
                for each in ids
                for word in ("rolloff", f"ticket{each}", f"site{each % 5000}", f"yd{each % 7}", f"po{each}", "haul")
            ]
            session.execute(insert(InvoiceWord), rows)
            session.commit()
            last = ids[-1]


def _milliseconds(stage: Stage, tenant: int, wanted: Filter) -> float:
    now = stage.dray.clock()
    with ScopedSession(stage.dray.engines, read_only=True) as session, session.tenant(tenant):
        took = []
        for _ in range(CALLS):
            began = time.process_time()
            listing.page(session, wanted, judge=lambda document: (), now=now)
            took.append(time.process_time() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
