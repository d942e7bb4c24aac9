"""Emptying a test company, for programs that try things and want to begin anew."""

from __future__ import annotations

from flask import Response
from sqlalchemy import select

from dray import emptying
from dray.api.v1.access import caller, now, writing
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.problems import ApiProblem
from dray.api.v1.replies import Emptied
from dray.api.v1.requests import WhichCompany
from dray_tenants.models import Tenant, TokenScope


@api.post("/company/empty")
@operation(Operation(TokenScope.WRITE, {200: Emptied}, body=(WhichCompany,), errors=(409, 422)))
def empty_company(body: WhichCompany) -> Response:
    """Empty a test company.

    Invoices, accepted ones too, customers, items, imports and connections go. People, tokens, webhook endpoints and the
    audit stay. A company with real books is never emptied.
    """
    with writing() as session:
        slug = session.scalars(select(Tenant.slug).where(Tenant.id == session.require_tenant())).one()
        if body.slug != slug:
            raise ApiProblem(409, f"This token is of the company {slug}, and you named another. Nothing was deleted.")
        try:
            deleted = emptying.empty(session, at=now(), actor=caller().actor)
        except emptying.NoTestCompany as real:
            raise ApiProblem(409, str(real)) from None
        session.commit()
    return answered({"deleted": deleted})
