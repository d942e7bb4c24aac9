"""Problems of an invoice as they are stored and shown: what is wrong, where, and what would solve it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dray_sdk import Fix, Problem, Severity


def stored(problem: Problem) -> dict[str, Any]:
    """The problem as JSON: {"code", "field", "detail", "severity", "fix": {"action", "label", "value"} or None}."""
    fix = problem.fix
    return {
        "code": problem.code,
        "field": problem.field,
        "detail": problem.detail,
        "severity": problem.severity.value,
        "fix": None if fix is None else {"action": fix.action, "label": fix.label, "value": fix.value},
    }


def unstored(kept: Mapping[str, Any]) -> Problem:
    """The problem that `stored` made JSON of."""
    fix = kept.get("fix")
    return Problem(
        code=kept.get("code") or "",
        field=kept.get("field") or "",
        detail=kept.get("detail") or "",
        fix=None if not fix else Fix(fix["action"], fix["label"], fix.get("value")),
        severity=Severity(kept.get("severity") or Severity.BLOCKS),
    )


def all_stored(problems: Iterable[Problem]) -> list[dict[str, Any]] | None:
    """What goes into `invoices.problems`: the stored problems, or None where there are none."""
    return [stored(problem) for problem in problems] or None


def blocking(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Those that keep an invoice from being sent."""
    return tuple(problem for problem in problems if problem.severity is Severity.BLOCKS)


def refusal(code: str, detail: str, field: str | None = None, fix: Fix | None = None) -> dict[str, Any]:
    """The stored form of what the books, or the check at hand-out, said no to."""
    return stored(Problem(code=code, field=field or "", detail=detail, fix=fix))
