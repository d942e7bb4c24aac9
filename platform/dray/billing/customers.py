"""Customers: found by the caller's own id, by ours or by name; made when an invoice names somebody new.

No invoice ever changes one: what it says of an address or a telephone is its own bill-to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, tuple_

from dray.billing.checking import (
    LONGEST_NAME,
    address_complaints,
    clean,
    clean_address,
    name_complaints,
    text_complaints,
)
from dray.billing.given import Complaint, GivenCustomer, Missing, NotNow, Unacceptable
from dray.billing.models import Customer
from dray.billing.names import folded
from dray.billing.settings import settings_of
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

EDITABLE_FIELDS: Final = (
    "name", "parent", "external_id", "company_name", "email", "phone", "billing_address", "shipping_address",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Customers in the order of their names, and where the next page begins (None: this is the last)."""

    customers: list[Customer]
    next: tuple[str, int] | None


def find(session: Scoped, public_id: str) -> Customer:
    """The customer. Missing where this tenant has none of that id."""
    customer = session.scalar(select(Customer).where(Customer.public_id == public_id))
    if customer is None:
        raise Missing("There is no customer with this id.")
    return customer


def page(session: Scoped, *, limit: int, after: tuple[str, int] | None = None) -> CustomerPage:
    """A page of customers by name. Its cost does not grow with how many there are."""
    statement = select(Customer).order_by(Customer.name_key, Customer.id).limit(limit + 1)
    if after is not None:
        statement = statement.where(tuple_(Customer.name_key, Customer.id) > tuple_(*after))
    rows = list(session.scalars(statement))
    last = rows[limit - 1] if len(rows) > limit else None
    return CustomerPage(rows[:limit], None if last is None else (last.name_key, last.id))


def put(session: Scoped, fields: Mapping[str, Any], *, at: dt.datetime) -> tuple[Customer, bool]:
    """Make a customer of the fields (`EDITABLE_FIELDS`), or update the one with the same `external_id`.

    Returns it and whether it is new. Raises Unacceptable.
    """
    settings_of(session, hold=True)
    known = None
    if external_id := clean(fields.get("external_id")):
        known = session.scalar(select(Customer).where(Customer.external_id == external_id).with_for_update())
    if known is not None:
        return _write(session, known, fields, at), False
    customer = Customer(public_id=new_public_id("cus"), version=0, created_at=at)
    if fields.get("name") is None:
        raise Unacceptable([Complaint(("name",), "Give a name.")])
    return _write(session, customer, fields, at), True


def change(
    session: Scoped, public_id: str, fields: Mapping[str, Any], *, version: int | None, at: dt.datetime
) -> Customer:
    """Change some fields of a customer; what was sent keeps what it said. Raises Missing, NotNow, Unacceptable."""
    settings_of(session, hold=True)
    customer = session.scalar(select(Customer).where(Customer.public_id == public_id).with_for_update())
    if customer is None:
        raise Missing("There is no customer with this id.")
    if version is not None and version != customer.version:
        raise NotNow("Somebody changed this customer since you looked. Look at it again, then make your change.")
    return _write(session, customer, fields, at)


def find_named(session: Scoped, name: str, parent: str | None) -> Customer | None:
    """The customer of this name below this parent (None: on the upper level). Raises Unacceptable where there are
    several."""
    parent_id = _parent_id(session, parent)
    if parent and parent_id is None:
        return None
    named = list(_named(session, name, parent_id))
    if len(named) > 1:
        raise Unacceptable([Complaint(("name",), f"Several customers are called {name}. Say which by external_id.")])
    return named[0] if named else None


class Resolver:
    """Finds or makes the customers that invoices name, for one transaction that holds the tenant's settings."""

    def __init__(self, session: Scoped, at: dt.datetime) -> None:
        self._session = session
        self._at = at
        self._known: dict[GivenCustomer, int] = {}
        self._looked_at: set[GivenCustomer] = set()

    def __call__(self, given: GivenCustomer) -> int:
        """The internal id of the customer. Raises Unacceptable, with paths from "customer" on."""
        key = GivenCustomer(given.id, clean(given.external_id), clean(given.name), clean(given.parent))
        if key not in self._known:
            found = self._find(key)
            self._known[key] = (found or self._make(key, given)).id
        return self._known[key]

    def look(self, given: GivenCustomer) -> None:
        """Makes nothing. Raises Unacceptable where finding or making the customer would."""
        key = GivenCustomer(given.id, clean(given.external_id), clean(given.name), clean(given.parent))
        if key in self._looked_at:
            return
        if self._find(key) is None and key.name is None:
            raise _unknown(key)
        self._looked_at.add(key)

    def _find(self, key: GivenCustomer) -> Customer | None:
        if key.id is not None:
            customer = self._session.scalar(select(Customer).where(Customer.public_id == key.id))
            if customer is None:
                raise _wrong("id", "There is no customer with this id.")
            _same_name(key, customer)
            return customer
        if key.external_id is not None:
            customer = self._session.scalar(select(Customer).where(Customer.external_id == key.external_id))
            if customer is not None:
                _same_name(key, customer)
            return customer
        return self._find_by_name(key)

    def _find_by_name(self, key: GivenCustomer) -> Customer | None:
        parent = _parent_id(self._session, key.parent)
        if key.parent and parent is None:
            return None
        named = list(_named(self._session, key.name or "", parent))
        if len(named) > 1:
            raise _wrong("name", f"Several customers are called {key.name}. Say which by external_id or id.")
        return named[0] if named else None

    def _make(self, key: GivenCustomer, given: GivenCustomer) -> Customer:
        if key.name is None:
            raise _unknown(key)
        fields = {
            "name": key.name,
            "parent": key.parent,
            "external_id": key.external_id,
            "company_name": given.company_name,
            "email": given.email,
            "phone": given.phone,
            "billing_address": given.billing_address,
        }
        customer = Customer(public_id=new_public_id("cus"), version=0, created_at=self._at)
        return _write(self._session, customer, fields, self._at)


