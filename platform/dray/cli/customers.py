"""`dray customer …`."""

from __future__ import annotations

from pathlib import Path

import click

from dray.api.v1.entries import customer_fields
from dray.billing.imports import Refused, keep_customers
from dray.cli.files import customer_entries, name_bad_rows
from dray.cli.output import answer, as_json
from dray.cli.workplace import opened, tenant_session

__all__ = ["command"]


@click.group("customer")
def command() -> None:
    """Customers of a tenant."""


@command.command("import")
@click.option("--tenant", required=True, metavar="SLUG")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def import_customers(tenant: str, file: Path, as_json: bool) -> None:
    """Import customers from a CSV file, all or none. One whose external_id is known is updated."""
    entries = customer_entries(file)
    with opened() as parts, tenant_session(parts, tenant) as session:
        try:
            counts = keep_customers(session, entries, customer_fields, at=parts.clock())
        except Refused as refused:
            session.rollback()
            name_bad_rows(file, refused)
        session.commit()
    answer(as_json, counts, f"{counts['created']} customers made, {counts['updated']} updated.")
