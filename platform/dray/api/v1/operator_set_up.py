"""A set-up inside a billing product's own pages: its link, or its file and password, how far it is, and the company
confirmed. With a token of the operator."""

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
from dray.api.v1.operator_repeating import once
from dray.api.v1.problems import ApiProblem
from dray.api.v1.replies import MadeFile, MadeLink, SetUp
from dray.api.v1.requests import ConfirmedCompany, NewFile, NewLink
from dray.billing.given import Unacceptable as NotTaken
from dray.connections import binding, lifecycle, opening
from dray.connections.models import Connection
from dray.extensions import dray
from dray.onboarding import confirming, progress, provisioning, reaching, setups
from dray.onboarding.setups import Standing
from dray_sdk import DialsIn
from dray_tenants.models import Tenant, TokenScope
from dray_tenants.scope import ScopedSession
from dray_tenants.users import Unacceptable, folded_email


@api.post("/operator/connections/<id>/links")
@operation(
    Operation(
        TokenScope.WRITE, {201: MadeLink}, body=(NewLink,), errors=(404, 409, 422), idempotent=True, operator=True
    )
)
def make_link(id: str, body: NewLink) -> Response:
    """Make the one-time set-up page for whoever holds the books. With an address it is mailed there too."""
    if body.email and not body.despite_self_check:
        try:
            reaching.refuse_unreached(dray())
        except reaching.NotReached as away:
            raise ApiProblem(409, f"Nothing was made and no letter was sent. {away}") from None

    def work(session: ScopedSession) -> dict[str, Any]:
        with _found(session, id) as (tenant, connection):
            try:
                recipient = folded_email(body.email) if body.email else None
                opening.install_of(session, connection)
            except (Unacceptable, LookupError) as refused:
                raise ApiProblem(422, str(refused)) from None
            begun = setups.begin(session, connection, at=now(), actor=operator().actor, email=recipient)
            provisioning.mail_link(session, dray(), tenant, begun)
            expires_at = begun.setup.link_expires_at
            return {
                "url": provisioning.link_address(dray(), begun),
                "expires_at": rendering.moment(expires_at) if expires_at else None,
            }

    response = once(work)
    dray().observer.watches.look_again()
    return response


@api.post("/operator/connections/<id>/file")
@operation(Operation(TokenScope.WRITE, {201: MadeFile}, body=(NewFile,), errors=(404, 409, 422), operator=True))
def make_file(id: str, body: NewFile) -> Response:
    """Hand out the set-up file with a new password, to be shown once on the caller's own page.

    The same identity every time. The password is kept nowhere, so there is no key for the same answer again: a repeated
    request makes another password, and the one before works until the newest has been used."""
    parts = dray()
    with ScopedSession(parts.engines) as session, _found(session, id) as (_, connection):
        connector = parts.registry.get(connection.connector)
        if connector is None or not isinstance(connector, DialsIn):
            raise ApiProblem(422, f"{connection.name} is not set up with a file.")
        _under_way(session, connection, body.issued_to)
        if body.new_identity:
            _renew(session, connection)
        password = parts.passwords.mint(session, connection, at=now(), actor=operator().actor)
        file = opening.invitation(
            session, connection, connector, parts.address, at=now(), actor=operator().actor, issued_to=body.issued_to
        )
        made = {
            "file": file.name,
            "media_type": file.media_type,
            "content": file.content.decode(),
            "user_name": opening.install_of(session, connection).user_name,
            "password": password,
        }
        session.commit()
    parts.observer.watches.look_again()
    return answered(made, 201, Cache_Control="no-store")


@api.post("/operator/connections/<id>/company")
@operation(Operation(TokenScope.WRITE, {200: SetUp}, body=(ConfirmedCompany,), errors=(404, 409, 422), operator=True))
def confirm_company(id: str, body: ConfirmedCompany) -> Response:
    """Confirm the company that was looked at, and from which day on invoices go there. Doing it again is harmless."""
    with ScopedSession(dray().engines) as session, _found(session, id) as (_, connection):
        try:
            confirming.confirm(session, connection, body.mark, body.first_day, at=now(), actor=operator().actor)
        except (confirming.AnotherFile, binding.NotConfirmable) as refused:
            raise ApiProblem(409, str(refused)) from None
        except NotTaken as refused:
            raise ApiProblem(422, str(refused), refused.complaints) from None
        session.commit()
        return answered(_rendered(progress.read(session, connection, now=now())))


@api.get("/operator/connections/<id>/set-up")
@operation(Operation(TokenScope.READ, {200: SetUp}, errors=(404,), operator=True))
def show_set_up(id: str) -> Response:
    """Show how far the set-up is, what hangs, and which company the books named."""
    with ScopedSession(dray().engines, read_only=True) as session, _found(session, id) as (_, connection):
        try:
            seen = progress.read(session, connection, now=now())
        except LookupError as nothing:
            raise ApiProblem(404, str(nothing)) from None
        return answered(_rendered(seen))


@contextmanager
def _found(session: ScopedSession, public_id: str) -> Iterator[tuple[Tenant, Connection]]:
    with session.every_tenant("a connection is named by its id alone"):
        key = session.execute(
            select(Connection.id, Connection.tenant_id).where(
                Connection.public_id == public_id, Connection.state != "removed"
            )
        ).one_or_none()
    if key is None:
        raise ApiProblem(404, "There is no connection with this id.")
    tenant = session.scalars(select(Tenant).where(Tenant.id == key.tenant_id)).one()
    with session.tenant(tenant.id):
        yield tenant, session.scalars(select(Connection).where(Connection.id == key.id)).one()


def _under_way(session: ScopedSession, connection: Connection, email: str) -> None:
    """See that a set-up watches the calls: one begins where none is under way, with a link that nobody holds."""
    before = setups.current(session, connection)
    if before is None or setups.standing(before, now=now()) not in (Standing.OPEN, Standing.CLAIMED):
        setups.begin(session, connection, at=now(), actor=operator().actor, email=email or None)


def _renew(session: ScopedSession, connection: Connection) -> None:
    try:
        lifecycle.new_identity(session, connection, at=now(), actor=operator().actor, randomness=secrets.token_bytes)
    except lifecycle.NotNow as refused:
        raise ApiProblem(409, str(refused)) from None


def _rendered(seen: progress.Progress) -> dict[str, Any]:
    books = seen.books if seen.done("books") else None
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
        "company": (
            {
                "name": books.name,
                "place": books.place or None,
                "edition": books.edition or None,
                "mark": confirming.mark_of(seen.connection),
            }
            if books is not None
            else None
        ),
    }
