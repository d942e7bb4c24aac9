"""The rate card: which price an item has, for whom, from which day on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from dray.api.v1 import cursors, problems, rendering
from dray.api.v1.access import caller as calling
from dray.api.v1.access import now, reading, writing
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.repeating import once
from dray.api.v1.replies import Rate, Rates
from dray.api.v1.requests import RateChanges, RateIn, RatesQuery
from dray.billing import rate_card
from dray.billing.given import Complaint, Unacceptable
from dray.billing.idempotency import Answer
from dray.billing.rate_card import GivenRate, Listed
from dray.imports import rates
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession

_WRITE = TokenScope.WRITE


@api.post("/rates")
@operation(Operation(_WRITE, {201: Rate, 200: Rate}, body=(RateIn,), errors=(409, 422), idempotent=True))
def put_rate(body: RateIn) -> Response:
    """Put a price on the rate card, or correct the one of the same item, customer and first day."""

    def work(session: ScopedSession) -> Answer:
        try:
            public_id, new = rates.keep(session, body.fields(), at=now(), actor=calling().actor)
        except Unacceptable as refused:
            raise Unacceptable([_as_sent(each) for each in refused.complaints]) from None
        return Answer(201 if new else 200, {"rate": public_id})

    return once(work, _render)


@api.get("/rates")
@operation(Operation(TokenScope.READ, {200: Rates}, query=RatesQuery, errors=(422,)))
def list_rates(query: RatesQuery) -> Response:
    """List the prices of the rate card by item; `item` narrows them to items whose names hold it."""
    with reading() as session:
        after = cursors.rate_place(session, query.after) if query.after else ""
        page = rate_card.page(session, query.item or "", after=after, limit=query.limit)
        following = cursors.of_rate(page.next) if page.next else None
        return answered({"data": [_rendered(row) for row in page.rows], "next": following})


@api.get("/rates/<id>")
@operation(Operation(TokenScope.READ, {200: Rate}, errors=(404,)))
def get_rate(id: str) -> Response:
    """Show one price."""
    return _show(id)


@api.patch("/rates/<id>")
@operation(Operation(_WRITE, {200: Rate}, body=(RateChanges,), errors=(404, 422)))
def change_rate(id: str, body: RateChanges) -> Response:
    """Correct a price, or let it end with a last day. Invoices that exist keep what they say."""
    with writing() as session:
        rate_card.change(
            session, id, replace(_given(rate_card.find(session, id)), **body.changes()), at=now(), actor=calling().actor
        )
        session.commit()
    return _show(id)


def _given(listed: Listed) -> GivenRate:
    """What the card says now."""
    rate = listed.rate
    return GivenRate(
        listed.item, rate.price, rate.first_day, listed.customer_id or None, unit=rate.unit, last_day=rate.last_day
    )


def _as_sent(complaint: Complaint) -> Complaint:
    """A complaint about `customer_name`, at the field of the request: `customer/name`."""
    head, _, name = str(complaint.path[0]).partition("_")
    return Complaint(("customer", name), complaint.detail) if head == "customer" and name else complaint


def _render(answer: Answer) -> Response:
    if "problem" in answer.result:
        return problems.answer(answer.result["problem"])
    return _show(answer.result["rate"], answer.status)


def _show(public_id: str, status: int = 200) -> Response:
    with reading() as session:
        return answered(_rendered(rate_card.find(session, public_id)), status)


def _rendered(listed: Listed) -> dict[str, Any]:
    rate, customer = listed.rate, None
    if listed.customer_id:
        above = listed.customer if listed.site else None
        customer = {"id": listed.customer_id, "name": listed.site or listed.customer, "parent": above}
    return {
        "id": rate.public_id,
        "item": listed.item,
        "customer": customer,
        "price": rendering.decimal(rate.price),
        "unit": rate.unit,
        "first_day": rate.first_day.isoformat(),
        "last_day": rate.last_day.isoformat() if rate.last_day else None,
        "created_at": rendering.moment(rate.created_at),
        "updated_at": rendering.moment(rate.updated_at),
    }
