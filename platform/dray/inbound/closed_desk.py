"""A desk at which nothing happens, for a call that could not be taken."""

from __future__ import annotations

from typing import Final

from dray_sdk import Books, Denied, Request, Response, Stop

__all__ = ["BROKEN", "ClosedDesk"]

BROKEN: Final = "Something is wrong at our end. The next run may succeed; nothing that was handed in is lost."


class ClosedDesk:
    """Satisfies `dray_sdk.Desk`."""

    def open(self, user: str, password: str) -> Denied:
        """Nobody gets in."""
        return Denied()

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Stop:
        """Says that something is wrong here."""
        return Stop(BROKEN)

    def next(self, ticket: str) -> Request | None:
        """Nothing."""
        return None

    def receive(self, ticket: str, response: Response) -> int:
        """Negative: the caller asks for the last words."""
        return -1

    def trouble(self, ticket: str, code: str, text: str) -> None:
        """Not kept: the caller reports to the next desk again."""

    def last_words(self, ticket: str) -> str:
        """Says that something is wrong here."""
        return BROKEN

    def close(self, ticket: str) -> str:
        """Says that something is wrong here."""
        return BROKEN
