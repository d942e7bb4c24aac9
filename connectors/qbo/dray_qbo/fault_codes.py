"""Codes of faults that speak of access and of requests, and what they mean for people.

The codes are those that Intuit publishes ("Error codes"), with 3001 and 3100 of its gateway and 270 of the platform
before OAuth 2, which people still report.
"""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbo.verdicts import Code, Verdict, bookkeeper, later, ours, shut_out, unclear, user
from dray_sdk import Remedy

ACCESS: Mapping[str, Code] = {
    "100": shut_out("QuickBooks Online did not accept Dray's access to this company."),
    "110": shut_out("QuickBooks Online did not accept Dray's access to this company."),
    "120": shut_out("The person who connected this company to Dray may no longer use it in QuickBooks Online."),
    "130": later("QuickBooks Online is moving this company to another of its machines."),
    "140": shut_out(
        "QuickBooks Online has locked this company.",
        Remedy.BOOKKEEPER,
        "Open the company in QuickBooks Online and do what it asks. What waits is sent afterwards.",
    ),
    "150": later("QuickBooks Online is maintaining this company.", 600),
    "270": shut_out("QuickBooks Online did not take the key with which Dray comes in."),
    "3001": later("QuickBooks Online was asked more often than it allows in a minute."),
    "3100": shut_out("QuickBooks Online no longer lets Dray into this company: the connection was ended there."),
    "3200": shut_out("Dray's access to this company has ended."),
    "3202": shut_out("Dray's access to this company was not told to QuickBooks Online.", Remedy.SUPPORT),
    "5020": user(
        "The person who connected QuickBooks Online may not do this there.",
        "Ask an administrator of that company to connect it again, then send the invoice again.",
    ),
    "6190": shut_out(
        "The subscription or trial of this company has ended, so QuickBooks Online takes nothing new.",
        Remedy.BOOKKEEPER,
        "Renew the subscription in QuickBooks Online. What waits is sent afterwards.",
    ),
}
"""Who may come in, and how often."""

REQUESTS: Mapping[str, Code] = {
    "0": Code(Verdict.UNKNOWN, "QuickBooks Online says that all is well.", Remedy.NOBODY, "Nothing to do."),
    "500": ours("QuickBooks Online does not know this kind of request."),
    "600": unclear("QuickBooks Online had this request before, and does not say what became of it."),
    "1000": unclear("QuickBooks Online could not finish, and does not say how far it came."),
    "1010": user("QuickBooks Online did not add the record, and gives no reason.", "Send it once more."),
    "1020": user("QuickBooks Online did not change the record, and gives no reason.", "Try it once more."),
    "1040": ours("More was sent at once than QuickBooks Online takes."),
    "1050": ours("QuickBooks Online could not read the form of the request."),
    "2000": ours("QuickBooks Online does not know this kind of record."),
    "2010": ours("QuickBooks Online does not know one of the fields that were sent."),
    "2020": ours("QuickBooks Online misses a field that it needs."),
    "2030": Code(
        Verdict.GONE,
        "Something that this record names has an id that QuickBooks Online cannot have given.",
        Remedy.USER,
        "Choose the customer and the items of this invoice anew, and send it again.",
    ),
    "2040": user("A text holds a character that QuickBooks Online does not take."),
    "2050": user("A text is longer than QuickBooks Online can hold.", "Shorten it and send the invoice again."),
    "2060": user("QuickBooks Online could not read a date."),
    "2070": user("QuickBooks Online does not take one of the dates."),
    "2080": user("QuickBooks Online could not read a number."),
    "2090": user("QuickBooks Online does not take one of the numbers."),
    "2100": user("QuickBooks Online could not read an amount."),
    "2110": user("QuickBooks Online does not take one of the amounts."),
    "2120": user("An item of the invoice is of a type that cannot be sold.", "Choose another item and send again."),
    "2130": ours("QuickBooks Online did not accept the request's own number."),
    "2140": user("QuickBooks Online does not take one of the amounts."),
    "2150": user("QuickBooks Online does not take one of the percentages."),
    "2160": user("QuickBooks Online does not take one of the quantities."),
    "2170": ours("QuickBooks Online does not know one of the values that were sent."),
    "2180": user("A text is outside of what QuickBooks Online takes."),
    "2190": user("A date is outside of what QuickBooks Online takes."),
    "2200": user("A web address is not written as QuickBooks Online wants it."),
    "2210": user("An e-mail address is not written as QuickBooks Online wants it."),
    "2220": user("QuickBooks Online does not know the currency.", "Choose a currency of that company and send again."),
    "2230": ours("QuickBooks Online could not read a yes or no."),
    "2240": user("A number is outside of what QuickBooks Online takes."),
    "2250": user("The invoice has no line with an amount.", "Add a line and send it again."),
    "2260": ours("QuickBooks Online wants a line to be debit or credit."),
    "2270": ours("QuickBooks Online wants to know what a tax applies to."),
    "2280": ours("QuickBooks Online wants an amount for a tax."),
    "2290": user("QuickBooks Online does not take the negative amount of a line."),
    "2300": ours("Debits and credits do not come to the same."),
    "2600": ours("Two fields that were sent exclude each other."),
    "3000": user("QuickBooks Online does not have a custom field that was sent.", "Take the field out and send again."),
    "4000": ours("QuickBooks Online could not read a question."),
    "4001": ours("QuickBooks Online does not answer such a question."),
    "4002": later("QuickBooks Online could not answer a question just now."),
    "5000": ours("QuickBooks Online no longer takes one of the fields that were sent."),
    "5010": Code(
        Verdict.STALE,
        "Somebody changed this record in QuickBooks Online meanwhile.",
        Remedy.USER,
        "Look at it in QuickBooks Online, then try again.",
    ),
    "5030": bookkeeper(
        "This edition of QuickBooks Online, or its settings, do not have something that the record uses.",
        "Switch it on in QuickBooks Online or take it out of the invoice, then send again.",
    ),
    "10000": unclear("Something went wrong inside QuickBooks Online, and it does not say whether it wrote the record."),
    "10100": ours("The answer would be larger than QuickBooks Online gives."),
    "10200": unclear("This company was reset in QuickBooks Online."),
}
"""How a request was made."""
