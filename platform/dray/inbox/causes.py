"""What keeps invoices out of the books, in words: which problems are of one kind, and what a group of them is called.

Pure. A cause is known by its kind, the code of the problem and the field that it is about; the number of a line says
nothing about the cause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from dray.billing import person_edits
from dray.billing.amounts import USE_PRODUCT
from dray.billing.differences import Difference
from dray.billing.receipts import WHY


class Kind(StrEnum):
    """Where the problem comes from, in the order in which people meet them."""

    REFUSED = "refused"
    """The books, or the check before anything left, said no. The invoice is Needs attention."""
    DRAFT = "draft"
    """Something in a draft has to be decided before it can be sent."""
    DISAGREES = "disagrees"
    """A person changed a draft, and billing says something else since."""
    DIFFERS = "differs"
    """The books did something to an invoice that they had accepted."""
    FIGURES = "figures"
    """The books recorded other figures than were sent, and the connection's rule wants somebody to look."""
    LATE = "late"
    """Billing sent a change that was not taken, because the invoice was sent already."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What one group is about. `key` names it in an address."""

    kind: Kind
    code: str
    field: str = ""

    @property
    def key(self) -> str:
        """The three parts in one text."""
        return f"{self.kind.value}~{self.code}~{self.field}"

    @property
    def amounts(self) -> bool:
        """Whether the two ways out of an amount that is not quantity × price apply."""
        return self.code == "amount_differs"

    @property
    def disagreement(self) -> bool:
        """Whether a person's edit and billing disagree."""
        return self.code == person_edits.CODE


_NUMBERS: Final = re.compile(r"(?<=/)\d+(?=/|$)")


def cause_of(kind: Kind, problem: Mapping[str, Any]) -> Cause:
    """The cause of a stored problem."""
    return Cause(kind, str(problem.get("code") or "other"), _NUMBERS.sub("*", str(problem.get("field") or "")))


TITLES: Final[Mapping[str, str]] = {
    "amount_differs": "The amount of a line is not quantity × price",
    person_edits.CODE: "Billing says something else than a person here",
    "too_long": "A text is too long for the books",
    "characters": "A text has characters that the books cannot hold",
    "line_break": "A text has line breaks where the books take none",
    "name_taken": "The name belongs to somebody else in the books",
    "missing_item": "An item that the books do not have",
    "missing_tax_code": "A tax code that the books do not have",
    "closed_period": "The books are closed for that date",
    "twin": "The books seem to have it already",
    "may_be_elsewhere": "It may be in other books already",
    "is_a_credit": "A credit cannot be posted as an invoice",
    Difference.GONE.value: "Deleted in the books",
    Difference.VOIDED.value: "Voided in the books",
    Difference.CHANGED.value: "Changed in the books",
    Difference.CREDITED.value: "Credited in full in the books",
    **{cause.value: why for cause, why in WHY.items()},
    "push_refused": "Billing changed an invoice that was sent already",
}
"""What a cause is called. One that is not here is called by the first sentence of what was said."""

_HINTS: Final[Mapping[str, str]] = {
    Difference.GONE.value: "Look it up there. It is never posted again by itself; set it aside when that is right.",
    Difference.VOIDED.value: "It stays in the books without an amount. Set it aside when that is right.",
    Difference.CHANGED.value: "The books win. Set it aside when the change there is right, or correct it there.",
    Difference.CREDITED.value: "It stays there and nothing is owed for it. Set it aside when that is right.",
    **dict.fromkeys(
        [cause.value for cause in WHY],
        "The books win. Look at the invoice there; set it aside when that is right, or correct it there.",
    ),
    "push_refused": "Make the change in the books by hand if it is due, then set it aside.",
}

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])")
LONGEST_TITLE: Final = 90


def title_of(cause: Cause, detail: str) -> str:
    """What the group is called, given what was said of its newest invoice."""
    known = TITLES.get(cause.code)
    if known:
        return known
    first = _SENTENCE.split(detail.strip(), maxsplit=1)[0].rstrip(".") or "The books did not take it"
    return first if len(first) <= LONGEST_TITLE else f"{first[: LONGEST_TITLE - 1]}…"


def hint_of(cause: Cause, detail: str) -> str:
    """What to do, as far as it is the same for the whole group."""
    if cause.code in _HINTS:
        return _HINTS[cause.code]
    if cause.code in TITLES:
        return ""
    _, _, rest = detail.strip().partition(_SENTENCE.split(detail.strip(), maxsplit=1)[0])
    return rest.strip()


_NEVER_THE_SAME: Final = frozenset({USE_PRODUCT, "take_theirs"})


def shared_fix(fixes: list[Mapping[str, Any] | None]) -> str:
    """The label of the fix that all of them offer alike, or nothing."""
    labels = {str(fix["label"]) if fix and fix.get("action") not in _NEVER_THE_SAME else "" for fix in fixes}
    return labels.pop() if len(labels) == 1 else ""
