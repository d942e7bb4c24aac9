"""The numbers of sales forms: by whom they are given, and whether one may be used twice."""

from __future__ import annotations

from dray_qbo.simulator.company import Company
from dray_qbo.simulator.refusals import Refusal

AUTO = "AUTO_GENERATE"


def number_for(
    company: Company, kind: str, sent: str | None, *, own: str | None, automatic: bool, duplicates: bool
) -> str | None:
    """The DocNumber that a form gets; `own` is the Id of a form that is being changed.

    With custom numbers on, the one that was sent, and none where none was sent; else the next in sequence.
    Refusal 6140.
    """
    settings = company.settings
    kept = settings.custom_txn_numbers or settings.sent_number_kept
    if automatic or sent == AUTO or not (settings.custom_txn_numbers or (kept and sent)):
        return _next(company, kind)
    if sent is None:
        return None
    others = [one for one in company.holders_of_number(kind, sent) if one != own]
    if others and settings.custom_txn_numbers and settings.warn_duplicate_numbers and not duplicates:
        raise Refusal(
            6140,
            "Duplicate Document Number Error : You must specify a different number. This number has already been "
            f"used. DocNumber={sent} is assigned to TxnType={kind} with TxnId={others[0]}",
        )
    if sent.isdecimal():
        company.counters["DocNumber"] = int(sent)
    return sent


def _next(company: Company, kind: str) -> str:
    while True:
        number = str(company.count("DocNumber"))
        if not company.holders_of_number(kind, number):
            return number
