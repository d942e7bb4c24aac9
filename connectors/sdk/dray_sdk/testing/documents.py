"""Builders of readable documents, out of what pretend books hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from dray_sdk.money import Money
from dray_sdk.records import Customer, Invoice, Kind, Line, LineKind, Reference

_MARKS = UUID("6f0f1e52-5d0e-4a44-9d0c-1d5f0a7c2b11")
DAY = dt.date(2026, 3, 2)
"""The date of every invoice that names none."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Makes invoices and customers that the books of `holds` can take. Each call with the same arguments is the same.

    documents = Documents(pretend.holds, "USD")
    documents.invoice("1001", "425.00")
    documents.invoice("1002", documents.line("12.50", "Hedge trimming"), memo="Gate code 4411")
    """

    holds: Mapping[Kind, Reference]
    currency: str = "USD"

    def invoice(self, number: str = "1001", *lines: Line | str, **changes: Any) -> Invoice:
        """An invoice for the customer that the books hold. A line may be its amount alone; without any it is 425.00.

        `changes` are fields of `Invoice`. Nothing in it is taxed, so that its total is exact.
        """
        made = tuple(self.line(line) if isinstance(line, str) else line for line in lines or ("425.00",))
        total = Money(sum(line.amount.minor for line in made if line.amount), self.currency)
        invoice = Invoice(
            number=number,
            date=DAY,
            customer=self.holds.get(Kind.CUSTOMER, Reference(Kind.CUSTOMER, "Acme Gardens", id="cus_1")),
            currency=self.currency,
            lines=made,
            subtotal=total,
            total=total,
            id=f"inv_{number}",
            mark="{" + str(uuid5(_MARKS, number)) + "}",
        )
        return replace(invoice, **changes)

    def line(self, amount: str, description: str | None = "Hedge trimming", **changes: Any) -> Line:
        """A charge of the amount, once. `changes` are fields of `Line`."""
        charge = Line(
            LineKind.CHARGE,
            item=self.holds.get(Kind.ITEM),
            description=description,
            quantity=Decimal(1),
            unit_price=Decimal(amount),
            amount=Money.parse(amount, self.currency),
            taxable=False,
        )
        return replace(charge, **changes)

    def customer(self, name: str = "Larch & Sons", **changes: Any) -> Customer:
        """A customer that the books do not hold yet. `changes` are fields of `Customer`."""
        return replace(Customer(name, id="cus_9"), **changes)
