"""Making and finding tenants."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dray_tenants.database import new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped
from dray_tenants.vault import Vault

__all__ = ["SlugTaken", "create_tenant", "find_tenant", "slug_of"]

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG: Final = 63


class SlugTaken(ValueError):
    """Another tenant has this short name; the text may be shown."""


def create_tenant(
    session: Scoped,
    vault: Vault,
    *,
    name: str,
    now: datetime,
    slug: str | None = None,
    time_zone: str = "UTC",
    test: bool = False,
) -> Tenant:
    """Make a tenant with a data key of its own.

    `slug` is made from the name when absent. `test`: a company to try things with, now and for ever. Raises SlugTaken,
    or ValueError with a sentence for a name, slug or time zone that cannot be used.
    """
    name = " ".join(name.split())  # a line break could stand in no letter's subject
    if not name or len(name) > 200:
        raise ValueError("Give the company a name of 1 to 200 characters.")
    slug = slug_of(name) if slug is None else slug
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise ValueError(f"{slug!r} cannot be a short name. Use a to z, 0 to 9 and single hyphens, at most 63.")
    public_id = new_public_id("ten")
    tenant = Tenant(
        public_id=public_id,
        slug=slug,
        name=name,
        time_zone=_known_zone(time_zone),
        created_at=now,
        data_key=vault.new_data_key(public_id),
        test=test,
    )
    try:
        with session.begin_nested():
            session.add(tenant)
    except IntegrityError:
        if find_tenant(session, slug) is None:
            raise
        raise SlugTaken(f"Another company already uses the short name {slug}. Choose another one.") from None
    return tenant


def find_tenant(session: Scoped, slug: str) -> Tenant | None:
    """The tenant with this slug."""
    return session.scalar(select(Tenant).where(Tenant.slug == slug))


def slug_of(name: str) -> str:
    """A short name made from a company's name: `Müller & Söhne, Inc.` → `muller-sohne-inc`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words)[:LONGEST_SLUG].strip("-") or "company"


def _known_zone(time_zone: str) -> str:
    try:
        return ZoneInfo(time_zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{time_zone!r} is not a time zone. Write it as Area/City, for example America/Chicago."
        ) from None
