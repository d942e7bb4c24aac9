"""Exact money: integer minor units with their currency, and the one rounding rule that Dray uses."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies whose minor unit is not a hundredth. Everything else has two places.
_PLACES = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}


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
        """Read a decimal text such as "-1234.50". ValueError if it is not a plain number or needs more places."""
        try:
            value = Decimal(text)
        except ArithmeticError:
            raise ValueError(f"{text!r} is not an amount") from None
        if not value.is_finite():
            raise ValueError(f"{text!r} is not an amount")
        scaled = value.scaleb(places(currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{text!r} has more than {places(currency)} decimal places for {currency}")
        return cls(int(scaled), currency)

    @classmethod
    def rounded(cls, value: Decimal, currency: str) -> Money:
        """Round an exact decimal half away from zero to the currency's smallest unit."""
        return cls(int(value.scaleb(places(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount as an exact decimal with the currency's places: `Decimal("12.50")`."""
        return Decimal(self.minor).scaleb(-places(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal:f}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be combined")
        return other.minor
