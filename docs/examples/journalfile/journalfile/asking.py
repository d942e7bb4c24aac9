"""What the person is asked, and what their answer proves. Both are JSON, made and read on this side of the browser.

Asked: {"key", "file": {"name", "text"}, "ids"} or {"key", "questions": […]} or {"key", "imported": "?"}. Answered, with
the same key: {"imported": [ids]}, {"refused": words}, {"later": true}, {"unsure": true}, or of questions
{"there": {id: {…}}, "of": [ids]}.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from dray_sdk import (
    Absent,
    Answer,
    Batch,
    Books,
    Create,
    Deferred,
    Entry,
    Find,
    Found,
    Identified,
    Identify,
    InDoubt,
    Invoice,
    Kind,
    LocalProtocolError,
    Money,
    Operation,
    Outcome,
    Posted,
    Purpose,
    Reference,
    Refused,
    Request,
    Response,
)
from journalfile.files import FORMATS

LATER = 3600
"""Seconds: who has no time now may have some in an hour."""


def encode(batch: Batch, books: Books) -> Request:
    if batch.operations == (Identify(),):
        return _request(Purpose.IDENTIFY, batch.key, who="?")
    if batch.writes:
        return _request(Purpose.WRITE, batch.key, ids=batch.ids(), file=_file(batch, books))
    questions = [{"id": key, **_question(one)} for key, one in zip(batch.ids(), batch.operations, strict=True)]
    return _request(Purpose.FIND, batch.key, questions=questions)


def recover(batch: Batch) -> Request | None:
    return _request(Purpose.ASK, batch.key, imported="?", ids=batch.ids()) if batch.writes else None


def decode(batch: Batch, response: Response) -> tuple[Outcome, ...]:
    said = _said(batch.key, response)
    pairs = zip(batch.ids(), batch.operations, strict=True)
    return tuple(_outcome(key, operation, said, batch.key) for key, operation in pairs)


def _request(purpose: Purpose, key: str, **asked: Any) -> Request:
    return Request(purpose, json.dumps({"key": key, **asked}, sort_keys=True).encode())


def _file(batch: Batch, books: Books) -> dict[str, str]:
    kind = books.preferences.get("format", "csv")
    write, _encoding = FORMATS[kind]
    invoices = []
    for operation in batch.operations:
        if not isinstance(operation, Create) or not isinstance(operation.record, Invoice):
            raise LocalProtocolError(f"a journal file holds invoices, and not {operation!r:.200}")
        invoices.append(operation.record)
    return {"name": f"invoices-{batch.key[:8]}.{kind}", "text": write(invoices)}


def _question(operation: Operation) -> dict[str, Any]:
    match operation:
        case Find(kind=Kind.INVOICE, number=str(number)):
            return {"number": number, **_in(operation.total)}
        case Find(kind=Kind.INVOICE, customer=Reference() as customer, date=dt.date() as date):
            return {"customer": customer.name, "date": date.isoformat(), **_in(operation.total)}
        case _:
            raise LocalProtocolError(f"nobody is asked this: {operation!r:.200}")


def _in(total: Money | None) -> dict[str, str]:
    return {"currency": total.currency} if total else {}


def _said(key: str, response: Response) -> dict[str, Any]:
    if not isinstance(response, Answer):
        return {}
    try:
        said = json.loads(response.body)
        return said if said["key"] == key else {}
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}


def _outcome(key: str, operation: Operation, said: dict[str, Any], batch: str) -> Outcome:
    match operation, said:
        case Create(record=Invoice() as invoice), {"imported": list(ids)} if key in ids:
            return Posted(f"{batch}-{key}", number=invoice.number, total=invoice.total)
        case Create(), {"refused": str(words)} if words:
            return Refused("refused", words)
        case _, {"later": True}:
            return Deferred(LATER, "later")
        case Find(), {"of": list(ids), "there": dict(there)} if key in ids:
            return _found(there.get(key))
        case Identify(), {"name": str(name), "id": str(books_id)}:
            return Identified(Books(name, id=books_id))
        case _:
            return InDoubt(text=str(said))


def _found(there: Any) -> Outcome:
    if there is None:
        return Absent()
    try:
        customer = Reference(Kind.CUSTOMER, there["customer"])
        total = Money.parse(there["total"], there["currency"])
        date = dt.date.fromisoformat(there["date"])
        number = str(there["number"])
        return Found((Entry(Kind.INVOICE, number, number=number, date=date, customer=customer, total=total),))
    except (ValueError, TypeError, KeyError):
        return InDoubt(text=str(there))
