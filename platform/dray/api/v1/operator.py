"""Setting connections up from a billing product's own pages: tenants, connections, links, tokens. With a token of the
operator, which reads no invoice."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response
from sqlalchemy import select

from dray.api.v1 import rendering
from dray.api.v1.access import now, operator
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.problems import ApiProblem
from dray.api.v1.replies import MadeConnection, MadeLink, MadeTenant, MadeToken, SetUp
from dray.api.v1.requests import NewConnection, NewLink, NewTenant, NewToken
from dray.connections import opening
from dray.connections.models import Connection
from dray.extensions import dray
from dray.onboarding import progress, provisioning, setups
from dray_sdk import DialsIn
from dray_tenants import audit, tokens
from dray_tenants.companies import SlugTaken, create_tenant
from dray_tenants.models import Tenant, TokenScope
from dray_tenants.scope import ScopedSession
from dray_tenants.users import Unacceptable, folded_email

_NO_TENANT = "There is no tenant with this id."
_NO_CONNECTION = "There is no connection with this id."


@api.post("/operator/tenants")
@operation(Operation(TokenScope.WRITE, {201: MadeTenant}, body=(NewTenant,), errors=(409, 422), operator=True))
def make_tenant(body: NewTenant) -> Response:
    """Make a tenant."""
    parts = dray()
    with ScopedSession(parts.engines) as session:
        try:
            tenant = create_tenant(
                session, parts.vault, name=body.name, now=now(), slug=body.slug, time_zone=body.time_zone
            )
        except SlugTaken as taken:
            raise ApiProblem(409, str(taken)) from None
        except ValueError as refused:
            raise ApiProblem(422, str(refused)) from None
        made = {"id": tenant.public_id, "slug": tenant.slug, "name": tenant.name}
        session.commit()
    return answered(made, 201)


@api.post("/operator/tenants/<id>/connections")
@operation(
    Operation(TokenScope.WRITE, {201: MadeConnection}, body=(NewConnection,), errors=(404, 409, 422), operator=True)
)
def make_connection(id: str, body: NewConnection) -> Response:
    """Make a connection of the tenant, to be set up by a link."""
    connector = dray().registry.get(body.connector)
    if connector is None or not isinstance(connector, DialsIn):
        raise ApiProblem(422, f"There is no connector {body.connector!r} that is set up by a link.")
    with ScopedSession(dray().engines) as session:
        tenant = session.scalar(select(Tenant).where(Tenant.public_id == id))
        if tenant is None:
            raise ApiProblem(404, _NO_TENANT)
        with session.tenant(tenant.id):
            try:
                row = opening.open_connection(
                    session, connector, body.name, at=now(), actor=operator(), randomness=secrets.token_bytes
                )
            except opening.NameTaken as taken:
                raise ApiProblem(409, str(taken)) from None
            except ValueError as refused:
                raise ApiProblem(422, str(refused)) from None
            made = {"id": row.public_id, "name": row.name, "connector": row.connector}
            session.commit()
    return answered(made, 201)


@api.post("/operator/connections/<id>/links")
@operation(Operation(TokenScope.WRITE, {201: MadeLink}, body=(NewLink,), errors=(404, 422), operator=True))
def make_link(id: str, body: NewLink) -> Response:
    """Make the one-time set-up page for whoever holds the books. With an address it is mailed there too."""
    with ScopedSession(dray().engines) as session, _found(session, id) as (tenant, connection):
        try:
            recipient = folded_email(body.email) if body.email else None
            opening.install_of(session, connection)
        except (Unacceptable, LookupError) as refused:
            raise ApiProblem(422, str(refused)) from None
        begun = setups.begin(session, connection, at=now(), actor=operator(), email=recipient)
        provisioning.mail_link(session, dray(), tenant, begun)
        expires_at = begun.setup.link_expires_at
        made = {
            "url": provisioning.link_address(dray(), begun),
            "expires_at": rendering.moment(expires_at) if expires_at else None,
        }
        session.commit()
    dray().observer.watches.look_again()
    return answered(made, 201)


@api.get("/operator/connections/<id>/set-up")
@operation(Operation(TokenScope.READ, {200: SetUp}, errors=(404,), operator=True))
def show_set_up(id: str) -> Response:
    """Show how far the set-up is, and what hangs."""
    with ScopedSession(dray().engines, read_only=True) as session, _found(session, id) as (_, connection):
        try:
            seen = progress.read(session, connection, now=now())
        except LookupError as nothing:
            raise ApiProblem(404, str(nothing)) from None
        return answered(_rendered(seen))


@api.post("/operator/tenants/<id>/tokens")
@operation(Operation(TokenScope.WRITE, {201: MadeToken}, body=(NewToken,), errors=(404, 422), operator=True))
def make_token(id: str, body: NewToken) -> Response:
    """Make an API token of the tenant. It is shown now and never again."""
    with ScopedSession(dray().engines) as session:
        tenant = session.scalar(select(Tenant).where(Tenant.public_id == id))
        if tenant is None:
            raise ApiProblem(404, _NO_TENANT)
        minted = tokens.mint(session, tenant, body.name, scope=TokenScope(body.scope), now=now())
        with session.tenant(tenant.id):
            audit.record(
                session,
                actor=operator(),
                action="token.created",
                subject=minted.token.public_id,
                now=now(),
                details={"name": body.name},
            )
            made = {"id": minted.token.public_id, "token": minted.bearer}
            session.commit()
    return answered(made, 201)


@contextmanager
def _found(session: ScopedSession, public_id: str) -> Iterator[tuple[Tenant, Connection]]:
    with session.every_tenant("a connection is named by its id alone"):
        key = session.execute(
            select(Connection.id, Connection.tenant_id).where(
                Connection.public_id == public_id, Connection.state != "removed"
            )
        ).one_or_none()
    if key is None:
        raise ApiProblem(404, _NO_CONNECTION)
    tenant = session.scalars(select(Tenant).where(Tenant.id == key.tenant_id)).one()
    with session.tenant(tenant.id):
        yield tenant, session.scalars(select(Connection).where(Connection.id == key.id)).one()


def _rendered(seen: progress.Progress) -> dict[str, Any]:
    return {
        "id": seen.connection.public_id,
        "proved": seen.proved,
        "link": seen.standing.value if seen.standing is not None else None,
        "steps": [
            {"step": each.step.value, "state": each.state.value, "at": rendering.moment(each.at) if each.at else None}
            for each in seen.steps
        ],
        "hint": (
            {"code": seen.hint.code, "title": seen.hint.title, "detail": seen.hint.sentence} if seen.hint else None
        ),
        "books": seen.books.name if seen.books is not None else None,
    }
