"""Exchanges kept as files: whole but for secrets, and played again to whatever connector comes next."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dray_qbd import connector as desktop
from dray_qbo import connector as online
from dray_sdk import Failure, Identify, InDoubt, NoAnswer, Outcome, Purpose
from dray_sdk.testing import Bench, recordings
from tests.connectors.sdk.mutants import TurnsLinesRound
from tests.connectors.sdk.specimen import Specimen
from tests.connectors.sdk.specimen_books import TAX_NUMBER
from tests.ground.tree import ROOT


@pytest.mark.parametrize("connector", [desktop, online, Specimen()])
def test_an_exchange_comes_back_from_its_file_and_is_understood_alike(connector: Any) -> None:
    stage = Bench(connector).stage()
    for batch in (stage.batch(Identify()), stage.write("1001", "1002")):
        request = stage.encode(batch)
        response = stage.carry(batch, request)
        recording = recordings.read(recordings.record(connector, batch, stage.books, request, response))
        assert recording.batch == batch
        assert recording.request.purpose is request.purpose
        assert recordings.differences(connector, recording) == ()


def test_no_secret_is_in_the_file() -> None:
    stage = Bench(Specimen()).stage()
    batch = stage.batch(Identify())
    request = stage.encode(batch)
    response = stage.carry(batch, request)
    assert TAX_NUMBER in repr(response)
    assert TAX_NUMBER not in recordings.record(Specimen(), batch, stage.books, request, response)


def test_a_failure_of_the_carrier_and_a_question_about_a_batch_are_kept_too() -> None:
    stage = Bench(Specimen()).stage()
    batch = stage.write()
    request = stage.connector.recover(batch, stage.books)
    assert request is not None
    recording = recordings.read(
        recordings.record(stage.connector, batch, stage.books, request, Failure(NoAnswer.UNANSWERED))
    )
    assert (recording.request.purpose, recording.response) == (Purpose.ASK, Failure("unanswered"))
    assert recordings.differences(stage.connector, recording) == ()


class Doubtful(Specimen):
    def understood(self, operation: Any, answer: Any) -> Outcome:
        return InDoubt()


def test_another_version_is_shown_what_it_does_otherwise() -> None:
    stage = Bench(Specimen()).stage()
    documents = stage.documents
    from dray_sdk import Create

    batch = stage.batch(Create(documents.invoice("1", "1.00", "2.00")))
    request = stage.encode(batch)
    recording = recordings.read(recordings.record(Specimen(), batch, stage.books, request, stage.carry(batch, request)))
    (sends,) = recordings.differences(TurnsLinesRound(), recording)
    assert sends.startswith("it sends ")
    (says,) = recordings.differences(Doubtful(), recording)
    assert says.startswith("operation 1: it says InDoubt(")


def test_what_the_page_shows_runs() -> None:
    page = (ROOT / "docs" / "connectors" / "conformance.md").read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(compile(code, "conformance.md", "exec"), {"__name__": "page"})
