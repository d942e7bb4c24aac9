"""What anybody may read: the limits of every field and the meaning of every code, as the connectors say them."""

from __future__ import annotations

import pytest

from dray.web.help import WHO
from dray_qbd import connector as desktop
from dray_qbo import connector as online
from dray_sdk import Remedy
from tests.platform.web.stage import Stage


@pytest.mark.parametrize("connector", [desktop, online])
def test_every_limit_is_published_and_needs_no_login(stage: Stage, connector: object) -> None:
    answer = stage.app.test_client().get("/help/limits")
    assert answer.status_code == 200
    for limit in connector.limits_for(None):  # type: ignore[attr-defined]
        assert limit.label in answer.text
        assert f"{limit.maximum:,}" in answer.text


@pytest.mark.parametrize("connector", [desktop, online])
def test_every_code_is_explained_with_who_and_what(stage: Stage, connector: object) -> None:
    html = stage.app.test_client().get("/help/codes").text
    explanations = connector.explanations  # type: ignore[attr-defined]
    assert len(explanations) > 30
    for code, each in explanations.items():
        assert f"<code>{code}</code>" in html
        assert each.meaning
        assert each.action


def test_everybody_who_can_do_something_has_a_word() -> None:
    assert set(WHO) == set(Remedy)
