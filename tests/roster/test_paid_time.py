"""What of a shift may be credited, and what of it may be planned for learning."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import Interval, total_seconds
from app.roster.domain import (
    Absence,
    Break,
    BreakKind,
    BreakRule,
    Shift,
    attended_intervals,
    double_booked,
    expand_shift,
    learnable_intervals,
    may_learn,
    paid_intervals,
    seconds_by_workday,
)
from tests.roster.builders import EARLY, MEAL, NIGHT, PAID_MEAL, REST, UNPAID_REST, post, shift_type

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 6, 1)


def early(*breaks: BreakRule) -> Shift:
    return expand_shift(shift_type("06:00", "14:00", *breaks), DAY, BERLIN, post())


def minutes(intervals: tuple[Interval, ...]) -> int:
    return total_seconds(intervals) // 60


def absence(shift: Shift, start: int, end: int, worker: int = 100) -> Absence:
    """An absence given in minutes from the shift's start."""
    begin = shift.starts_at
    return Absence(UUID(int=worker), begin + timedelta(minutes=start), begin + timedelta(minutes=end))


@pytest.mark.parametrize(
    ("breaks", "paid", "learnable"),
    [
        ((), 480, 480),
        ((MEAL,), 450, 450),
        ((PAID_MEAL,), 450, 450),
        ((REST,), 480, 470),
        ((UNPAID_REST,), 465, 465),
        ((REST, MEAL, UNPAID_REST), 435, 425),
    ],
)
def test_meal_and_unpaid_breaks_are_not_paid_and_no_break_is_for_learning(
    breaks: tuple[BreakRule, ...], paid: int, learnable: int
) -> None:
    shift = early(*breaks)
    assert minutes(paid_intervals(shift)) == paid
    assert minutes(learnable_intervals(shift)) == learnable


def test_absences_are_taken_from_the_shift() -> None:
    shift = early(MEAL)
    gone = [absence(shift, -60, 60), absence(shift, 250, 300)]
    assert minutes(attended_intervals(shift, gone)) == 480 - 60 - 50
    assert minutes(paid_intervals(shift, gone)) == 480 - 60 - 60


def test_an_absence_of_the_whole_shift_leaves_nothing() -> None:
    shift = early(MEAL)
    assert learnable_intervals(shift, [absence(shift, -600, 900)]) == ()


def test_a_colleague_who_is_absent_changes_nothing() -> None:
    shift = early()
    assert minutes(paid_intervals(shift, [absence(shift, 0, 60, worker=101)])) == 480


def test_learning_may_touch_a_break_but_not_enter_it() -> None:
    shift = early(REST)
    begin = shift.starts_at
    touching = Interval(begin + timedelta(minutes=115), begin + timedelta(minutes=120))
    entering = Interval(begin + timedelta(minutes=116), begin + timedelta(minutes=121))
    outside = Interval(begin - timedelta(minutes=1), begin + timedelta(minutes=2))
    assert may_learn(touching, shift)
    assert not may_learn(entering, shift)
    assert not may_learn(outside, shift)


def test_a_break_outside_its_shift_is_refused() -> None:
    shift = early()
    stray = Break(shift.ends_at, shift.ends_at + timedelta(minutes=5), BreakKind.REST, paid=True)
    with pytest.raises(ValueError, match="outside its shift"):
        Shift(shift.id, shift.worker_id, shift.site_id, shift.work_center_id, None, DAY, shift.starts_at,
              shift.ends_at, (stray,))  # fmt: skip


absences = st.lists(st.tuples(st.integers(-100, 600), st.integers(1, 200)), max_size=5)


@given(st.dates(date(2024, 1, 1), date(2026, 6, 1)), absences)
def test_learnable_time_is_paid_and_paid_time_is_attended(day: date, gone: list[tuple[int, int]]) -> None:
    shift = expand_shift(shift_type("22:00", "06:00", REST, MEAL, UNPAID_REST), day, BERLIN, post())
    away = [absence(shift, start, start + length) for start, length in gone]
    attended, paid = attended_intervals(shift, away), paid_intervals(shift, away)
    learnable = learnable_intervals(shift, away)
    assert total_seconds(learnable) <= total_seconds(paid) <= total_seconds(attended) <= shift.seconds
    assert all(any(outer.covers(inner) for outer in paid) for inner in learnable)
    assert all(any(outer.covers(inner) for outer in attended) for inner in paid)


def test_a_night_is_split_over_two_workdays_at_local_midnight() -> None:
    night = expand_shift(NIGHT, date(2026, 3, 28), BERLIN, post())
    assert seconds_by_workday([night.interval], BERLIN) == {date(2026, 3, 28): 7200, date(2026, 3, 29): 5 * 3600}


def test_a_workday_may_start_at_another_hour() -> None:
    night = expand_shift(NIGHT, date(2026, 3, 28), BERLIN, post())
    assert seconds_by_workday([night.interval], BERLIN, time(6)) == {date(2026, 3, 28): 7 * 3600}


@given(st.sampled_from(["Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe", "America/Havana"]),
       st.integers(0, 5000), st.integers(1, 90))  # fmt: skip
def test_workdays_share_out_every_second(zone: str, start: int, hours: int) -> None:
    begin = datetime(2011, 12, 20, tzinfo=UTC) + timedelta(hours=start)
    interval = Interval(begin, begin + timedelta(hours=hours))
    assert sum(seconds_by_workday([interval], ZoneInfo(zone)).values()) == hours * 3600


def test_one_worker_on_two_shifts_at_once_is_double_booked() -> None:
    one = expand_shift(EARLY, DAY, BERLIN, post())
    other = expand_shift(shift_type("13:00", "21:00", number=77), DAY, BERLIN, post())
    colleague = expand_shift(EARLY, DAY, BERLIN, post(101))
    assert double_booked([one, colleague]) == ()
    assert double_booked([other, colleague, one]) == ((one.interval, other.interval),)
