"""Invoices, credit memos, sales receipts and estimates: creating, changing, voiding, deleting, sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dray_qbo.simulator import exact, moments
from dray_qbo.simulator.changes import differs, updated
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company, in_order
from dray_qbo.simulator.doc_numbers import number_for
from dray_qbo.simulator.lines import Lines, lay_out
from dray_qbo.simulator.refusals import Reason, Refusal, business, missing
from dray_qbo.simulator.tax import tax

UNDEPOSITED = "4"
_OWED = {"Invoice": 1, "CreditMemo": -1}
_OF_PAYMENTS = ("Payment",)


@dataclass(frozen=True, slots=True)
class Options:
    """What a call asks for beside its body."""

    duplicate_numbers: bool = False
    invoice_link: bool = False


def create(company: Company, kind: str, sent: Record, now: datetime, options: Options) -> Record:
    """Adds a form. Refusal for whatever QuickBooks Online would not take; then nothing was done."""
    _require(kind, sent)
    form = {name: held for name, held in sent.items() if held is not None}
    _compose(company, kind, form, None, now)
    form["DocNumber"] = number_for(
        company,
        kind,
        sent.get("DocNumber"),
        own=None,
        automatic=bool(form.pop("AutoDocNumber", False)),
        duplicates=options.duplicate_numbers,
    )
    entity = company.enter(kind, form, now)
    company.owe(_customer(entity), _owed(kind, entity), now)
    return entity


def update(
    company: Company, kind: str, entity: Record, sent: Record, now: datetime, options: Options, *, sparse: bool
) -> Record:
    """Changes a form. A sent Line replaces all lines. Refusal as create."""
    if not sparse:
        _require(kind, sent)
    form = updated(kind, entity, sent, sparse=sparse)
    form.setdefault("TxnDate", entity["TxnDate"])
    _still_open(company, entity["TxnDate"])
    if "TxnTaxDetail" not in sent:
        form.pop("TxnTaxDetail", None)
    _compose(company, kind, form, entity, now)
    form.pop("AutoDocNumber", None)
    form["DocNumber"] = entity.get("DocNumber")
    wanted = sent.get("DocNumber")
    if wanted and wanted != entity.get("DocNumber") and company.settings.custom_txn_numbers:
        form["DocNumber"] = number_for(
            company, kind, wanted, own=entity["Id"], automatic=False, duplicates=options.duplicate_numbers
        )
    if not differs(entity, in_order(kind, form)):
        return entity
    before, owner = _owed(kind, entity), _customer(entity)
    changed = company.replace(kind, form, now)
    company.owe(owner, -before, now)
    company.owe(_customer(changed), _owed(kind, changed), now)
    return changed


def void(company: Company, kind: str, entity: Record, now: datetime) -> Record:
    """All amounts become 0 and "Voided" is noted; the form and its number stay. Twice is once."""
    _still_open(company, entity["TxnDate"])
    note = entity.get("PrivateNote", "")
    if not Decimal(entity["TotalAmt"]) and note.startswith("Voided"):
        return entity
    form = {**entity, "Line": [_nothing(line) for line in entity["Line"]], "TxnTaxDetail": {"TotalTax": 0}}
    form["PrivateNote"] = f"Voided - {note}" if note else "Voided"
    for name in ("TotalAmt", "Balance", "HomeTotalAmt", "HomeBalance", "RemainingCredit", "Deposit"):
        if name in form:
            form[name] = 0
    if "LinkedTxn" in form:
        form["LinkedTxn"] = [link for link in form["LinkedTxn"] if link["TxnType"] not in _OF_PAYMENTS]
    owed = _owed(kind, entity)
    changed = company.replace(kind, form, now)
    company.owe(_customer(changed), -owed, now)
    return changed


def delete(company: Company, kind: str, entity: Record, now: datetime) -> None:
    """The form is gone for good."""
    _still_open(company, entity["TxnDate"])
    company.remove(kind, entity["Id"], now)
    company.owe(_customer(entity), -_owed(kind, entity), now)


def send(company: Company, kind: str, entity: Record, to: str | None, now: datetime) -> Record:
    """As if the form went out by e-mail. Refusal 6420 without an address."""
    address = {"Address": to} if to else entity.get("BillEmail")
    if not address:
        raise Refusal(6420, "An email address is required for this customer since the delivery type is email.")
    delivered = {"DeliveryType": "Email", "DeliveryTime": moments.stamp(now, company.settings.zone)}
    form = {**entity, "BillEmail": address, "EmailStatus": "EmailSent", "DeliveryInfo": delivered}
    return company.replace(kind, form, now)


def today(company: Company, now: datetime) -> date:
    """The day at the company's place."""
    return now.astimezone(ZoneInfo(company.settings.zone)).date()


