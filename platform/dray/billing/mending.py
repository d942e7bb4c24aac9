"""Ways out of problems, as changes of a document. Pure.

A problem names a field; a way changes what stands there, so that the books can take it. What a way does is shown before
it is done, and no word is dropped but where the way says so: the rest of a long text goes to a line below it or to the
memo. A way is taken by somebody for one invoice (`billing.fixing`), or by a rule that somebody made for all that are
alike (`billing.rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from dray_sdk import Fix, Invoice, Line, LineKind, Money, Problem, Reference, Severity


class Way(StrEnum):
    """What can be done about a problem.

    `USE`: another text stands in the field. `SPLIT`: the rest of a description goes on a text line below it. `TO_MEMO`:
    the whole text goes into the memo, and the field keeps a short beginning, or nothing. `LEAVE_OUT`: the field is left
    empty. `NAME_THERE`: the customer has another name in the books. `PICK`: one of the books' own list is meant.
    `REDATE`: another date. `EXEMPT`: no line is taxed. `BOOKS_DECIDE`: the books' own tax counts. `EDIT`: somebody
    writes it anew.
    """

    USE = "use"
    SPLIT = "split"
    TO_MEMO = "to_memo"
    LEAVE_OUT = "leave_out"
    NAME_THERE = "name_there"
    PICK = "pick"
    REDATE = "redate"
    EXEMPT = "exempt"
    BOOKS_DECIDE = "books_decide"
    EDIT = "edit"


FOR_RULES: Final = (Way.USE, Way.SPLIT, Way.TO_MEMO, Way.LEAVE_OUT)
"""The ways that follow from the problem alone, so that one decision can stand for all invoices like this."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One way out that is offered. `text` is what would stand in the field, where that is known."""

    way: Way
    label: str
    text: str | None = None

    @property
    def for_all(self) -> bool:
        """Whether one decision can take it for all invoices like this."""
        return self.way in FOR_RULES


def offers(problem: Problem) -> tuple[Offer, ...]:
    """Every way out of a problem, the best one first; none for what only warns and has no fix."""
    fix = problem.fix
    if fix is None:
        return (Offer(Way.EDIT, "Edit the invoice"),) if problem.severity is Severity.BLOCKS else ()
    if problem.field in _OF_CUSTOMER:
        found = _of_customer(fix)
    else:
        found = (*_of_fix(fix), *_BY_CODE.get(problem.code, ()), *_of_field(problem, fix))
    return found or (Offer(Way.EDIT, fix.label),)


def _of_customer(fix: Fix) -> tuple[Offer, ...]:
    """Another name there is the customer's own matter: decided once, for all of its invoices."""
    if fix.value:
        return (Offer(Way.NAME_THERE, f"In the books it is “{fix.value}”", fix.value),)
    return (Offer(Way.PICK, fix.label),) if fix.action == "pick" else ()


def _of_fix(fix: Fix) -> tuple[Offer, ...]:
    """What the connector itself proposes."""
    if fix.action in _TEXTS and fix.value is not None:
        return (Offer(Way.USE, fix.label, fix.value) if fix.value else Offer(Way.LEAVE_OUT, "Leave it out"),)
    made = _BY_ACTION.get(fix.action)
    return made(fix.label) if made is not None else ()


def _of_field(problem: Problem, fix: Fix) -> tuple[Offer, ...]:
    """What can be done with a field of that kind."""
    field = problem.field
    prose = field in ("message", "service_location", "po_number") or field.startswith(("bill_to/line", "ship_to/line"))
    if prose and problem.code == "too_long" and fix.value:
        return (Offer(Way.TO_MEMO, "Put all of it into the memo"),)
    left_out = problem.code in _LEFT_OUT or (problem.code, field) == ("sales_tax_off", "tax_code")
    return (Offer(Way.LEAVE_OUT, fix.label),) if left_out else ()


_TEXTS: Final = frozenset({"shorten", "replace_text", "split_addresses"})
_OF_CUSTOMER: Final = frozenset({"customer", "customer/name"})
_LEFT_OUT: Final = frozenset({"class_tracking_off", "departments_off"})
_BY_ACTION: Final[Mapping[str, Callable[[str], tuple[Offer, ...]]]] = {
    "split": lambda label: (Offer(Way.SPLIT, label),),
    "pick": lambda label: (Offer(Way.PICK, label),),
    "memo": lambda label: (Offer(Way.TO_MEMO, label), Offer(Way.LEAVE_OUT, "Leave it out")),
}
_BY_CODE: Final[Mapping[str, tuple[Offer, ...]]] = {
    "closed_period": (Offer(Way.REDATE, "Change the date"),),
    "tax_differs": (
        Offer(Way.PICK, "Choose the sales tax in the books"),
        Offer(Way.EXEMPT, "Mark it exempt: nothing on it is taxed"),
        Offer(Way.BOOKS_DECIDE, "Send it anyway, with the books’ own tax"),
    ),
}


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing to do to a document: the field, the way, and the text for `Way.USE`. `code` is the problem's."""

    code: str
    field: str
    way: Way
    text: str | None = None


