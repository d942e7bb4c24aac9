"""Codes of faults that speak of what a record says or of what the books hold. See `fault_codes`."""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbo.verdicts import TO_SUPPORT, Code, Verdict, bookkeeper, user
from dray_sdk import Remedy

_CHOOSE = "Choose the customer and the items of this invoice anew, and send it again."
_CLOSED = "Use a later date, or ask the bookkeeper to reopen the period, then send it again."


def _elsewhere(meaning: str) -> Code:
    """Of records that Dray never writes: whoever meets it found a bug."""
    return Code(Verdict.REFUSED, meaning, Remedy.SUPPORT, TO_SUPPORT)


RECORDS: Mapping[str, Code] = {
    "610": Code(
        Verdict.GONE,
        "Something that this record names was deleted or made inactive in QuickBooks Online.",
        Remedy.USER,
        _CHOOSE,
    ),
    "620": bookkeeper(
        "QuickBooks Online does not tie this transaction to that one.", "Look at both in QuickBooks Online."
    ),
    "630": user("QuickBooks Online has such a record already.", "Look there for it before you send it again."),
    "700": user("The customer above this one is not in QuickBooks Online.", "Choose another, and send again."),
    "800": bookkeeper("Other records in QuickBooks Online depend on this one.", "Change those there first."),
    "900": user("A customer cannot stand above itself.", "Choose another customer above it, and send again."),
    "2500": user("QuickBooks Online does not have something that this invoice names, or has put it aside.", _CHOOSE),
    "6000": user("QuickBooks Online did not accept the invoice for the reason that it gives below."),
    "6010": _elsewhere("An account has no type."),
    "6020": _elsewhere("The length of what was sent was not told."),
    "6030": _elsewhere("A file is larger than QuickBooks Online takes."),
    "6040": _elsewhere("A file's description is not of the right kind."),
    "6041": _elsewhere("QuickBooks Online does not take this file."),
    "6050": _elsewhere("QuickBooks Online does not attach files to this kind of record."),
    "6060": _elsewhere("An account's opening balance has no date."),
    "6070": user(
        "The amount of a line is not its quantity times its price.", "Correct the line and send the invoice again."
    ),
    "6080": user("The customer has no name.", "Give the customer a name and send again."),
    "6090": user("A discount has neither an amount nor a percentage.", "Give it one and send again."),
    "6100": user("A line carries a tax code that QuickBooks Online does not take there.", "Choose another tax code."),
    "6110": bookkeeper("This transaction belongs to QuickBooks Payments.", "Change it in QuickBooks Online."),
    "6120": bookkeeper("This transaction belongs to QuickBooks Payments.", "Delete it in QuickBooks Online."),
    "6130": bookkeeper(
        "Invoices of this customer are billed to the customer above it.", "Change that in QuickBooks Online."
    ),
    "6140": user(
        "Another transaction in QuickBooks Online has this number already.",
        "Look at that one first: it may be this very invoice, typed by hand. If not, give this one another number.",
    ),
    "6150": user("A customer that belongs below another does not say below whom.", "Choose the one above it."),
    "6160": user("QuickBooks Online does not let this tax code be used.", "Choose another tax code."),
    "6170": _elsewhere("Tax was sent for an invoice without tax."),
    "6180": user("Customers stand in more levels than QuickBooks Online has.", "Choose another customer above it."),
    "6200": user("The date lies in a period that is closed in QuickBooks Online.", _CLOSED),
    "6210": user("The date lies in a period that is closed in QuickBooks Online.", _CLOSED),
    "6220": bookkeeper("There is an open balance.", "Settle it in QuickBooks Online first."),
    "6230": user("QuickBooks Online does not let this tax code be used.", "Choose another tax code."),
    "6240": user(
        "QuickBooks Online already uses this name for a customer, vendor or employee.",
        "Choose the existing customer, or give this one another name in QuickBooks.",
    ),
    "6250": user("The customer is not in QuickBooks Online, or is inactive there.", "Choose another customer."),
    "6270": user(
        "The date lies before the day from which QuickBooks Online counts the stock of an item.", "Use a later date."
    ),
    "6280": bookkeeper("The customer has charges that are not billed.", "Bill or remove them in QuickBooks Online."),
    "6290": _elsewhere("A time entry names both an employee and a vendor."),
    "6300": _elsewhere("A time entry names neither an employee nor a vendor."),
    "6310": _elsewhere("What is billable names no customer."),
    "6320": _elsewhere("QuickBooks Online does not know whether this is billable."),
    "6330": _elsewhere("A time entry has no rate."),
    "6340": _elsewhere("A time entry has no time."),
    "6350": _elsewhere("A time entry has no time."),
    "6360": _elsewhere("A time entry begins or ends at no time."),
    "6370": _elsewhere("A time entry ends before it begins."),
    "6380": _elsewhere("A time entry is longer than QuickBooks Online takes."),
    "6390": _elsewhere("A time entry tells its length twice."),
    "6400": bookkeeper("An invoice depends on this purchase.", "Change the invoice in QuickBooks Online first."),
    "6420": user("QuickBooks Online wants an e-mail address for this customer.", "Give one and send again."),
    "6430": bookkeeper(
        "An item of the invoice belongs to an account that sales cannot go to.",
        "Give the item an income account in QuickBooks Online, then send again.",
    ),
    "6440": user("A line has an amount and no item.", "Choose an item for it and send again."),
    "6450": bookkeeper("The transaction is settled and cannot be voided.", "Make a credit memo in QuickBooks Online."),
    "6460": _elsewhere("A deposit and a card payment differ."),
    "6470": user("QuickBooks Online does not allow a tax on this invoice, or misses one.", "Choose the tax code anew."),
    "6480": bookkeeper("The transaction is matched with the bank.", "Undo the match in QuickBooks Online first."),
    "6490": _elsewhere("A budget has two kinds of list."),
    "6500": _elsewhere("A budget has no details."),
    "6510": _elsewhere("A budget's account does not fit."),
    "6520": user("An item whose stock is counted has no quantity.", "Give its line a quantity and send again."),
    "6530": user("A text looks like the number of a credit card.", "Take the number out and send again."),
    "6540": bookkeeper("The transaction is part of a deposit.", "Take it out of the deposit in QuickBooks Online."),
    # in no published list; reported by others as a refusal of the same kind as 6000
    "6560": user("QuickBooks Online did not accept the invoice for the reason that it gives below."),
}
"""What a record says, and what the books hold."""
