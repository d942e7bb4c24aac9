"""What operators of an installation are told by letter: codes of the books that no connector here can explain."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from dray.installation import Dray
from dray.mail.letters import Letter
from dray.mail.outbox import post
from dray.sync import unknown_codes
from dray_tenants.models import User
from dray_tenants.roles import StaffRole
from dray_tenants.scope import ScopedSession

_MEANWHILE: Final = (
    "Customers read the books' own words meanwhile. Nothing was lost: what is not understood is never taken for "
    "success, and is looked up again."
)


def tell_operators(parts: Dray) -> int:
    """Write to every operator about each code that is new, once; how many letters. Any number of workers may do it at
    once: the codes are marked in the transaction that writes the letters."""
    now = parts.clock()
    with ScopedSession(parts.engines) as session:
        rows = [row for row in unknown_codes.known_now(session, parts.registry.enabled.values()) if row.told_at is None]
        if not rows:
            return 0
        operators = session.scalars(select(User.email).where(User.staff == StaffRole.OPERATOR)).all()
        support = parts.settings.support_email
        recipients = sorted({*operators, *([support] if support else [])})
        letter = unknown_code(parts.settings.public_url, [(row.connector, row.code) for row in rows])
        for recipient in recipients:
            post(session, parts.vault.keys, recipient, letter, now=now)
        unknown_codes.told(session, rows, now)
        session.commit()
    return len(recipients)


def unknown_code(url: str, codes: list[tuple[str, str]]) -> Letter:
    """Some books answered with codes that Dray does not know."""
    names = ", ".join(f"{code} ({connector})" for connector, code in codes[:20])
    one = len(codes) == 1
    return Letter(
        subject=f"Books answered with {'a code' if one else f'{len(codes)} codes'} that Dray does not know",
        paragraphs=(
            f"The books of a customer answered with {names}.",
            _MEANWHILE,
            "Look the code up with the maker of the books, and have it added to the connector.",
        ),
        button="See the error guide",
        address=f"{url}/console/errors",
        closing=("You are told once of each code.",),
    )
