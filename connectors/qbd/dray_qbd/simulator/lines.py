"""The lines of an invoice or credit memo: items, amounts, discounts, subtotals, groups, and what of them is taxed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from dray_qbd.simulator.checker import LINES, Record
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.custom_fields import valued
from dray_qbd.simulator.moments import day
from dray_qbd.simulator.references import settle
from dray_qbd.simulator.statuses import Refusal

CENT = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(slots=True)
class Form:
    """A sales form while its lines are worked out.

    `total` sums what is owed, `taxable` what of it is taxed. `above` is the amount that a discount on the next line
    would apply to; None where a discount cannot stand.
    """

    company: Company
    kind: str
    now: datetime
    total: Decimal = ZERO
    taxable: Decimal = ZERO
    above: Decimal | None = None
    section: Decimal = ZERO
    lines: list[tuple[str, Record]] = field(default_factory=list)

    @property
    def where(self) -> str:
        """How a refusal names a line."""
        return f"{self.kind} line"

    def line_id(self) -> str:
        """A new TxnLineID."""
        return f"{self.company.count('txn'):X}-{int(self.now.timestamp())}"


def add_line(form: Form, name: str, given: Record) -> None:
    """Works out one XxxLineAdd or XxxLineGroupAdd and puts its Ret at the end of the form. Refusal 3140, 3290."""
    if name.endswith("LineGroupAdd"):
        _add_group(form, given)
        return
    line = {key: value for key, value in given.items() if value != "" and key not in _NOT_SHOWN}
    settle(form.company, line, form.where)
    if line.get("ServiceDate"):
        day(line["ServiceDate"], "ServiceDate")
    if "LinkToTxn" in given:
        raise Refusal(3120, given["LinkToTxn"]["TxnID"])  # estimates and sales orders: this company file has none
    if fields := given.get("DataExt"):
        line["DataExtRet"] = [valued(form.company, one) for one in fields]
    line.setdefault("TxnLineID", form.line_id())
    _work_out(form, line)
    form.lines.append((f"{form.kind}LineRet", line))


_NOT_SHOWN = ("defMacro", "LinkToTxn", "DataExt", "OptionForPriceRuleConflict")


def _work_out(form: Form, line: Record) -> None:
    reference = line.get("ItemRef")
    if not reference:
        if line.get("Amount") or line.get("Rate") or line.get("Quantity"):
            raise Refusal(3150, "ItemRef")
        return
    kind = form.company.kinds[reference["ListID"]]
    item = form.company.lists[kind][reference["ListID"]]
    if kind in ("ItemGroup", "ItemSalesTax", "ItemSalesTaxGroup"):
        raise Refusal(3140, "Item", form.company.full_names[reference["ListID"]], form.where)
    line.setdefault("Desc", _description(item))
    if not line["Desc"]:
        del line["Desc"]
    if kind == "ItemSubtotal":
        _subtotal(form, line, item)
    elif kind == "ItemDiscount":
        _discount(form, line, item)
    else:
        _charge(form, line, item)


def _subtotal(form: Form, line: Record, item: Record) -> None:
    if form.above is None:
        raise Refusal(3290, item["Name"])
    line["Amount"] = money(form.section)
    form.above, form.section = form.section, ZERO


def _discount(form: Form, line: Record, item: Record) -> None:
    if form.above is None:
        raise Refusal(3290, item["Name"])
    percent = line.get("RatePercent") or (None if _priced(line) else item.get("DiscountRatePercent"))
    if line.get("Amount"):
        amount = -abs(Decimal(line["Amount"]))
    elif percent:
        line["RatePercent"] = plain(-abs(Decimal(percent)))
        amount = _cents(form.above * -abs(Decimal(percent)) / 100)
    else:
        amount = -abs(_cents(Decimal(line.get("Rate") or item.get("DiscountRate") or "0")))
    _count(form, line, amount, item)


def _charge(form: Form, line: Record, item: Record) -> None:
    quantity = Decimal(line["Quantity"]) if line.get("Quantity") else None
    if line.get("Amount"):
        amount = Decimal(line["Amount"])
        if quantity and _cents(quantity * Decimal(line.get("Rate") or "0")) != amount:
            line["Rate"] = price(amount / quantity)  # the amount wins, QuickBooks works out the rate anew
    else:
        rate = Decimal(line["Rate"]) if line.get("Rate") else _list_price(item)
        if percent := line.get("RatePercent"):
            rate = (form.above or ZERO) * Decimal(percent) / 100
        else:
            line["Rate"] = price(rate)
        amount = _cents(rate * (1 if quantity is None else quantity))
    if quantity is not None:
        line["Quantity"] = plain(quantity)
    if line.get("Rate"):
        line["Rate"] = price(Decimal(line["Rate"]))
    _count(form, line, amount, item)


def _count(form: Form, line: Record, amount: Decimal, item: Record) -> None:
    line["Amount"] = money(amount)
    form.total += amount
    form.section += amount
    form.above = amount
    if not form.company.settings.sales_tax:
        return
    code = line.get("SalesTaxCodeRef") or item.get("SalesTaxCodeRef")
    if code:
        line["SalesTaxCodeRef"] = code
        if form.company.lists["SalesTaxCode"][code["ListID"]]["IsTaxable"] == "true":
            form.taxable += amount


def _add_group(form: Form, given: Record) -> None:
    head = {key: value for key, value in given.items() if key in ("ItemGroupRef", "Quantity", "TxnLineID") and value}
    settle(form.company, head, form.where)
    group = form.company.lists["ItemGroup"][head["ItemGroupRef"]["ListID"]]
    times = Decimal(head.get("Quantity") or "1")
    before, kept, form.lines = form.total, form.lines, []
    for part in group.get("ItemGroupLine", ()):
        if "ItemRef" in part:
            quantity = plain(Decimal(part.get("Quantity") or "1") * times)
            add_line(form, "LineAdd", {"ItemRef": dict(part["ItemRef"]), "Quantity": quantity})
    inner, form.lines = form.lines, kept
    ret: Record = {
        "TxnLineID": head.get("TxnLineID") or form.line_id(),
        "ItemGroupRef": head["ItemGroupRef"],
        "Desc": group.get("ItemDesc", ""),
        "Quantity": plain(times),
        "IsPrintItemsInGroup": group.get("IsPrintItemsInGroup", "false"),
        "TotalAmount": money(form.total - before),
        f"{form.kind}LineRet": [line for _, line in inner],
    }
    form.above = form.total - before
    form.lines.append((f"{form.kind}LineGroupRet", ret))


def zeroed(lines: list[tuple[str, Record]], kind: str) -> None:
    """Sets every amount of the lines to nothing, as voiding does."""
    for _, line in lines:
        for name in ("Amount", "TotalAmount"):
            if name in line:
                line[name] = "0.00"
        for name in ("Rate", "RatePercent"):
            line.pop(name, None)
        zeroed([(LINES, inner) for inner in line.get(f"{kind}LineRet", ())], kind)


def _description(item: Record) -> str:
    sale = item.get("SalesOrPurchase") or {}
    both = item.get("SalesAndPurchase") or {}
    text: str = sale.get("Desc") or both.get("SalesDesc") or item.get("SalesDesc") or item.get("ItemDesc") or ""
    return text


def _list_price(item: Record) -> Decimal:
    sale = item.get("SalesOrPurchase") or {}
    both = item.get("SalesAndPurchase") or {}
    return Decimal(sale.get("Price") or both.get("SalesPrice") or item.get("SalesPrice") or "0")


def _priced(line: Record) -> bool:
    return bool(line.get("Amount") or line.get("Rate"))


def _cents(value: Decimal) -> Decimal:
    """Rounded to the cent, a half away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def money(value: Decimal) -> str:
    """An AMTTYPE: two decimals, a half rounded away from zero, and never minus nothing."""
    return str(_cents(value) + ZERO if value else _cents(ZERO))


def price(value: Decimal) -> str:
    """A PRICETYPE: two to five decimals."""
    text = str(value.quantize(Decimal("0.00001"), ROUND_HALF_UP))
    while text.endswith("0") and not text.endswith(".00") and len(text) - text.index(".") > 3:
        text = text[:-1]
    return text


def plain(value: Decimal) -> str:
    """A QUANTYPE or PERCENTTYPE: at most five decimals, none that say nothing."""
    text = f"{value.quantize(Decimal('0.00001'), ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return text if text not in ("-0", "") else "0"