def _write(session: Scoped, customer: Customer, fields: Mapping[str, Any], at: dt.datetime) -> Customer:
    if wrong := list(complaints(fields)):
        raise Unacceptable(wrong)
    if fields.get("name") is not None:
        customer.name = fields["name"].strip()
        customer.name_key = folded(customer.name)
    for name in ("external_id", "company_name", "email", "phone"):
        if name in fields:
            setattr(customer, name, clean(fields[name]))
    for name in ("billing_address", "shipping_address"):
        if name in fields:
            setattr(customer, name, clean_address(fields[name]))
    if "parent" in fields:
        customer.parent_id = _make_parent(session, customer, clean(fields["parent"]), at)
    _refuse_taken_external_id(session, customer)
    customer.version += 1
    customer.updated_at = at
    session.add(customer)
    session.flush()
    return customer


def _make_parent(session: Scoped, customer: Customer, name: str | None, at: dt.datetime) -> int | None:
    if name is None:
        return None
    parent = _parent_id(session, name)
    if parent is None:
        made = Customer(public_id=new_public_id("cus"), version=0, created_at=at)
        parent = _write(session, made, {"name": name}, at).id
    if parent == customer.id:
        raise Unacceptable([Complaint(("parent",), "A customer cannot stand below itself.")])
    # A customer that is not stored yet has no id, and nobody below it.
    if customer in session and session.scalar(select(Customer.id).where(Customer.parent_id == customer.id).limit(1)):
        raise Unacceptable([Complaint(("parent",), "Others stand below this customer, and there are two levels only.")])
    return parent


def _parent_id(session: Scoped, name: str | None) -> int | None:
    """The one customer of the upper level that has this name. Raises Unacceptable where there are several."""
    if name is None:
        return None
    named = list(_named(session, name, None))
    if len(named) > 1:
        raise Unacceptable([Complaint(("customer", "parent"), f"Several customers are called {name}.")])
    return named[0].id if named else None


def _named(session: Scoped, name: str, parent_id: int | None) -> Iterator[Customer]:
    level = Customer.parent_id.is_(None) if parent_id is None else Customer.parent_id == parent_id
    yield from session.scalars(select(Customer).where(Customer.name_key == folded(name), level).limit(2))


def _refuse_taken_external_id(session: Scoped, customer: Customer) -> None:
    if customer.external_id is None:
        return
    with session.no_autoflush:
        holder = session.scalar(select(Customer.id).where(Customer.external_id == customer.external_id))
    if holder is not None and holder != customer.id:
        raise Unacceptable([Complaint(("external_id",), "Another customer has this external_id.")])


def complaints(fields: Mapping[str, Any]) -> Iterator[Complaint]:
    """What keeps these fields from being stored."""
    yield from name_complaints(fields.get("name"), ("name",))
    if "name" in fields and fields["name"] is None:
        yield Complaint(("name",), "Give a name.")
    if fields.get("parent") is not None:
        yield from name_complaints(fields["parent"], ("parent",))
    for name in ("external_id", "company_name", "email", "phone"):
        yield from text_complaints(fields.get(name), (name,), LONGEST_NAME)
    for name in ("billing_address", "shipping_address"):
        yield from address_complaints(fields.get(name), (name,))


def _same_name(key: GivenCustomer, customer: Customer) -> None:
    if key.name is not None and folded(key.name) != customer.name_key:
        raise _wrong(
            "name",
            f"This customer is called {customer.name}, not {key.name}. Rename the customer, or leave out the name.",
        )


def _unknown(key: GivenCustomer) -> Unacceptable:
    return _wrong("external_id", f"There is no customer {key.external_id} yet. Give a name too, and it is created.")


def _wrong(field: str, detail: str) -> Unacceptable:
    return Unacceptable([Complaint(("customer", field), detail)])
