"""Where the next page begins, as a text that callers hand back unread."""

from __future__ import annotations

import base64
import binascii
import datetime as dt

from sqlalchemy import select

from dray.api.v1.problems import ApiProblem
from dray.billing.listing import Place
from dray.billing.models import Customer, Invoice
from dray.billing.rate_card_models import Rate
from dray_tenants.scope import Scoped


def of_invoice(session: Scoped, place: Place) -> str:
    """The cursor of a place in a list of invoices."""
    public_id = session.scalars(select(Invoice.public_id).where(Invoice.id == place.id)).one()
    return _pack(place.at.isoformat(), public_id)


def invoice_place(session: Scoped, cursor: str, *, by_change: bool) -> Place:
    """The place that `of_invoice` packed. Ends the request with 422 for any other text."""
    at, public_id = _unpack(cursor)
    row_id = session.scalar(select(Invoice.id).where(Invoice.public_id == public_id))
    try:
        moment = dt.datetime.fromisoformat(at) if by_change else dt.date.fromisoformat(at)
    except ValueError:
        raise _unknown() from None
    if row_id is None or (isinstance(moment, dt.datetime) and moment.tzinfo is None):
        raise _unknown()
    return Place(moment, row_id)


def of_customer(name_key: str, public_id: str) -> str:
    """The cursor of a place in the list of customers."""
    return _pack(name_key, public_id)


def customer_place(session: Scoped, cursor: str) -> tuple[str, int]:
    """The place that `of_customer` packed. Ends the request with 422 for any other text."""
    name_key, public_id = _unpack(cursor)
    row_id = session.scalar(select(Customer.id).where(Customer.public_id == public_id))
    if row_id is None:
        raise _unknown()
    return name_key, row_id


def of_rate(public_id: str) -> str:
    """The cursor of the place behind a price."""
    return _pack("", public_id)


def rate_place(session: Scoped, cursor: str) -> str:
    """The public id that `of_rate` packed. Ends the request with 422 for any other text."""
    _, public_id = _unpack(cursor)
    if session.scalar(select(Rate.id).where(Rate.public_id == public_id)) is None:
        raise _unknown()
    return public_id


def _pack(*parts: str) -> str:
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def _unpack(cursor: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _unknown() from None
    at, newline, public_id = text.rpartition("\n")
    if not newline or "\0" in text:
        raise _unknown()
    return at, public_id


def _unknown() -> ApiProblem:
    return ApiProblem(422, "“after” is not a place in this list. Use the “next” of the page before.")
