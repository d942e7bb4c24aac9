"""What the Web Connector writes down of its work, in the manner of its QWCLog.txt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

_SHORT = 50


@dataclass(slots=True)
class Trace:
    """The lines of a log. Long values are cut to 50 characters unless `verbose`, as at the real levels DEBUG, VERBOSE.

    A password never gets in: whoever writes a line leaves it out.
    """

    clock: Callable[[], datetime]
    verbose: bool = False
    lines: list[str] = field(default_factory=list)

    def write(self, place: str, text: str) -> None:
        """One line: the moment in UTC, the method of the real program, what happened."""
        moment = self.clock().astimezone(UTC)
        self.lines.append(f"{moment:%Y%m%d.%H:%M:%S} UTC\t: QBWebConnector.{place} : {text}")

    def quoted(self, name: str, value: str) -> str:
        """A value as the log shows it."""
        cut = value if self.verbose or len(value) <= _SHORT else value[:_SHORT] + "..."
        return f'{name}="{cut}"'

    def __str__(self) -> str:
        return "\n".join(self.lines)
