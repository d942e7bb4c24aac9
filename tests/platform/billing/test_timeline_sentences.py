"""Every kind of happening has a sentence, whole with details and without any."""

from __future__ import annotations

import pytest

from dray.billing import timeline
from dray.billing.states import Move
from tests.platform.shop import ACTOR, NOW, Shop

FULL = {
    "connection_name": "QuickBooks Desktop", "detail": "There is no item called Filter.", "code": "3140",
    "number": "9001", "warning": "The class was left out.", "fields": ["memo", "lines"], "reason": "cash sale",
    "theirs": "425.00", "field": "lines",
}  # fmt: skip
BAD_WORDS = ("invalid", "failed to", "error occurred", "None", "{", "..")


@pytest.mark.parametrize("kind", timeline.SENTENCES)
def test_a_sentence_is_plain_and_whole(kind: str) -> None:
    cases: tuple[dict[str, object], ...] = ({}, dict(FULL), {"detail": None, "fields": []})
    for details in cases:
        said = timeline.sentence(kind, details)
        assert said[0].isupper()
        assert said.endswith(".")
        assert not any(word in said for word in BAD_WORDS), said
        assert "3140" not in said


def test_every_move_has_a_sentence() -> None:
    assert {move.value for move in Move} <= set(timeline.SENTENCES)


def test_a_kind_without_a_sentence_is_never_written(shop: Shop) -> None:
    with shop.session() as session, pytest.raises(KeyError):
        timeline.note(session, "nonsense", [(1, {})], at=NOW, actor=ACTOR)


def test_known_sentences() -> None:
    assert timeline.sentence("accepted", FULL) == (
        "QuickBooks Desktop accepted it as number 9001. It is locked from now on. The class was left out."
    )
    assert timeline.sentence("refused", FULL) == "QuickBooks Desktop said no: There is no item called Filter."
    assert timeline.sentence("marked_not_sent", FULL | {"detail": ""}) == "Marked as not to be sent: cash sale."
