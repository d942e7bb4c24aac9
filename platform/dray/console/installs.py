"""One installation: begun with one button, and watched live while the customer does the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import make_response, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.cadence import closures
from dray.cadence.causes import Likely, likely
from dray.cadence.evidence import Silent, gather
from dray.cadence.expecting import usual
from dray.cadence.models import Cadence
from dray.connections import opening
from dray.connections.models import ConnectionStatus, Install, IssuedFile
from dray.console.access import Opened, for_staff, opened, staff
from dray.console.customers import home_page
from dray.extensions import dray
from dray.onboarding import progress, provisioning, reaching, setups, staff_access
from dray.onboarding.care import care_of
from dray.web.access import database
from dray.web.invoices.pages import unless_same
from dray_sdk import DialsIn, Explains
from dray_tenants.roles import Right

__all__ = ["begin_install", "install_live", "new_link", "page", "show_install", "unreached"]


@for_staff(Right.MANAGE_CONNECTIONS)
def begin_install() -> Response | tuple[str, int]:
    """Company, connection, file and link, with one press. The link is shown in this answer, the only time."""
    session, parts = database(), dray()
    company, email = request.form.get("company", ""), request.form.get("email", "")
    wanted = request.form.get("connector", "")
    dials_in = [each for each in parts.registry.enabled.values() if isinstance(each, DialsIn)]
    connector = next((each for each in dials_in if each.name == wanted), dials_in[0] if dials_in else None)
    if connector is None:
        return home_page(company=company, email=email, problem="No connector that installs is enabled here."), 422
    if away := unreached():
        return home_page(company=company, email=email, problem=away, away=True), 409
    try:
        made = provisioning.provision(session, parts, company, email, connector, actor=staff().actor)
    except provisioning.CannotProvision as refused:
        session.rollback()
        return home_page(company=company, email=email, problem=str(refused)), 422
    with session.tenant(made.tenant.id):
        staff_access.for_setup(session, staff().member, made.connection.name, at=parts.clock())
        public_id = made.connection.public_id
    session.commit()
    parts.observer.watches.look_again()
    return _with_link(public_id, made.address)


@for_staff(Right.VIEW)
def show_install(public_id: str) -> str:
    """How far it is, and every call live."""
    with opened(public_id) as what:
        return page(what)


@for_staff(Right.VIEW)
def install_live(public_id: str) -> Response:
    """The changing parts of that page."""
    with opened(public_id) as what:
        return unless_same(render_template("console/install_live.html", **_shown(what)))


@for_staff(Right.MANAGE_CONNECTIONS)
def new_link(public_id: str) -> Response | tuple[str, int]:
    """Another link, sent to the same person; the one before ends."""
    session, parts = database(), dray()
    if away := unreached():
        with opened(public_id) as what:
            return page(what, away=away, again="console.new_link"), 409
    with opened(public_id) as what:
        begun = setups.renew_link(session, what.connection, at=parts.clock(), actor=staff().actor)
        provisioning.mail_link(session, parts, what.tenant, begun)
        address = provisioning.link_address(parts, begun)
        session.commit()
    parts.observer.watches.look_again()
    return _with_link(public_id, address)


def unreached() -> str:
    """What keeps customers' computers from reaching us, unless the form says that the link shall be sent anyway; empty
    where nothing does."""
    if request.form.get("anyway"):
        return ""
    database().rollback()  # nothing of ours waits for the network
    try:
        reaching.refuse_unreached(dray())
    except reaching.NotReached as away:
        return str(away)
    return ""


def page(what: Opened, **more: Any) -> str:
    """The whole page; `more` is what is shown this once."""
    return render_template(
        "console/install.html", **{"link": "", "password": "", "problem": "", "away": "", **_shown(what), **more}
    )


def _with_link(public_id: str, address: str) -> Response:
    with opened(public_id) as what:
        response = make_response(page(what, link=address))
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(what: Opened) -> dict[str, Any]:
    session, parts = database(), dray()
    now = parts.clock()
    connection = what.connection
    seen = progress.read(session, connection, now=now)
    connector = parts.registry.get(connection.connector)
    status = session.scalars(
        select(ConnectionStatus).where(
            ConnectionStatus.tenant_id == connection.tenant_id, ConnectionStatus.connection_id == connection.id
        )
    ).one()
    dials_in: object = connector
    explains: object = connector
    return {
        "what": what,
        "staff": staff(),
        "seen": seen,
        "order": {each.step.value: number for number, each in enumerate(seen.steps, 1)},
        "calls": progress.calls_of(session, connection, most=60),
        "status": status,
        "title": connector.title if connector is not None else connection.connector,
        "endpoint": (
            opening.endpoint(dials_in, seen.install, parts.settings.public_url) if isinstance(dials_in, DialsIn) else ""
        ),
        "watched": seen.setup is not None and seen.setup.watched_until > now,
        "owner_id": opening.OWNER_ID,
        "register": _register(what),
        "care": care_of(session, connection),
        "usual": usual(session, connection.tenant_id, [connection.id], now=now).get(connection.id),
        "calendars": closures.calendars(session),
        "followed": set(closures.followed(session)),
        "own_closures": closures.own(session, today=now.date()),
        "causes": _causes(what, now),
        "explanations": _seen_codes(seen, explains) if isinstance(explains, Explains) else (),
        "mail_is_kept": parts.settings.smtp_url is None,
    }


def _causes(what: Opened, now: dt.datetime) -> Sequence[Likely]:
    """Why it is probably silent, from what is known now; nothing where it is not."""
    session = database()
    row = session.scalar(
        select(Cadence).where(
            Cadence.tenant_id == what.tenant.id,
            Cadence.connection_id == what.connection.id,
            Cadence.silent_since.is_not(None),
        )
    )
    if row is None or row.silent_since is None:
        return ()
    silent = Silent(row.tenant_id, row.connection_id, ZoneInfo(row.time_zone), row.week, row.silent_since)
    return likely(gather(session, [silent], now=now)[row.connection_id])


def _register(what: Opened) -> Sequence[Mapping[str, Any]]:
    """Every set-up file of the connection that was handed out, the newest first."""
    rows = database().execute(
        select(IssuedFile, Install)
        .join(Install, (Install.tenant_id == IssuedFile.tenant_id) & (Install.id == IssuedFile.install_id))
        .where(IssuedFile.connection_id == what.connection.id)
        .order_by(IssuedFile.id.desc())
        .limit(20)
    )
    return [{"file": file, "install": install} for file, install in rows]


def _seen_codes(seen: progress.Progress, explains: Explains) -> Sequence[Any]:
    """What the codes mean that commonly stop a set-up, the one that was seen just now first."""
    codes = ["QBWC1040", "QBWC1039", "QBWC1012", "QBWC1048", "0x80040414", "0x8004040A", "0x80040420", "QBWC1033"]
    if seen.hint is not None:
        codes.insert(0, seen.hint.code)
    found = [explains.explain(code) for code in codes]
    return list({each.code: each for each in found if each is not None}.values())
