"""`dray invoice …`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from dray.api.v1 import rendering
from dray.billing import listing
from dray.billing.invoices import ids_of
from dray.billing.listing import Filter
from dray.billing.models import Invoice
from dray.billing.send import NotSendable, SendResult, send
from dray.billing.settings import settings_of
from dray.billing.states import InvoiceState
from dray.billing.unpend import unpend
from dray.cli.files import import_file
from dray.cli.output import answer, as_json, refuse, rows
from dray.cli.workplace import ACTOR, opened, tenant_session
from dray.connections.models import Connection
from dray.imports.states import Kind
from dray_tenants.scope import ScopedSession

__all__ = ["command"]

tenant_option = click.option("--tenant", required=True, metavar="SLUG")
all_drafts = click.option("--all", "everything", is_flag=True, help="All that are in the state for it, instead of IDs.")


@click.group("invoice")
def command() -> None:
    """Invoices of a tenant."""


@command.command("import")
@tenant_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def import_invoices(tenant: str, file: Path, as_json: bool) -> None:
    """Import invoices from FILE.csv or FILE.json, all or none. It can be undone on the page of imports."""
    counts = import_file(tenant, Kind.INVOICES, file)
    answer(as_json, counts, f"{counts['created']} invoices made, {counts['updated']} updated, {counts['same']} known.")


@command.command("list")
@tenant_option
@click.option("--state", type=click.Choice([state.value for state in InvoiceState]))
@click.option("--number", help="Only the invoice of this number.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@as_json
def list_invoices(tenant: str, state: str | None, number: str | None, limit: int, as_json: bool) -> None:
    """A tenant's invoices, the newest first."""
    wanted = Filter(state=InvoiceState(state) if state else None, number=number)
    with opened() as parts, tenant_session(parts, tenant, read_only=True) as session:
        page = listing.page(session, wanted, limit=limit)
        found = rendering.invoices(session, page.ids)
    facts = [found[key] for key in page.ids]
    headings = ("id", "number", "date", "state", "total", "customer")
    table = [(*(str(each[heading]) for heading in headings[:-1]), each["customer"]["name"]) for each in facts]
    answer(
        as_json,
        {"invoices": facts, "more": page.next is not None},
        rows(headings, table) if facts else "There is none.",
    )


@command.command()
@tenant_option
@click.argument("invoice_id", metavar="ID")
@as_json
def show(tenant: str, invoice_id: str, as_json: bool) -> None:
    """One invoice, by its id or its number."""
    with opened() as parts, tenant_session(parts, tenant, read_only=True) as session:
        (public_id,) = _named(session, [invoice_id])
        (facts,) = rendering.invoices(session, list(ids_of(session, [public_id]).values())).values()
    answer(as_json, facts, "\n".join(_described(facts)))


@command.command("send")
@tenant_option
@click.argument("ids", nargs=-1, metavar="[ID]…")
@all_drafts
@click.option("--connection", metavar="ID", help="Where to; the tenant's default when left out.")
@as_json
def send_invoices(tenant: str, ids: tuple[str, ...], everything: bool, connection: str | None, as_json: bool) -> None:
    """Send invoices, named by id or number, to the books. Fails when one of them could not be sent."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        target = _target(session, connection)
        wanted = dict.fromkeys(_chosen(session, ids, everything, InvoiceState.DRAFT))
        judge = parts.judge_for(session, target)
        session.commit()
        try:
            results = send(session, wanted, connection=target, judge=judge, actor=ACTOR, at=parts.clock())
        except NotSendable as refused:
            refuse(str(refused))
    _tell(as_json, results, "sent")


@command.command("unpend")
@tenant_option
@click.argument("ids", nargs=-1, metavar="[ID]…")
@all_drafts
@as_json
def unpend_invoices(tenant: str, ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Take Pending sync invoices, named by id or number, back before they leave. Fails when one has left."""
    with opened() as parts, tenant_session(parts, tenant) as session:
        wanted = _chosen(session, ids, everything, InvoiceState.PENDING_SYNC)
        session.commit()
        results = unpend(session, wanted, actor=ACTOR, at=parts.clock())
    _tell(as_json, results, "taken back")


def _chosen(session: ScopedSession, ids: Sequence[str], everything: bool, state: InvoiceState) -> list[str]:
    if everything == bool(ids):
        raise click.UsageError("name invoices, or say --all")
    if everything:
        return list(listing.all_that_match(session, Filter(state=state)))
    return _named(session, ids)


def _named(session: ScopedSession, names: Sequence[str]) -> list[str]:
    """The public ids of invoices named by id or by number, in that order; refuses where there is none of that name."""
    known = ids_of(session, names)
    found = []
    for name in names:
        if name in known:
            found.append(name)
            continue
        matches = listing.page(session, Filter(number=name), limit=1).ids
        if not matches:
            refuse(f"there is no invoice {name}")
        found += session.scalars(select(Invoice.public_id).where(Invoice.id == matches[0]))
    return list(dict.fromkeys(found))


def _target(session: ScopedSession, public_id: str | None) -> Connection:
    chosen = settings_of(session).default_connection_id
    wanted = Connection.public_id == public_id if public_id else Connection.id == chosen
    found = session.scalars(select(Connection).where(wanted)).one_or_none()
    if found is None:
        refuse(f"there is no connection {public_id}" if public_id else "this tenant has no connection yet")
    return found


def _tell(machine: bool, results: Sequence[SendResult], verb: str) -> None:
    facts = [
        {
            "id": each.id,
            "state": each.state.value if each.state else None,
            "done": each.done,
            "problems": list(each.problems),
        }
        for each in results
    ]
    done = sum(each.done for each in results)
    answer(machine, {"results": facts}, f"{done} of {len(results)} {verb}.")
    for each in results:
        if not each.done:
            reasons = "; ".join(str(problem["detail"]) for problem in each.problems) or "no reason was given"
            click.echo(f"{each.id}: {reasons}", err=True)
    if done < len(results):
        refuse(f"{len(results) - done} of {len(results)} were not {verb}")


def _described(facts: dict[str, Any]) -> list[str]:
    customer = facts["customer"]["name"]
    lines = [f"{name:<9} {facts[name]}" for name in ("id", "number", "state", "date", "total", "tax")]
    lines.append(f"customer  {customer}")
    lines += [
        f"  {line['kind']:<9} {line['item'] or '':<24} {line['amount'] or '':>12}  {line['description'] or ''}"
        for line in facts["lines"]
    ]
    return lines + [f"  problem: {problem['detail']}" for problem in facts["problems"]]
