"""Is what the books hold the thing of ours? One function for invoices and one for names; connectors do not choose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dray.connections.links import fold
from dray_sdk import Entry, Invoice, Kind


class Likeness(StrEnum):
    """`ours`: exactly one candidate is the document. `none`: nothing like it is there. `unclear`: a person decides."""

    OURS = "ours"
    NONE = "none"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The verdict, the candidate that is ours, and every candidate that had to be considered. `marked`: ours by our own
    mark, which nobody but us writes."""

    likeness: Likeness
    entry: Entry | None = None
    considered: tuple[Entry, ...] = ()
    marked: bool = False


def recognise(document: Invoice, candidates: Iterable[Entry]) -> Recognised:
    """Compare a document with everything that the books hold under its number, or for its customer, date and total.

    Our mark settles it where the books kept one. Without a mark, number, customer, date and total must all agree. One
    that agrees in number only, or in all but the number, is somebody else's or a hand-typed twin: not ours, and not
    nothing either.
    """
    alike = {entry.books_id: entry for entry in candidates if _alike(document, entry)}
    ours = [entry for entry in alike.values() if _ours(document, entry)]
    considered = tuple(alike.values())
    if len(ours) == 1:
        return Recognised(Likeness.OURS, ours[0], considered, bool(document.mark and ours[0].mark))
    return Recognised(Likeness.UNCLEAR if considered else Likeness.NONE, None, considered)


def named(kind: Kind, name: str, candidates: Iterable[Entry]) -> tuple[Entry, ...]:
    """The candidates of the kind that carry the full name, without regard to case; active ones first and, where one
    is active, only those."""
    alike = tuple(entry for entry in candidates if entry.kind is kind and entry.name and fold(entry.name) == fold(name))
    active = tuple(entry for entry in alike if entry.active)
    return active or alike


def _alike(document: Invoice, entry: Entry) -> bool:
    if entry.kind is not Kind.INVOICE:
        return False
    if document.mark and entry.mark and _same_mark(document, entry):
        return True
    if _same_number(document, entry):
        return True
    # Under another number only what bears no mark can be a twin that somebody typed: a mark names another document.
    return not entry.mark and _same_customer(document, entry) and _same_day_and_total(document, entry)


def _ours(document: Invoice, entry: Entry) -> bool:
    if document.mark and entry.mark:
        return _same_mark(document, entry)
    return _same_number(document, entry) and _same_customer(document, entry) and _same_day_and_total(document, entry)


def _same_mark(document: Invoice, entry: Entry) -> bool:
    return (document.mark or "").strip("{}").casefold() == (entry.mark or "").strip("{}").casefold()


def _same_number(document: Invoice, entry: Entry) -> bool:
    return entry.number is not None and entry.number.casefold() == document.number.casefold()


def _same_customer(document: Invoice, entry: Entry) -> bool:
    if entry.customer is None:
        return False
    if document.customer.books_id and entry.customer.books_id:
        return document.customer.books_id == entry.customer.books_id
    return fold(document.customer.name) == fold(entry.customer.name)


def _same_day_and_total(document: Invoice, entry: Entry) -> bool:
    """The books may have added a tax that nobody could predict: then what is left without it must agree."""
    if entry.date != document.date or entry.total is None:
        return False
    if entry.total == document.total:
        return True
    return document.tax is None and entry.tax is not None and entry.total - entry.tax == document.subtotal
