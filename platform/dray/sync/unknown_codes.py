"""Codes of the books that their connector cannot explain: noted for the operators, who alone can have it taught.

What people read meanwhile is a plain sentence with the books' own words; here is only the code itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray.billing.bulk import NO_SYNC
from dray.sync.models import UnknownCode
from dray_sdk import Connector, Explains, Failure, Outcome, Response
from dray_tenants.scope import Scoped

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
"""What a code looks like. Anything longer is a text, and may name somebody."""
_NOTHING_WRONG: Final = frozenset({"", "0", "connector"})
"""No code, the code of success, and what the engine itself says of a connector that broke."""


def codes_in(outcomes: Sequence[Outcome], response: Response) -> list[tuple[str, str]]:
    """Every code that an answer carries, with the books' words."""
    found = [(str(getattr(each, "code", "")), str(getattr(each, "text", ""))) for each in outcomes]
    return [*found, (response.code, response.text)] if isinstance(response, Failure) else found


def note(session: Scoped, connector: Connector, codes: Iterable[tuple[str, str]], at: dt.datetime) -> list[str]:
    """Write down those that nobody can explain, in the caller's transaction; which they are. The usual answer, in which
    there is none, costs nothing."""
    if not isinstance(connector, Explains):
        return []
    unknown = sorted(
        {
            code
            for code, text in codes
            if code not in _NOTHING_WRONG and _CODE.fullmatch(code) and connector.explain(code, text) is None
        }
    )
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = cast(Table, UnknownCode.__table__)
    for code in unknown:
        first = make(table).values(
            connector=connector.name, code=code, version=connector.version[:40], first_at=at, last_at=at, times=1
        )
        again = {"last_at": at, "version": connector.version[:40], "times": table.c.times + 1}
        session.execute(first.on_conflict_do_update(index_elements=["connector", "code"], set_=again))
    return unknown


def known_now(session: Scoped, connectors: Iterable[Connector]) -> Sequence[UnknownCode]:
    """Those that are still unknown to the connectors of this release, the newest first."""
    able: dict[str, Any] = {each.name: each for each in connectors if isinstance(each, Explains)}
    rows = session.scalars(select(UnknownCode).order_by(UnknownCode.last_at.desc(), UnknownCode.id).limit(200)).all()
    return [row for row in rows if row.connector in able and able[row.connector].explain(row.code) is None]


def told(session: Scoped, rows: Sequence[UnknownCode], at: dt.datetime) -> None:
    """The operators were written to about these."""
    ids = [row.id for row in rows]
    session.execute(update(UnknownCode).where(UnknownCode.id.in_(ids)).values(told_at=at), execution_options=NO_SYNC)
