"""Where the marks of a chart stand: x and width in percent, y and height in pixels. Pure.

Text in such a chart keeps its size at every width, and no script measures anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HEIGHT: Final = 150
BASE: Final = 124
"""Where the axis is; below it stand the labels."""
TOP: Final = 22
LEFT: Final = 5.0
"""Percent left of the first column, for the figures of the scale."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the part below is `height` high from `y`; `upper` stands on it from `upper_y`."""

    x: float
    width: float
    middle: float
    y: float
    height: float
    upper_y: float
    upper: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the scale."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns with their scale."""

    columns: Sequence[Column]
    rules: Sequence[Rule]


def columns(values: Sequence[tuple[int, int]], *, left: float = LEFT) -> Chart:
    """A chart of (below, upper) values."""
    steps = scale(max((below + upper for below, upper in values), default=0))
    top = steps[-1] if steps else 1
    slot = (100 - left) / max(len(values), 1)
    return Chart(
        [_column(below, upper, left + slot * at, slot, top) for at, (below, upper) in enumerate(values)],
        [Rule(_y(value, top), value) for value in steps],
    )


def scale(largest: int) -> list[int]:
    """Two to five round figures, the last of them not below the largest value. Empty where all is zero."""
    if largest <= 0:
        return []
    rough = largest / 3
    power = 10 ** max(math.floor(math.log10(rough)), 0) if rough >= 1 else 1
    step = next(int(power * each) for each in (1, 2, 5, 10) if power * each >= rough)
    return [step * at for at in range(1, math.ceil(largest / step) + 1)]


def share(part: int, whole: int) -> float:
    """Percent, for a bar; something is never shown as nothing."""
    return 0.0 if not part or not whole else max(round(part * 100 / whole, 2), 1.0)


def _column(below: int, upper: int, x: float, slot: float, top: int) -> Column:
    gap = slot * 0.19
    y, upper_y = _y(below, top), _y(below + upper, top)
    if upper and y - upper_y < 4:
        upper_y = y - 4
    return Column(
        x=round(x + gap, 2),
        width=round(slot - 2 * gap, 2),
        middle=round(x + slot / 2, 2),
        y=y,
        height=round(BASE - y, 1),
        upper_y=round(upper_y, 1),
        upper=round(y - upper_y, 1),
        label_y=round(upper_y - 5, 1),
    )


def _y(value: int, top: int) -> float:
    return round(BASE - (BASE - TOP) * value / top, 1)
