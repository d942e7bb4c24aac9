"""`dray audit …`: the record of who did what."""

from __future__ import annotations

import click

from dray.cli.output import answer, as_json, refuse
from dray.cli.workplace import opened, tenant_session
from dray.people.audits import look_over

__all__ = ["command"]


@click.group("audit")
def command() -> None:
    """The record of who did what."""


@command.command()
@click.option("--tenant", required=True, metavar="SLUG")
@as_json
def verify(tenant: str, as_json: bool) -> None:
    """Walk a tenant's whole chain and say whether a row was changed, removed or put in between.

    Keep the newest hash somewhere else: only with it can the removal of the newest rows be noticed.
    """
    with opened() as parts, tenant_session(parts, tenant, read_only=True) as session:
        seen = look_over(session)
    facts = {
        "whole": seen.whole,
        "rows": seen.rows,
        "waiting": seen.waiting,
        "hash": seen.hash,
        "broken_at": seen.broken_at,
        "reason": seen.reason or None,
    }
    answer(as_json, facts, seen.sentence if seen.whole else "")
    if not seen.whole:
        refuse(seen.sentence)
