"""docs/operators/commands.md tells of every command, every option and every column, and of nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from dray.billing.imports import CUSTOMER_COLUMNS, INVOICE_COLUMNS, LINE_COLUMNS
from dray.cli import COMMANDS, program
from tests.ground.tree import ROOT

PAGE = (ROOT / "docs" / "operators" / "commands.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `dray ([a-z]+(?: [a-z]+)?)([^`]*)`", PAGE, re.MULTILINE))


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", each) for below, each in command.commands.items())
        else:
            yield name, command


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    assert sorted(ROWS) == sorted(name for name, _ in commands())


def test_every_option_is_named_in_its_row() -> None:
    unnamed = [
        f"{name} {option.opts[0]}"
        for name, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and option.name != "as_json"
        if not any(f"{opt}" in ROWS[name] for opt in (*option.opts, *option.secondary_opts))
    ]
    assert unnamed == []


def test_every_command_and_group_says_what_it_is_for() -> None:
    assert [name for name, command in commands() if not command.help] == []


def test_every_column_of_a_file_is_named() -> None:
    ranges = {f"bill_line{place}" for place in (2, 3, 4)}
    columns = {*INVOICE_COLUMNS, *LINE_COLUMNS, *CUSTOMER_COLUMNS} - ranges
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    by_prefix = {column for column in columns if column.startswith("ship_") and column != "ship_date"}
    own_of_customers = {"name", "parent", "company_name", "email", "phone"}
    assert sorted(columns - named - by_prefix - own_of_customers) == []
