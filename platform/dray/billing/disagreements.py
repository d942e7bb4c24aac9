"""Where a person's edit and billing's later push disagree, a person decides: keep mine, or take theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select, update

from dray.billing import amending, timeline
from dray.billing.bulk import NO_SYNC
from dray.billing.editing import Open, find_open
from dray.billing.given import GivenLine, GivenPayment, NotNow
from dray.billing.models import Invoice
from dray.billing.person_edits import SAID
from dray.billing.settings import settings_of
from dray_sdk import LineKind
from dray_tenants import audit
from dray_tenants.scope import Scoped

_IDENTITY: Final = ("id", "external_id", "name", "parent")
_OF_CUSTOMER: Final[Mapping[str, str]] = {"bill_to": "billing_address", "email": "email", "phone": "phone"}
_DAYS: Final = frozenset({"date", "due_date", "ship_date", "service_date"})
_FACTORS: Final = frozenset({"quantity", "unit_price", "amount", "percent"})


def keep_mine(session: Scoped, public_id: str, field: str, *, version: int | None, at: dt.datetime, actor: str) -> None:
    """The person's value stands, and billing's is no longer shown beside it. `field` is as problems name it.
    Raises Missing, NotNow."""
    known, name = _disagreement(session, public_id, field, version)
    edits = {**(known.row.person_edits or {}), name: None}
    values = {"person_edits": edits, "version": known.version + 1, "updated_at": at}
    session.execute(update(Invoice).where(Invoice.id == known.id).values(values), execution_options=NO_SYNC)
    timeline.note(session, "kept_mine", [(known.id, {"field": field})], at=at, actor=actor)
    _record(session, public_id, "mine", field, at, actor)


def take_theirs(
    session: Scoped, public_id: str, field: str, *, version: int | None, at: dt.datetime, actor: str
) -> None:
    """The field becomes what billing pushed last, and billing's again. Raises Missing, NotNow, Unacceptable."""
    known, name = _disagreement(session, public_id, field, version)
    pushed = session.scalar(select(Invoice.billing_content).where(Invoice.id == known.id))
    if pushed is None:
        raise NotNow("What billing sent is not kept any more. Type it in, or have billing send it again.")
    changes = _changes(name, pushed, set(known.row.person_edits or {}))
    amending.amend(session, public_id, changes, version=version, at=at, actor=actor)
    _record(session, public_id, "theirs", field, at, actor)


def changes_to(column: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What `amending.amend` is to change, so that the column becomes what it was when the invoice was `given`, in the
    form of `invoices.plain`."""
    return _changes(column, given, set())


def _disagreement(session: Scoped, public_id: str, field: str, version: int | None) -> tuple[Open, str]:
    settings_of(session, hold=True)
    known = find_open(session, public_id, version=version)
    differing = {
        SAID.get(name, name): name for name, said in (known.row.person_edits or {}).items() if said is not None
    }
    if field not in differing:
        raise NotNow("Billing says nothing else of this any more. Nothing was changed.")
    return known, differing[field]


def _changes(name: str, pushed: Mapping[str, Any], persons: set[str]) -> dict[str, Any]:
    """What `amending.amend` is to change, so that the column `name` becomes what was pushed."""
    customer = pushed.get("customer") or {}
    if name == "customer_id":
        return {"customer": {part: customer[part] for part in _IDENTITY if part in customer}}
    if name in _OF_CUSTOMER:
        return {"customer": {_OF_CUSTOMER[name]: customer.get(_OF_CUSTOMER[name])}}
    if name == "lines":
        changes: dict[str, Any] = {"lines": [_line(line) for line in pushed.get("lines", ())]}
        if "currency" in pushed:
            changes["currency"] = pushed["currency"]
        return changes if "tax_minor" in persons else {**changes, "tax": _value("amount", pushed.get("tax"))}
    if name == "tax_minor":
        return {"tax": _value("amount", pushed.get("tax"))}
    if name == "payments":
        return {"payments": [_payment(payment) for payment in pushed.get("payments", ())]}
    outside = {"ship_to": "shipping_address"}.get(name, name)
    return {outside: _value(outside, pushed.get(outside))}


def _line(plain: Mapping[str, Any]) -> GivenLine:
    fields = {name: _value(name, value) for name, value in plain.items() if name != "kind"}
    return GivenLine(kind=LineKind(plain["kind"]), **fields)


def _payment(plain: Mapping[str, Any]) -> GivenPayment:
    return GivenPayment(**{name: _value(name, value) for name, value in plain.items()})


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DAYS:
        return dt.date.fromisoformat(value)
    return Decimal(value) if name in _FACTORS else value


def _record(session: Scoped, public_id: str, which: str, field: str, at: dt.datetime, actor: str) -> None:
    details = {"field": field, "kept": which}
    subject = f"invoice:{public_id}"
    audit.record(session, actor=actor, action="invoice.decided", subject=subject, now=at, details=details)
