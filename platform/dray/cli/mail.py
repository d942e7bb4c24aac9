"""`dray mail …`: outgoing mail."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from dray.cli.output import answer, as_json, refuse, rows
from dray.cli.workplace import open_session, opened
from dray.mail.models import Mail
from dray.mail.outbox import letter_of, try_again
from dray_tenants.scope import Scoped
from dray_tenants.vault import SealBroken

__all__ = ["command"]


@click.group("mail")
def command() -> None:
    """Outgoing mail. Without DRAY_SMTP_URL it is kept here, and read with `show`."""


@command.command("list")
@click.option("--waiting", is_flag=True, help="Only what was not sent yet.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@as_json
def list_mail(waiting: bool, limit: int, as_json: bool) -> None:
    """The newest letters: to whom, about what, and what became of them."""
    newest = select(Mail).order_by(Mail.id.desc()).limit(limit)
    if waiting:
        newest = newest.where(Mail.sent_at.is_(None), Mail.given_up_at.is_(None))
    with opened() as parts, open_session(parts, read_only=True) as session:
        facts = [_facts(row) for row in session.scalars(newest)]
    headings = ("id", "written_at", "to", "state", "subject")
    table = rows(headings, [tuple(str(each[heading]) for heading in headings) for each in facts])
    answer(as_json, {"mail": facts}, table if facts else "There is no mail.")


@command.command()
@click.argument("mail_id", metavar="ID")
@as_json
def show(mail_id: str, as_json: bool) -> None:
    """One letter. The text of one that was sent is not kept."""
    with opened() as parts, open_session(parts, read_only=True) as session:
        row = _find(session, mail_id)
        try:
            letter = letter_of(parts.vault.keys, row)
        except SealBroken as broken:
            refuse(str(broken))
        facts = _facts(row) | {"text": letter.plain if letter else None}
    lines = [f"{name:<12} {value}" for name, value in facts.items() if name != "text" and value is not None]
    text = letter.plain if letter else "(its text is not kept)"
    answer(as_json, facts, "\n".join([*lines, "", text]))


@command.command()
@click.argument("mail_id", metavar="ID")
@as_json
def retry(mail_id: str, as_json: bool) -> None:
    """Have a letter that waits or was given up sent now, by the worker."""
    with opened() as parts, open_session(parts) as session:
        row = _find(session, mail_id)
        if not try_again(session, row, now=parts.clock()):
            refuse(f"{mail_id} was sent, or its text is not kept any more")
        facts = _facts(row)
        session.commit()
    answer(as_json, facts, f"{mail_id} is sent next.")


def _find(session: Scoped, public_id: str) -> Mail:
    row = session.scalar(select(Mail).where(Mail.public_id == public_id))
    if row is None:
        refuse(f"there is no mail {public_id}")
    return row


def _facts(row: Mail) -> dict[str, Any]:
    state = "sent" if row.sent_at else "given up" if row.given_up_at else "waiting"
    moments = {"sent_at": row.sent_at, "given_up_at": row.given_up_at, "next_try_at": row.due_at}
    if state != "waiting":
        del moments["next_try_at"]
    return {
        "id": row.public_id,
        "to": row.recipient,
        "subject": row.subject,
        "state": state,
        "written_at": row.created_at.isoformat(timespec="seconds"),
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()},
        "attempts": row.attempts,
        "trouble": row.trouble,
    }
