"""Which company is it? Asked with new tokens, before anybody believes what the callback said: that is not signed."""

from __future__ import annotations

import re
import secrets
from typing import Final

import structlog

from dray.connections.oauth.application import NotSetUp, address_of
from dray.guests import Guest, GuestBroke, Watch
from dray.settings import Settings
from dray.sync.transport import send
from dray_sdk import Batch, Books, Connector, Disconnected, Failure, Identified, Identify, LocalProtocolError

__all__ = ["NotRead", "read_company"]

WITHIN: Final = 30.0

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)

_log = structlog.get_logger(__name__)


class NotRead(Exception):
    """The company could not be read; the message is a sentence for people."""


def read_company(
    settings: Settings, connector: Connector, token: str, books_id: str | None, watch: Watch | None = None
) -> Books:
    """The company, as it describes itself to the bearer of this token. Raises NotRead.

    `books_id` is what the callback named, where the connector declares such a parameter; the company that answers is
    that one or none. It has a lasting id: without one nobody could say later whether it is the same company.
    """
    named = connector.title
    if books_id is not None and not _ID.fullmatch(books_id):
        raise NotRead(f"{named} named no company. Nothing was connected. Start again, and choose the company there.")
    guest = Guest(connector, watch)
    batch = Batch(secrets.token_hex(10), (Identify(),))
    try:
        request = guest.encode(batch, Books(name="", id=books_id))
        response = send(request, address_of(settings, connector), token, WITHIN)
    except (LocalProtocolError, GuestBroke, NotSetUp) as wrong:
        raise NotRead(f"{named} could not be asked which company it is. {wrong}") from None
    (outcome,), _ = guest.decode(batch, request, response)
    if isinstance(outcome, Identified) and outcome.books.id and books_id in (None, outcome.books.id):
        return outcome.books
    _log.warning("a company could not be read", connector=connector.name, outcome=type(outcome).__name__)
    if isinstance(response, Failure):
        raise NotRead(
            f"{named} did not answer when it was asked which company it is. Nothing was connected. Try again."
        )
    if isinstance(outcome, Disconnected):
        raise NotRead(
            f"{named} does not let us into that company. Nothing was connected. Sign in there as somebody who may "
            "connect apps, and try again."
        )
    raise NotRead(f"{named} did not say which company it is. Nothing was connected. Try again in a few minutes.")
