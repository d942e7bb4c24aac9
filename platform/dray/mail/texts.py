"""The letters that people get. Each says what happened and what to do, and what to do if it was not them."""

from __future__ import annotations

import datetime as dt

from dray.mail.letters import Letter

__all__ = [
    "confirm_address",
    "deleted",
    "email_changed",
    "invitation",
    "leaving",
    "password_changed",
    "reset_password",
    "second_factor_changed",
    "set_up_link",
    "staff_access_asked",
    "staff_access_opened",
]

_NOT_ASKED = "If you did not ask for this, do nothing: without the link nothing changes."
_NOT_YOU = "If that was not you, set a new password at once and tell an admin of your company."


def invitation(product: str, company: str, inviter: str, role: str, address: str, days: int) -> Letter:
    """Somebody is asked to join a company."""
    return Letter(
        subject=f"{company} invites you to {product}",
        paragraphs=(
            f"{inviter} invites you to join {company} in {product}, as {role}.",
            f"{product} carries invoices from billing into the books.",
        ),
        button="Join",
        address=address,
        closing=(
            f"The link works once, for {days} days.",
            "If you do not know what this is about, do nothing.",
        ),
    )


def reset_password(product: str, address: str, minutes: int) -> Letter:
    """Somebody forgot their password."""
    return Letter(
        subject=f"Set a new password for {product}",
        paragraphs=("Somebody asked to set a new password for this address.",),
        button="Set a new password",
        address=address,
        closing=(f"The link works once, for {minutes} minutes.", _NOT_ASKED),
    )


def password_changed(product: str, at: dt.datetime) -> Letter:
    """A password is another one now."""
    return Letter(
        subject=f"Your password for {product} was changed",
        paragraphs=(
            f"Your password was changed on {_moment(at)}. Every other browser was signed out.",
            _NOT_YOU,
        ),
    )


def confirm_address(product: str, address: str, minutes: int) -> Letter:
    """To a new address: is it theirs?"""
    return Letter(
        subject=f"Confirm this address for {product}",
        paragraphs=("You asked to sign in with this address from now on. Open the link where you are signed in.",),
        button="Confirm this address",
        address=address,
        closing=(f"The link works once, for {minutes} minutes.", _NOT_ASKED),
    )


def email_changed(product: str, new: str, at: dt.datetime) -> Letter:
    """To the address before."""
    return Letter(
        subject=f"Your address for {product} was changed",
        paragraphs=(
            f"You sign in with {new} since {_moment(at)}. This address gets no more mail from {product}.",
            "If that was not you, tell an admin of your company at once.",
        ),
    )


def second_factor_changed(product: str, what: str, at: dt.datetime) -> Letter:
    """Codes were turned on or off; `what` says which, e.g. "turned off"."""
    return Letter(
        subject=f"Sign-in codes for {product} were {what}",
        paragraphs=(f"The codes of your second factor were {what} on {_moment(at)}.", _NOT_YOU),
    )


def set_up_link(product: str, company: str, address: str, help_at: str) -> Letter:
    """Whoever holds the books is asked to connect them."""
    help_line = (f"Questions? {help_at}.",) if help_at else ()
    return Letter(
        subject=f"Connect QuickBooks for {company}",
        paragraphs=(
            f"{product} is ready to be connected to the QuickBooks of {company}. It takes about two minutes.",
            "Open this where QuickBooks runs, with your company file open as Admin, in single-user mode.",
        ),
        button="Connect QuickBooks",
        address=address,
        closing=(
            "The link works for 24 hours, and for whoever opens it first: forward it to the person who has QuickBooks.",
            *help_line,
        ),
    )


def staff_access_asked(product: str, company: str, who: str, reason: str, address: str) -> Letter:
    """Support staff ask to look at a company's connections."""
    return Letter(
        subject=f"{product} support asks to look at {company}",
        paragraphs=(
            f"{who} of the support staff asks to look at the connections of {company}.",
            f"The reason: {reason}",
        ),
        button="Decide",
        address=address,
        closing=("Until one of you agrees they see nothing. You can end it at any time.",),
    )


def staff_access_opened(product: str, company: str, who: str, colleague: str, reason: str, address: str) -> Letter:
    """Support staff look at a company's connections in an emergency, without having been asked."""
    return Letter(
        subject=f"{product} support looks at {company}",
        paragraphs=(
            f"{who} of the support staff looks at the connections of {company}.",
            f"It could not wait for you, so {colleague}, also of the staff, agreed to it. The reason: {reason}",
        ),
        button="See it, or end it",
        address=address,
    )


def _moment(at: dt.datetime) -> str:
    return f"{at:%B} {at.day}, {at.year} at {at:%H:%M} UTC"


def leaving(product: str, company: str, actor: str, due: dt.datetime, address: str) -> Letter:
    """To the owners of a company that asked to be deleted."""
    return Letter(
        subject=f"{company} leaves {product}",
        paragraphs=(
            f"{actor} asked to delete {company} in {product}. It is deleted on {due:%d %B %Y}.",
            "Nothing is sent to the books any more. Until then everything can be read and taken along as files.",
        ),
        button="Take everything along, or stay",
        address=address,
        closing=("If this was not meant, open the page and choose to stay.",),
    )


def deleted(product: str, company: str, address: str) -> Letter:
    """To the owners of a company whose time is over."""
    return Letter(
        subject=f"{company} is deleted in {product}",
        paragraphs=(
            f"{company} is deleted in {product}, as its owner asked. Nobody can sign in to it any more.",
            "What is in your books stays there.",
        ),
        button="What is kept, and how long",
        address=address,
    )
