"""Entries of files, read as the API reads what it is sent: the same fields, the same complaints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from dray.api.v1 import strict_json
from dray.api.v1.fields import Day, Exact, Flag, Given, Name, Text
from dray.api.v1.operations import complaints_of
from dray.api.v1.requests import CustomerIn, InvoiceIn
from dray.billing.given import GivenInvoice, Unacceptable
from dray.imports.entries import Readers
from dray.imports.states import Kind

__all__ = ["READERS", "customer_fields", "given_invoice", "item_fields", "rate_fields"]

Model = TypeVar("Model", bound=BaseModel)


class ItemEntry(Given):
    """A product or service as billing calls it."""

    name: Annotated[Name, Field(min_length=1)]
    description: Text | None = None
    unit_price: Exact | None = None
    taxable: Flag | None = None


class RateEntry(Given):
    """A price of the rate card; without a customer it is everybody's."""

    item: Annotated[Name, Field(min_length=1)]
    price: Exact
    first_day: Day
    last_day: Day | None = None
    unit: Name | None = None
    customer_external_id: Name | None = None
    customer_name: Name | None = None
    customer_parent: Name | None = None


def given_invoice(fields: Mapping[str, Any]) -> GivenInvoice:
    """The invoice of an entry's fields. Raises Unacceptable."""
    return _model(InvoiceIn, fields).given()


def customer_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The customer of an entry's fields. Raises Unacceptable."""
    return _model(CustomerIn, fields).fields()


def item_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The item of an entry's fields. Raises Unacceptable."""
    entry = _model(ItemEntry, fields)
    return {name: getattr(entry, name) for name in entry.model_fields_set}


def rate_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The price of an entry's fields. Raises Unacceptable."""
    return _model(RateEntry, fields).model_dump()


READERS: Final = Readers(
    fields={
        Kind.INVOICES: given_invoice,
        Kind.CUSTOMERS: customer_fields,
        Kind.ITEMS: item_fields,
        Kind.RATES: rate_fields,
    },
    json=lambda text: strict_json.read(text.encode()),
)
"""How pages and the worker read what a file holds."""


def _model(kind: type[Model], fields: Mapping[str, Any]) -> Model:
    try:
        return kind.model_validate(fields)
    except ValidationError as wrong:
        raise Unacceptable(complaints_of(wrong)) from None
