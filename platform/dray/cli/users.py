"""`dray user …`: support staff."""

from __future__ import annotations

import click

from dray.cli.output import answer, as_json, read_password, refuse
from dray.cli.workplace import open_session, opened
from dray_tenants.roles import StaffRole
from dray_tenants.users import create_user

__all__ = ["command"]


@click.group("user")
def command() -> None:
    """People of Dray's own support staff."""


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
