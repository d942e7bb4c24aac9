"""When the other side probably calls next."""

import datetime as dt

from dray.web import next_run

NOW = dt.datetime(2026, 11, 19, 16, 46, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def test_without_history_ten_minutes_are_assumed() -> None:
    every = next_run.interval(NOW - 6 * MINUTE, None, 0)
    assert next_run.expected(NOW - 6 * MINUTE, every, NOW).at == NOW + 4 * MINUTE


def test_the_interval_is_learned_from_a_streak_of_polls() -> None:
    assert next_run.interval(NOW, NOW - 60 * MINUTE, 3) == 30 * MINUTE


def test_before_first_contact_nothing_is_promised() -> None:
    run = next_run.expected(None, next_run.USUAL, NOW)
    assert (run.at, run.silent_since) == (None, None)


def test_a_late_call_is_due_now_and_a_very_late_one_is_silence() -> None:
    assert next_run.expected(NOW - 12 * MINUTE, next_run.USUAL, NOW).at == NOW
    silent = next_run.expected(NOW - 31 * MINUTE, next_run.USUAL, NOW)
    assert (silent.at, silent.silent_since) == (None, NOW - 31 * MINUTE)


def test_two_polls_in_one_second_teach_no_interval_of_nothing() -> None:
    assert next_run.interval(NOW, NOW, 9) == MINUTE
