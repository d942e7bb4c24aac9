"""Finding invoices by what people remember of them: a number, the books' number, a purchase order, a customer, a site,
a word of a line, an amount.

Everything is found by an index and up to a bound, so that a search in a million invoices costs like one in a thousand.
Where the bound is reached, the answer says so: then the newest of what was looked at are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, false, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from dray.billing.finding_models import LONGEST_WORD, InvoiceWord
from dray.billing.models import Customer, Invoice, Receipt
from dray.billing.names import folded
from dray_sdk.money import places
from dray_tenants.scope import Scoped

MOST_TERMS: Final = 5
MOST_WORDS: Final = 80
SCANNED: Final = 5_000
FOUND: Final = 1_000
CUSTOMERS: Final = 500
HEAD: Final = ("po_number", "service_location", "memo")
"""The invoice's own texts whose words are found; of its lines, the item and the description are."""

_LAST: Final = "\U0010ffff"
_WORD: Final = re.compile(r"\w+")
_AMOUNT: Final = re.compile(r"[$€£]?(-?\d{1,3}(?:,\d{3})+|-?\d{1,12})(\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Found:
    """The condition that a search text means, and whether there were more matches than are looked at."""

    condition: ColumnElement[bool]
    bounded: bool


def words_of(texts: Iterable[str | None]) -> list[str]:
    """The words of some texts, as they are compared: at most 80, each of at most 40 characters."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(folded(text or "")):
            found.setdefault(word[:LONGEST_WORD])
            if len(found) == MOST_WORDS:
                return list(found)
    return list(found)


def learn(
    session: Scoped, invoice_id: int, head: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], *, anew: bool = True
) -> None:
    """Know the words of an invoice as it is now written, in the caller's transaction. `anew`: it may have others."""
    texts = [head.get(name) for name in HEAD]
    for line in lines:
        texts += [line.get("item"), line.get("description")]
    wanted = set(words_of(texts))
    if anew:
        known = set(session.scalars(select(InvoiceWord.word).where(InvoiceWord.invoice_id == invoice_id)))
        if gone := known - wanted:
            session.execute(
                delete(InvoiceWord).where(InvoiceWord.invoice_id == invoice_id, InvoiceWord.word.in_(sorted(gone))),
                execution_options={"synchronize_session": False},
            )
        wanted -= known
    if wanted:
        session.execute(insert(InvoiceWord), [{"invoice_id": invoice_id, "word": word} for word in sorted(wanted)])


def search(session: Scoped, text: str) -> Found:
    """What to look for: every term of the text has to be found somewhere in the invoice."""
    terms = text.split()[:MOST_TERMS]
    found = [_term(session, term) for term in terms]
    if not found:
        return Found(false(), False)
    whole = _as_customer(session, text) if len(terms) > 1 else None
    condition = and_(*(each.condition for each in found))
    return Found(condition if whole is None else or_(whole, condition), any(each.bounded for each in found))


def begins_with(session: Scoped, column: InstrumentedAttribute[Any], key: str) -> ColumnElement[bool]:
    """A beginning, in the form that the engine answers from an index."""
    if session.get_bind().dialect.name == "sqlite":
        # SQLite compares bytes, so a range is the same and finds its way by the index, which LIKE does not there.
        return and_(column >= key, column < key + _LAST)
    return column.startswith(key, autoescape=True)


def _term(session: Scoped, term: str) -> Found:
    key = folded(term)
    ids, bounded = _by_words(session, key)
    ids |= set(_by_books_number(session, term))
    # What few invoices have is looked up first: a list of them is an index's work on both engines, while several
    # conditions joined by OR can make a planner walk through all invoices in the order of their dates.
    conditions = []
    amounts = [Invoice.total_minor == minor for minor in _amounts(term)]
    for wanted in (begins_with(session, Invoice.number_key, key), *amounts):
        few = session.scalars(select(Invoice.id).where(wanted, Invoice.deleted_at.is_(None)).limit(FOUND + 1)).all()
        if len(few) > FOUND:
            conditions.append(wanted)
        ids |= set(few[:FOUND])
    customer = _as_customer(session, term)
    if customer is not None:
        conditions.append(customer)
    if ids:
        conditions.append(Invoice.id.in_(sorted(ids)))
    return Found(or_(false(), *conditions), bounded)


def _as_customer(session: Scoped, text: str) -> ColumnElement[bool] | None:
    # Asked first and not as a subquery: a search for nobody then costs a look into the numbers alone.
    named = session.scalars(
        select(Customer.id).where(Customer.name_key.contains(folded(text), autoescape=True)).limit(CUSTOMERS)
    ).all()
    return Invoice.customer_id.in_(named) if named else None


def _by_words(session: Scoped, key: str) -> tuple[set[int], bool]:
    """The newest invoices that have a word with each of these beginnings."""
    ids: set[int] | None = None
    bounded = False
    for word in words_of([key]):
        statement = (
            select(InvoiceWord.invoice_id)
            .where(InvoiceWord.word >= word, InvoiceWord.word < word + _LAST)
            .order_by(InvoiceWord.word.desc(), InvoiceWord.invoice_id.desc())
        )
        found = session.scalars(statement.limit(SCANNED)).all()
        bounded = bounded or len(found) == SCANNED
        ids = set(found) if ids is None else ids & set(found)
    newest = sorted(ids or (), reverse=True)
    return set(newest[:FOUND]), bounded or len(newest) > FOUND


def _by_books_number(session: Scoped, term: str) -> Iterator[int]:
    statement = select(Receipt.invoice_id).where(begins_with(session, Receipt.number, term.strip()))
    yield from session.scalars(statement.order_by(Receipt.number).limit(CUSTOMERS))


def _amounts(term: str) -> list[int]:
    """The amounts in minor units that the term may be: of currencies with two decimals, and with none."""
    match = _AMOUNT.fullmatch(term)
    if match is None:
        return []
    try:
        value = Decimal((match[1] + (match[2] or "")).replace(",", ""))
    except InvalidOperation:
        return []
    scaled = {value.scaleb(places(currency)) for currency in ("USD", "JPY", "KWD")}
    return sorted({int(minor) for minor in scaled if minor == minor.to_integral_value()})
