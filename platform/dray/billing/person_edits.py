"""Where a person and billing disagree about a field: the person's edit stands, billing's word is shown beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dray.billing.problems import stored
from dray_sdk import Fix, Problem, Severity

CODE: Final = "billing_differs"

SAID: Final[Mapping[str, str]] = {
    "accounting_class": "class",
    "bill_to": "customer/billing_address",
    "ship_to": "shipping_address",
    "customer_id": "customer",
    "email": "customer/email",
    "phone": "customer/phone",
    "tax_minor": "tax",
}
"""What a column is called outside, where that differs."""


COLUMN: Final[Mapping[str, str]] = {said: column for column, said in SAID.items()}
"""The other way round."""


def as_problems(edits: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """One warning, in stored form, for each field about which billing says something else."""
    return [
        stored(
            Problem(
                code=CODE,
                field=SAID.get(name, name),
                detail=f"Billing says {theirs}. Keep yours, or take theirs.",
                fix=Fix("take_theirs", "Take theirs", str(theirs)),
                severity=Severity.WARNS,
            )
        )
        for name, theirs in sorted((edits or {}).items())
        if theirs is not None
    ]
