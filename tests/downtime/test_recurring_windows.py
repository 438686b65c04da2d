"""Recurring windows follow the clock on the wall, and are real minutes long."""

# Wall times are naive on purpose: the zone stands beside them.
# ruff: noqa: DTZ001

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import Interval
from app.downtime.domain.patterns import WindowPattern, expand
from app.downtime.domain.recurrence import Every, PatternRefused, Rule, occurrences
from tests.downtime.builders import BERLIN, OTHER_CENTER, UTC_ZONE, horizon, pattern

DAY = horizon("2026-06-01T00:00", "2026-06-02T00:00")


def starts(made: WindowPattern, start: str, end: str) -> list[str]:
    windows = expand([made], horizon(start, end), BERLIN).windows
    return [window.starts_at.astimezone(BERLIN).strftime("%d %H:%M") for window in windows]


def test_a_changeover_every_four_hours_starts_at_its_local_times() -> None:
    every = pattern(Every(240, time(6)), 10)
    assert starts(every, "2026-06-01T06:00", "2026-06-02T06:00") == [
        "01 06:00", "01 10:00", "01 14:00", "01 18:00", "01 22:00", "02 02:00",
    ]  # fmt: skip


def test_the_wall_clock_rules_on_days_that_change_it() -> None:
    every = pattern(Every(240, time(6)), 10)
    # 02:00 does not exist in that night and moves to 03:00; the next one is at six as on every day.
    assert starts(every, "2026-03-28T18:00", "2026-03-29T12:00") == [
        "28 18:00", "28 22:00", "29 03:00", "29 06:00", "29 10:00",
    ]  # fmt: skip


def test_a_time_in_the_gap_moves_forward_and_meets_its_neighbor_once() -> None:
    half_hourly = pattern(Every(30, time(0)), 5)
    assert starts(half_hourly, "2026-03-29T01:00", "2026-03-29T04:30") == [
        "29 01:00", "29 01:30", "29 03:00", "29 03:30", "29 04:00",
    ]  # fmt: skip


def test_a_repeated_time_happens_once_and_first() -> None:
    made = expand([pattern(Rule("FREQ=DAILY", datetime(2026, 10, 20, 2, 30)), 5)],
                  horizon("2026-10-25T00:00", "2026-10-25T12:00"), BERLIN)  # fmt: skip
    assert [window.starts_at for window in made.windows] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_a_step_that_does_not_divide_the_day_starts_anew_each_day() -> None:
    every = pattern(Every(7 * 60, time(6)), 10)
    assert starts(every, "2026-06-01T06:00", "2026-06-02T07:00") == [
        "01 06:00", "01 13:00", "01 20:00", "02 03:00", "02 06:00",
    ]  # fmt: skip


def test_a_recurrence_keeps_to_its_hours_and_weekdays() -> None:
    every = pattern(Every(60, time(8), time(11), frozenset({0, 2})), 5)
    assert starts(every, "2026-06-01T00:00", "2026-06-04T00:00") == [
        "01 08:00", "01 09:00", "01 10:00", "03 08:00", "03 09:00", "03 10:00",
    ]  # fmt: skip


def test_hours_past_midnight_belong_to_the_day_they_began_on() -> None:
    every = pattern(Every(120, time(22), time(3), frozenset({0})), 5)
    assert starts(every, "2026-06-01T00:00", "2026-06-04T00:00") == ["01 22:00", "02 00:00", "02 02:00"]


def test_a_rule_in_the_words_of_calendars_is_understood() -> None:
    rule = pattern(Rule("RRULE:FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9,15", datetime(2026, 1, 1, 9)), 8)
    assert starts(rule, "2026-06-01T00:00", "2026-06-07T00:00") == ["01 09:00", "01 15:00", "04 09:00", "04 15:00"]


def test_an_until_in_utc_ends_at_the_local_time_it_means() -> None:
    rule = pattern(Rule("FREQ=DAILY;UNTIL=20260602T070000Z", datetime(2026, 6, 1, 9)), 8)
    assert starts(rule, "2026-06-01T00:00", "2026-06-07T00:00") == ["01 09:00", "02 09:00"]


def test_a_count_is_counted_from_the_start_of_the_rule() -> None:
    rule = pattern(Rule("FREQ=DAILY;COUNT=3", datetime(2026, 5, 30, 9)), 8)
    assert starts(rule, "2026-06-01T00:00", "2026-06-07T00:00") == ["01 09:00"]


