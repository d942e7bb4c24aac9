"""Receiving payments."""

from __future__ import annotations

from decimal import Decimal

from dray_qbd.simulator.checker import Reading, Record
from dray_qbd.simulator.features import require, switched_off
from dray_qbd.simulator.invoices import link, move_balance, require_open
from dray_qbd.simulator.lines import ZERO, money
from dray_qbd.simulator.moments import day
from dray_qbd.simulator.references import settle
from dray_qbd.simulator.replies import Reply, Work, macro_or_id, shown
from dray_qbd.simulator.statuses import Refusal

_KIND = "ReceivePayment"


def add(work: Work, reading: Reading) -> Reply:
    """ReceivePaymentAdd: to the invoices that it names, or with IsAutoApply to the oldest that are open."""
    company, given = work.company, reading.record["ReceivePaymentAdd"]
    if work.faults.strikes("locked"):
        raise Refusal(3175, _KIND)
    require(given, switched_off(company.settings))
    left_out = ("AppliedToTxnAdd", "IsAutoApply", "defMacro")
    header = {name: value for name, value in given.items() if name not in left_out and value not in ("", {})}
    settle(company, header, _KIND)
    header.setdefault("TxnDate", work.now.date().isoformat())
    require_open(company, _KIND, day(header["TxnDate"], "TxnDate"))
    parts = _named(work, given) if "AppliedToTxnAdd" in given else _oldest(work, header, given)
    applied = sum((amount for _, amount in parts), ZERO)
    total = Decimal(header.get("TotalAmount") or applied)
    if applied > total:
        raise Refusal(3210, "PaymentAmount", money(applied), "You cannot pay more than the amount due.")
    header |= {"TotalAmount": money(total), "UnusedPayment": money(total - applied), "UnusedCredits": "0.00"}
    header.setdefault("ARAccountRef", {"ListID": _account(work, "AccountType", "AccountsReceivable")})
    header.setdefault("DepositToAccountRef", {"ListID": _account(work, "Name", "Undeposited Funds")})
    entry = company.post(_KIND, header, work.now)
    for invoice, amount in parts:
        link(company, invoice, entry, _KIND, amount, work)
    entry["AppliedToTxnRet"] = [_applied(invoice, amount) for invoice, amount in parts]
    move_balance(company, entry, -total)
    if "defMacro" in given:
        work.macros[given["defMacro"]] = entry["TxnID"]
    return Reply(rets=[(f"{_KIND}Ret", shown(entry))], only=reading.record.get("IncludeRetElement", ()))


def _named(work: Work, given: Record) -> list[tuple[Record, Decimal]]:
    parts = []
    for one in given["AppliedToTxnAdd"]:
        identity = macro_or_id(work, one["TxnID"])
        invoice = work.company.transactions.get("Invoice", {}).get(identity)
        if invoice is None:
            raise Refusal(3120, identity)
        amount = Decimal(one.get("PaymentAmount") or "0")
        if amount > Decimal(invoice["BalanceRemaining"]):
            raise Refusal(3210, "PaymentAmount", money(amount), "You cannot pay more than the amount due.")
        parts.append((invoice, amount))
    return parts


def _oldest(work: Work, header: Record, given: Record) -> list[tuple[Record, Decimal]]:
    left = Decimal(header.get("TotalAmount") or "0")
    if given.get("IsAutoApply") != "true":
        return []
    of_customer = header["CustomerRef"]["ListID"]
    invoices = [one for one in work.company.transactions.get("Invoice", {}).values() if one["IsPaid"] == "false"]
    parts = []
    for invoice in sorted(invoices, key=lambda one: str(one["TxnDate"])):
        if invoice["CustomerRef"]["ListID"] == of_customer and left > 0:
            amount = min(left, Decimal(invoice["BalanceRemaining"]))
            parts.append((invoice, amount))
            left -= amount
    return parts


def _applied(invoice: Record, amount: Decimal) -> Record:
    return {
        "TxnID": invoice["TxnID"],
        "TxnType": "Invoice",
        "TxnDate": invoice["TxnDate"],
        "RefNumber": invoice.get("RefNumber", ""),
        "BalanceRemaining": invoice["BalanceRemaining"],
        "Amount": money(amount),
    }


def _account(work: Work, element: str, value: str) -> str:
    for list_id, entry in work.company.lists.get("Account", {}).items():
        if entry.get(element) == value:
            return list_id
    raise Refusal(3150, "DepositToAccountRef" if element == "Name" else "ARAccountRef")