def still_open(company: Company, day: str) -> None:
    """Refusal 6210 for a day in a closed period."""
    _still_open(company, day)


# ---- inside ----


def _require(kind: str, sent: Record) -> None:
    needed = ["Line"] if kind in {"SalesReceipt", "Estimate"} else ["Line", "CustomerRef"]
    absent = [name for name in needed if not sent.get(name)]
    if absent:
        raise Refusal.of([Reason(2020, missing(name).reasons[0].detail, name) for name in absent])


def _compose(company: Company, kind: str, form: Record, old: Record | None, now: datetime) -> None:
    """Completes the form in place."""
    customer = company.find("Customer", form.get("CustomerRef", {}).get("value", "")) or {}
    form.setdefault("TxnDate", today(company, now).isoformat())
    _still_open(company, form["TxnDate"])
    _currency(company, form, customer)
    _features(company, form)
    _addresses(company, form, customer, old)
    _delivery(company, kind, form)
    _terms(company, kind, form, customer)
    form["CustomField"] = _custom_fields(company, form.get("CustomField", [])) or None
    form["LinkedTxn"] = _links(company, kind, form, old)
    form.setdefault("ApplyTaxAfterDiscount", False)
    lines = lay_out(company, form["Line"], old["Line"] if old else [])
    total_tax = tax(company, form, lines)
    form["Line"] = lines.written()
    _totals(company, kind, form, lines, total_tax, old)


def _totals(company: Company, kind: str, form: Record, lines: Lines, total_tax: Decimal, old: Record | None) -> None:
    total = lines.subtotal - lines.discount + total_tax
    if total < 0:
        raise business("Transaction amount must be 0 or greater.")
    form["TotalAmt"] = exact.money(total)
    if kind in _OWED:
        balance = total - Decimal(form.get("Deposit", 0)) - _applied(old)
        if balance < 0:
            raise business("The amount that is already paid is more than the new total of the transaction.")
        form["Balance"] = exact.money(balance)
    elif kind == "SalesReceipt":
        form["Balance"] = 0
        form.setdefault("DepositToAccountRef", {"value": UNDEPOSITED})
    if kind == "CreditMemo":
        form["RemainingCredit"] = form["Balance"]
    if company.settings.multi_currency:
        rate = Decimal(form["ExchangeRate"])
        form["HomeTotalAmt"] = exact.money(total * rate)
        if "Balance" in form:
            form["HomeBalance"] = exact.money(Decimal(form["Balance"]) * rate)


def _applied(old: Record | None) -> Decimal:
    if old is None:
        return Decimal(0)
    return Decimal(old["TotalAmt"]) - Decimal(old.get("Deposit", 0)) - Decimal(old["Balance"])


def _owed(kind: str, form: Record) -> Decimal:
    return Decimal(form.get("Balance", 0)) * _OWED.get(kind, 0)


def _customer(form: Record) -> str | None:
    reference = form.get("CustomerRef")
    return str(reference["value"]) if reference else None


def _still_open(company: Company, day: str) -> None:
    if day <= company.settings.book_close_date:
        raise Refusal(
            6210,
            "The account period has closed and the account books cannot be updated through the QBO Services API. "
            "Please use the QBO website to make these changes.",
        )


def _currency(company: Company, form: Record, customer: Record) -> None:
    settings = company.settings
    home = settings.home_currency
    said = form.get("CurrencyRef", {}).get("value")
    if not settings.multi_currency:
        if said not in {None, home}:
            raise business("Multi Currency should be enabled to perform this operation.")
        form.pop("ExchangeRate", None)
        form["CurrencyRef"] = settings.currency(home)
        return
    if said is None:
        raise missing("CurrencyRef")
    if customer and said != customer["CurrencyRef"]["value"]:
        raise business("The currency of the transaction is not the currency of the customer.")
    known = "1" if said == home else settings.exchange_rates.get(said)
    if known is None:
        raise Refusal(2220, f"The specified currency type is invalid. Supplied value:{said}", "CurrencyRef")
    sent = Decimal(form.get("ExchangeRate") or 0)
    form["ExchangeRate"] = exact.plain(sent if sent > 0 and said != home else Decimal(known))
    form["CurrencyRef"] = settings.currency(said)