def mend_of(problem: Problem, way: Way, text: str | None = None) -> Mend | None:
    """What that way does about the problem; None where the problem does not offer it. `text` stands for the one that is
    offered, where a person wrote another."""
    offer = next((each for each in offers(problem) if each.way is way), None)
    if offer is None:
        return None
    value = problem.fix.value if problem.fix is not None else None
    if way in (Way.SPLIT, Way.TO_MEMO):
        return Mend(problem.code, problem.field, way, value)
    return Mend(problem.code, problem.field, way, offer.text if text is None else text)


def mended(document: Invoice, mend: Mend) -> Invoice:
    """The document with that done; the same one where it changes nothing. ValueError for what is no change of it."""
    return _DONE[mend.way](document, mend)


def _use(document: Invoice, mend: Mend) -> Invoice:
    text = mend.text
    return _changed(document, mend.field, lambda _: text)


def _split(document: Invoice, mend: Mend) -> Invoice:
    """The first part stays on its line; the rest stands on a text line of its own, behind the discounts of the line."""
    head, at, part = mend.field.split("/")
    if (head, part) != ("lines", "description"):
        raise ValueError(f"{mend.field} cannot be split")
    place = int(at)
    line, kept = document.lines[place], mend.text or ""
    text = line.description or ""
    if not kept or not text.startswith(kept):
        return document
    rest = text[len(kept) :].strip()
    lines = list(document.lines)
    lines[place] = replace(line, description=kept)
    below = place + 1
    while below < len(lines) and lines[below].kind is LineKind.DISCOUNT:
        below += 1
    lines.insert(below, Line(LineKind.TEXT, description=rest))
    return replace(document, lines=tuple(lines))


def _to_memo(document: Invoice, mend: Mend) -> Invoice:
    text = _text_at(document, mend.field)
    if not text:
        return document
    memo = f"{document.memo}\n{text}" if document.memo else text
    return replace(_changed(document, mend.field, lambda _: mend.text or None), memo=memo)


def _leave_out(document: Invoice, mend: Mend) -> Invoice:
    return _changed(document, mend.field, lambda _: None)


def _exempt(document: Invoice, _mend: Mend) -> Invoice:
    """Nothing is taxed, and nothing is expected."""
    taxed = (LineKind.CHARGE, LineKind.DISCOUNT)
    lines = tuple(replace(line, taxable=False) if line.kind in taxed else line for line in document.lines)
    nothing = Money(0, document.currency)
    return replace(document, lines=lines, tax=nothing, total=document.subtotal)


def _books_decide(document: Invoice, _mend: Mend) -> Invoice:
    return replace(document, tax=None, total=document.subtotal)


_DONE: Final[Mapping[Way, Callable[[Invoice, Mend], Invoice]]] = {
    Way.USE: _use,
    Way.NAME_THERE: _use,
    Way.SPLIT: _split,
    Way.TO_MEMO: _to_memo,
    Way.LEAVE_OUT: _leave_out,
    Way.EXEMPT: _exempt,
    Way.BOOKS_DECIDE: _books_decide,
}


def text_at(document: Invoice, field: str) -> str | None:
    """What stands in the field of that path, where it is a text or names something."""
    try:
        return _text_at(document, field)
    except (AttributeError, IndexError, KeyError, ValueError):
        return None


def _text_at(document: Invoice, field: str) -> str | None:
    found: Any = document
    for step in field.split("/"):
        if isinstance(found, Mapping):
            found = found[step]
        elif isinstance(found, tuple):
            found = found[int(step)]
        elif not isinstance(found, Reference) or step != "name":
            found = getattr(found, step)
    if isinstance(found, Reference):
        return found.name
    return found if isinstance(found, str) else None


def _changed(document: Invoice, field: str, change: Callable[[str | None], str | None]) -> Invoice:
    changed: Invoice = _with(document, field.split("/"), change)
    return changed


def _with(found: Any, path: Sequence[str], change: Callable[[str | None], str | None]) -> Any:
    """A copy of `found` in which what the path leads to is changed."""
    if not path or (isinstance(found, Reference) and list(path) == ["name"]):
        if isinstance(found, Reference):
            text = change(found.name)
            # another name is another thing: what the old one is in the books says nothing of it
            return None if text is None else replace(found, name=text, books_id=None)
        return change(found)
    head, *rest = path
    if isinstance(found, Mapping):
        text = change(found[head])
        rest_of_it = {name: held for name, held in found.items() if name != head}
        return rest_of_it if text is None else {**found, head: text}
    if isinstance(found, tuple):
        place = int(head)
        return (*found[:place], _with(found[place], rest, change), *found[place + 1 :])
    if found is None:
        raise ValueError(f"there is nothing at {head}")
    return replace(found, **{head: _with(getattr(found, head), rest, change)})
