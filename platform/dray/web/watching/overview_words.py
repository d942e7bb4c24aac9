"""The one sentence on top of the overview: are invoices reaching the books, and if not, what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dray.web.formats import plural
from dray.web.side import ConnectionState
from dray.web.words import Look


@dataclass(frozen=True, slots=True)
class Health:
    """How things stand. `stops` are the tones of the three stops: Dray, the way, the books. `fix` names the page where
    the next step is: "connect", "connection", "problems", "write" or "invoices"."""

    look: Look
    headline: str
    sentence: str
    stops: tuple[str, str, str]
    fix: str = ""
    action: str = ""


def health(
    connection: ConnectionState | None,
    *,
    books: str,
    trouble: Mapping[str, Any],
    stopped: bool,
    needs: int,
    waiting: int,
    drafts: int = 0,
    invoices: int = 1,
) -> Health:
    """What is said of a connection and its queue. `stopped`: a brake holds it. `trouble`: why its last run stopped.
    `drafts` of the `invoices` were never sent."""
    if connection is None:
        return Health(
            Look("s-move", "plug", "Setting up"),
            "No books are connected yet",
            "Invoices can be written and imported meanwhile. They are sent once your books are connected.",
            ("s-ok", "s-idle", "s-idle"),
            "connect",
            "Connect your books",
        )
    if stopped:
        return Health(
            Look("s-warn", "stop", "Stopped"),
            "Sending is stopped by hand",
            f"Nothing leaves until somebody lets it go on. {_lines_up(waiting)}",
            ("s-warn", "s-warn", "s-idle"),
            "connection",
            "See who stopped it",
        )
    if trouble:
        return Health(
            connection.look,
            f"Invoices are not reaching {books}",
            str(trouble.get("sentence") or "The last run stopped."),
            ("s-ok", "s-ok", "s-bad"),
            "connection",
            "See what to do",
        )
    if connection.look.word == "Paused":
        return Health(
            connection.look,
            f"Sending to {books} is paused",
            f"Dray goes on reading there, and sends nothing. {_lines_up(waiting)}",
            ("s-warn", "s-warn", "s-idle"),
            "connection",
            "Go on sending",
        )
    if connection.last_contact_at is None:
        return Health(
            connection.look,
            f"{books} has not called yet",
            f"Finish the set-up at the computer where QuickBooks is. {_lines_up(waiting)}".strip(),
            ("s-ok", "s-move", "s-idle"),
            "connection",
            "Go on with the set-up",
        )
    if connection.run.silent_since is not None:
        return Health(
            connection.look,
            f"The computer of {books} is silent",
            "Check that it is on, that the Web Connector is open there, and that Auto-Run is ticked. "
            + _lines_up(waiting),
            ("s-ok", "s-warn", "s-idle"),
            "connection",
            "See the connection",
        )
    return _well(books, needs) if needs or invoices > drafts else _new(books, drafts)


def _new(books: str, drafts: int) -> Health:
    """Everything is ready, and nothing was ever sent."""
    look, stops = Look("s-ok", "check", "Ready"), ("s-ok", "s-ok", "s-ok")
    if not drafts:
        said = "Write the first invoice, or import a file. Nothing is sent until you send it."
        return Health(look, f"{books} is connected", said, stops, "write", "Write an invoice")
    said = f"{plural(drafts, 'draft waits', 'drafts wait')} for you to look over and send."
    return Health(look, f"{books} is connected", said, stops, "invoices", "Look them over")


def _well(books: str, needs: int) -> Health:
    if needs:
        return Health(
            Look("s-warn", "half", "Partly"),
            f"Invoices are reaching {books}; {plural(needs, 'problem')} {'waits' if needs == 1 else 'wait'} for you",
            "The others are not held up by them.",
            ("s-warn", "s-ok", "s-ok"),
            "problems",
            "Put them right",
        )
    return Health(
        Look("s-ok", "check", "Healthy"),
        f"Invoices are reaching {books}",
        "Nothing is to be done.",
        ("s-ok", "s-ok", "s-ok"),
    )


def _lines_up(waiting: int) -> str:
    if not waiting:
        return ""
    return f"{plural(waiting, 'invoice')} {'waits' if waiting == 1 else 'wait'} in line, and nothing is lost."