def _features(company: Company, form: Record) -> None:
    settings = company.settings
    off = {
        "ClassRef": not settings.class_per_txn,
        "DepartmentRef": not settings.track_departments,
        "Deposit": not settings.allow_deposit,
        "ShipMethodRef": False,
    }
    for name, is_off in off.items():
        if is_off and form.pop(name, None) and settings.features_refused:
            raise Refusal(5030, f"Feature Not Supported Error : {name} is not enabled in the company.", name)
    if form.get("Deposit") == 0:
        form.pop("Deposit")
    for name in ("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
        form[name] = bool(form.get(name)) and settings.payments_enabled
    form.pop("FreeFormAddress", None)


def _addresses(company: Company, form: Record, customer: Record, old: Record | None) -> None:
    for name in ("BillAddr", "ShipAddr"):
        sent = form.get(name)
        if sent is None:
            if old is None and customer.get(name):
                form[name] = customer[name]
        elif "Id" not in sent:
            form[name] = {"Id": str(company.count("Addresses") + 100), **sent}


def _delivery(company: Company, kind: str, form: Record) -> None:
    form.setdefault("EmailStatus", "NotSet")
    form.setdefault("PrintStatus", "NeedToPrint")
    if form["EmailStatus"] == "NeedToSend":
        if not form.get("BillEmail"):
            raise Refusal(6420, "An email address is required for this customer since the delivery type is email.")
        form["DeliveryInfo"] = {"DeliveryType": "Email"}


def _terms(company: Company, kind: str, form: Record, customer: Record) -> None:
    if kind != "Invoice":
        return
    terms = form.get("SalesTermRef") or customer.get("SalesTermRef")
    if terms is None and company.settings.default_terms:
        terms = {"value": company.settings.default_terms}
    if terms is not None:
        form["SalesTermRef"] = terms
    if not form.get("DueDate"):
        term = company.find("Term", terms["value"]) if terms else None
        form["DueDate"] = moments.due(term, date.fromisoformat(form["TxnDate"])).isoformat()


def _custom_fields(company: Company, sent: list[Record]) -> list[Record]:
    """Every definition of the company, with the value that was sent for it."""
    names = company.settings.custom_fields
    values = {one.get("DefinitionId"): one.get("StringValue") for one in sent}
    unknown = set(values) - {str(at) for at in range(1, len(names) + 1)}
    if unknown:
        raise Refusal(3000, f"The custom field is not defined: {', '.join(map(str, unknown))}", "CustomField")
    return [
        {"DefinitionId": str(at), "Name": name, "Type": "StringType"}
        | ({"StringValue": values[str(at)]} if values.get(str(at)) else {})
        for at, name in enumerate(names, 1)
    ]


def _links(company: Company, kind: str, form: Record, old: Record | None) -> list[Record] | None:
    """Links of payments are QuickBooks Online's own; others are the client's."""
    kept = [link for link in (old or {}).get("LinkedTxn", []) if link["TxnType"] in _OF_PAYMENTS]
    sent = [link for link in form.get("LinkedTxn") or [] if link.get("TxnType") not in _OF_PAYMENTS]
    for link in sent:
        if link.get("TxnType") == "Estimate" and company.find("Estimate", link.get("TxnId", "")) is None:
            raise Refusal(620, f"The Txn ID (identified by {link.get('TxnId')}) cannot be linked.", "LinkedTxn")
    links = [*kept, *sent]
    return links if links or kind == "Invoice" else None


def _nothing(line: Record) -> Record:
    """The line with every amount, price and quantity at 0."""
    voided = dict(line)
    if "Amount" in voided:
        voided["Amount"] = 0
    for name in ("SalesItemLineDetail", "GroupLineDetail"):
        if name in voided:
            detail = dict(voided[name])
            detail |= {key: 0 for key in ("Qty", "UnitPrice", "Quantity", "TaxInclusiveAmt") if key in detail}
            if "Line" in detail:
                detail["Line"] = [_nothing(inner) for inner in detail["Line"]]
            voided[name] = detail
    return voided
