"""What is no page asks for a token of the right scope, or is written down here with the reason why it asks for nothing;
and no command that works for one company touches another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import click
import pytest

from dray.cli import COMMANDS, program
from dray_tenants.models import TokenScope
from tests.platform.cli.shell import Shell
from tests.platform.doors.addresses import NOTHING
from tests.platform.doors.prairie import HELD, Prairie, rows_of
from tests.platform.web.stage import Stage

OPEN: Final = {
    "static": "styles and icons",
    "api_docs.show": "how the API is called",
    "openapi.spec": "how the API is called, for programs",
    "health.alive": "whether the process lives",
    "health.ready": "whether it can work",
    "measures.metrics": "counts of the whole installation, without a company's name",
    "oauth.callback": "an answer of the books' own sign-in: asks for the person, the browser and the state, by itself",
    "support.logo": "the picture that the operator chose",
    "support.qbwc": "what QuickBooks shows beside a connection; names no company",
}
"""Addresses beside the pages that ask for nothing, and what is there."""

WHOLE: Final[Mapping[str, str]] = {
    "": "migrate serve worker up demo simulate backup restore doctor",
    "tenant": "create delete list reset",
    "user": "create reset-password reset-codes",
    "mail": "list show retry",
    "operator-token": "create list revoke",
    "connector": "list show new check offer shadow",
    "connection": "invite share show pause resume rename link rotate renew confirm remove",
    "brake": "on off status",
    "closure": "list add remove",
}
"""Commands of who runs the installation: they work on all of it, or name one thing by an id of which there is one."""

WITH_ANOTHERS_IDS: Final = {
    "invoice.show": ("{invoice}",),
    "invoice.send": ("{invoice}",),
    "invoice.unpend": ("{sent}",),
    "invoice.import": ("{file}",),
    "customer.import": ("{customers}",),
    "invoice.list": (),
    "connection.list": (),
    "connection.create": ("--connector", "qbd", "--name", "Prairie books"),
    "token.create": ("--name", "Prairie billing"),
    "user.invite": ("pat@harlan.example", "--role", "viewer"),
    "audit.verify": (),
    "closure.follow": ("Holidays",),
    "closure.leave": ("Holidays",),
    "routing.list": (),
    "routing.add": ("number", "P-", "{connection}"),
    "routing.drop": ("{rule}",),
    "routing.start": ("{connection}", "2026-01-01"),
}
"""Command of one company → how it is called with what is another's."""


def test_what_is_no_page_asks_for_a_token_or_says_why_not(stage: Stage) -> None:
    asking = set()
    for rule in stage.app.url_map.iter_rules():
        # Pages of people, of support staff (each says its right, by a test of theirs), of whoever holds a set-up link.
        if rule.endpoint.startswith(("web.", "console.", "connect.")):
            continue
        scope = getattr(stage.app.view_functions[rule.endpoint], "needs_scope", None)
        if scope is None:
            assert rule.endpoint in OPEN, f"{rule.rule} asks for nothing"
            continue
        asking.add(rule.endpoint)
        changes = not (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}
        assert scope is (TokenScope.WRITE if changes else TokenScope.READ), rule
    assert len(asking) >= 14


def test_where_books_tell_of_changes_only_their_signature_counts(stage: Stage, prairie: Prairie) -> None:
    """In front of the pages: no login opens it, and no page of ours has its address with POST."""
    pages = {rule.rule for rule in stage.app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    assert "/webhooks/<public_id>" not in pages
    telling = stage.app.extensions["dray"].registry.tells
    assert telling
    before = rows_of(stage, prairie)
    client = stage.app.test_client()
    for name in (*telling, "qbd", NOTHING):
        answer = client.post(f"/webhooks/{name}", data=b"[]", headers={"Authorization": "Bearer x"})
        assert answer.status_code == (401 if name in telling else 404)
        assert "Set-Cookie" not in answer.headers
    assert rows_of(stage, prairie) == before


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name}.{below}", each) for below, each in command.commands.items())
        elif command is not None:
            yield name, command


def test_every_command_works_for_one_company_or_is_the_operators() -> None:
    for name, command in commands():
        takes_company = any(option.name == "tenant" and option.required for option in command.params)
        assert takes_company == (name in WITH_ANOTHERS_IDS), name
        group, _, below = name.rpartition(".")
        assert takes_company != (below in WHOLE.get(group, "").split()), name


@pytest.mark.parametrize("name", WITH_ANOTHERS_IDS)
def test_a_command_of_one_company_leaves_the_other_alone(stage: Stage, prairie: Prairie, name: str) -> None:
    stage.connect()
    held = HELD.replace(b"Prairie Feed", b"Harlan Feed").replace(b"customer", b"customer_name")
    (stage.home / "prairie.csv").write_bytes(held)
    (stage.home / "customers.csv").write_text("name,email\nHarlan Feed,a@harlan.example\n")
    there = {
        "invoice": prairie.ids["/invoices"],
        "sent": prairie.ids["/invoices"],
        "connection": prairie.ids["/connections"],
        "rule": prairie.ids["/routing"],
        "file": str(stage.home / "prairie.csv"),
        "customers": str(stage.home / "customers.csv"),
    }
    given = [part.format(**there) for part in WITH_ANOTHERS_IDS[name]]
    before = rows_of(stage, prairie)
    shell = Shell(stage.home, f"sqlite:///{stage.home / 'dray.db'}")
    result = shell.run(*name.split("."), "--tenant", "harlan", *given)
    assert rows_of(stage, prairie) == before
    told = result.output.replace("Prairie books", "").replace("Prairie billing", "")
    assert "Prairie" not in told
    assert "INV-90" not in told
    if any(there[kind] in given for kind in ("invoice", "connection", "rule")):
        assert result.exit_code == 1
        assert "there is no" in result.output.lower()
    else:
        assert result.exit_code == 0, result.output


def test_what_is_another_companys_is_not_where_to_send(stage: Stage, prairie: Prairie) -> None:
    (invoice,) = stage.invoices(1)
    shell = Shell(stage.home, f"sqlite:///{stage.home / 'dray.db'}")
    said = shell.refused("invoice", "send", "--tenant", "harlan", invoice, "--connection", prairie.ids["/connections"])
    assert "there is no connection" in said
    assert stage.states() == {"INV-20471": "draft"}
