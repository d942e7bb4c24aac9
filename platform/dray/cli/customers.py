"""`dray customer …`."""

from __future__ import annotations

from pathlib import Path

import click

from dray.cli.files import import_file
from dray.cli.output import answer, as_json
from dray.imports.states import Kind

__all__ = ["command"]


@click.group("customer")
def command() -> None:
    """Customers of a tenant."""


@command.command("import")
@click.option("--tenant", required=True, metavar="SLUG")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def import_customers(tenant: str, file: Path, as_json: bool) -> None:
    """Import customers from FILE.csv or FILE.json, all or none. One whose external_id is known is updated."""
    counts = import_file(tenant, Kind.CUSTOMERS, file)
    answer(as_json, counts, f"{counts['created']} customers made, {counts['updated']} updated, {counts['same']} known.")
