"""Customers."""

from __future__ import annotations

from flask import Response

from dray.api.v1 import cursors, problems, rendering
from dray.api.v1.access import now, reading, writing
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation, version_looked_at
from dray.api.v1.repeating import once
from dray.api.v1.replies import Customer, Customers
from dray.api.v1.requests import CustomerIn, PageQuery
from dray.billing import customers
from dray.billing.idempotency import Answer
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession


@api.post("/customers")
@operation(
    Operation(
        TokenScope.WRITE,
        {201: Customer, 200: Customer},
        body=(CustomerIn,),
        errors=(409, 422),
        idempotent=True,
    )
)
def put_customer(body: CustomerIn) -> Response:
    """Create a customer, or update the one with the same external_id."""

    def work(session: ScopedSession) -> Answer:
        customer, new = customers.put(session, body.fields(), at=now())
        return Answer(201 if new else 200, {"customer": customer.public_id})

    return once(work, _render)


@api.get("/customers")
@operation(Operation(TokenScope.READ, {200: Customers}, query=PageQuery, errors=(422,)))
def list_customers(query: PageQuery) -> Response:
    """List customers by name."""
    with reading() as session:
        after = cursors.customer_place(session, query.after) if query.after else None
        page = customers.page(session, limit=query.limit, after=after)
        last = page.customers[-1] if page.next else None
        following = cursors.of_customer(last.name_key, last.public_id) if last else None
        return answered({"data": rendering.customers(session, page.customers), "next": following})


@api.get("/customers/<id>")
@operation(Operation(TokenScope.READ, {200: Customer}, errors=(404,)))
def get_customer(id: str) -> Response:
    """Show one customer."""
    return _show(id)


@api.patch("/customers/<id>")
@operation(Operation(TokenScope.WRITE, {200: Customer}, body=(CustomerIn,), errors=(404, 409, 422), versioned=True))
def change_customer(id: str, body: CustomerIn) -> Response:
    """Change some fields of a customer. Invoices that were sent keep what they said."""
    with writing() as session:
        customers.change(session, id, body.fields(), version=version_looked_at(), at=now())
        session.commit()
    return _show(id)


def _render(answer: Answer) -> Response:
    if "problem" in answer.result:
        return problems.answer(answer.result["problem"])
    return _show(answer.result["customer"], answer.status)


def _show(public_id: str, status: int = 200) -> Response:
    with reading() as session:
        customer = customers.find(session, public_id)
        (body,) = rendering.customers(session, [customer])
    return answered(body, status, ETag=f'"{body["version"]}"')
