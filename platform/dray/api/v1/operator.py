"""Setting connections up from a billing product's own pages: tenants, connections, tokens. With a token of the
operator, which reads no invoice."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from flask import Response
from sqlalchemy import select

from dray.api.v1.access import now, operator
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, operation
from dray.api.v1.operator_repeating import once
from dray.api.v1.problems import ApiProblem
from dray.api.v1.replies import MadeConnection, MadeTenant, MadeToken
from dray.api.v1.requests import NewConnection, NewTenant, NewToken
from dray.connections import opening
from dray.extensions import dray
from dray_sdk import DialsIn
from dray_tenants import audit, tokens
from dray_tenants.companies import SlugTaken, create_tenant
from dray_tenants.models import Tenant, TokenScope
from dray_tenants.scope import ScopedSession


@api.post("/operator/tenants")
@operation(
    Operation(TokenScope.WRITE, {201: MadeTenant}, body=(NewTenant,), errors=(409, 422), idempotent=True, operator=True)
)
def make_tenant(body: NewTenant) -> Response:
    """Make a tenant."""

    def work(session: ScopedSession) -> dict[str, Any]:
        try:
            tenant = create_tenant(
                session,
                dray().vault,
                name=body.name,
                now=now(),
                slug=body.slug,
                time_zone=body.time_zone,
                test=body.test,
            )
        except SlugTaken as taken:
            raise ApiProblem(409, str(taken)) from None
        except ValueError as refused:
            raise ApiProblem(422, str(refused)) from None
        details = {"name": tenant.name}
        with session.tenant(tenant.id):
            audit.record(
                session,
                actor=operator().actor,
                action="tenant.created",
                subject=tenant.public_id,
                now=now(),
                details=details,
            )
            session.flush()
        return {"id": tenant.public_id, "slug": tenant.slug, "name": tenant.name}

    return once(work)


@api.post("/operator/tenants/<id>/connections")
@operation(
    Operation(
        TokenScope.WRITE,
        {201: MadeConnection},
        body=(NewConnection,),
        errors=(404, 409, 422),
        idempotent=True,
        operator=True,
    )
)
def make_connection(id: str, body: NewConnection) -> Response:
    """Make a connection of the tenant, to be set up by a link or a file."""
    connector = dray().registry.get(body.connector)
    if connector is None or not isinstance(connector, DialsIn):
        raise ApiProblem(422, f"There is no connector {body.connector!r} that is set up by a link.")

    def work(session: ScopedSession) -> dict[str, Any]:
        with session.tenant(_tenant(session, id).id):
            try:
                row = opening.open_connection(
                    session, connector, body.name, at=now(), actor=operator().actor, randomness=secrets.token_bytes
                )
            except opening.NameTaken as taken:
                raise ApiProblem(409, str(taken)) from None
            except ValueError as refused:
                raise ApiProblem(422, str(refused)) from None
            return {"id": row.public_id, "name": row.name, "connector": row.connector}

    return once(work)


@api.post("/operator/tenants/<id>/tokens")
@operation(
    Operation(TokenScope.WRITE, {201: MadeToken}, body=(NewToken,), errors=(404, 422), idempotent=True, operator=True)
)
def make_token(id: str, body: NewToken) -> Response:
    """Make an API token of the tenant. It is shown now and never again."""

    def work(session: ScopedSession) -> dict[str, Any]:
        tenant = _tenant(session, id)
        ends = now() + dt.timedelta(days=body.days) if body.days else None
        minted = tokens.mint(session, tenant, body.name, scope=TokenScope(body.scope), now=now(), expires_at=ends)
        with session.tenant(tenant.id):
            audit.record(
                session,
                actor=operator().actor,
                action="token.created",
                subject=minted.token.public_id,
                now=now(),
                details={"name": body.name},
            )
            session.flush()
        return {"id": minted.token.public_id, "token": minted.bearer}

    return once(work)


def _tenant(session: ScopedSession, public_id: str) -> Tenant:
    tenant = session.scalar(select(Tenant).where(Tenant.public_id == public_id))
    if tenant is None:
        raise ApiProblem(404, "There is no tenant with this id.")
    return tenant
