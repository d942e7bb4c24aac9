"""The rules of the interface, each a small function that says what it demands."""

from dray_sdk.testing.rules import answers, declaring, encoding, losing, outside, posting, reading, secrets
from dray_sdk.testing.stage import RULES

__all__ = ["ORDER"]

ORDER = (declaring, encoding, posting, answers, losing, reading, outside, secrets)
"""The order in which an author should mend what is broken."""

RULES.sort(key=lambda one: [module.__name__ for module in ORDER].index(one.__module__))
