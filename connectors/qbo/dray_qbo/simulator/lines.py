"""The lines of a sales form: amounts, numbers, discounts, and the subtotal that QuickBooks Online adds itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from dray_qbo.simulator import exact
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.refusals import Refusal, missing

DEFAULT_ITEM = "1"
DISCOUNT_ACCOUNT = "86"


@dataclass(slots=True)
class Lines:
    """A form's lines. `sales` are all that carry an amount to be taxed, those inside groups too."""

    shown: list[Record] = field(default_factory=list)
    sales: list[Record] = field(default_factory=list)
    discount_line: Record | None = None
    discount: Decimal = Decimal(0)

    @property
    def subtotal(self) -> Decimal:
        """What the sales lines come to, before discount and tax."""
        return sum((Decimal(line["Amount"]) for line in self.sales), Decimal(0))

    def written(self) -> list[Record]:
        """As they go over the wire: the subtotal behind the lines, the discount behind the subtotal."""
        total: Record = {
            "Amount": exact.money(self.subtotal),
            "DetailType": "SubTotalLineDetail",
            "SubTotalLineDetail": {},
        }
        return [*self.shown, total, *([self.discount_line] if self.discount_line else [])]


def lay_out(company: Company, sent: list[Record], old: list[Record]) -> Lines:
    """The lines that a client sent, completed. A line that names an Id of the old ones keeps it; others get new ones.

    Refusal 2020, 2250, 2290 where they do not hold together; 6070 where Amount is not Qty times UnitPrice.
    """
    lines = Lines()
    identities = _Identities(old)
    discounts = []
    for line in sent:
        kind = line.get("DetailType")
        if kind is None:
            raise missing("Line.DetailType")
        if kind == "DiscountLineDetail":
            discounts.append(line)
        elif kind != "SubTotalLineDetail":
            lines.shown.append(_LAYOUTS[kind](company, line, lines, identities))
    if not lines.sales:
        raise Refusal(2250, "You must enter at least one split line.", "Line")
    for at, line in enumerate(lines.shown, 1):
        line["LineNum"] = at
    for line in discounts:
        _discount(company, line, lines, identities)
    return lines


class _Identities:
    """Ids of the lines of one transaction: an Id is used once, also by lines that are gone."""

    def __init__(self, old: list[Record]) -> None:
        self.known = {line["Id"] for line in old if "Id" in line}
        for line in old:
            inside = line.get("GroupLineDetail", {}).get("Line", [])
            self.known.update(inner["Id"] for inner in inside if "Id" in inner)
        self.last = max((int(one) for one in self.known if one.isdecimal()), default=0)

    def of(self, line: Record) -> str:
        if str(line.get("Id", "")) in self.known:
            self.known.discard(str(line["Id"]))
            return str(line["Id"])
        self.last += 1
        return str(self.last)


def _sale(company: Company, line: Record, lines: Lines, identities: _Identities) -> Record:
    detail = line.get("SalesItemLineDetail")
    if detail is None:
        detail = {}
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    amount = Decimal(line["Amount"])
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity == 0 and price == 0:
        quantity = price = None
    discounted = detail.get("DiscountRate") or detail.get("DiscountAmt")
    if quantity is not None and price is not None and not discounted:
        product = exact.rounded(Decimal(quantity) * Decimal(price))
        stated = {exact.rounded(amount), exact.rounded(Decimal(detail.get("TaxInclusiveAmt") or amount))}
        if product not in stated:
            supplied = f"Supplied value:{_grouped(amount)}"
            raise Refusal(6070, f"Amount is not equal to UnitPrice * Qty. {supplied}", "Line.Amount")
    shown: Record = {"ServiceDate": detail.get("ServiceDate"), "ItemRef": detail.get("ItemRef")}
    shown["ItemRef"] = shown["ItemRef"] or {"value": DEFAULT_ITEM}
    if company.settings.class_per_line:
        shown["ClassRef"] = detail.get("ClassRef")
    elif detail.get("ClassRef") and company.settings.features_refused:
        raise Refusal(5030, "Feature Not Supported Error : Class tracking per line is not enabled.", "Line.ClassRef")
    shown |= {"UnitPrice": price, "Qty": quantity}
    for name in ("DiscountRate", "DiscountAmt", "TaxCodeRef"):
        shown[name] = detail.get(name)
    shown["TaxInclusiveAmt"] = detail.get("TaxInclusiveAmt") or None
    entry = {
        "Id": identities.of(line),
        "LineNum": 0,
        "Description": line.get("Description"),
        "Amount": exact.money(amount),
        "LinkedTxn": line.get("LinkedTxn") or None,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {name: held for name, held in shown.items() if held is not None},
    }
    entry = {name: held for name, held in entry.items() if held is not None}
    lines.sales.append(entry)
    return entry


