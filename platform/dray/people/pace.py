"""How fast tries may come, in one table.

Signing in is counted for an address from one network, so that a stranger elsewhere never keeps its owner waiting, and
for the network as a whole, so that one machine cannot go through many addresses. A browser in which the person has
signed in before is counted by itself: nobody's tries but its own slow it down.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from dray_tenants.models import Tenant, User
from dray_tenants.tries import Counted, Pace, network_of
from dray_tenants.users import Unacceptable, folded_email

__all__ = ["SignInTry", "of_code", "of_inviting", "of_link", "of_password", "of_reset", "of_reset_mail", "of_sign_in"]

_MINUTE: Final = timedelta(minutes=1)

FOR_ADDRESS: Final = Pace(free=5, first_wait=timedelta(seconds=15), longest_wait=5 * _MINUTE)
FOR_NETWORK: Final = Pace(free=40, first_wait=timedelta(seconds=5), longest_wait=5 * _MINUTE)
FOR_CODE: Final = Pace(free=5, first_wait=timedelta(seconds=30), longest_wait=5 * _MINUTE)
FOR_LINK: Final = Pace(free=30, first_wait=timedelta(seconds=5), longest_wait=5 * _MINUTE)
FOR_MAIL: Final = Pace(free=3, first_wait=10 * _MINUTE, longest_wait=20 * _MINUTE)
"""Letters to one address: three, then one in ten or twenty minutes."""
FOR_INVITING: Final = Pace(free=50, first_wait=_MINUTE, longest_wait=10 * _MINUTE)
"""Invitations of one company: nobody sends unwanted mail through us."""
FOR_ASKING: Final = Pace(free=20, first_wait=timedelta(seconds=30), longest_wait=5 * _MINUTE)


class SignInTry:
    """One try to sign in: what is counted, and what a good one forgives and gives back."""

    __slots__ = ("every", "forgiven", "given_back")

    def __init__(self, forgiven: tuple[Counted, ...], given_back: tuple[Counted, ...]) -> None:
        self.forgiven = forgiven
        self.given_back = given_back
        self.every = (*forgiven, *given_back)


def of_sign_in(email: str, ip: str, device: str | None) -> SignInTry:
    """Signing in with an address; `device` names the browser where this person has signed in there before."""
    address, network = _folded(email), network_of(ip)
    if device is not None:
        return SignInTry((Counted("sign in, device", (address, device), FOR_ADDRESS),), ())
    return SignInTry(
        (Counted("sign in", (address, network), FOR_ADDRESS),), (Counted("sign in, network", (network,), FOR_NETWORK),)
    )


def of_code(user: User, device: str | None) -> Counted:
    """A code of the second factor. Counted wherever it comes from: six digits are few, and only who has the password
    gets so far."""
    return Counted("code", (user.public_id, device or ""), FOR_CODE)


def of_password(user: User) -> Counted:
    """The password again, of somebody who is signed in."""
    return Counted("password", (user.public_id,), FOR_ADDRESS)


def of_link(ip: str) -> Counted:
    """Opening links that were mailed."""
    return Counted("link", (network_of(ip),), FOR_LINK)


def of_reset(ip: str) -> Counted:
    """Asking for links, from one network."""
    return Counted("asking", (network_of(ip),), FOR_ASKING)


def of_reset_mail(email: str) -> Counted:
    """Letters with links to one address."""
    return Counted("reset mail", (_folded(email),), FOR_MAIL)


def of_inviting(tenant: Tenant, email: str) -> tuple[Counted, Counted]:
    """Invitations of one company, and those to one address."""
    return (
        Counted("inviting", (tenant.public_id,), FOR_INVITING),
        Counted("invitation", (tenant.public_id, _folded(email)), FOR_MAIL),
    )


def _folded(email: str) -> str:
    try:
        return folded_email(email)
    except Unacceptable:
        return ""
