"""The commands. Each is a few lines over a function that the pages also call: noun, then verb.

Every module is imported only when its command is used: `dray token create` should not wait for gunicorn, and a web
process should not carry alembic.

Exit status: 0 done, 1 refused (the reason in one line on stderr), 2 wrong usage.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final, NoReturn

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from dray.settings import WrongSetting

__all__ = ["COMMANDS", "main", "program"]

COMMANDS: Final = {
    "migrate": ("database", "Create or upgrade the database."),
    "tenant": ("tenants", "Billing companies."),
    "user": ("users", "People: support staff, invitations, forgotten passwords."),
    "token": ("tokens", "API tokens."),
    "operator-token": ("operator_tokens", "Tokens with which a billing product sets connections up."),
    "mail": ("mail", "Outgoing mail: what waits, what was sent."),
    "audit": ("audit", "The record of who did what."),
    "customer": ("customers", "Customers of a tenant."),
    "invoice": ("invoices", "Invoices of a tenant: import, list, show, send, unpend."),
    "routing": ("routing", "Where a tenant's invoices go when it has several sets of books."),
    "connection": ("connections", "Connections of a tenant to its books."),
    "closure": ("closures", "Days on which companies are closed."),
    "connector": ("connectors", "The connectors that are installed."),
    "serve": ("serve", "Web, API and Web Connectors under gunicorn."),
    "worker": ("worker", "Background jobs."),
    "up": ("up", "serve and worker in one."),
    "demo": ("demo", "Dray with an invented company and pretend books."),
    "simulate": ("simulate", "Pretend books that talk to Dray."),
    "brake": ("brake", "Stop or resume handing out writes."),
    "backup": ("backup", "Everything in the database, as one file."),
    "restore": ("restore", "Put a backup back."),
    "doctor": ("doctor", "Whether everything is as it should be."),
}
"""Command → (its module here, what it is for in one line)."""


class _Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{COMMANDS[name][0]}").command
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except WrongSetting as wrong:
            raise click.ClickException(str(wrong)) from None
        except (OperationalError, ProgrammingError) as away:
            raise click.ClickException(_database_is_away(away)) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="dray", message="%(version)s")
def program() -> None:
    """Dray carries a company's invoices into its accounting system, each exactly once."""


def main() -> NoReturn:
    """What the program `dray` runs."""
    # What Dray writes (the database, keys, set-up files) is for its own user alone.
    os.umask(0o077)
    program.main(prog_name="dray")
    raise SystemExit(0)


def _database_is_away(error: OperationalError | ProgrammingError) -> str:
    said = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
    if any(words in said for words in ("no such table", "does not exist", "no such column", "has no column")):
        return f"the database is not ready ({said}); run `dray migrate`"
    return f"the database does not answer ({said})"
