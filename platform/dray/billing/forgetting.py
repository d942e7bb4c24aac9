"""A customer who is a person asks to be forgotten: everything that tells who they are goes, where the law lets it go.

What the books accepted is locked, and stays as it is. What is on its way, or was refused and waits, has to be settled
first: it is about to tell somebody else who they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from dray.billing import finding
from dray.billing.bulk import NO_SYNC
from dray.billing.customers import find
from dray.billing.given import NotNow
from dray.billing.models import Customer, Invoice, InvoiceLine, Posting
from dray.billing.names import folded
from dray.billing.states import InvoiceState, PostingState
from dray.connections.models import Link
from dray_tenants import audit
from dray_tenants.scope import Scoped

PIECE: Final = 500
_UNSETTLED: Final = (
    InvoiceState.PENDING_SYNC.value,
    InvoiceState.SENDING.value,
    InvoiceState.CHECKING.value,
    InvoiceState.NEEDS_ATTENTION.value,
)
_OF_PERSON: Final[dict[str, Any]] = {
    "bill_to": None, "ship_to": None, "service_location": None, "email": None, "phone": None, "person_edits": None,
    "billing_content": None, "content_hash": None,
}  # fmt: skip


def unsettled(session: Scoped, customer: Customer) -> int:
    """How many of the customer's invoices have to be settled before."""
    statement = select(func.count()).where(Invoice.customer_id == customer.id, Invoice.state.in_(_UNSETTLED))
    return session.scalar(statement.where(Invoice.deleted_at.is_(None))) or 0


def forget(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> int:
    """Replace what tells who the customer is, in them and in every invoice that was not sent; how many of these.

    Commits in pieces, the customer last: interrupted, it is asked for again. Raises Missing, NotNow.
    """
    customer = find(session, public_id)
    if count := unsettled(session, customer):
        invoices = "1 invoice of theirs is" if count == 1 else f"{count:,} invoices of theirs are"
        raise NotNow(f"{invoices} on the way or needs attention. Settle that first; nothing was changed.")
    changed, key = 0, customer.id
    for ids in _drafts(session, key):
        session.execute(
            update(Invoice).where(Invoice.id.in_(ids)).values(version=Invoice.version + 1, updated_at=at, **_OF_PERSON),
            execution_options=NO_SYNC,
        )
        gone = delete(Posting).where(Posting.invoice_id.in_(ids), Posting.state == PostingState.WITHDRAWN.value)
        session.execute(gone, execution_options=NO_SYNC)
        _learn_anew(session, ids)
        changed += len(ids)
        session.commit()
    links = delete(Link).where(Link.kind == "customer", Link.key == public_id)
    session.execute(links, execution_options=NO_SYNC)
    customer = find(session, public_id)
    customer.name = f"Forgotten person {public_id[-6:]}"
    customer.name_key = folded(customer.name)
    customer.external_id = customer.company_name = customer.email = customer.phone = None
    customer.billing_address = customer.shipping_address = None
    customer.version, customer.updated_at = customer.version + 1, at
    details = {"invoices": changed}
    audit.record(
        session, actor=actor, action="customer.forgotten", subject=f"customer:{public_id}", now=at, details=details
    )
    session.commit()
    return changed


def _drafts(session: Scoped, customer_id: int) -> Iterator[list[int]]:
    after = 0
    while True:
        statement = select(Invoice.id).where(
            Invoice.customer_id == customer_id, Invoice.state == InvoiceState.DRAFT.value, Invoice.id > after
        )
        ids = list(session.scalars(statement.order_by(Invoice.id).limit(PIECE)))
        if not ids:
            return
        yield ids
        after = ids[-1]


def _learn_anew(session: Scoped, ids: list[int]) -> None:
    """Nobody is found by the place where they lived."""
    heads = select(Invoice.id, *(getattr(Invoice, name) for name in finding.HEAD)).where(Invoice.id.in_(ids))
    lines: dict[int, list[dict[str, Any]]] = {}
    columns = (InvoiceLine.invoice_id, InvoiceLine.item, InvoiceLine.description)
    for invoice_id, item, description in session.execute(select(*columns).where(InvoiceLine.invoice_id.in_(ids))):
        lines.setdefault(invoice_id, []).append({"item": item, "description": description})
    for row in session.execute(heads).mappings().all():
        finding.learn(session, row["id"], dict(row), lines.get(row["id"], ()))
