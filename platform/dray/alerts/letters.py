"""The letters of alerts. Each says what happened and what to do, with one button to the page where that is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dray.alerts.causes import TITLES, Cause
from dray.mail.letters import Letter

_PAGES: Final = {
    Cause.SILENCE: ("See the connection", "/connections/{subject}"),
    Cause.STOPPED: ("See what to do", "/connections/{subject}"),
    Cause.LOGIN: ("Sign in to the books again", "/connections/{subject}"),
    Cause.REFUSALS: ("Put them right", "/problems"),
    Cause.DIFFERENCES: ("See which", "/problems"),
}
_ONCE: Final = "You are told once. When this is over and happens again, you are told again."
_CHOOSE: Final = "Which of these letters you get, and when, is chosen on this page: {url}/alerts"


@dataclass(frozen=True, slots=True)
class Through:
    """What came of one person's invoices: how many were sent, accepted, refused, taken back."""

    sent: int
    accepted: int
    refused: int
    taken_back: int
    refusals: Sequence[str] = ()


def alert(product: str, url: str, company: str, cause: Cause, subject: str, sentence: str) -> Letter:
    """Something needs somebody."""
    button, path = _PAGES[cause]
    return Letter(
        subject=f"{company}: {TITLES[cause]}",
        paragraphs=(sentence,),
        button=button,
        address=url + path.format(subject=subject),
        closing=(_ONCE, _CHOOSE.format(url=url)),
    )


def to_contact(company: str, sentence: str, page: str, help_at: str) -> Letter:
    """To whoever connected the computer: it is silent, and what to do there."""
    help_lines = (f"Help: {help_at}",) if help_at else ()
    return Letter(
        subject=f"{company}: {TITLES[Cause.SILENCE]}",
        paragraphs=(sentence, "Invoices wait for it; nothing is lost."),
        button="Help at this computer",
        address=page,
        closing=("You get this letter because the set-up of this computer was sent to you.", _ONCE, *help_lines),
    )


def digest(product: str, url: str, company: str, through: Through) -> Letter:
    """To who sent invoices: what became of them."""
    if through.refused:
        subject = f"{through.accepted:,} of {_invoices(through.sent)} accepted, {through.refused:,} refused"
        more = ("These were refused: " + "; ".join(through.refusals),) if through.refusals else ()
        button, path = "Put them right", "/problems"
    else:
        subject, more = f"{_invoices(through.accepted)} accepted", ()
        button, path = "See them", "/overview/synced"
    back = (f"{_invoices(through.taken_back)} of them you took back before they left.",) if through.taken_back else ()
    said = f"Of the {_invoices(through.sent)} that you sent, the books accepted {through.accepted:,}."
    return Letter(
        subject=f"{company}: {subject}",
        paragraphs=(said, *more, *back),
        button=button,
        address=url + path,
        closing=(_CHOOSE.format(url=url),),
    )


def trial(product: str, url: str, company: str) -> Letter:
    """To try whether letters arrive."""
    return Letter(
        subject=f"{company}: a test from {product}",
        paragraphs=("Letters from this company arrive at your address. Nothing needs you.",),
        button="Choose what you are told",
        address=f"{url}/alerts",
    )


def _invoices(count: int) -> str:
    return f"{count:,} invoice" if count == 1 else f"{count:,} invoices"
