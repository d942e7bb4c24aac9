"""References from one object to another: what each may point at, and what QuickBooks says if it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dray_qbd.simulator.statuses import Refusal

if TYPE_CHECKING:
    from dray_qbd.simulator.company import Company

ITEMS = (
    "ItemService",
    "ItemNonInventory",
    "ItemOtherCharge",
    "ItemInventory",
    "ItemInventoryAssembly",
    "ItemFixedAsset",
    "ItemSubtotal",
    "ItemDiscount",
    "ItemPayment",
    "ItemSalesTax",
    "ItemSalesTaxGroup",
    "ItemGroup",
)


@dataclass(frozen=True, slots=True)
class Target:
    """The lists that a reference may point into, and the name that a refusal calls them by."""

    title: str
    kinds: tuple[str, ...]


_ACCOUNT = Target("Account", ("Account",))
_TAX_CODE = Target("SalesTaxCode", ("SalesTaxCode",))
_TAX_ITEM = Target("Item", ("ItemSalesTax", "ItemSalesTaxGroup"))
_VENDOR = Target("Vendor", ("Vendor",))
_SITE = Target("InventorySite", ("InventorySite",))
_UNITS = Target("UnitOfMeasureSet", ("UnitOfMeasureSet",))

TARGETS: Mapping[str, Target] = {
    "ARAccountRef": _ACCOUNT,
    "AccountRef": _ACCOUNT,
    "ClassRef": Target("Class", ("Class",)),
    "CurrencyRef": Target("Currency", ("Currency",)),
    "CustomerMsgRef": Target("CustomerMsg", ("CustomerMsg",)),
    "CustomerRef": Target("Customer", ("Customer",)),
    "CustomerSalesTaxCodeRef": _TAX_CODE,
    "CustomerTypeRef": Target("CustomerType", ("CustomerType",)),
    "DepositToAccountRef": _ACCOUNT,
    "DiscountAccountRef": _ACCOUNT,
    "DiscountClassRef": Target("Class", ("Class",)),
    "ExpenseAccountRef": _ACCOUNT,
    "IncomeAccountRef": _ACCOUNT,
    "InventorySiteLocationRef": _SITE,
    "InventorySiteRef": _SITE,
    "ItemGroupRef": Target("Item", ("ItemGroup",)),
    "ItemRef": Target("Item", ITEMS),
    "ItemSalesTaxRef": _TAX_ITEM,
    "JobTypeRef": Target("JobType", ("JobType",)),
    "OverrideItemAccountRef": _ACCOUNT,
    "OverrideUOMSetRef": _UNITS,
    "PaymentMethodRef": Target("PaymentMethod", ("PaymentMethod",)),
    "PrefVendorRef": _VENDOR,
    "PreferredPaymentMethodRef": Target("PaymentMethod", ("PaymentMethod",)),
    "PriceLevelRef": Target("PriceLevel", ("PriceLevel",)),
    "SalesRepEntityRef": Target("Name", ("Employee", "Vendor", "OtherName")),
    "SalesRepRef": Target("SalesRep", ("SalesRep",)),
    "SalesTaxCodeRef": _TAX_CODE,
    "ShipMethodRef": Target("ShipMethod", ("ShipMethod",)),
    "TaxVendorRef": _VENDOR,
    "TemplateRef": Target("Template", ("Template",)),
    "TermsRef": Target("Terms", ("StandardTerms", "DateDrivenTerms")),
    "UnitOfMeasureSetRef": _UNITS,
}


def settle(company: Company, record: dict[str, Any], where: str) -> None:
    """Turns every reference in `record` into one by ListID. Refusal 3140 names the first that points nowhere."""
    for name, value in record.items():
        if isinstance(value, dict):
            if name in TARGETS:
                record[name] = {"ListID": target_of(company, name, value, where)}
            elif name != "ParentRef":
                settle(company, value, where)
        elif isinstance(value, list):
            for i, one in enumerate(value):
                if isinstance(one, dict) and name in TARGETS:
                    value[i] = {"ListID": target_of(company, name, one, where)}
                elif isinstance(one, dict):
                    settle(company, one, where)


def target_of(company: Company, name: str, reference: dict[str, Any], where: str) -> str:
    """The ListID that a reference points at: by ListID if it has one, else by full name without regard to case.

    Inactive elements cannot be used. Refusal 3140.
    """
    target = TARGETS[name]
    found = look_up(company, target.kinds, reference)
    if found is None or company.lists[company.kinds[found]][found].get("IsActive") == "false":
        raise Refusal(3140, target.title, reference.get("ListID") or reference.get("FullName", ""), where)
    return found


def look_up(company: Company, kinds: tuple[str, ...], reference: dict[str, Any]) -> str | None:
    """The ListID of what a reference names in these lists, or None."""
    if reference.get("ListID"):
        list_id: str = reference["ListID"]
        return list_id if company.kinds.get(list_id) in kinds else None
    found = company.by_name(company.namespace_of(kinds[0]), reference.get("FullName", ""))
    return found[1]["ListID"] if found and found[0] in kinds else None
