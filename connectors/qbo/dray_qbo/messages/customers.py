"""Customers and those below them: adding one, and changing one that somebody chose to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from dray_qbo.messages.addresses import physical
from dray_qbo.messages.fields import CUSTOMER
from dray_qbo.messages.message import Answered, Message, by_id, held
from dray_qbo.messages.written import written
from dray_qbo.v3.reader import Record, text
from dray_qbo.v3.writer import Content
from dray_sdk import Books, Create, Customer, InDoubt, LocalProtocolError, Outcome, Posted, Update


def customer_content(customer: Customer, books: Books) -> dict[str, object]:
    """What a record says of a customer. Leaves out what the record leaves out."""
    several = books.preferences.get("multicurrency") == "on"
    return {
        "DisplayName": held(customer.name),
        "Active": None if customer.active else False,
        "Job": True if customer.parent else None,
        "ParentRef": by_id(customer.parent),
        "CompanyName": held(customer.company_name),
        "CurrencyRef": {"value": customer.currency} if customer.currency and several else None,
        "PrimaryPhone": _wrapped("FreeFormNumber", customer.phone),
        "PrimaryEmailAddr": _wrapped("Address", customer.email),
        "BillAddr": physical(customer.billing_address),
        "ShipAddr": physical(customer.shipping_address),
    }


def _wrapped(name: str, value: str | None) -> Content | None:
    return {name: held(value)} if value else None


def _write_create(operation: Create, bid: str, books: Books) -> Mapping[str, Content]:
    return {bid: {"operation": "create", "Customer": customer_content(cast(Customer, operation.record), books)}}


def _write_update(operation: Update, bid: str, books: Books) -> Mapping[str, Content]:
    """Only what the record says changes. The revision keeps a change of somebody else from being overwritten. A
    customer's currency is never changed: QuickBooks Online fixes it for ever."""
    customer = operation.record
    if not customer.books_id or customer.revision is None:
        raise LocalProtocolError("a customer is changed by its id and the revision that was read")
    changes = customer_content(customer, books) | {"CurrencyRef": None, "Active": customer.active}
    content = {"Id": customer.books_id, "SyncToken": customer.revision, "sparse": True, **changes}
    return {bid: {"operation": "update", "Customer": content}}


def _read_create(operation: Create, answers: tuple[Answered, ...]) -> Outcome:
    return _read(cast(Customer, operation.record), answers)


def _read_update(operation: Update, answers: tuple[Answered, ...]) -> Outcome:
    return _read(operation.record, answers)


def _read(customer: Customer, answers: tuple[Answered, ...]) -> Outcome:
    def posted(record: Record) -> Outcome:
        name = text(record, "DisplayName")
        of_another = name is not None and not _same_name(name, customer.name) and customer.active
        if of_another or (customer.books_id and record["Id"] != customer.books_id):
            return InDoubt(text=f"QuickBooks Online answered about another customer: {name}")
        return Posted(record["Id"], revision=text(record, "SyncToken"))

    return written(answers, "Customer", posted, CUSTOMER)


def _same_name(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


CREATE = Message(_write_create, _read_create)
UPDATE = Message(_write_update, _read_update)
