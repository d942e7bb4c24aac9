"""`dray user …`: support staff, and links for people who cannot help themselves."""

from __future__ import annotations

import click

from dray.cli.output import answer, as_json, read_password, refuse, say
from dray.cli.workplace import ACTOR, open_session, opened, tenant_session
from dray.people import accounts, companies
from dray.people.record import of_person
from dray_tenants.models import Tenant
from dray_tenants.roles import Role, StaffRole
from dray_tenants.users import create_user, find_user

__all__ = ["command"]


@click.group("user")
def command() -> None:
    """People: support staff, invitations, forgotten passwords."""


@command.command()
@click.argument("email")
@click.option("--staff", type=click.Choice([role.value for role in StaffRole]), required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
@as_json
def create(email: str, staff: str, password_stdin: bool, as_json: bool) -> None:
    """Register a member of the support staff."""
    password = read_password(password_stdin, email)
    with opened() as parts, open_session(parts) as session:
        try:
            user = create_user(session, email, password, now=parts.clock(), staff=StaffRole(staff))
        except ValueError as refused:
            refuse(str(refused))
        facts = {"id": user.public_id, "email": user.email, "staff": staff}
        session.commit()
    answer(as_json, facts, f"{facts['email']} can sign in as {staff}.")


@command.command()
@click.argument("email")
@click.option("--tenant", required=True, metavar="SLUG")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="viewer", show_default=True)
@as_json
def invite(email: str, tenant: str, role: str, as_json: bool) -> None:
    """Invite somebody to a tenant: writes the letter, and prints its link."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        company = session.get_one(Tenant, session.require_tenant())
        by = parts.settings.product_name
        try:
            invited = companies.invite(session, parts, company, email, Role(role), actor=ACTOR, by=by)
        except ValueError as refused:
            refuse(str(refused))
        facts = {
            "id": invited.invitation.public_id,
            "email": invited.invitation.email,
            "role": role,
            "url": companies.invitation_address(parts, invited.secret),
            "expires_at": invited.invitation.expires_at.isoformat(),
        }
        session.commit()
    answer(as_json, facts, facts["url"])
    say(f"{facts['email']} can join {tenant} as {role} with this link, once, until {facts['expires_at']}.")


@command.command("reset-password")
@click.argument("email")
@as_json
def reset_password(email: str, as_json: bool) -> None:
    """Print a link with which this person can set a new password, once, within an hour."""
    with opened() as parts, open_session(parts) as session:
        user = find_user(session, email)
        if user is None:
            refuse(f"nobody is registered as {email}")
        secret = accounts.make_reset_link(session, user, now=parts.clock())
        of_person(session, user, "person.reset_link_made", now=parts.clock(), actor=ACTOR)
        facts = {"email": user.email, "url": accounts.reset_address(parts, secret), "minutes": accounts.MINUTES}
        session.commit()
    answer(as_json, facts, str(facts["url"]))
    say(f"The link works once, for {facts['minutes']} minutes. Their password is as it was until they use it.")


@command.command("reset-codes")
@click.argument("email")
@as_json
def reset_codes(email: str, as_json: bool) -> None:
    """Turn off the sign-in codes of somebody who lost telephone and recovery codes, and sign them out everywhere.

    Make sure that it is them who ask. Support staff set up new codes at their next sign-in.
    """
    with opened() as parts, open_session(parts) as session:
        user = find_user(session, email)
        if user is None:
            refuse(f"nobody is registered as {email}")
        if not accounts.turn_off_codes(session, parts, user, keep=None, actor=ACTOR):
            refuse(f"{user.email} has no sign-in codes")
        facts = {"email": user.email, "codes": False}
        session.commit()
    answer(as_json, facts, f"{facts['email']} signs in without a code now.")
