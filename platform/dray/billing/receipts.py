"""Receipts compared with what was sent: where the books recorded other figures, and why. Nothing is ever corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import case, func, select, update

from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.models import BillingSettings, Invoice, InvoiceLine
from dray.billing.receipt_models import Receipt
from dray_sdk import Money
from dray_tenants.scope import Scoped


class Cause(StrEnum):
    """`rounding`: no more than one minor unit a line. `tax`: the lines agree and the tax does not. `amounts`: the lines
    come to something else. `total`: the books told no tax, so that it may be either."""

    ROUNDING = "rounding"
    TAX = "tax"
    AMOUNTS = "amounts"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Figures:
    """Minor units. What was sent: `tax` None leaves it to the books. What they recorded: None for what they did not
    tell. `before_tax` None: it is total less tax."""

    total: int | None
    tax: int | None = None
    before_tax: int | None = None


@dataclass(frozen=True, slots=True)
class Differing:
    """One receipt that differs from its invoice."""

    invoice_id: int
    cause: Cause
    sent: Money
    theirs: Money

    @property
    def sentence(self) -> str:
        """What to tell of it."""
        return f"{WHY[self.cause]}: the books recorded {self.theirs}, and {self.sent} was sent"


WHY: Final[Mapping[Cause, str]] = {
    Cause.ROUNDING: "The books round otherwise",
    Cause.TAX: "The books worked out another tax",
    Cause.AMOUNTS: "The lines come to something else in the books",
    Cause.TOTAL: "The total is another one in the books",
}


def cause_of(sent: Figures, theirs: Figures, *, lines: int, tolerance: int) -> tuple[Cause, int, int] | None:
    """Why the figures differ, with the two that do (sent, theirs); None where they agree within the tolerance, or where
    the books told too little to say. Pure."""
    if theirs.total is None:
        return None
    mine = sent.before_tax if sent.before_tax is not None else (sent.total or 0) - (sent.tax or 0)
    if theirs.tax is None:
        if sent.tax is None or sent.total is None or abs(theirs.total - sent.total) <= tolerance:
            return None
        cause = Cause.ROUNDING if abs(theirs.total - sent.total) <= lines else Cause.TOTAL
        return cause, sent.total, theirs.total
    before = theirs.total - theirs.tax
    if abs(before - mine) > tolerance:
        cause = Cause.ROUNDING if abs(before - mine) <= lines else Cause.AMOUNTS
        return cause, mine, before
    if sent.tax is not None and abs(theirs.tax - sent.tax) > tolerance:
        cause = Cause.ROUNDING if abs(theirs.tax - sent.tax) <= lines else Cause.TAX
        return cause, sent.tax, theirs.tax
    return None


def compare(session: Scoped, posting_ids: Sequence[int]) -> list[Differing]:
    """Those of these postings whose receipts differ from what was sent; two statements where none does. Writes nothing.

    What was sent is the invoice's own figures: from Send on they are locked.
    """
    tolerance = session.scalar(select(BillingSettings.tolerance_minor)) or 0
    statement = select(
        Receipt.invoice_id,
        Receipt.total_minor.label("total"),
        Receipt.tax_minor.label("tax"),
        Invoice.total_minor,
        Invoice.tax_minor,
        Invoice.subtotal_minor,
        Invoice.currency,
    ).join(Invoice, (Invoice.tenant_id == Receipt.tenant_id) & (Invoice.id == Receipt.invoice_id))
    other = Receipt.total_minor != Invoice.subtotal_minor + case(
        (Invoice.tax_minor.is_(None), 0), else_=Invoice.tax_minor
    )
    other_tax = func.coalesce(Receipt.tax_minor, 0) != func.coalesce(Invoice.tax_minor, 0)
    rows = [
        row
        for some in pieces(posting_ids)
        for row in session.execute(statement.where(Receipt.posting_id.in_(some), other | other_tax))
    ]
    if not rows:
        return []
    lines = _lines(session, [row.invoice_id for row in rows])
    found: list[Differing] = []
    for row in rows:
        sent = Figures(row.total_minor, row.tax_minor, row.subtotal_minor)
        theirs = Figures(row.total, row.tax)
        differs = cause_of(sent, theirs, lines=lines.get(row.invoice_id, 0), tolerance=tolerance)
        if differs is not None:
            cause, mine, other_figure = differs
            found.append(Differing(row.invoice_id, cause, Money(mine, row.currency), Money(other_figure, row.currency)))
    return found


def mark(session: Scoped, differing: Sequence[Differing]) -> None:
    """Have these looked at by somebody."""
    for one in differing:
        statement = update(Receipt).where(Receipt.invoice_id == one.invoice_id).values(differs=one.cause.value)
        session.execute(statement, execution_options=NO_SYNC)


def _lines(session: Scoped, invoice_ids: Sequence[int]) -> dict[int, int]:
    counted: dict[int, int] = {}
    for some in pieces(invoice_ids):
        statement = select(InvoiceLine.invoice_id, func.count()).where(InvoiceLine.invoice_id.in_(some))
        counted.update(session.execute(statement.group_by(InvoiceLine.invoice_id)).all())
    return counted
