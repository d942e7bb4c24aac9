"""Invoices and credit memos: adding, changing, what they total, and what they do to a customer's balance."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dray_qbd.simulator.checker import LINES, Reading, Record
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.elements import block
from dray_qbd.simulator.features import require, switched_off
from dray_qbd.simulator.lines import CENT, ZERO, Form, add_line, money, plain
from dray_qbd.simulator.moments import day, due
from dray_qbd.simulator.references import settle
from dray_qbd.simulator.replies import Reply, Work, shown
from dray_qbd.simulator.statuses import Refusal

_HEADER_ONLY = ("defMacro", "LinkToTxnID", "SetCredit", LINES)


def add(work: Work, reading: Reading) -> Reply:
    """InvoiceAdd and CreditMemoAdd."""
    kind = reading.name.removesuffix("AddRq")
    company, given = work.company, reading.record[f"{reading.name.removesuffix('Rq')}"]
    if work.faults.strikes("locked"):
        raise Refusal(3175, kind)
    require(given, switched_off(company.settings))
    header = {name: value for name, value in given.items() if name not in _HEADER_ONLY and value not in ("", {})}
    settle(company, header, kind)
    issued = _issued(work, header)
    require_open(company, kind, issued)
    form = Form(company, kind, work.now)
    for name, line in given.get(LINES, ()):
        add_line(form, name, line)
    _complete(company, header, kind, issued)
    totals = _totals(company, header, form)
    credited = [_credit(company, one, totals) for one in given.get("SetCredit", ())]
    for identity in given.get("LinkToTxnID", ()):
        raise Refusal(3120, identity)  # estimates and sales orders: this company file has none
    if not header.get("RefNumber"):
        header["RefNumber"] = company.next_number(kind)
    entry = company.post(kind, {**header, **totals, LINES: form.lines}, work.now)
    move_balance(company, entry, owed(kind, entry))
    for credit, amount in credited:
        link(company, entry, credit, "CreditMemo", amount, work)
    if "defMacro" in given:
        work.macros[given["defMacro"]] = entry["TxnID"]
    return _reply(kind, entry, reading)


def modify(work: Work, reading: Reading) -> Reply:
    """InvoiceMod. Without line elements the lines stay; with them, those that are not listed are deleted."""
    kind, company, given = "Invoice", work.company, reading.record["InvoiceMod"]
    entry = company.transactions.get(kind, {}).get(given["TxnID"])
    if entry is None:
        raise Refusal(3120, given["TxnID"])
    if given["EditSequence"] != entry["EditSequence"]:
        raise Refusal(3200, given["EditSequence"], ret=(f"{kind}Ret", shown(entry)))
    if work.faults.strikes("locked"):
        raise Refusal(3175, kind)
    require(given, switched_off(company.settings))
    changes = {name: value for name, value in given.items() if name not in (*_HEADER_ONLY, "TxnID", "EditSequence")}
    settle(company, {name: value for name, value in changes.items() if value}, kind)
    require_open(company, kind, day(entry["TxnDate"], "TxnDate"))
    header = {name: value for name, value in {**entry, **changes}.items() if value not in ("", {})}
    issued = _issued(work, header)
    require_open(company, kind, issued)
    form = Form(company, kind, work.now)
    for name, line in _lines_after(entry, given.get(LINES), kind):
        add_line(form, name, line)
    _complete(company, header, kind, issued)
    totals = _totals(company, header, form)
    applied = Decimal(entry["AppliedAmount"])
    balance = Decimal(totals["BalanceRemaining"]) + applied
    if balance < 0:
        raise Refusal(3180, kind, "More has been paid on this transaction than it would come to.")
    totals |= {"AppliedAmount": money(applied), "BalanceRemaining": money(balance), "IsPaid": _flag(balance == 0)}
    credited = [_credit(company, one, totals) for one in given.get("SetCredit", ())]
    move_balance(company, entry, -owed(kind, entry))
    number = header.get("RefNumber", "")
    if number != entry.get("RefNumber", ""):
        company.renumber(kind, entry, number)
    kept = {name: entry[name] for name in ("TxnID", "TimeCreated", "EditSequence", "TxnNumber")}
    entry.clear()
    entry.update({**header, **totals, **kept, LINES: form.lines})
    company.touch(entry, work.now)
    move_balance(company, entry, owed(kind, entry))
    for credit, amount in credited:
        link(company, entry, credit, "CreditMemo", amount, work)
    return _reply(kind, entry, reading)


def _reply(kind: str, entry: Record, reading: Reading) -> Reply:
    return Reply(rets=[(f"{kind}Ret", shown(entry))], only=reading.record.get("IncludeRetElement", ()))


def _issued(work: Work, header: Record) -> date:
    header.setdefault("TxnDate", work.now.date().isoformat())
    for name in ("DueDate", "ShipDate"):
        if header.get(name):
            day(header[name], name)
    return day(header["TxnDate"], "TxnDate")


def require_open(company: Company, kind: str, issued: date) -> None:
    """Refusal 3171 for a day on or before the closing date."""
    closing = company.settings.closing_date
    if closing and issued.isoformat() <= closing:
        raise Refusal(3171, kind)


def _complete(company: Company, header: Record, kind: str, issued: date) -> None:
    """What QuickBooks fills in from the customer, the terms and its defaults."""
    customer = company.lists["Customer"][header["CustomerRef"]["ListID"]]
    for name in ("BillAddress", "ShipAddress", "TermsRef", "SalesRepRef"):
        if customer.get(name) and not header.get(name):
            header[name] = customer[name]
    for name in ("BillAddress", "ShipAddress"):
        if header.get(name):
            header[f"{name}Block"] = block(header[name])
    terms = header.get("TermsRef")
    found = company.by_id(terms["ListID"]) if terms else None
    _default(header, "ARAccountRef", _first(company, "Account", "AccountType", "AccountsReceivable"))
    _default(header, "TemplateRef", _first(company, "Template", "TemplateType", kind))
    _default(header, "DueDate", due(found[1] if found else None, issued).isoformat())
    _default(header, "ShipDate", issued.isoformat())
    for name in ("IsPending", "IsToBePrinted", "IsToBeEmailed", *(("IsFinanceCharge",) if kind == "Invoice" else ())):
        _default(header, name, "false")
    if company.settings.sales_tax and company.settings.country == "US":
        _default(header, "CustomerSalesTaxCodeRef", customer.get("SalesTaxCodeRef"))
        _default(header, "ItemSalesTaxRef", customer.get("ItemSalesTaxRef") or _first(company, "ItemSalesTax"))
    if header["IsToBeEmailed"] == "true" and not customer.get("Email"):
        raise Refusal(3210, "IsToBeEmailed", "true", "The customer has no e-mail address.")


def _default(header: Record, name: str, value: str | Record | None) -> None:
    if value:
        header.setdefault(name, value)


def _first(company: Company, kind: str, element: str = "", value: str = "") -> Record | None:
    for list_id, entry in company.lists.get(kind, {}).items():
        if entry.get("IsActive") != "false" and (not element or entry.get(element) == value):
            return {"ListID": list_id}
    return None


def _totals(company: Company, header: Record, form: Form) -> Record:
    percent = _tax_percent(company, header)
    taxed = form.taxable if _customer_is_taxed(company, header) else ZERO
    tax = (taxed * percent / 100).quantize(CENT, ROUND_HALF_UP)
    total = form.total + tax
    if total < 0:
        raise Refusal(3180, form.kind, "Transaction amount must be positive.")
    totals: Record = {"Subtotal": money(form.total)}
    if company.settings.sales_tax:
        totals |= {"SalesTaxPercentage": _percentage(percent), "SalesTaxTotal": money(tax)}
    if form.kind == "CreditMemo":
        return totals | {"TotalAmount": money(total), "CreditRemaining": money(total)}
    balance = {"AppliedAmount": "0.00", "BalanceRemaining": money(total), "IsPaid": _flag(total == 0)}
    return totals | balance


def _tax_percent(company: Company, header: Record) -> Decimal:
    reference = header.get("ItemSalesTaxRef")
    found = company.by_id(reference["ListID"]) if reference else None
    if found is None:
        return ZERO
    if found[0] == "ItemSalesTax":
        return Decimal(found[1].get("TaxRate") or "0")
    rates = company.lists["ItemSalesTax"]
    parts = found[1].get("ItemSalesTaxRef", ())
    return sum((Decimal(rates[part["ListID"]].get("TaxRate") or "0") for part in parts), ZERO)


def _customer_is_taxed(company: Company, header: Record) -> bool:
    code = header.get("CustomerSalesTaxCodeRef")
    return not code or company.lists["SalesTaxCode"][code["ListID"]]["IsTaxable"] == "true"


def _credit(company: Company, given: Record, totals: Record) -> tuple[Record, Decimal]:
    credit = company.transactions.get("CreditMemo", {}).get(given["CreditTxnID"])
    if credit is None:
        raise Refusal(3120, given["CreditTxnID"])
    amount = Decimal(given["AppliedAmount"])
    if amount > Decimal(credit["CreditRemaining"]) or amount > Decimal(totals["BalanceRemaining"]):
        raise Refusal(3210, "AppliedAmount", given["AppliedAmount"], "You cannot apply more than what is left.")
    return credit, amount


def link(company: Company, invoice: Record, other: Record, kind: str, amount: Decimal, work: Work) -> None:
    """Applies money from a payment or credit memo to an invoice. The invoice's TimeModified stays: nobody edited it."""
    applied = Decimal(invoice["AppliedAmount"]) - amount
    balance = Decimal(invoice["BalanceRemaining"]) - amount
    invoice |= {"AppliedAmount": money(applied), "BalanceRemaining": money(balance), "IsPaid": _flag(balance == 0)}
    invoice.setdefault("LinkedTxn", []).append(_linked(other, kind, amount))
    if kind == "CreditMemo":
        other["CreditRemaining"] = money(Decimal(other["CreditRemaining"]) - amount)
        other.setdefault("LinkedTxn", []).append(_linked(invoice, "Invoice", amount))