@pytest.mark.parametrize(
    "text",
    [
        "", "DAILY", "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=FORTNIGHTLY", "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=100000", "FREQ=HOURLY;INTERVAL=5",
        "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;UNTIL=yesterday", "FREQ=DAILY;BYEASTER=0", "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY\nEXDATE:20260601T090000", "FREQ=DAILY;BYHOUR=25", "FREQ=DAILY;UNTIL=20269999T990000Z",
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(PatternRefused):
        Rule(text, datetime(2026, 1, 1, 9))


@pytest.mark.parametrize("text", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31"])
def test_a_rule_that_never_happens_ends_soon(text: str) -> None:
    begun = stopwatch.perf_counter()
    assert list(occurrences(Rule(text, datetime(2026, 1, 1, 9)), DAY, BERLIN)) == []
    assert stopwatch.perf_counter() - begun < 5


def test_an_old_hourly_rule_is_not_walked_from_its_start() -> None:
    old = Rule("FREQ=HOURLY;INTERVAL=4", datetime(2001, 1, 1, 1))
    young = Rule("FREQ=HOURLY;INTERVAL=4", datetime(2026, 5, 31, 1))
    assert list(occurrences(old, DAY, BERLIN)) == list(occurrences(young, DAY, BERLIN))


def test_a_recurrence_denser_than_any_line_is_refused() -> None:
    decade = horizon("2026-01-01T00:00", "2026-03-01T00:00")
    with pytest.raises(PatternRefused, match="too many"):
        list(occurrences(Every(1), decade, BERLIN))


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": 0},
        {"minutes": 1441},
        {"minutes": 5, "weekdays": frozenset()},
        {"minutes": 5, "weekdays": frozenset({7})},
        {"minutes": 5, "first": time(6, tzinfo=UTC)},
    ],
)
def test_an_impossible_step_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(PatternRefused):
        Every(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [datetime(2026, 1, 1, tzinfo=UTC), datetime(1999, 12, 31)])
def test_a_rule_starts_at_a_wall_time_of_this_century(start: datetime) -> None:
    with pytest.raises(PatternRefused):
        Rule("FREQ=DAILY", start)


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": 0}, {"minutes": 5, "setup_seconds": 200, "return_seconds": 100}, {"minutes": 5, "max_learners": 0},
        {"minutes": 5, "minimum_staying": -1}, {"minutes": 5, "reliability": 1.01}, {"minutes": 5, "setup_seconds": -1},
        {"minutes": 5, "valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 1)},
    ],
)  # fmt: skip
def test_a_pattern_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(PatternRefused):
        pattern(Every(60), **fields)  # type: ignore[arg-type]


def test_a_pattern_holds_on_both_its_first_and_its_last_day() -> None:
    daily = pattern(Every(1440, time(23, 30)), 60, valid_from=date(2026, 6, 2), valid_until=date(2026, 6, 3))
    assert starts(daily, "2026-06-01T00:00", "2026-06-06T00:00") == ["02 23:30", "03 23:30"]


def test_windows_are_cut_at_the_horizon_and_keep_their_ids() -> None:
    hourly = pattern(Every(60), 10, setup_seconds=60, return_seconds=60)
    whole = expand([hourly], horizon("2026-06-01T07:30", "2026-06-01T08:30"), BERLIN).windows
    late = expand([hourly], horizon("2026-06-01T08:04", "2026-06-01T08:30"), BERLIN).windows
    assert [window.usable_seconds for window in whole] == [480]
    assert [window.usable_seconds for window in late] == [240]
    assert whole[0].id == late[0].id
    assert expand([hourly], horizon("2026-06-01T08:08", "2026-06-01T08:30"), BERLIN).windows == ()


@given(st.integers(1, 71), st.integers(5, 180), st.integers(1, 30))
def test_neighboring_horizons_share_no_window_when_windows_stay_whole(cut: int, step: int, minutes: int) -> None:
    middle = DAY.start + timedelta(minutes=20 * cut)
    every = [pattern(Every(step, time(0, 7)), minutes)]
    left = expand(every, Interval(DAY.start, middle), BERLIN, clip=False).windows
    right = expand(every, Interval(middle, DAY.end), BERLIN, clip=False).windows
    assert (*left, *right) == expand(every, DAY, BERLIN, clip=False).windows
    assert all(window.interval.seconds == minutes * 60 for window in left)


@given(st.integers(5, 300), st.integers(1, 60), st.integers(0, 1439), st.dates(date(2026, 1, 1), date(2026, 5, 30)))
def test_windows_lie_in_the_horizon_and_have_ids_of_their_own(step: int, minutes: int, first: int, day: date) -> None:
    bounds = Interval(datetime.combine(day, time(), UTC), datetime.combine(day + timedelta(days=2), time(), UTC))
    made = expand([pattern(Every(step, time(*divmod(first, 60))), minutes)], bounds, BERLIN)
    again = expand([pattern(Every(step, time(*divmod(first, 60))), minutes)], bounds, BERLIN)
    assert made == again
    assert all(bounds.covers(window.interval) for window in made.windows)
    assert len({window.id for window in made.windows}) == len(made.windows)
    assert all(0 < window.usable_seconds <= window.interval.seconds for window in made.windows)


def test_overlapping_windows_are_kept_and_reported() -> None:
    lull = pattern(Every(60, time(0, 5)), 10, id=UUID(int=501))
    elsewhere = pattern(Every(60, time(0, 5)), 10, id=UUID(int=502), work_center_id=OTHER_CENTER)
    hour = Interval(datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 1, 9, tzinfo=UTC))
    made = expand([pattern(Every(60), 10), lull, elsewhere], hour, UTC_ZONE)
    assert len(made.windows) == 3
    assert [(one.pattern_id.int, other.pattern_id.int) for one, other in made.overlaps] == [(500, 501)]
