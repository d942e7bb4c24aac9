"""A week of letters: how it is learned, and what follows from it. No database."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from dray.cadence import causes, closures, silence
from dray.cadence.causes import Evidence
from dray.cadence.closures import Span
from dray.cadence.expecting import Usual
from dray.cadence.silence import Hours, is_silent
from dray.cadence.week import FALLEN, HOURS, LEVELS, NEW, RISEN, hour_of, in_words, is_usual, next_usual, place_of
from dray.web.next_run import expected

CHICAGO = ZoneInfo("America/Chicago")
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
TEN = 10 * MINUTE
NEVER, ALWAYS = LEVELS[0], LEVELS[-2]
OFFICE = "".join((NEVER * 8 + ALWAYS * 10 + NEVER * 6) if day < 5 else NEVER * 24 for day in range(7))
"""Monday to Friday, 8 to 18."""


def local(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of November 2026, on a clock in Chicago; the 16th is a Monday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=CHICAGO).astimezone(dt.UTC)


def learned(letter: str, *seen: bool) -> str:
    for called in seen:
        letter = (RISEN if called else FALLEN)[LEVELS.index(letter)]
    return letter


def test_every_letter_becomes_one_that_is_known() -> None:
    assert len(RISEN) == len(FALLEN) == len(LEVELS)
    assert set(RISEN + FALLEN) <= set(LEVELS[:-1])
    for at, letter in enumerate(LEVELS[:-1]):
        assert RISEN[at] > letter or letter == ALWAYS
        assert FALLEN[at] < letter or letter == NEVER
    assert learned(NEVER, *[True] * 20) == ALWAYS
    assert learned(ALWAYS, *[False] * 20) == NEVER


@pytest.mark.parametrize(
    ("weeks", "usual"),
    [
        ((True,), True),
        ((False,), False),
        ((True, False), True),
        ((True, False, False), False),
        ((True, True, True, True, False), True),
        ((True, True, True, True, False, False), False),
        ((False, False, True), False),
        ((False, False, True, True), True),
    ],
)
def test_one_missed_week_unlearns_nothing_and_two_do(weeks: tuple[bool, ...], usual: bool) -> None:
    assert is_usual(learned(".", *weeks) + NEW[1:], 0) is usual


def test_what_is_not_known_of_a_day_is_told_by_days_of_its_kind() -> None:
    monday = list(NEW)
    monday[9], monday[3] = ALWAYS, NEVER
    week = "".join(monday)
    assert is_usual(week, 2 * 24 + 9) is True, "Wednesday at nine, by Monday at nine"
    assert is_usual(week, 2 * 24 + 3) is False
    assert is_usual(week, 6 * 24 + 9) is None, "a Sunday is no Monday"
    assert is_usual(week, 2 * 24 + 10) is None


def test_hours_are_those_of_the_companys_clock_also_when_it_is_put_back() -> None:
    summer = dt.datetime(2026, 10, 30, 9, tzinfo=CHICAGO)
    winter = dt.datetime(2026, 11, 6, 9, tzinfo=CHICAGO)
    assert place_of(summer, CHICAGO) == place_of(winter, CHICAGO) == 4 * 24 + 9
    assert (hour_of(winter) - hour_of(summer)) % HOURS == 1


def test_usual_hours_are_told_in_words() -> None:
    assert in_words(NEW) == ""
    assert in_words(OFFICE[:60] + NEW[60:]) == "", "two days and a half are no week"
    assert in_words(OFFICE) == "Monday to Friday 08:00–18:00"
    assert in_words(ALWAYS * HOURS) == "all day, every day"
    assert in_words(NEVER * HOURS) == "at no hour regularly"
    nights = (ALWAYS * 6 + NEVER * 14 + ALWAYS * 4) * 5 + NEVER * 24 + ALWAYS * 24
    assert in_words(nights) == "Monday to Friday 00:00–06:00 and 20:00–24:00; Sunday all day"


def test_the_next_call_is_in_the_next_usual_hour() -> None:
    assert next_usual(OFFICE, CHICAGO, local(16, 9, 5)) == local(16, 9, 5)
    assert next_usual(OFFICE, CHICAGO, local(20, 18, 5)) == local(23, 8), "from Friday evening to Monday"
    assert next_usual(NEVER * HOURS, CHICAGO, local(16, 9)) is None
    assert next_usual(NEW, CHICAGO, local(16, 3)) == local(16, 3), "where nothing is known, every hour may be one"


def silent(last: dt.datetime, now: dt.datetime, *, waiting: bool = True, week: str = OFFICE, closed: str = "") -> bool:
    days = [int(day) for day in closed.split()]
    spans = [Span(dt.date(2026, 11, day), dt.date(2026, 11, day), "Holiday") for day in days]
    hours = Hours(now).of("America/Chicago", spans)
    return is_silent(week, hours, last=last, since=last, every=TEN, waiting=waiting, now=now)


@pytest.mark.parametrize(
    ("last", "now", "is_one"),
    [
        (local(16, 17, 55), local(17, 7, 59), False),
        (local(16, 17, 55), local(17, 8, 20), False),
        (local(16, 17, 55), local(17, 8, 31), True),
        (local(20, 17, 55), local(22, 20), False),
        (local(20, 17, 55), local(23, 8, 31), True),
        (local(17, 10), local(17, 10, 29), False),
        (local(17, 10), local(17, 10, 31), True),
        (local(17, 17, 50), local(17, 23), False),
    ],
)
def test_silence_is_counted_in_usual_hours_only(last: dt.datetime, now: dt.datetime, is_one: bool) -> None:
    assert silent(last, now) is is_one


def test_while_nothing_waits_only_an_absence_of_days_that_nobody_planned_is_told() -> None:
    friday = local(13, 17, 55)
    assert not silent(friday, local(16, 12), waiting=False), "a weekend and a morning"
    assert silent(friday, local(17, 9), waiting=False)
    assert not silent(friday, local(17, 9), waiting=False, closed="16 17")
    assert not silent(friday, local(18, 9), waiting=False, closed="16 17"), "not three days without the closure"
    assert silent(friday, local(19, 9), waiting=False, closed="16 17")


def test_in_a_planned_closure_nobody_is_missed_though_something_waits() -> None:
    assert silent(local(25, 17, 50), local(26, 9))
    assert not silent(local(25, 17, 50), local(26, 9), closed="26")
    assert silent(local(25, 17, 50), local(27, 9), closed="26")


def test_a_silence_goes_on_until_a_call_although_its_hours_are_unlearned() -> None:
    forgotten = NEVER * HOURS
    last, now = local(16, 10), local(18, 12)

    def goes_on(*, waiting: bool = True, closed: tuple[Span, ...] = ()) -> bool:
        hours = Hours(now).of("America/Chicago", closed)
        return is_silent(forgotten, hours, last=last, since=last, every=TEN, waiting=waiting, now=now, stands=True)

    assert goes_on()
    assert not goes_on(waiting=False), "what waited was taken back"
    assert not goes_on(closed=(Span(dt.date(2026, 11, 18), dt.date(2026, 11, 18), "Holiday"),))


def test_who_was_given_up_is_not_told_for_ever() -> None:
    now = local(30, 12)
    assert not silent(now - silence.FORGOTTEN_AFTER - MINUTE, now)


def test_an_outage_of_ours_is_counted_from_its_end() -> None:
    last, now, back = local(17, 8), local(17, 12, 5), local(17, 12)
    hours = Hours(now).of("America/Chicago", ())
    assert is_silent(OFFICE, hours, last=last, since=last, every=TEN, waiting=True, now=now)
    assert not is_silent(OFFICE, hours, last=last, since=back, every=TEN, waiting=True, now=now)


@pytest.mark.parametrize("week", [OFFICE, NEW])
def test_pages_expect_the_next_run_as_before_while_calls_come(week: str) -> None:
    run = expected(local(17, 10), TEN, local(17, 10, 4), Usual(week, CHICAGO))
    assert (run.at, run.silent_since) == (local(17, 10, 10), None)


def test_pages_expect_the_next_run_on_the_next_morning_and_after_a_closure() -> None:
    last = local(25, 17, 55)
    usual = Usual(OFFICE, CHICAGO)
    assert expected(last, TEN, local(25, 23), usual).at == local(26, 8)
    assert expected(last, TEN, local(26, 9), usual).silent_since == last
    thanksgiving = (Span(dt.date(2026, 11, 26), dt.date(2026, 11, 27), "Thanksgiving"),)
    run = expected(last, TEN, local(26, 9), Usual(OFFICE, CHICAGO, thanksgiving))
    assert (run.at, run.silent_since, run.closed) == (local(30, 8), None, thanksgiving[0])
    before = expected(local(25, 17, 59), TEN, local(25, 18, 50), Usual(OFFICE, CHICAGO, thanksgiving))
    assert before.at == local(30, 8), "and it is known the evening before"


def test_closures_that_follow_each_other_are_one() -> None:
    spans = [
        Span(dt.date(2026, 12, 24), dt.date(2026, 12, 26), "Christmas"),
        Span(dt.date(2026, 12, 27), dt.date(2026, 12, 31), "Between the years"),
        Span(dt.date(2027, 1, 3), dt.date(2027, 1, 3), "Not yet"),
    ]
    found = closures.covering(spans, dt.date(2026, 12, 25))
    assert found is not None
    assert found.last_day == dt.date(2026, 12, 31)
    assert closures.covering(spans, dt.date(2027, 1, 1)) is None


SEEN = Evidence(last=local(16, 10).astimezone(CHICAGO), now=local(17, 9).astimezone(CHICAGO))


@pytest.mark.parametrize(
    ("more", "code", "tells"),
    [
        ({}, "closed", "tick Auto-Run"),
        ({"ends_its_hours": True}, "not_on_again", "sign in to Windows"),
        ({"together": 2}, "together", "2 other connections"),
        ({"cut_off": True, "machine": "FRONTDESK"}, "cut_off", "FRONTDESK"),
        ({"code": "0x80040408", "sentence": "QuickBooks is closed. Open it."}, "stopped", "0x80040408"),
        ({"moving": True}, "moving", "on the new computer"),
        ({"denied_at": local(17, 8).astimezone(CHICAGO), "moving": True}, "wrong_password", "8:00 am"),
        ({"denied_at": local(15, 8).astimezone(CHICAGO)}, "closed", "ended well"),
        ({"our_fault": "it is not trusted", "cut_off": True}, causes.OURS, "it is not trusted"),
    ],
)
def test_the_likeliest_cause_is_what_was_seen_last(more: dict[str, object], code: str, tells: str) -> None:
    fields = {name: getattr(SEEN, name) for name in Evidence.__slots__}
    first, *rest = causes.likely(Evidence(**{**fields, **more}))
    assert first.code == code
    assert tells in f"{first.because} {first.do}"
    assert all(each.do and each.because and each.say for each in (first, *rest))
    assert [*(each.code for each in (first, *rest))][-1] == "closed", "the commonest is always named too"
