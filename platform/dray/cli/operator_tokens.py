"""`dray operator-token …`: tokens with which a billing product sets connections up inside its own pages."""

from __future__ import annotations

import datetime as dt

import click

from dray.cli.output import answer, as_json, refuse, rows
from dray.cli.workplace import open_session, opened
from dray.onboarding import operator_tokens

__all__ = ["command"]


@click.group("operator-token")
def command() -> None:
    """Tokens of the operator: they make tenants, connections, links and tenants' tokens, and read no invoice."""


@command.command()
@click.option("--name", required=True, help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="After so many days it opens nothing any more.")
@as_json
def create(name: str, days: int | None, as_json: bool) -> None:
    """Make a token. It is shown now and never again."""
    with opened() as parts, open_session(parts) as session:
        ends = parts.clock() + dt.timedelta(days=days) if days else None
        try:
            made = operator_tokens.mint(session, name, at=parts.clock(), expires_at=ends)
        except ValueError as refused:
            refuse(str(refused))
        facts = {"id": made.token.public_id, "token": made.bearer}
        session.commit()
    answer(as_json, facts, facts["token"])


@command.command("list")
@as_json
def list_tokens(as_json: bool) -> None:
    """Every token, without what it is."""
    with opened() as parts, open_session(parts, read_only=True) as session:
        facts = [
            {
                "id": row.public_id,
                "name": row.name,
                "begins": row.prefix,
                "created_at": row.created_at.isoformat(),
                "expires_at": row.expires_at.isoformat() if row.expires_at else None,
                "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
            }
            for row in operator_tokens.listed(session)
        ]
    headings = ("id", "name", "begins", "created_at", "expires_at", "revoked_at")
    table = rows(headings, [tuple(str(each[heading] or "") for heading in headings) for each in facts])
    answer(as_json, {"tokens": facts}, table if facts else "There is no operator token.")


@command.command()
@click.argument("token_id", metavar="ID")
@as_json
def revoke(token_id: str, as_json: bool) -> None:
    """End a token at once."""
    with opened() as parts, open_session(parts) as session:
        try:
            row = operator_tokens.revoke(session, token_id, at=parts.clock())
        except LookupError as nothing:
            refuse(str(nothing))
        name = row.name
        session.commit()
    answer(as_json, {"id": token_id}, f"{name} opens nothing any more.")
