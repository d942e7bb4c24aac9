"""docs/operators/commands.md tells of every command, every option and every column, and of nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from dray.billing.imports import CUSTOMER_COLUMNS, INVOICE_COLUMNS, LINE_COLUMNS
from dray.cli import COMMANDS, program
from tests.ground.tree import ROOT

PAGE = (ROOT / "docs" / "operators" / "commands.md").read_text(encoding="utf-8")
_, _, SHAPES = PAGE.partition("## What `--json` prints")


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", each) for below, each in command.commands.items())
        else:
            yield name, command


def test_every_command_that_prints_json_says_what() -> None:
    told = set(re.findall(r"^\| `dray ([a-z -]+)` \|", SHAPES, re.MULTILINE))
    printing = {name for name, command in commands() if any(option.name == "as_json" for option in command.params)}
    assert sorted(told) == sorted(printing)


def test_every_command_and_group_says_what_it_is_for() -> None:
    assert [name for name, command in commands() if not command.help] == []


def test_every_column_of_a_file_is_named() -> None:
    ranges = {f"bill_line{place}" for place in (2, 3, 4)}
    columns = {*INVOICE_COLUMNS, *LINE_COLUMNS, *CUSTOMER_COLUMNS} - ranges
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    by_prefix = {column for column in columns if column.startswith("ship_") and column != "ship_date"}
    own_of_customers = {"name", "parent", "company_name", "email", "phone"}
    assert sorted(columns - named - by_prefix - own_of_customers) == []
