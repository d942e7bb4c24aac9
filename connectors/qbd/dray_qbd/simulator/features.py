"""Features of QuickBooks that a company has switched off, or that its country does not know: 3250."""

from __future__ import annotations

from dray_qbd.simulator.checker import LINES, Record
from dray_qbd.simulator.preferences import Settings
from dray_qbd.simulator.statuses import Refusal

_NEVER = frozenset(
    (
        *("UnitOfMeasure", "UnitOfMeasureSetRef", "OverrideUOMSetRef", "InventorySiteRef", "InventorySiteLocationRef"),
        *("SerialNumber", "LotNumber", "CreditCardInfo", "CreditCardTxnInfo"),
    )
)
_TAX = frozenset(("SalesTaxCodeRef", "ItemSalesTaxRef", "CustomerSalesTaxCodeRef"))


def switched_off(settings: Settings) -> frozenset[str]:
    """The elements that this company does not take."""
    off = set(_NEVER)
    if not settings.class_tracking:
        off |= {"ClassRef", "DiscountClassRef"}
    if not settings.multicurrency:
        off |= {"CurrencyRef", "ExchangeRate"}
    if not settings.sales_tax:
        off |= _TAX
    if settings.country != "US":
        off |= {"ItemSalesTaxRef"}
    if not settings.price_levels:
        off |= {"PriceLevelRef"}
    return frozenset(off)


def require(record: Record, off: frozenset[str]) -> None:
    """Refusal 3250 if `record` uses anything that is off."""
    for name, value in record.items():
        if name in off:
            raise Refusal(3250)
        if name == LINES:
            for _, line in value:
                require(line, off)
        elif isinstance(value, dict):
            require(value, off)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    require(one, off)
