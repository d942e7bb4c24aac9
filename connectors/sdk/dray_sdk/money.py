"""Exact money: integer minor units with their currency, and the one rounding rule that Dray uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

# ISO 4217's list one (2024): the currencies whose minor unit is not a hundredth. Everything else has two places.
_PLACES = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
         "XAF", "XOF", "XPF"), 0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_DIGITS = 60
"""No sum of money has more, and a text like 1E+999999999 must not become a number that fills the memory."""

_EXACT = Context(prec=4 * _DIGITS, rounding=ROUND_HALF_UP)
"""Wide enough that nothing is rounded but where `Money.rounded` says so; Python's own context rounds at 28 digits."""


def places(currency: str) -> int:
    """How many decimal places the currency's amounts have (ISO 4217)."""
    return _PLACES.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount. `minor` counts the currency's smallest unit: 12.50 USD is `Money(1250, "USD")`.

    Adding or comparing two currencies raises ValueError: there is no exchange here.
    """

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str | Decimal, currency: str) -> Money:
        """Read a decimal text such as "-1234.50". ValueError if it is not a plain number or needs more places.

        Blanks around a text are passed over; exponents, separators of thousands and digits of other scripts are not
        numbers here.
        """
        if isinstance(text, str) and not _PLAIN.fullmatch(text.strip()):
            raise ValueError(f"{text!r} is not an amount")
        scaled = _scaled(Decimal(text), currency)
        if scaled != scaled.to_integral_value(context=_EXACT):
            raise ValueError(f"{text!r} has more than {places(currency)} decimal places for {currency}")
        return cls(int(scaled), currency)

    @classmethod
    def rounded(cls, value: Decimal, currency: str) -> Money:
        """Round an exact decimal half away from zero to the currency's smallest unit. ValueError if it is no number."""
        return cls(int(_scaled(value, currency).to_integral_value(ROUND_HALF_UP, _EXACT)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount as an exact decimal with the currency's places: `Decimal("12.50")`."""
        return Decimal(self.minor).scaleb(-places(self.currency), _EXACT)

    def __str__(self) -> str:
        """The amount without its currency and with all its places: "12.50", which `parse` reads back."""
        digits, after = str(abs(self.minor)), places(self.currency)
        sign = "-" if self.minor < 0 else ""
        if not after:
            return sign + digits
        digits = digits.rjust(after + 1, "0")
        return f"{sign}{digits[:-after]}.{digits[-after:]}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be combined")
        return other.minor


def _scaled(value: Decimal, currency: str) -> Decimal:
    if not value.is_finite():
        raise ValueError(f"{value} is not an amount")
    if len(value.as_tuple().digits) > 2 * _DIGITS or not -2 * _DIGITS <= value.adjusted() < _DIGITS:
        if not value:
            return Decimal(0)
        raise ValueError(f"an amount has at most {_DIGITS} digits")
    return value.scaleb(places(currency), _EXACT)
