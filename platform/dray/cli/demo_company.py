"""The invented company of the demo: a roll-off (dumpster) hauler, as such companies bill.

Billing accounts with service locations below them, containers by size, hauls and tonnage, rental days with their
period in a text line; e-mail addresses with commas between, addresses of four lines. A few invoices are as the books
would not take them, as happens in life.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray_sdk import LineKind

__all__ = ["COMPANY", "ITEMS", "TIME_ZONE", "VENDORS", "invoices", "today"]

COMPANY: Final = "Prairie Roll-Off (demo)"
TIME_ZONE: Final = "America/Chicago"
ITEMS: Final = (
    "Roll-Off 10 yd", "Roll-Off 20 yd", "Roll-Off 30 yd", "Roll-Off 40 yd", "Haul", "Disposal", "Rental Day",
    "Fuel Surcharge", "Trip Charge",
)  # fmt: skip
"""What the pretend books must sell, for items are never made there unasked."""

VENDORS: Final = ("Cottonwood Transfer Station",)
"""Names that belong to vendors in the pretend books. One of our customers has one of them."""

_ACCOUNTS: Final = (
    ("Amber Field Builders", ("118 Foundry Row", "Building C"), "Millbrook", "IL", "60501"),
    ("Blue Heron Roofing", ("2200 Levee Rd",), "Cedar Bend", "IA", "52240"),
    ("Copperleaf Property Group", ("Accounts Payable", "90 Exchange Plaza", "Suite 1400"), "Millbrook", "IL", "60502"),
    ("Dovetail Remodeling", ("7 Sawmill Ln",), "Oxbow", "IL", "61010"),
    ("Elm & Iron Demolition", ("451 Quarry Rd", "Gate 2"), "Cedar Bend", "IA", "52241"),
    ("Fallow Creek School District", ("Facilities Office", "1 Learning Way", "Room 12", "Oxbow County"), "Oxbow", "IL",
     "61011"),
    ("Granite State Storage", ("33 Depot St",), "Millbrook", "IL", "60501"),
    ("Harvest Moon Foods", ("600 Packers Ave", "Dock 9"), "Cedar Bend", "IA", "52242"),
    ("Ironwood Apartments", ("1450 Ironwood Dr",), "Millbrook", "IL", "60503"),
    ("Juniper Landscape Supply", ("88 Nursery Rd",), "Oxbow", "IL", "61012"),
)  # fmt: skip
_PLACES: Final = ("Main yard", "North lot", "Site 4, Phase II", "Warehouse", "Clubhouse", "Building 12 rear alley")
_SIZES: Final = ((10, "285.00"), (20, "385.00"), (30, "465.00"), (40, "545.00"))


def today(now: dt.datetime) -> dt.date:
    """The date where the invented companies are: an invoice of tomorrow would look odd."""
    return now.astimezone(ZoneInfo(TIME_ZONE)).date()


def invoices(today: dt.date, count: int = 57, first: int = 24101) -> Iterator[GivenInvoice]:
    """`count` ordinary invoices of the last weeks, always the same ones, then those with something wrong."""
    dice = random.Random(7)  # noqa: S311  the same invented invoices every time; nothing secret
    for place in range(count):
        date = today - dt.timedelta(days=(count - place) // 2)
        account = dice.choice(_ACCOUNTS)
        yield _invoice(dice, str(first + place), date, _customer(*account), dice.choice(_PLACES))
    yield from _with_problems(dice, today, first + count)


def _with_problems(dice: random.Random, today: dt.date, number: int) -> Iterator[GivenInvoice]:
    long = "Riverbend Township Joint Municipal Solid Waste Authority"
    address = {"line1": "1 Township Hall", "city": "Riverbend", "region": "IL", "postal_code": "61020"}
    yield _invoice(dice, str(number), today, GivenCustomer(name=long, billing_address=address), "Town hall")
    yield _invoice(dice, str(number + 1), today, GivenCustomer(name=VENDORS[0]), "Scale house")
    ordinary = _customer(*_ACCOUNTS[0])
    yield _invoice(dice, f"RO-2026-{number + 2}", today, ordinary, "Main yard")
    wrong = replace(_charge("Disposal", "Construction debris, 3.4 tons", Decimal("3.4"), "62.50"), amount=Decimal(212))
    yield GivenInvoice(customer=ordinary, date=today, lines=[wrong], number=str(number + 3))


def _customer(name: str, lines: tuple[str, ...], city: str, region: str, postal_code: str) -> GivenCustomer:
    domain = "".join(letter for letter in name.lower() if letter.isalpha())[:14] + ".example"
    return GivenCustomer(
        external_id=f"acct-{domain.partition('.')[0]}",
        name=name,
        email=f"ap@{domain}, office@{domain}",
        phone="(555) 010-0142",
        billing_address={
            **{f"line{place}": line for place, line in enumerate(lines, start=1)},
            "city": city,
            "region": region,
            "postal_code": postal_code,
        },
    )


def _invoice(dice: random.Random, number: str, date: dt.date, customer: GivenCustomer, place: str) -> GivenInvoice:
    yards, price = dice.choice(_SIZES)
    tons = Decimal(dice.randrange(80, 640)) / 100
    days = dice.randrange(0, 12)
    begun = date - dt.timedelta(days=30)
    lines = [
        _charge(f"Roll-Off {yards} yd", f"{yards} yard roll-off, delivery and pick-up", 1, price),
        _charge("Disposal", f"Mixed debris, ticket {dice.randrange(10000, 99999)}", tons, "62.50"),
    ]
    if days:
        lines.append(_charge("Rental Day", "Days beyond the included 14", days, "12.00"))
    if dice.random() < 0.4:
        lines.append(_charge("Haul", "Extra haul, swap on site", dice.randrange(1, 4), "210.00"))
    lines.append(GivenLine(kind=LineKind.TEXT, description=f"Rental period {begun:%m/%d/%Y} to {date:%m/%d/%Y}"))
    return GivenInvoice(
        customer=customer,
        date=date,
        lines=lines,
        number=number,
        service_location=place,
        due_date=date + dt.timedelta(days=30),
        po_number=f"{dice.randrange(1000, 9999)}" if dice.random() < 0.5 else None,
        terms="Net 30",
    )


def _charge(item: str, description: str, quantity: Decimal | int, price: str) -> GivenLine:
    return GivenLine(item=item, description=description, quantity=Decimal(quantity), unit_price=Decimal(price))
