"""`dray connector offer`: which companies may use a connector."""

from __future__ import annotations

import click
from sqlalchemy import select

from dray.cli.output import answer, as_json, refuse
from dray.cli.workplace import ACTOR, open_session, opened
from dray.connections import offers
from dray_tenants.models import Tenant

__all__ = ["offer"]


@click.command()
@click.argument("name")
@click.option("--tenant", "slugs", multiple=True, metavar="SLUG", help="A company that may use it. May be repeated.")
@click.option("--everyone", is_flag=True, help="Every company may use it.")
@as_json
def offer(name: str, slugs: tuple[str, ...], everyone: bool, as_json: bool) -> None:
    """Say which companies may use an enabled connector: these and no others, or every one.

    A company that may not makes no connection with it, and nothing more leaves for one that it has.
    """
    if everyone == bool(slugs):
        raise click.UsageError("name the companies with --tenant, or say --everyone")
    with opened() as parts, open_session(parts) as session:
        if parts.registry.get(name) is None:
            refuse(f"no connector {name!r} is enabled; there is {', '.join(parts.registry.enabled) or 'none'}")
        found = dict(session.execute(select(Tenant.slug, Tenant.id).where(Tenant.slug.in_(slugs))).all())
        missing = [slug for slug in slugs if slug not in found]
        if missing:
            refuse(f"there is no tenant {missing[0]!r}")
        if everyone:
            offers.offer_to_all(session, name, at=parts.clock())
        else:
            offers.offer(session, name, found.values(), at=parts.clock(), actor=ACTOR)
        session.commit()
    whom = "everyone" if everyone else ", ".join(sorted(found))
    answer(as_json, {"name": name, "tenants": None if everyone else sorted(found)}, f"{name} is offered to {whom}.")
