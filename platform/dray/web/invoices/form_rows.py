"""The buttons of a form that change its rows and save nothing: one more, one less, one up. They work without script."""

from __future__ import annotations

from typing import Final

from dray.web.invoices.form import ROWS, InvoiceForm, Row
from dray_sdk import LineKind

_STEPS: Final = {"up": -1, "down": 1}


def apply(form: InvoiceForm, do: str) -> InvoiceForm | None:
    """The form after the button `do`; None where the button was the one that saves."""
    act, _, rest = do.partition(":")
    kind, _, key = rest.partition(":")
    if act in ("check", "find"):
        return form
    if kind not in ROWS:
        return None
    rows = list(form.rows.get(kind, ()))
    at = next((index for index, row in enumerate(rows) if row.key == key), None)
    if act == "add":
        rows.append(Row(_free_key(rows), {"kind": LineKind.CHARGE.value} if kind == "line" else {}))
    elif act == "drop" and at is not None:
        del rows[at]
    elif act in _STEPS and at is not None and 0 <= at + _STEPS[act] < len(rows):
        rows.insert(at + _STEPS[act], rows.pop(at))
    return form.with_rows(kind, rows)


def _free_key(rows: list[Row]) -> str:
    taken = {row.key for row in rows}
    return next(str(number) for number in range(len(rows) + 1) if str(number) not in taken)