def _description(_company: Company, line: Record, _lines: Lines, identities: _Identities) -> Record:
    entry: Record = {"Id": identities.of(line), "LineNum": 0}
    if line.get("Description"):
        entry["Description"] = line["Description"]
    detail = {name: held for name, held in line.get("DescriptionLineDetail", {}).items() if name == "ServiceDate"}
    return {**entry, "DetailType": "DescriptionOnly", "DescriptionLineDetail": detail}


def _group(company: Company, line: Record, lines: Lines, identities: _Identities) -> Record:
    detail = line.get("GroupLineDetail", {})
    group = detail.get("GroupItemRef")
    if group is None:
        raise missing("Line.GroupLineDetail.GroupItemRef")
    quantity = Decimal(detail.get("Quantity", 1))
    entry: Record = {"Id": identities.of(line), "LineNum": 0}
    if line.get("Description"):
        entry["Description"] = line["Description"]
    members = detail.get("Line") or _members(company, group["value"], quantity)
    inside = [_sale(company, member, lines, identities) for member in members]
    for at, member in enumerate(inside, 1):
        member["LineNum"] = at
    total = sum((Decimal(member["Amount"]) for member in inside), Decimal(0))
    shown = {"GroupItemRef": group, "Quantity": exact.plain(quantity), "Line": inside}
    return {**entry, "Amount": exact.money(total), "DetailType": "GroupLineDetail", "GroupLineDetail": shown}


def _members(company: Company, group: str, quantity: Decimal) -> list[Record]:
    """The lines that a bundle is made of, at the prices of its items."""
    item = company.find("Item", group) or {}
    found = []
    for part in item.get("ItemGroupDetail", {}).get("ItemGroupLine", []):
        member = company.find("Item", part["ItemRef"]["value"]) or {}
        price, count = Decimal(member.get("UnitPrice", 0)), Decimal(part.get("Qty", 1)) * quantity
        detail = {"ItemRef": {"value": part["ItemRef"]["value"]}, "UnitPrice": exact.plain(price)}
        found.append(
            {
                "Description": member.get("Description"),
                "Amount": exact.rounded(price * count),
                "SalesItemLineDetail": {**detail, "Qty": exact.plain(count)},
            }
        )
    return found


def _discount(company: Company, line: Record, lines: Lines, identities: _Identities) -> None:
    if not company.settings.allow_discount:
        if company.settings.features_refused:
            raise Refusal(5030, "Feature Not Supported Error : Discounts are not enabled.", "Line")
        return
    detail = line.get("DiscountLineDetail", {})
    if detail.get("PercentBased"):
        percent = detail.get("DiscountPercent")
        if percent is None:
            raise Refusal(6090, "Discount amount or percent should be provided.", "Line.DiscountLineDetail")
        if not 0 <= percent <= 100:
            raise Refusal(2150, f"Percent value is invalid. Supplied value:{percent}", "DiscountPercent")
        amount = exact.rounded(lines.subtotal * Decimal(percent) / 100)
        shown: Record = {"PercentBased": True, "DiscountPercent": exact.plain(percent)}
    elif line.get("Amount") is None:
        raise Refusal(6090, "Discount amount or percent should be provided.", "Line.DiscountLineDetail")
    else:
        amount, shown = exact.rounded(Decimal(line["Amount"])), {"PercentBased": False}
    if amount < 0:
        raise Refusal(2150, f"A discount is positive. Supplied value:{amount}", "Line.Amount")
    account = detail.get("DiscountAccountRef") or {"value": DISCOUNT_ACCOUNT}
    lines.discount += amount
    lines.discount_line = {
        "Id": identities.of(line),
        "Amount": exact.money(lines.discount),
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {**shown, "DiscountAccountRef": account},
    }


def _grouped(amount: Decimal) -> str:
    return f"{exact.plain(amount):,}"


_LAYOUTS: Mapping[str, Callable[[Company, Record, Lines, _Identities], Record]] = {
    "SalesItemLineDetail": _sale,
    "DescriptionOnly": _description,
    "GroupLineDetail": _group,
}
