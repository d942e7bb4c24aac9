"""A company's people: who belongs to it, as what; inviting, changing and removing them."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.people import companies, pace
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray.web.people import reading as reading_people
from dray.web.people.role_words import RIGHT_WORDS, ROLE_WORDS
from dray_tenants import tries
from dray_tenants.members import LastOwner
from dray_tenants.models import Tenant, User
from dray_tenants.people_models import Invitation
from dray_tenants.roles import GRANTS, Right, Role, may_hand_out
from dray_tenants.users import Unacceptable

MANY_LETTERS = "Many letters went out a moment ago. Nothing was sent now; wait a few minutes, then go on."
NOT_ABOVE = "Only an owner can do that with an owner. Ask one of them."


@needs(Right.MANAGE_PEOPLE)
def show_people() -> str:
    """Everybody who belongs to the company, and who is invited."""
    return _list()


@needs(Right.MANAGE_PEOPLE)
def invite() -> Response | tuple[str, int]:
    """Ask somebody to join, by mail."""
    session, email, role = database(), request.form.get("email", ""), _role(request.form.get("role", ""))
    if not may_hand_out(viewer().tenant.role, role):
        return _list(email=email, problem=NOT_ABOVE), 403
    if _too_many_letters(email):
        return _list(email=email, role=role, problem=MANY_LETTERS), 429
    try:
        invited = companies.invite(session, dray(), _company(), email, role, actor=viewer().actor, by=viewer().email)
    except Unacceptable as refused:
        session.rollback()
        return _list(email=email, role=role, problem=str(refused)), 422
    return _done(f"{invited.invitation.email} gets a letter with a link. It works once, for 7 days.")


@needs(Right.MANAGE_PEOPLE)
def renew_invitation(public_id: str) -> Response | tuple[str, int]:
    """Send the letter again, with a new link."""
    row = _invitation(public_id)
    if not may_hand_out(viewer().tenant.role, row.role):
        return _list(problem=NOT_ABOVE), 403
    if _too_many_letters(row.email):
        return _list(problem=MANY_LETTERS), 429
    companies.renew(database(), dray(), _company(), row, actor=viewer().actor, by=viewer().email)
    return _done(f"{row.email} gets a new letter. The link before does not work any more.")


@needs(Right.MANAGE_PEOPLE)
def revoke_invitation(public_id: str) -> Response:
    """End an invitation."""
    row = _invitation(public_id)
    email = row.email
    if not companies.revoke(database(), _company(), row, actor=viewer().actor, now=dray().clock()):
        database().rollback()
        flash(Notice(f"{email} had joined already. Nothing was changed.").plain, "s-warn")
        return redirect(url_for("web.people"), 303)
    return _done(f"The invitation of {email} is ended; its link does not work any more.")


@needs(Right.MANAGE_PEOPLE)
def show_person(public_id: str) -> str:
    """One person: their role here, and removing them."""
    return _one(_member(public_id))


@needs(Right.MANAGE_PEOPLE)
def change_role(public_id: str) -> Response | tuple[str, int]:
    """Give somebody another role, up to one's own."""
    session, person, role = database(), _member(public_id), _role(request.form.get("role", ""))
    if not _may_touch(person, role):
        return _one(person, NOT_ABOVE), 403
    user = _user(person)
    try:
        companies.change_role(session, _company(), user, role, actor=viewer().actor, now=dray().clock())
    except LastOwner as refused:
        session.rollback()
        return _one(_member(public_id), str(refused)), 409
    except LookupError:
        abort(404)
    return _done(f"{user.email} is {ROLE_WORDS[role]} now.")


@needs(Right.MANAGE_PEOPLE)
def remove(public_id: str) -> Response | tuple[str, int]:
    """End somebody's membership. Their account stays, and what they did stays in the record."""
    session, person = database(), _member(public_id)
    if not _may_touch(person):
        return _one(person, NOT_ABOVE), 403
    user = _user(person)
    try:
        companies.remove(session, _company(), user, actor=viewer().actor, now=dray().clock())
    except LastOwner as refused:
        session.rollback()
        return _one(_member(public_id), str(refused)), 409
    except LookupError:
        abort(404)
    return _done(f"{user.email} does not belong to {viewer().tenant.name} any more.")


@needs(Right.VIEW)
def show_roles() -> str:
    """What each role may do: the one table of rights."""
    return render_template("people/roles.html", roles=ROLE_WORDS, rights=RIGHT_WORDS, grants=GRANTS, side=_side())


def _list(*, email: str = "", role: Role = Role.BILLING, problem: str = "") -> str:
    offered = {each: word for each, word in ROLE_WORDS.items() if may_hand_out(viewer().tenant.role, each)}
    return render_template(
        "people/list.html",
        people=reading_people.members(database(), _company()),
        invited=reading_people.invited(database(), _company(), dray().clock()),
        roles=offered,
        words=ROLE_WORDS,
        email=email,
        role=role,
        problem=problem,
        mail_is_kept=dray().settings.smtp_url is None,
        side=_side(),
    )


def _one(person: reading_people.Person, problem: str = "") -> str:
    offered = {each: word for each, word in ROLE_WORDS.items() if may_hand_out(viewer().tenant.role, each)}
    return render_template(
        "people/one.html",
        person=person,
        roles=offered,
        words=ROLE_WORDS,
        may=may_hand_out(viewer().tenant.role, person.role),
        problem=problem,
        side=_side(),
    )


def _may_touch(person: reading_people.Person, role: Role | None = None) -> bool:
    mine = viewer().tenant.role
    return may_hand_out(mine, person.role) and (role is None or may_hand_out(mine, role))


def _too_many_letters(email: str) -> bool:
    counted = pace.of_inviting(_company(), email)
    return tries.take(database(), counted, now=dray().clock()) is not None


def _company() -> Tenant:
    return database().get_one(Tenant, viewer().tenant.id)


def _member(public_id: str) -> reading_people.Person:
    """The member of that id; 404 for who is none here, whether or not there is such a person elsewhere."""
    person = reading_people.member(database(), _company(), public_id)
    if person is None:
        abort(404)
    return person


def _user(person: reading_people.Person) -> User:
    return database().scalars(select(User).where(User.public_id == person.public_id)).one()


def _invitation(public_id: str) -> Invitation:
    row = database().scalar(
        select(Invitation).where(
            Invitation.public_id == public_id,
            Invitation.tenant_id == viewer().tenant.id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
    )
    if row is None:
        abort(404)
    return row


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        abort(400)


def _side() -> Any:
    return beside.read(database(), dray().registry, dray().clock())


def _done(sentence: str) -> Response:
    database().commit()
    flash(Notice(sentence).plain, "s-ok")
    return redirect(url_for("web.people"), 303)