def _linked(one: Record, kind: str, amount: Decimal) -> Record:
    return {
        "TxnID": one["TxnID"],
        "TxnType": kind,
        "TxnDate": one["TxnDate"],
        "RefNumber": one.get("RefNumber", ""),
        "LinkType": "AMTTYPE",
        "Amount": money(-amount),
    }


def move_balance(company: Company, entry: Record, amount: Decimal) -> None:
    """Adds to what a customer owes, and to the total of every customer above a job."""
    found = company.by_id(entry["CustomerRef"]["ListID"])
    if found is None:
        return
    customer: Record | None = found[1]
    found[1]["Balance"] = money(Decimal(found[1].get("Balance", "0")) + amount)
    while customer:
        customer["TotalBalance"] = money(Decimal(customer.get("TotalBalance", "0")) + amount)
        above = company.by_id(customer["ParentRef"]["ListID"]) if "ParentRef" in customer else None
        customer = above[1] if above else None


def owed(kind: str, entry: Record) -> Decimal:
    """What a transaction adds to the customer's balance, whatever has been applied to it since."""
    if kind == "Invoice":
        return Decimal(entry["BalanceRemaining"]) - Decimal(entry["AppliedAmount"])
    return -Decimal(entry["TotalAmount"])


def _lines_after(entry: Record, given: list[tuple[str, Record]] | None, kind: str) -> list[tuple[str, Record]]:
    """The lines that an InvoiceMod leaves, as if they were added."""
    old = {line["TxnLineID"]: (name, line) for name, line in entry.get(LINES, ())}
    if given is None:
        return [(name.replace("Ret", "Add"), _as_added(line)) for name, line in old.values()]
    after: list[tuple[str, Record]] = []
    for name, line in given:
        identity = line["TxnLineID"]
        if identity == "-1":
            after.append((name.replace("Mod", "Add"), {k: v for k, v in line.items() if k != "TxnLineID"}))
        elif identity in old:
            after.append((old[identity][0].replace("Ret", "Add"), _changed(_as_added(old[identity][1]), line)))
        else:
            raise Refusal(3120, identity)
    return after


def _as_added(line: Record) -> Record:
    return {name: value for name, value in line.items() if name not in ("IsPrintItemsInGroup", "TotalAmount")}


def _changed(line: Record, changes: Record) -> Record:
    repriced = {"Quantity", "Rate", "RatePercent", "ItemRef", "PriceLevelRef"} & changes.keys()
    if repriced and "Amount" not in changes:
        line.pop("Amount", None)
    if "Amount" in changes and "Rate" not in changes:
        line.pop("Rate", None)
    if "ItemRef" in changes:
        for name in ("Rate", "Desc", "SalesTaxCodeRef"):
            line.pop(name, None)
    return {**line, **changes}


def _percentage(percent: Decimal) -> str:
    text = plain(percent)
    return text if "." in text and len(text.split(".")[1]) > 1 else f"{percent:.2f}"


def _flag(value: bool) -> str:
    return "true" if value else "false"
