"""An invoice that is being written, judged as it stands: what it comes to, what the books would say, odd prices.

Writes nothing. The arithmetic and the rules are billing's own, so the page never shows another sum than is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dray.billing.amounts import problems_of
from dray.billing.checking import Checked, check
from dray.billing.drafts import document_of
from dray.billing.given import Complaint, GivenCustomer, GivenInvoice, GivenLine, Unacceptable
from dray.billing.price_check import PriceCheck, check_prices
from dray.billing.problems import all_stored
from dray.billing.send import Judge
from dray.connections.binding import bound_books
from dray.connections.models import Connection
from dray.registry import Registry
from dray.web.invoices.form import InvoiceForm, name_of, to_given
from dray.web.limits import Most
from dray_sdk import LineKind, Money
from dray_tenants.scope import Scoped

_SOMEBODY: Final = GivenCustomer(name="New customer")
_LIMIT_OF: Final[Mapping[str, str]] = {
    "email": "customer/email", "phone": "customer/phone", "customer_q": "customer/name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to know about a field: `name` is the field's in the page, `problem` as billing stores it."""

    name: str
    problem: Mapping[str, Any]

    @property
    def blocks(self) -> bool:
        """Whether it keeps the invoice from being sent."""
        return self.problem.get("severity") != "warns"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of the form. Sums are None where a line cannot be read; `amounts` is by the key of the line;
    `begun` once a line has something in it."""

    subtotal: Money | None = None
    tax: Money | None = None
    total: Money | None = None
    amounts: Mapping[str, Money] = field(default_factory=dict)
    found: Sequence[Found] = ()
    prices: PriceCheck | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    begun: bool = False


def judge_form(
    session: Scoped, form: InvoiceForm, judge: Judge, *, currency: str, complaints: Iterable[Complaint] | None = None
) -> Judged:
    """Judge what is there. While somebody types (no `complaints`), an empty field is not complained of."""
    given, unread = to_given(form)
    whole = _complaints_of(given, currency) + unread
    shown = list(complaints) if complaints is not None else _about_what_is_there(whole, form)
    errors = {name_of(each.path, form): each.detail for each in reversed(shown)}
    readable = _readable(given, whole)
    try:
        checked = check(readable, currency=currency)
    except Unacceptable:
        return Judged(errors=errors)
    document = document_of(session, readable, checked)
    problems = all_stored((*_without_lines_missing(problems_of(document), given), *judge(document))) or []
    return Judged(
        subtotal=checked.sums.subtotal,
        tax=document.tax,
        total=document.total,
        amounts=_amounts(form, checked),
        found=[Found(name_of(str(each["field"]).split("/"), form), each) for each in problems],
        prices=check_prices(session, {"": document}),
        errors=errors,
        begun=bool(form.written_lines),
    )


def limits_of(registry: Registry, connection: Connection | None) -> dict[str, Most]:
    """Field of the page → how many characters the target's books hold; those of lines under "line-…"."""
    judges = registry.judge_for(connection.connector) if connection is not None else None
    if connection is None or judges is None:
        return {}
    known = {limit.field: Most.of(connection.connector, limit) for limit in judges.limits_for(bound_books(connection))}
    found = {path.replace("lines/*/", "line/").replace("/", "-"): maximum for path, maximum in known.items()}
    return found | {name: known[path] for name, path in _LIMIT_OF.items() if path in known}


def _complaints_of(given: GivenInvoice, currency: str) -> list[Complaint]:
    try:
        check(given, currency=currency)
    except Unacceptable as refused:
        return list(refused.complaints)
    return []


def _about_what_is_there(complaints: Iterable[Complaint], form: InvoiceForm) -> list[Complaint]:
    return [each for each in complaints if _typed(form, name_of(each.path, form)) and each.path != ("customer",)]


def _typed(form: InvoiceForm, name: str) -> bool:
    kind, _, rest = name.partition("-")
    key, _, part = rest.partition("-")
    for row in form.rows.get(kind, ()):
        if row.key == key:
            return bool(row[part])
    return bool(form[name])


def _readable(given: GivenInvoice, complaints: Iterable[Complaint]) -> GivenInvoice:
    """The same without the parts that are complained of, so that the rest can be summed and judged meanwhile."""
    bad = {each.path[1] for each in complaints if each.path[0] == "lines" and len(each.path) > 1}
    names = {str(each.path[0]) for each in complaints}
    lines = [GivenLine(LineKind.TEXT) if at in bad else line for at, line in enumerate(given.lines)]
    changes: dict[str, Any] = {"lines": lines}
    if "customer" in names:
        changes["customer"] = _SOMEBODY
    if "payments" in names:
        changes["payments"] = ()
    for name in names & {"number", "tax", "custom", "due_date", "ship_date", "shipping_address"}:
        changes[name] = None
    return replace(given, **changes)


def _without_lines_missing(problems: Iterable[Any], given: GivenInvoice) -> list[Any]:
    """Somebody who has only begun knows that nothing is charged yet."""
    return [each for each in problems if each.code != "no_charge" or len(given.lines) > 0]


def _amounts(form: InvoiceForm, checked: Checked) -> dict[str, Money]:
    lines = zip(form.written_lines, checked.sums.lines, strict=True)
    return {row.key: line.amount for row, line in lines if line.amount is not None}
