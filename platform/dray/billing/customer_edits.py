"""Customers as people write them: never by accident another one's record, and each act audited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from dray.billing import customers
from dray.billing.checking import clean
from dray.billing.given import Complaint, Unacceptable
from dray.billing.models import Customer
from dray.billing.names import folded
from dray_tenants import audit
from dray_tenants.scope import Scoped


def create(session: Scoped, fields: Mapping[str, Any], *, at: dt.datetime, actor: str) -> Customer:
    """Make a customer of `customers.EDITABLE_FIELDS`, in the caller's transaction. An external id that another has is
    refused, where a push would change that other one; a parent must be there already. Raises Unacceptable."""
    external_id = clean(fields.get("external_id"))
    if external_id and session.scalar(select(Customer.id).where(Customer.external_id == external_id)) is not None:
        raise Unacceptable([Complaint(("external_id",), "Another customer has this id from billing.")])
    _refuse_unknown_parent(session, fields)
    customer, _ = customers.put(session, fields, at=at)
    _record(session, "created", customer, {"name": customer.name}, at, actor)
    return customer


def change(
    session: Scoped, public_id: str, fields: Mapping[str, Any], *, version: int, at: dt.datetime, actor: str
) -> Customer:
    """Change some fields. Raises Missing, NotNow (somebody else was faster), Unacceptable."""
    _refuse_unknown_parent(session, fields)
    before = customers.find(session, public_id)
    was = {name: getattr(before, name) for name in _COMPARED}
    customer = customers.change(session, public_id, fields, version=version, at=at)
    changed = sorted(name for name in _COMPARED if getattr(customer, name) != was[name])
    _record(session, "changed", customer, {"name": customer.name, "fields": changed}, at, actor)
    return customer


_COMPARED = (
    "name", "parent_id", "external_id", "company_name", "email", "phone", "billing_address", "shipping_address",
)  # fmt: skip


def _refuse_unknown_parent(session: Scoped, fields: Mapping[str, Any]) -> None:
    """A person who mistypes the customer above means one that is there, and makes no new one."""
    parent = clean(fields.get("parent"))
    if parent is None:
        return
    found = select(Customer.id).where(Customer.name_key == folded(parent), Customer.parent_id.is_(None)).limit(1)
    if session.scalar(found) is None:
        detail = f"No customer of the upper level is called {parent}. Choose one that is there, or create it first."
        raise Unacceptable([Complaint(("parent",), detail)])


def _record(
    session: Scoped, did: str, customer: Customer, details: Mapping[str, Any], at: dt.datetime, actor: str
) -> None:
    subject = f"customer:{customer.public_id}"
    audit.record(session, actor=actor, action=f"customer.{did}", subject=subject, now=at, details=details)
