"""The tax that the books are known to add, beside the one that the caller expects: held before it leaves. Pure."""

from __future__ import annotations

from dray_sdk import Fix, Invoice, Money, Problem


def tax_problems(document: Invoice, foreseen: Money | None, *, tolerance: int) -> tuple[Problem, ...]:
    """The problem of a tax that differs by more than `tolerance` (minor units); none where either is not known."""
    if document.tax is None or foreseen is None or document.tax.currency != foreseen.currency:
        return ()
    if abs(document.tax.minor - foreseen.minor) <= tolerance:
        return ()
    return (
        Problem(
            "tax_differs",
            "tax",
            f"The invoice expects {document.tax} of tax, and the books would add {foreseen}: {document.subtotal} "
            f"becomes {document.subtotal + foreseen} there instead of {document.total}. Choose the sales tax that "
            "applies, mark it exempt, or send it with the books’ own tax.",
            Fix("tax", "Decide about the tax", str(foreseen)),
        ),
    )
