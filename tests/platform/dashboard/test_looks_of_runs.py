"""What one run is shown as."""

import datetime as dt

import pytest

from dray.dashboard.runs import Look, Run

AT = dt.datetime(2026, 11, 19, 10, tzinfo=dt.UTC)


def run(*, accepted: int = 0, refused: int = 0, handed_out: int = 0, stopped: str = "") -> Run:
    return Run(AT, accepted, refused, handed_out, stopped, open=False)


def test_an_invoice_that_was_refused_before_it_was_handed_out_counts_among_those_of_the_run() -> None:
    seen = run(accepted=9, refused=1, handed_out=9)
    assert (seen.invoices, seen.unanswered, seen.look) == (10, 0, Look.PARTLY)


@pytest.mark.parametrize(
    ("seen", "look"),
    [
        (run(accepted=2, handed_out=2), Look.ACCEPTED),
        (run(accepted=1, handed_out=2), Look.PARTLY),
        (run(refused=1), Look.PARTLY),
        (run(), Look.IDLE),
        (run(accepted=2, handed_out=2, stopped="Another file is open."), Look.STOPPED),
    ],
)
def test_a_run_looks_as_it_went(seen: Run, look: Look) -> None:
    assert seen.look is look


def test_what_got_no_answer_is_counted() -> None:
    assert run(accepted=1, refused=1, handed_out=5).unanswered == 3
