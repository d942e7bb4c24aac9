"""Prices that are not what one would expect: the rate card's, or without one the customer's last.

It stops nothing. What is charged by an amount alone has no price to compare.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from dray.billing.bulk import pieces
from dray.billing.models import Customer, Invoice, InvoiceLine
from dray.billing.names import folded
from dray.billing.rate_card import Asked, prices_for
from dray.billing.states import EDITABLE
from dray_sdk import Invoice as Document
from dray_sdk import LineKind
from dray_tenants.scope import Scoped

LOOKED_BACK: Final = 30
"""In how many of a customer's sent invoices the last price of an item is looked for."""
MOST_CUSTOMERS: Final = 100
"""Of how many customers the last prices are looked for at once. The rate card is asked for all."""


class Source(StrEnum):
    """Who says what the price should be."""

    RATE_CARD = "rate_card"
    LAST_PRICE = "last_price"


@dataclass(frozen=True, slots=True)
class Surprise:
    """A line whose price is another than expected. `key` is what the document was given under, `line` counts from 0;
    `since` is the day from which the rate holds, or that of the invoice with the last price; `number` is that one's."""

    key: str
    line: int
    item: str
    here: Decimal
    expected: Decimal
    source: Source
    since: dt.date
    number: str = ""
    unit: str = ""

    @property
    def difference(self) -> Decimal:
        """How much more it is here than expected."""
        return self.here - self.expected


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """What is surprising, and how many lines are as expected or have nothing to be compared with."""

    surprises: Sequence[Surprise]
    agree: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Priced:
    key: str
    line: int
    item: str
    price: Decimal
    asked: Asked


@dataclass(frozen=True, slots=True)
class _Last:
    price: Decimal
    day: dt.date
    number: str


def check_prices(session: Scoped, documents: Mapping[str, Document]) -> PriceCheck:
    """Compare every priced line of these documents; keys are the caller's own. A few statements for all of them."""
    priced = [line for key, document in documents.items() for line in _priced(key, document)]
    rates = prices_for(session, {line.asked for line in priced})
    silent = [line for line in priced if line.asked not in rates and line.asked.customer]
    lasts = _last_prices(session, silent)
    surprises, agree = [], 0
    for line in priced:
        rate, last = rates.get(line.asked), lasts.get((line.asked.customer or "", folded(line.item)))
        if rate is not None and rate.price != line.price:
            surprises.append(_off_card(line, rate.price, rate.first_day, rate.unit or ""))
        elif rate is None and last is not None and last.price != line.price:
            surprises.append(_off_last(line, last))
        elif rate is not None or last is not None:
            agree += 1
    return PriceCheck(surprises, agree, len(priced) - agree - len(surprises))


def _priced(key: str, document: Document) -> Iterator[_Priced]:
    for at, line in enumerate(document.lines):
        if line.kind is LineKind.CHARGE and line.item is not None and line.unit_price is not None:
            asked = Asked(line.item.name, document.customer.id, document.date)
            yield _Priced(key, at, line.item.name, line.unit_price, asked)


def _off_card(line: _Priced, expected: Decimal, since: dt.date, unit: str) -> Surprise:
    return Surprise(line.key, line.line, line.item, line.price, expected, Source.RATE_CARD, since, unit=unit)


def _off_last(line: _Priced, last: _Last) -> Surprise:
    return Surprise(
        line.key, line.line, line.item, line.price, last.price, Source.LAST_PRICE, last.day, number=last.number
    )


def _last_prices(session: Scoped, lines: Iterable[_Priced]) -> dict[tuple[str, str], _Last]:
    """(customer, folded item) → the price on the customer's newest sent invoice that has the item."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        wanted[line.asked.customer or ""].add(folded(line.item))
    public_ids = list(wanted)[:MOST_CUSTOMERS]
    ids = dict(session.execute(select(Customer.public_id, Customer.id).where(Customer.public_id.in_(public_ids))).all())
    found: dict[tuple[str, str], _Last] = {}
    for public_id, key in ids.items():
        for item, last in _of_customer(session, key, wanted[public_id]).items():
            found[public_id, item] = last
    return found


def _of_customer(session: Scoped, customer_id: int, items: set[str]) -> dict[str, _Last]:
    sent = session.execute(
        select(Invoice.id, Invoice.date, Invoice.number)
        .where(
            Invoice.customer_id == customer_id,
            Invoice.deleted_at.is_(None),
            Invoice.state.not_in(sorted(state.value for state in EDITABLE)),
        )
        .order_by(Invoice.date.desc(), Invoice.id.desc())
        .limit(LOOKED_BACK)
    ).all()
    prices: defaultdict[int, dict[str, Decimal]] = defaultdict(dict)
    for some in pieces([row.id for row in sent]):
        rows = session.execute(
            select(InvoiceLine.invoice_id, InvoiceLine.item, InvoiceLine.unit_price).where(
                InvoiceLine.invoice_id.in_(some),
                InvoiceLine.kind == LineKind.CHARGE.value,
                InvoiceLine.item.is_not(None),
                InvoiceLine.unit_price.is_not(None),
            )
        )
        for invoice_id, item, price in rows:
            if item is not None and price is not None:
                prices[invoice_id].setdefault(folded(item), price)
    found: dict[str, _Last] = {}
    for row in sent:
        for item, price in prices[row.id].items():
            if item in items and item not in found:
                found[item] = _Last(price, row.date, row.number)
    return found
