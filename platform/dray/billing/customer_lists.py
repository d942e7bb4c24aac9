"""Lists of customers: a searchable page of them, the sites below one, those that share a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from dray.billing.models import Customer
from dray.billing.names import folded
from dray_tenants.scope import Scoped

_PARENT = aliased(Customer)


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A customer as lists show it: who stands above it, and how many sites below."""

    customer: Customer
    parent: str = ""
    sites: int = 0

    @property
    def full_name(self) -> str:
        """The name with the one above it in front, as people write it."""
        return f"{self.parent} · {self.customer.name}" if self.parent else self.customer.name


@dataclass(frozen=True, slots=True)
class FoundCustomers:
    """Customers by name, and the public id behind which the next page begins (None: this is the last)."""

    rows: Sequence[ListedCustomer]
    next: str | None


def search(session: Scoped, text: str = "", *, after: str = "", limit: int = 50) -> FoundCustomers:
    """Customers whose name, company, e-mail or own id holds `text`, on both levels; without a text those of the upper
    level. Pages cost the same however many there are."""
    statement = (
        select(Customer, _PARENT.name)
        .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
        .order_by(Customer.name_key, Customer.id)
        .limit(limit + 1)
    )
    key = folded(text)
    statement = statement.where(_matches(key, text.strip()) if key else Customer.parent_id.is_(None))
    if after:
        begins = session.execute(
            select(Customer.name_key, Customer.id).where(Customer.public_id == after)
        ).one_or_none()
        if begins is not None:
            statement = statement.where(tuple_(Customer.name_key, Customer.id) > tuple_(*begins))
    found = session.execute(statement).all()
    sites = _count_sites(session, [customer.id for customer, _ in found])
    rows = [ListedCustomer(customer, parent or "", sites.get(customer.id, 0)) for customer, parent in found[:limit]]
    return FoundCustomers(rows, rows[-1].customer.public_id if len(found) > limit else None)


def below(session: Scoped, customer_id: int, *, limit: int = 200) -> Sequence[Customer]:
    """The sites of a customer, by name."""
    statement = select(Customer).where(Customer.parent_id == customer_id)
    return session.scalars(statement.order_by(Customer.name_key, Customer.id).limit(limit)).all()


def parent_of(session: Scoped, customer: Customer) -> Customer | None:
    """The customer above this one."""
    if customer.parent_id is None:
        return None
    return session.scalar(select(Customer).where(Customer.id == customer.parent_id))


def namesakes(session: Scoped, name: str, *, but: str = "") -> Sequence[ListedCustomer]:
    """Others of exactly this name, without regard to case, on both levels; at most ten."""
    statement = (
        select(Customer, _PARENT.name)
        .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
        .where(Customer.name_key == folded(name), Customer.public_id != but)
        .order_by(Customer.id)
        .limit(10)
    )
    return [ListedCustomer(customer, parent or "") for customer, parent in session.execute(statement)]


def top_names(session: Scoped, *, limit: int = 200) -> Sequence[str]:
    """Names of the upper level, to choose a parent from."""
    statement = select(Customer.name).where(Customer.parent_id.is_(None))
    return session.scalars(statement.order_by(Customer.name_key, Customer.id).limit(limit)).all()


def _matches(key: str, text: str) -> ColumnElement[bool]:
    return or_(
        Customer.name_key.contains(key, autoescape=True),
        func.lower(Customer.company_name).contains(key, autoescape=True),
        func.lower(Customer.email).contains(key, autoescape=True),
        Customer.external_id == text,
    )


def _count_sites(session: Scoped, ids: Sequence[int]) -> dict[int, int]:
    if not ids:
        return {}
    statement = select(Customer.parent_id, func.count()).where(Customer.parent_id.in_(ids)).group_by(Customer.parent_id)
    return {parent: number for parent, number in session.execute(statement) if parent is not None}
