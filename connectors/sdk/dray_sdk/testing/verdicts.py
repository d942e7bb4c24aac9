"""What the kit says of a rule: kept, broken with what to change, or not shown because the pretend books cannot."""

from __future__ import annotations

import unittest
from typing import NoReturn


class Broken(AssertionError):
    """A rule is broken. The text says what was seen and what to change."""


class NotShown(unittest.SkipTest):
    """Whether the rule is kept could not be shown; the text says what is missing. Test runners count it as skipped."""


def demand(kept: object, sentence: str) -> None:
    """Raise Broken with the sentence unless `kept`."""
    if not kept:
        raise Broken(sentence)


def not_shown(sentence: str) -> NoReturn:
    """Give up on a rule that does not concern this connector, or that its pretend books cannot show."""
    raise NotShown(sentence)


def short(value: object) -> str:
    """A value for a sentence: never more than a line or two."""
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 240 else f"{text[:230]}… ({len(text)} characters)"
