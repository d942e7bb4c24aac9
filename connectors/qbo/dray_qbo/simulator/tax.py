"""Tax on a sales form: US sales tax (automated or by the code of the form), and VAT or GST by the codes of its lines.

Exact: each rate is taken on the sum of what it applies to and rounded to the cent, half away from zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dray_qbo.simulator import exact
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.lines import Lines
from dray_qbo.simulator.refusals import Refusal, business, not_found

TAXED, UNTAXED = "TAX", "NON"


def tax(company: Company, form: Record, lines: Lines) -> Decimal:
    """Computes the form's tax; sets its TxnTaxDetail and the TaxCodeRef of every line. Returns the total.

    Refusal 6100, 6160, 6170, 2500 or 6000 for codes that do not fit.
    """
    settings = company.settings
    if settings.american:
        return _sales_tax(company, form, lines)
    if form.get("GlobalTaxCalculation") == "NotApplicable":
        if form.get("TxnTaxDetail", {}).get("TotalTax"):
            raise Refusal(6170, "The TxnTaxDetail attribute is not allowed when GlobalTaxCalculation is NotApplicable.")
        form["TxnTaxDetail"] = {"TotalTax": 0}
        return Decimal(0)
    form.setdefault("GlobalTaxCalculation", "TaxExcluded")
    return _value_added_tax(company, form, lines)


# ---- US ----


def _sales_tax(company: Company, form: Record, lines: Lines) -> Decimal:
    sent = form.pop("TxnTaxDetail", {})
    form.pop("GlobalTaxCalculation", None)
    customer = company.find("Customer", form.get("CustomerRef", {}).get("value", "")) or {}
    taxed = []
    for line in lines.sales:
        detail = line["SalesItemLineDetail"]
        said = detail.get("TaxCodeRef", {}).get("value")
        if said is not None and said not in {TAXED, UNTAXED}:
            raise Refusal(6100, f"Valid Line TaxCodes for US should be TAX or NON. Supplied value:{said}", "TaxCodeRef")
        if not company.settings.using_sales_tax:
            said = UNTAXED
        item = company.find("Item", detail["ItemRef"]["value"]) or {}
        by_itself = TAXED if item.get("Taxable") and customer.get("Taxable", True) else UNTAXED
        detail["TaxCodeRef"] = {"value": said or by_itself}
        if detail["TaxCodeRef"]["value"] == TAXED:
            taxed.append(line)
    code = _code_of(company, form, sent, customer) if taxed else None
    form["TxnTaxDetail"] = {"TotalTax": 0}
    if code is None:
        return Decimal(0)
    net = _after_discount(sum((Decimal(line["Amount"]) for line in taxed), Decimal(0)), form, lines)
    rows = [_row(rate, net) for rate in _rates(company, code)]
    if company.settings.tax_override and company.settings.automated_tax and sent.get("TotalTax") is not None:
        _override(rows, exact.rounded(Decimal(sent["TotalTax"])))
    return _write(form, rows, code["Id"])


def _code_of(company: Company, form: Record, sent: Record, customer: Record) -> Record | None:
    """Automated tax goes by where the goods go; without it, the form has to name the code."""
    if not customer.get("Taxable", True):
        return None
    if company.settings.automated_tax:
        place = form.get("ShipAddr") or form.get("BillAddr") or {}
        identity = company.settings.tax_by_region.get(place.get("CountrySubDivisionCode", ""))
        return company.find("TaxCode", identity) if identity else None
    named = sent.get("TxnTaxCodeRef")
    return company.find("TaxCode", named["value"]) if named else None


def _override(rows: list[Record], wanted: Decimal) -> None:
    """Spreads a total that was sent over the rates, the rest on the last."""
    computed = sum((Decimal(row["Amount"]) for row in rows), Decimal(0))
    left = wanted
    for row in rows[:-1]:
        share = exact.rounded(wanted * Decimal(row["Amount"]) / computed) if computed else Decimal(0)
        row["Amount"] = exact.money(share)
        left -= share
    if rows:
        rows[-1]["Amount"] = exact.money(left)


# ---- elsewhere ----


def _value_added_tax(company: Company, form: Record, lines: Lines) -> Decimal:
    form.pop("TxnTaxDetail", None)
    if not company.settings.using_sales_tax:
        form["TxnTaxDetail"] = {"TotalTax": 0}
        return Decimal(0)
    inclusive = form["GlobalTaxCalculation"] == "TaxInclusive"
    nets: dict[str, Decimal] = {}
    rates: dict[str, Record] = {}
    for line in lines.sales:
        detail = line["SalesItemLineDetail"]
        code = _line_code(company, detail)
        of_line = list(_rates(company, code))
        if inclusive:
            _split(line, detail, sum((Decimal(rate["RateValue"]) for rate in of_line), Decimal(0)))
        for rate in of_line:
            rates[rate["Id"]] = rate
            nets[rate["Id"]] = nets.get(rate["Id"], Decimal(0)) + Decimal(line["Amount"])
    form["ApplyTaxAfterDiscount"] = True
    rows = [_row(rates[identity], _after_discount(net, form, lines)) for identity, net in nets.items()]
    return _write(form, rows, None)


def _line_code(company: Company, detail: Record) -> Record:
    reference = detail.get("TaxCodeRef")
    if reference is None:
        raise business("Make sure all your transactions have a GST/VAT rate before you save.")
    code = company.find("TaxCode", reference["value"])
    if code is None:
        raise not_found("TaxCodes", reference["value"])
    if not code.get("Active", True) or code.get("Hidden"):
        raise Refusal(6160, f"The TaxCode {code['Id']} cannot be used to create a transaction.", "TaxCodeRef")
    return code


def _split(line: Record, detail: Record, percent: Decimal) -> None:
    """What is inclusive becomes net and gross; a gross that was sent decides."""
    gross = detail.get("TaxInclusiveAmt")
    if gross is None:
        gross = exact.rounded(Decimal(line["Amount"]) * (1 + percent / 100))
    else:
        line["Amount"] = exact.money(Decimal(gross) / (1 + percent / 100))
    detail["TaxInclusiveAmt"] = exact.money(Decimal(gross))


# ---- both ----


def _rates(company: Company, code: Record) -> Iterator[Record]:
    for part in code.get("SalesTaxRateList", {}).get("TaxRateDetail", []):
        rate = company.find("TaxRate", part["TaxRateRef"]["value"])
        if rate is not None:
            yield rate


def _after_discount(net: Decimal, form: Record, lines: Lines) -> Decimal:
    if not form.get("ApplyTaxAfterDiscount") or not lines.discount or not lines.subtotal:
        return net
    return exact.rounded(net - lines.discount * net / lines.subtotal)


def _row(rate: Record, net: Decimal) -> Record:
    percent = Decimal(rate["RateValue"])
    return {
        "Amount": exact.money(net * percent / 100),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate["Id"]},
            "PercentBased": True,
            "TaxPercent": exact.plain(percent),
            "NetAmountTaxable": exact.money(net),
        },
    }


def _write(form: Record, rows: list[Record], code: str | None) -> Decimal:
    total = sum((Decimal(row["Amount"]) for row in rows), Decimal(0))
    detail: Record = {"TxnTaxCodeRef": {"value": code}} if code else {}
    detail["TotalTax"] = exact.money(total)
    if rows:
        detail["TaxLine"] = rows
    form["TxnTaxDetail"] = detail
    return total
