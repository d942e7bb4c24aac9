"""The query language of QuickBooks Online (Intuit: "Query operations and syntax").

    select * from Entity where a = 'v' and … orderby a startposition n maxresults m

Strings stand in single quotes; a quote or a backslash inside is escaped with a backslash. There is no OR.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST_ROWS = 1000
"""The largest page that QuickBooks Online gives."""

EVEN_INACTIVE = "Active in (true, false)"
"""A list leaves inactive entries out unless a query asks after `Active`."""


def quoted(value: str) -> str:
    """`value` as a string of the query language. No text breaks out of it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def equals(name: str, value: str) -> str:
    """A condition. QuickBooks Online compares without regard to case."""
    return f"{name} = {quoted(value)}"


def among(name: str, values: Iterable[str]) -> str:
    """A condition that any of the values meets; `equals` where there is one."""
    some = list(dict.fromkeys(values))
    return equals(name, some[0]) if len(some) == 1 else f"{name} in ({', '.join(map(quoted, some))})"


def select(entity: str, *conditions: str, order: str = "Id", start: int | None = None, most: int = MOST_ROWS) -> str:
    """A query for whole entities, always in an order: pages without one overlap."""
    where = f" where {' and '.join(conditions)}" if conditions else ""
    position = f" startposition {start}" if start is not None else ""
    return f"select * from {entity}{where} orderby {order}{position} maxresults {most}"  # noqa: S608 - see `quoted`
