"""Invoices: made, read, changed and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from pydantic import ValidationError

from dray.api.v1 import cursors, problems, rendering
from dray.api.v1.access import caller, now, reading, writing
from dray.api.v1.blueprint import api
from dray.api.v1.operations import (
    Operation,
    answered,
    complaints_of,
    operation,
    parse,
    read_json,
    version_looked_at,
)
from dray.api.v1.problems import ApiProblem, problem, unacceptable
from dray.api.v1.repeating import once, once_in_pieces
from dray.api.v1.replies import Answers, Invoice, Invoices, Timeline
from dray.api.v1.requests import InvoiceChanges, InvoiceIn, InvoicesIn, InvoicesQuery
from dray.billing import amending, invoices, listing, timeline
from dray.billing.given import Complaint, GivenInvoice, Missing
from dray.billing.idempotency import Answer
from dray.billing.invoices import Became, Pushed
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession

_STATUS: Final = {
    Became.CREATED: 201,
    Became.UPDATED: 200,
    Became.SAME: 200,
    Became.UNACCEPTABLE: 422,
    Became.NOT_NOW: 409,
}


@api.post("/invoices")
@operation(
    Operation(
        TokenScope.WRITE,
        {201: Invoice, 200: Answers},
        body=(InvoiceIn, InvoicesIn),
        errors=(409, 422),
        idempotent=True,
    )
)
def push_invoices() -> Response:
    """Create an invoice, or up to 500.

    One object makes one invoice. `{"invoices": [...]}` gives one answer for each, in order, and one that cannot be
    taken holds up no other. The key is `external_id`, or else the number: the same content again changes nothing, other
    content updates a draft or one that needs attention.
    """
    data = read_json()
    if isinstance(data, dict) and "invoices" in data:
        return _push_many(parse(InvoicesIn, data))
    given = parse(InvoiceIn, data).given()

    def work(session: ScopedSession) -> Answer:
        return _answer_of(invoices.push(session, given, at=now(), actor=caller().actor))

    return once(work, _render_one)


@api.get("/invoices")
@operation(Operation(TokenScope.READ, {200: Invoices}, query=InvoicesQuery, errors=(422,)))
def list_invoices(query: InvoicesQuery) -> Response:
    """List invoices, newest date first; with `updated_after`, oldest change first."""
    wanted = listing.Filter(query.state, query.customer, query.number, query.updated_after)
    with reading() as session:
        by_change = query.updated_after is not None
        after = cursors.invoice_place(session, query.after, by_change=by_change) if query.after else None
        page = listing.page(session, wanted, limit=query.limit, after=after)
        rendered = rendering.invoices(session, page.ids)
        following = cursors.of_invoice(session, page.next) if page.next else None
        return answered({"data": [rendered[key] for key in page.ids], "next": following})


@api.get("/invoices/<id>")
@operation(Operation(TokenScope.READ, {200: Invoice}, errors=(404,)))
def get_invoice(id: str) -> Response:
    """Show one invoice."""
    return _show(id)


@api.patch("/invoices/<id>")
@operation(Operation(TokenScope.WRITE, {200: Invoice}, body=(InvoiceChanges,), errors=(404, 409, 422), versioned=True))
def change_invoice(id: str, body: InvoiceChanges) -> Response:
    """Change some fields of a draft, or of an invoice that needs attention, which is a draft then."""
    with writing() as session:
        amending.amend(session, id, body.changes(), version=version_looked_at(), at=now(), actor=caller().actor)
        session.commit()
    return _show(id)


@api.delete("/invoices/<id>")
@operation(Operation(TokenScope.WRITE, {204: None}, errors=(404, 409), versioned=True))
def delete_invoice(id: str) -> Response:
    """Delete a draft, or an invoice that needs attention. Its number is free again."""
    with writing() as session:
        invoices.delete(session, id, version=version_looked_at(), at=now(), actor=caller().actor)
        session.commit()
    return Response(status=204)


@api.get("/invoices/<id>/timeline")
@operation(Operation(TokenScope.READ, {200: Timeline}, errors=(404,)))
def get_timeline(id: str) -> Response:
    """Tell what happened to an invoice, in words, with the raw codes."""
    with reading() as session:
        found = timeline.story(session, _internal(session, id))
    told = [
        {
            "at": rendering.moment(each.at),
            "kind": each.kind,
            "actor": each.actor,
            "text": each.sentence,
            "details": dict(each.details),
        }
        for each in found
    ]
    return answered({"data": told, "next": None})


def _push_many(body: InvoicesIn) -> Response:
    read: list[GivenInvoice | tuple[Complaint, ...]] = [_read(item) for item in body.invoices]
    good = [each for each in read if isinstance(each, GivenInvoice)]

    def work(session: ScopedSession) -> Answer:
        pushed = iter(invoices.push_many(session, good, at=now(), actor=caller().actor))
        answers = [
            _answer_of(next(pushed) if isinstance(each, GivenInvoice) else Pushed(Became.UNACCEPTABLE, complaints=each))
            for each in read
        ]
        return Answer(200, {"invoices": [{"status": each.status, **each.result} for each in answers]})

    return once_in_pieces(work, _render_many)


def _read(item: Any) -> GivenInvoice | tuple[Complaint, ...]:
    try:
        return InvoiceIn.model_validate(item).given()
    except ValidationError as wrong:
        return tuple(complaints_of(wrong))


def _answer_of(pushed: Pushed) -> Answer:
    status = _STATUS[pushed.became]
    if pushed.became is Became.UNACCEPTABLE:
        return Answer(status, {"problem": unacceptable(pushed.complaints)})
    if pushed.became is Became.NOT_NOW:
        return Answer(status, {"problem": problem(status, pushed.sentence)})
    return Answer(status, {"invoice": pushed.id})


def _render_one(answer: Answer) -> Response:
    if "problem" in answer.result:
        return problems.answer(answer.result["problem"])
    return _show(answer.result["invoice"], answer.status)


def _render_many(answer: Answer) -> Response:
    answers: Sequence[dict[str, Any]] = answer.result["invoices"]
    with reading() as session:
        known = invoices.ids_of(session, [each["invoice"] for each in answers if "invoice" in each])
        rendered = rendering.invoices(session, list(known.values()))
    return answered(
        {
            "invoices": [
                # One that was deleted since keeps its place in the answer.
                each if "problem" in each else {**each, "invoice": rendered.get(known.get(each["invoice"], 0))}
                for each in answers
            ]
        }
    )


def _show(public_id: str, status: int = 200) -> Response:
    with reading() as session:
        key = _internal(session, public_id)
        body = rendering.invoices(session, [key])[key]
    return answered(body, status, ETag=f'"{body["version"]}"')


def _internal(session: ScopedSession, public_id: str) -> int:
    if len(public_id) > 40 or "\0" in public_id:
        raise ApiProblem(404, "There is no invoice with this id.")
    found = invoices.ids_of(session, [public_id])
    if public_id not in found:
        raise Missing("There is no invoice with this id.")
    return found[public_id]
