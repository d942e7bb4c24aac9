"""A person's own account: password, address, second factor. Everything with its letter and its audit entries."""

from __future__ import annotations

import datetime as dt
from typing import Final

from dray.installation import Dray
from dray.mail import texts
from dray.mail.outbox import post
from dray.people import record
from dray_tenants import login, mailed_links, second_factor, users
from dray_tenants.models import User, WebSession
from dray_tenants.people_models import LinkPurpose, MailedLink
from dray_tenants.scope import Scoped

__all__ = [
    "MINUTES",
    "ask_to_change_email",
    "ask_to_reset",
    "change_email",
    "change_password",
    "make_reset_link",
    "reset_address",
    "reset_password",
    "turn_off_codes",
    "turn_on_codes",
]

MINUTES: Final = mailed_links.GOOD_FOR.seconds // 60


def ask_to_reset(session: Scoped, parts: Dray, email: str) -> str | None:
    """Mail a link with which a new password can be set; gives the link's secret, or None where nobody has the address.

    The same is written for an address that nobody has, as a letter that is given up at once: neither the answer nor its
    time tells who is known here.
    """
    now = parts.clock()
    user = users.find_user(session, email)
    secret = mailed_links.make(session, user, LinkPurpose.RESET_PASSWORD, user.email if user else email, now=now)
    letter = texts.reset_password(parts.settings.product_name, reset_address(parts, secret), MINUTES)
    post(
        session,
        parts.vault.keys,
        user.email if user else email.strip()[:320],
        letter,
        now=now,
        useful_until=now + mailed_links.GOOD_FOR,
        given_up="" if user else "nobody is registered with this address",
    )
    return secret if user else None


def make_reset_link(session: Scoped, user: User, *, now: dt.datetime) -> str:
    """The secret of a link to set a new password, without a letter: for whoever will hand it over."""
    return mailed_links.make(session, user, LinkPurpose.RESET_PASSWORD, user.email, now=now)


def reset_address(parts: Dray, secret: str) -> str:
    """The link with which a new password is set."""
    return f"{parts.settings.public_url}/reset/{secret}"


def reset_password(session: Scoped, parts: Dray, link: MailedLink, password: str) -> bool:
    """Set a new password by a link, and sign every browser out. False where the link was used or ended meanwhile.

    Raises users.Unacceptable for a password that cannot be used; the link stays good then.
    """
    user, now = link.user, parts.clock()
    if user is None or not mailed_links.use(session, link, now=now):
        return False
    users.set_password(session, user, password, now=now)
    login.revoke_all(session, user, now=now)
    _after_new_password(session, parts, user, "person.password_reset", now)
    return True


def change_password(session: Scoped, parts: Dray, user: User, password: str, *, keep: WebSession | None) -> int:
    """A new password for who proved the old one; signs every other browser out and gives how many.

    Raises users.Unacceptable.
    """
    now = parts.clock()
    users.set_password(session, user, password, now=now)
    ended = login.revoke_all(session, user, now=now, keep=keep)
    _after_new_password(session, parts, user, "person.password_changed", now)
    return ended


def ask_to_change_email(session: Scoped, parts: Dray, user: User, email: str) -> str:
    """Mail a link to a new address of the user; gives its secret. Raises users.Unacceptable for what is none.

    An address that somebody else has gets no letter, and whoever asked is not told so.
    """
    now, address = parts.clock(), users.folded_email(email)
    taken = users.find_user(session, address) is not None
    secret = mailed_links.make(session, user, LinkPurpose.CHANGE_EMAIL, address, now=now)
    letter = texts.confirm_address(
        parts.settings.product_name, f"{parts.settings.public_url}/confirm-address/{secret}", MINUTES
    )
    post(
        session,
        parts.vault.keys,
        address,
        letter,
        now=now,
        useful_until=now + mailed_links.GOOD_FOR,
        given_up="somebody is registered with this address" if taken else "",
    )
    record.of_person(session, user, "person.email_change_asked", now=now, details={"after": address})
    return secret


def change_email(session: Scoped, parts: Dray, link: MailedLink) -> bool:
    """Take the new address that a link has proved. False where the link was used meanwhile; raises users.EmailTaken."""
    user, now = link.user, parts.clock()
    if user is None or not mailed_links.use(session, link, now=now):
        return False
    before = user.email
    users.change_email(session, user, link.email)
    # Links of the address before must not open the account of the new one.
    mailed_links.end_all(session, user, now=now)
    letter = texts.email_changed(parts.settings.product_name, user.email, now)
    post(session, parts.vault.keys, before, letter, now=now)
    record.of_person(session, user, "person.email_changed", now=now, actor=before, details={"before": before})
    return True


def turn_on_codes(
    session: Scoped, parts: Dray, user: User, code: str, *, keep: WebSession | None
) -> tuple[str, ...] | None:
    """Confirm the second factor with its first code; gives the recovery codes, or None where the code did not match.

    Every other browser is signed out: it came in without a code.
    """
    now = parts.clock()
    codes = second_factor.confirm(session, parts.vault.keys, user, code, now=now)
    if codes is not None:
        login.revoke_all(session, user, now=now, keep=keep)
        _tell_of_codes(session, parts, user, "turned on")
        record.of_person(session, user, "person.second_factor_on", now=now)
    return codes


def turn_off_codes(
    session: Scoped, parts: Dray, user: User, *, keep: WebSession | None, actor: str | None = None
) -> bool:
    """Turn the second factor off, for who proved the password or by an operator (`actor`); whether it was on."""
    now = parts.clock()
    if not second_factor.remove(session, user):
        return False
    login.revoke_all(session, user, now=now, keep=keep)
    _tell_of_codes(session, parts, user, "turned off")
    record.of_person(session, user, "person.second_factor_off", now=now, actor=actor)
    return True


def _after_new_password(session: Scoped, parts: Dray, user: User, action: str, now: dt.datetime) -> None:
    mailed_links.end_all(session, user, now=now)
    post(session, parts.vault.keys, user.email, texts.password_changed(parts.settings.product_name, now), now=now)
    record.of_person(session, user, action, now=now)


def _tell_of_codes(session: Scoped, parts: Dray, user: User, what: str) -> None:
    now = parts.clock()
    letter = texts.second_factor_changed(parts.settings.product_name, what, now)
    post(session, parts.vault.keys, user.email, letter, now=now)
