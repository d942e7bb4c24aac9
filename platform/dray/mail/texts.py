"""The letters that people get. Each says what happened and what to do, and what to do if it was not them."""

from __future__ import annotations

import datetime as dt

from dray.mail.letters import Letter

__all__ = [
    "confirm_address",
    "email_changed",
    "invitation",
    "password_changed",
    "reset_password",
    "second_factor_changed",
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


def _moment(at: dt.datetime) -> str:
    return f"{at:%B} {at.day}, {at.year} at {at:%H:%M} UTC"
