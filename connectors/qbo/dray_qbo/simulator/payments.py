"""Payments, and what they do to the invoices and credit memos that they name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from dray_qbo.simulator import exact
from dray_qbo.simulator.changes import differs, updated
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company, in_order
from dray_qbo.simulator.refusals import Reason, Refusal, business, missing
from dray_qbo.simulator.sales import UNDEPOSITED, still_open, today

_SIGN = {"Invoice": 1, "CreditMemo": -1}


def create(company: Company, sent: Record, now: datetime) -> Record:
    """Adds a payment and applies it. Refusal 2020, 620, 6000, 6210; then nothing was done."""
    payment = _whole(company, {name: held for name, held in sent.items() if held is not None}, None, now)
    entity = company.enter("Payment", payment, now)
    _apply(company, entity, 1, now)
    company.owe(entity["CustomerRef"]["value"], -Decimal(entity["UnappliedAmt"]), now)
    return entity


def update(company: Company, entity: Record, sent: Record, now: datetime, *, sparse: bool) -> Record:
    """Changes a payment; what it was applied to is as before it, then as after it."""
    payment = updated("Payment", entity, sent, sparse=sparse)
    payment.setdefault("TxnDate", entity["TxnDate"])
    payment = _whole(company, payment, entity, now)
    if not differs(entity, in_order("Payment", payment)):
        return entity
    _take_back(company, entity, now)
    changed = company.replace("Payment", payment, now)
    _apply(company, changed, 1, now)
    company.owe(changed["CustomerRef"]["value"], -Decimal(changed["UnappliedAmt"]), now)
    return changed


def void(company: Company, entity: Record, now: datetime) -> Record:
    """The payment stays at 0, applied to nothing. Twice is once."""
    still_open(company, entity["TxnDate"])
    note = entity.get("PrivateNote", "")
    if not Decimal(entity["TotalAmt"]) and note.startswith("Voided"):
        return entity
    _take_back(company, entity, now)
    voided = {**entity, "TotalAmt": 0, "UnappliedAmt": 0, "Line": []}
    voided["PrivateNote"] = f"Voided - {note}" if note else "Voided"
    return company.replace("Payment", voided, now)


def delete(company: Company, entity: Record, now: datetime) -> None:
    """The payment is gone; what it paid is open again."""
    still_open(company, entity["TxnDate"])
    _take_back(company, entity, now)
    company.remove("Payment", entity["Id"], now)


def unlink(company: Company, kind: str, identity: str, now: datetime) -> None:
    """A form is about to be voided or deleted: what was paid on it is money of the customer that pays for nothing."""
    for payment in company.all("Payment"):
        lines = payment.get("Line", [])
        kept = [line for line in lines if (kind, identity) not in set(_linked(line))]
        if len(kept) == len(lines):
            continue
        freed = sum((Decimal(line["Amount"]) for line in lines if line not in kept), Decimal(0)) * _SIGN[kind]
        payment["Line"] = kept
        payment["UnappliedAmt"] = exact.money(Decimal(payment["UnappliedAmt"]) + freed)
        company.touch(payment, now)
        _settle(company, kind, identity, -freed * _SIGN[kind], payment["Id"], now, token=False)
        company.owe(payment["CustomerRef"]["value"], -freed, now)


def _whole(company: Company, payment: Record, old: Record | None, now: datetime) -> Record:
    absent = [name for name in ("TotalAmt", "CustomerRef") if payment.get(name) is None]
    if absent:
        raise Refusal.of([Reason(2020, missing(name).reasons[0].detail, name) for name in absent])
    settings = company.settings
    payment.setdefault("TxnDate", today(company, now).isoformat())
    still_open(company, payment["TxnDate"])
    customer = company.find("Customer", payment["CustomerRef"]["value"]) or {}
    currency = payment.get("CurrencyRef", {}).get("value") or settings.home_currency
    if customer and currency != customer["CurrencyRef"]["value"]:
        raise business("The currency of the transaction is not the currency of the customer.")
    if settings.multi_currency:
        payment.setdefault("ExchangeRate", exact.plain(Decimal(settings.exchange_rates.get(currency, "1"))))
    else:
        payment.pop("ExchangeRate", None)
    payment["CurrencyRef"] = settings.currency(currency)
    payment.setdefault("DepositToAccountRef", {"value": UNDEPOSITED})
    payment.setdefault("ProcessPayment", False)
    total = exact.rounded(Decimal(payment["TotalAmt"]))
    if total < 0:
        raise business("Transaction amount must be 0 or greater.")
    payment["TotalAmt"] = exact.money(total)
    payment["Line"] = [_line(company, payment, line, old) for line in payment.get("Line") or []]
    applied = sum((Decimal(line["Amount"]) * _sign(line) for line in payment["Line"]), Decimal(0))
    if applied > total:
        raise business("The amount that is applied is more than the amount of the payment.")
    payment["UnappliedAmt"] = exact.money(total - applied)
    return payment


def _line(company: Company, payment: Record, line: Record, old: Record | None) -> Record:
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    links = list(_linked(line))
    if len(links) != 1:
        raise missing("Line.LinkedTxn")
    kind, identity = links[0]
    form = company.find(kind, identity) if kind in _SIGN else None
    if form is None or form["CustomerRef"]["value"] != payment["CustomerRef"]["value"]:
        raise Refusal(620, f"The Txn ID (identified by {identity}) cannot be linked.", "Line.LinkedTxn")
    amount = exact.rounded(Decimal(line["Amount"]))
    before = sum(
        (Decimal(one["Amount"]) for one in (old or {}).get("Line", []) if (kind, identity) in set(_linked(one))),
        Decimal(0),
    )
    if amount < 0 or amount > Decimal(form["Balance"]) + before:
        raise business("The amount that is applied is more than the open balance of the transaction.")
    return {"Amount": exact.money(amount), "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def _linked(line: Record) -> Iterator[tuple[str, str]]:
    for link in line.get("LinkedTxn", []):
        yield str(link.get("TxnType", "")), str(link.get("TxnId", ""))


def _sign(line: Record) -> int:
    return _SIGN[next(_linked(line))[0]]


def _apply(company: Company, payment: Record, direction: int, now: datetime) -> None:
    for line in payment.get("Line", []):
        kind, identity = next(_linked(line))
        _settle(company, kind, identity, Decimal(line["Amount"]) * direction, payment["Id"], now)


def _take_back(company: Company, payment: Record, now: datetime) -> None:
    _apply(company, payment, -1, now)
    company.owe(payment["CustomerRef"]["value"], Decimal(payment["UnappliedAmt"]), now)


def _settle(
    company: Company, kind: str, identity: str, amount: Decimal, payment: str, now: datetime, *, token: bool = True
) -> None:
    """Less is open on the form by this amount; with a negative one, more."""
    form = company.find(kind, identity)
    if form is None:
        return
    form["Balance"] = exact.money(Decimal(form["Balance"]) - amount)
    if "HomeBalance" in form:
        form["HomeBalance"] = exact.money(Decimal(form["Balance"]) * Decimal(form["ExchangeRate"]))
    if kind == "CreditMemo":
        form["RemainingCredit"] = form["Balance"]
    links = [link for link in form.get("LinkedTxn", []) if link != {"TxnId": payment, "TxnType": "Payment"}]
    if amount > 0:
        links.append({"TxnId": payment, "TxnType": "Payment"})
    form["LinkedTxn"] = links
    company.touch(form, now, token=token)
    company.owe(form["CustomerRef"]["value"], -amount * _SIGN[kind], now)
