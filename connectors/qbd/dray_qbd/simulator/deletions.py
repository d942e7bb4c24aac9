"""Voiding and deleting transactions, and asking what was deleted."""

from __future__ import annotations

from decimal import Decimal

from dray_qbd.simulator.checker import LINES, Reading, Record
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.invoices import move_balance, owed, require_open
from dray_qbd.simulator.lines import money, zeroed
from dray_qbd.simulator.moments import between, day, moment
from dray_qbd.simulator.replies import Reply, Work, macro_or_id
from dray_qbd.simulator.statuses import Refusal


def void(work: Work, reading: Reading) -> Reply:
    """TxnVoid: the transaction stays, with nothing in it."""
    kind, entry = _changeable(work, reading, "TxnVoidType")
    company = work.company
    _unlink(company, entry)
    move_balance(company, entry, -_owed(kind, entry))
    zeroed(entry.get(LINES, []), kind)
    for name in ("Subtotal", "SalesTaxTotal", "AppliedAmount", "BalanceRemaining", "TotalAmount", "CreditRemaining"):
        if name in entry:
            entry[name] = "0.00"
    if kind == "Invoice":
        entry["IsPaid"] = "true"
    entry["Memo"] = f"VOID: {entry.get('Memo', '')}"
    company.touch(entry, work.now)
    shown = ("TxnID", "TimeCreated", "TimeModified", "RefNumber")
    return Reply(plain={"TxnVoidType": kind, **{name: entry.get(name, "") for name in shown}})


def delete(work: Work, reading: Reading) -> Reply:
    """TxnDel."""
    kind, entry = _changeable(work, reading, "TxnDelType")
    company = work.company
    _unlink(company, entry)
    move_balance(company, entry, -_owed(kind, entry))
    company.delete(entry["TxnID"], work.now)
    gone = company.deleted[-1]
    return Reply(plain={name: gone[name] for name in ("TxnDelType", "TxnID", "TimeDeleted", "RefNumber")})


def deleted(work: Work, reading: Reading) -> Reply:
    """ListDeletedQuery and TxnDeletedQuery. QuickBooks remembers 90 days."""
    element = "ListDelType" if reading.name.startswith("List") else "TxnDelType"
    record, wanted = reading.record, set(reading.record[element])
    start, end = between(record.get("DeletedDateRangeFilter", {}), "FromDeletedDate", "ToDeletedDate", work.now.tzinfo)
    rets: list[tuple[str, Record]] = []
    for gone in work.company.deleted:
        when = moment(gone["TimeDeleted"], "TimeDeleted", None)
        recent = (work.now - when).days < 90
        if gone.get(element) in wanted and recent and (not start or when >= start) and (not end or when <= end):
            rets.append((f"{element[:-7]}DeletedRet", gone))
    return Reply(0 if rets else 1, rets=rets, only=record.get("IncludeRetElement", ()))


def _changeable(work: Work, reading: Reading, type_element: str) -> tuple[str, Record]:
    kind = reading.record[type_element]
    identity = macro_or_id(work, reading.record["TxnID"])
    entry = work.company.transactions.get(kind, {}).get(identity)
    if entry is None:
        raise Refusal(3120, identity)
    if work.faults.strikes("locked"):
        raise Refusal(3175, kind)
    require_open(work.company, kind, day(entry["TxnDate"], "TxnDate"))
    return kind, entry


def _owed(kind: str, entry: Record) -> Decimal:
    return -Decimal(entry["TotalAmount"]) if kind == "ReceivePayment" else owed(kind, entry)


def _unlink(company: Company, entry: Record) -> None:
    """Takes money off what it was applied to: the payment or credit is free again, the invoice open again."""
    for linked in entry.pop("LinkedTxn", ()):
        found = company.by_id(linked["TxnID"])
        if found is None:
            continue
        other, amount = found[1], -Decimal(linked["Amount"])
        kept = [one for one in other.get("LinkedTxn", ()) if one["TxnID"] != entry["TxnID"]]
        if found[0] == "ReceivePayment":
            applied = [one for one in other["AppliedToTxnRet"] if one["TxnID"] != entry["TxnID"]]
            other |= {"AppliedToTxnRet": applied, "UnusedPayment": money(Decimal(other["UnusedPayment"]) + amount)}
        elif found[0] == "CreditMemo":
            other |= {"LinkedTxn": kept, "CreditRemaining": money(Decimal(other["CreditRemaining"]) + amount)}
        else:
            other["LinkedTxn"] = kept
            _reopen(other, amount)
    for applied_to in entry.pop("AppliedToTxnRet", ()):
        found = company.by_id(applied_to["TxnID"])
        if found:
            found[1]["LinkedTxn"] = [one for one in found[1]["LinkedTxn"] if one["TxnID"] != entry["TxnID"]]
            _reopen(found[1], Decimal(applied_to["Amount"]))
    if "AppliedAmount" in entry:
        _reopen(entry, -Decimal(entry["AppliedAmount"]))


def _reopen(invoice: Record, amount: Decimal) -> None:
    balance = Decimal(invoice["BalanceRemaining"]) + amount
    invoice |= {
        "AppliedAmount": money(Decimal(invoice["AppliedAmount"]) + amount),
        "BalanceRemaining": money(balance),
        "IsPaid": "true" if balance == 0 else "false",
    }
