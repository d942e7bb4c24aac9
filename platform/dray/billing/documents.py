"""The document that is frozen when an invoice is sent: built from rows, in bulk, as one `dray_sdk.Invoice`.

Everything that the books will be told is in it. What is edited afterwards, a customer's name for example, changes no
document; encoding, retries, the receipt and the locked page read only this.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from dray.billing.bulk import pieces
from dray.billing.models import Customer, Invoice, InvoiceLine, Item
from dray.billing.names import folded
from dray_sdk import Address, Kind, Line, LineKind, Money, Reference, canonical
from dray_sdk import Invoice as Document
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

MARKS: Final = uuid.UUID("5f0c2b6e-3d0b-5a83-9a55-6d1f6f0a7f3c")
"""The namespace of the marks that Dray leaves in the books. It never changes: a mark is recognised by it for ever."""

_NO_CUSTOM: Final[Mapping[str, str]] = MappingProxyType({})
_PARENT: Final = aliased(Customer)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A document as it is stored: the sha256 of its canonical JSON, and that JSON under zlib."""

    hash: str
    content: bytes


def freeze(document: Document) -> Frozen:
    """The bytes to store. Equal documents give equal hashes."""
    plain = canonical.dumps(document)
    return Frozen(hashlib.sha256(plain).hexdigest(), zlib.compress(plain, 1))


def thaw(content: bytes) -> Document:
    """The document that `freeze` stored."""
    return canonical.loads(Document, zlib.decompress(content))


def mark(tenant: str, invoice: str) -> str:
    """The GUID under which the books know this invoice of this tenant, the same over all attempts and restores."""
    return f"{{{uuid.uuid5(MARKS, f'{tenant}/{invoice}')}}}"


def build(session: Scoped, invoice_ids: Sequence[int]) -> dict[int, Document]:
    """Invoice id → document as the rows stand now, for the ids that exist. A handful of queries for all of them."""
    tenant = session.execute(select(Tenant.public_id).where(Tenant.id == session.require_tenant())).scalar_one()
    documents: dict[int, Document] = {}
    for some in pieces(invoice_ids):
        lines = _lines_of(session, some)
        items = _items_named(session, {line.item for rows in lines.values() for line in rows if line.item})
        build_one = _Builder(tenant, items)
        for row in session.execute(_INVOICES.where(Invoice.id.in_(some))):
            documents[row.id] = build_one(row, lines.get(row.id, ()))
    return documents


_INVOICES: Final = (
    select(
        Invoice.id,
        Invoice.public_id,
        Invoice.number,
        Invoice.date,
        Invoice.due_date,
        Invoice.ship_date,
        Invoice.currency,
        Invoice.bill_to,
        Invoice.ship_to,
        Invoice.service_location,
        Invoice.email,
        Invoice.phone,
        Invoice.po_number,
        Invoice.terms,
        Invoice.rep,
        Invoice.accounting_class,
        Invoice.department,
        Invoice.tax_code,
        Invoice.message,
        Invoice.memo,
        Invoice.custom,
        Invoice.subtotal_minor,
        Invoice.tax_minor,
        Invoice.total_minor,
        Customer.public_id.label("customer_id"),
        Customer.name.label("customer_name"),
        Customer.email.label("customer_email"),
        Customer.phone.label("customer_phone"),
        Customer.billing_address.label("customer_billing"),
        Customer.shipping_address.label("customer_shipping"),
        _PARENT.name.label("parent_name"),
    )
    .join(Customer, Customer.id == Invoice.customer_id)
    .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
)

_LINES: Final = select(
    InvoiceLine.invoice_id,
    InvoiceLine.kind,
    InvoiceLine.item,
    InvoiceLine.description,
    InvoiceLine.quantity,
    InvoiceLine.unit_price,
    InvoiceLine.percent,
    InvoiceLine.amount_minor,
    InvoiceLine.taxable,
    InvoiceLine.accounting_class,
    InvoiceLine.service_date,
    InvoiceLine.custom,
).order_by(InvoiceLine.invoice_id, InvoiceLine.position)


def _lines_of(session: Scoped, invoice_ids: Sequence[int]) -> Mapping[int, Sequence[Row[*tuple[Any, ...]]]]:
    lines: defaultdict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in session.execute(_LINES.where(InvoiceLine.invoice_id.in_(invoice_ids))):
        lines[row.invoice_id].append(row)
    return lines


def _items_named(session: Scoped, names: set[str]) -> dict[str, str]:
    """Folded name → our id, of the items that billing knows."""
    known: dict[str, str] = {}
    for some in pieces(sorted({folded(name) for name in names})):
        known.update(session.execute(select(Item.name_key, Item.public_id).where(Item.name_key.in_(some))).all())
    return known


class _Builder:
    """Builds documents of one tenant; what many of them name alike is made once."""

    def __init__(self, tenant: str, items: Mapping[str, str]) -> None:
        self._tenant = tenant
        self._items = items
        self._made: dict[tuple[Kind, str], Reference] = {}

    def __call__(self, row: Row[*tuple[Any, ...]], lines: Sequence[Row[*tuple[Any, ...]]]) -> Document:
        currency = row.currency
        named = self._named
        full_name = f"{row.parent_name}:{row.customer_name}" if row.parent_name else row.customer_name
        return Document(
            number=row.number,
            date=row.date,
            customer=Reference(Kind.CUSTOMER, full_name, row.customer_id),
            currency=currency,
            lines=tuple([self._line(line, currency) for line in lines]),
            subtotal=Money(row.subtotal_minor, currency),
            total=Money(row.total_minor, currency),
            tax=None if row.tax_minor is None else Money(row.tax_minor, currency),
            id=row.public_id,
            mark=mark(self._tenant, row.public_id),
            bill_to=_address(row.bill_to or row.customer_billing),
            ship_to=_address(row.ship_to or row.customer_shipping),
            service_location=row.service_location,
            email=row.email or row.customer_email,
            phone=row.phone or row.customer_phone,
            due_date=row.due_date,
            ship_date=row.ship_date,
            po_number=row.po_number,
            terms=named(Kind.TERMS, row.terms),
            rep=named(Kind.REP, row.rep),
            accounting_class=named(Kind.CLASS, row.accounting_class),
            department=named(Kind.DEPARTMENT, row.department),
            tax_code=named(Kind.TAX_CODE, row.tax_code),
            message=row.message,
            memo=row.memo,
            custom=row.custom or _NO_CUSTOM,
        )

    def _line(self, row: Row[*tuple[Any, ...]], currency: str) -> Line:
        _, kind, item, description, quantity, price, percent, amount, taxable, line_class, day, custom = row
        return Line(
            kind=LineKind(kind),
            item=self._named(Kind.ITEM, item),
            description=description,
            quantity=quantity,
            unit_price=price,
            # A percentage is the books' own arithmetic; what Dray reckons it to be is in the subtotal.
            amount=None if amount is None or percent is not None else Money(amount, currency),
            percent=percent,
            taxable=taxable,
            accounting_class=self._named(Kind.CLASS, line_class),
            service_date=day,
            custom=custom or _NO_CUSTOM,
        )

    def _named(self, kind: Kind, name: str | None) -> Reference | None:
        if not name:
            return None
        key = (kind, name)
        known = self._made.get(key)
        if known is None:
            own_id = self._items.get(folded(name)) if kind is Kind.ITEM else None
            known = self._made[key] = Reference(kind, name, own_id)
        return known


def _address(parts: Mapping[str, str] | None) -> Address | None:
    return Address(**parts) if parts else None
