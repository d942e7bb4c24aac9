"""How commands answer: a sentence for people, or with --json one JSON object on stdout and nothing else there."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

__all__ = ["answer", "as_json", "read_password", "refuse", "rows", "say"]

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def answer(machine: bool, facts: Mapping[str, Any], sentence: str) -> None:
    """Print what was done."""
    click.echo(json.dumps(facts, ensure_ascii=False, default=str) if machine else sentence)


def say(sentence: str) -> None:
    """Print something beside the answer, where no script mistakes it for that."""
    click.echo(sentence, err=True)


def rows(headings: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    """A table for a terminal."""
    widths = [max(len(row[place]) for row in (headings, *table)) for place in range(len(headings))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (headings, *table)
    ]
    return "\n".join(line.rstrip() for line in lines)


def refuse(reason: str) -> NoReturn:
    """End with status 1 and the reason, as one line, on stderr."""
    raise click.ClickException(" ".join(reason.split()))


def read_password(from_stdin: bool, what: str) -> str:
    """A password from stdin; asked for only where a person sits at a terminal."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            refuse(f"stdin held no password for {what}")
        return password
    if sys.stdin.isatty():
        return str(click.prompt(f"Password for {what}", hide_input=True, confirmation_prompt=True, err=True))
    raise click.UsageError("give the password on stdin with --password-stdin")
