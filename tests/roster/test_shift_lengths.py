"""Shift types become shifts of their real length, on every kind of clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.roster.domain import ImpossibleShift, ShiftType, expand_shift, shift_span
from tests.roster.builders import EARLY, LATE, MEAL, NIGHT, post, shift_type

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 7.0),
        ("Europe/Berlin", date(2026, 10, 24), 9.0),
        ("Europe/Berlin", date(2026, 6, 1), 8.0),
        ("America/New_York", date(2026, 3, 7), 7.0),
        ("America/New_York", date(2025, 11, 1), 9.0),
        ("Australia/Lord_Howe", date(2026, 10, 3), 7.5),
        ("Australia/Lord_Howe", date(2026, 4, 4), 8.5),
        ("Antarctica/Troll", date(2026, 3, 28), 6.0),
        ("Antarctica/Troll", date(2026, 10, 24), 10.0),
        ("Africa/Cairo", date(2026, 4, 23), 7.0),
        ("Asia/Kathmandu", date(2026, 3, 28), 8.0),
        ("Pacific/Apia", date(2011, 12, 29), 8.0),
        ("Pacific/Apia", date(2011, 12, 31), 8.0),
    ],
)
def test_a_night_shift_has_its_real_length(zone: str, day: date, hours: float) -> None:
    assert shift_span(NIGHT, day, ZoneInfo(zone)).seconds == int(hours * 3600)


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    shift = expand_shift(NIGHT, date(2026, 3, 28), BERLIN, post())
    assert shift.business_date == date(2026, 3, 28)
    assert shift.starts_at == datetime(2026, 3, 28, 21, tzinfo=UTC)
    assert shift.ends_at == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert shift.seconds == 7 * 3600


def test_equal_start_and_end_make_a_shift_of_a_whole_day() -> None:
    around = shift_type("06:00", "06:00")
    assert around.crosses_midnight
    assert shift_span(around, date(2026, 10, 24), BERLIN).seconds == 25 * 3600


def test_a_date_that_does_not_exist_has_no_shift() -> None:
    with pytest.raises(ImpossibleShift):
        shift_span(EARLY, date(2011, 12, 30), ZoneInfo("Pacific/Apia"))


@pytest.mark.parametrize(("starts", "ends"), [("02:00", "03:00"), ("02:30", "03:10")])
def test_a_shift_that_the_clock_jumps_over_is_impossible(starts: str, ends: str) -> None:
    with pytest.raises(ImpossibleShift, match="jumps over"):
        shift_span(shift_type(starts, ends), date(2026, 3, 29), BERLIN)


def test_a_late_break_ends_with_a_night_that_the_clock_shortens() -> None:
    last = shift_type("22:00", "06:00", MEAL.__class__(offset_minutes=410, minutes=30))
    (pause,) = expand_shift(last, date(2026, 3, 28), BERLIN, post()).breaks
    assert pause.interval.seconds == 10 * 60
    beyond = shift_type("22:00", "06:00", MEAL.__class__(offset_minutes=430, minutes=30))
    assert expand_shift(beyond, date(2026, 3, 28), BERLIN, post()).breaks == ()


def test_building_the_same_shift_twice_gives_the_same_id() -> None:
    one = expand_shift(EARLY, date(2026, 5, 4), BERLIN, post())
    again = expand_shift(EARLY, date(2026, 5, 4), BERLIN, post())
    other_day = expand_shift(EARLY, date(2026, 5, 5), BERLIN, post())
    other_worker = expand_shift(EARLY, date(2026, 5, 4), BERLIN, post(101))
    assert one == again
    assert len({one.id, other_day.id, other_worker.id}) == 3


def test_breaks_that_overlap_or_outlast_the_shift_are_refused() -> None:
    rule = MEAL.__class__
    with pytest.raises(ValueError, match="overlap"):
        shift_type("06:00", "14:00", rule(60, 30), rule(80, 30))
    with pytest.raises(ValueError, match="after its shift"):
        shift_type("06:00", "14:00", rule(470, 30))
    with pytest.raises(ValueError, match="break needs a length"):
        rule(10, 0)


def test_a_shift_type_has_no_zone() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        ShiftType(EARLY.id, "early", time(6, tzinfo=UTC), time(14))


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Africa/Cairo", "Asia/Tehran"]


@given(st.sampled_from(ZONES), st.dates(date(2023, 1, 1), date(2026, 6, 1)))
def test_three_shifts_a_day_leave_no_hole_and_no_overlap(zone: str, day: date) -> None:
    info = ZoneInfo(zone)
    early, late, night = (shift_span(kind, day, info) for kind in (EARLY, LATE, NIGHT))
    tomorrow = shift_span(EARLY, day + timedelta(days=1), info)
    assert early.end == late.start
    assert late.end == night.start
    assert night.end == tomorrow.start


@given(st.sampled_from(ZONES), st.dates(date(2023, 1, 1), date(2026, 6, 1)), st.times(), st.times())
def test_a_shift_differs_from_its_nominal_length_by_the_change_of_offset(zone: str, day: date, starts: time, ends: time) -> None:
    info = ZoneInfo(zone)
    kind = ShiftType(NIGHT.id, "any", starts.replace(microsecond=0), ends.replace(microsecond=0))
    try:
        span = shift_span(kind, day, info)
    except ImpossibleShift:
        return
    before, after = span.start.astimezone(info).utcoffset(), span.end.astimezone(info).utcoffset()
    assert before is not None
    assert after is not None
    shown_start = span.start.astimezone(info).replace(tzinfo=None)
    shown_end = span.end.astimezone(info).replace(tzinfo=None)
    assert span.length == (shown_end - shown_start) - (after - before)
    if (shown_start.time(), shown_end.time()) == (kind.starts, kind.ends):
        assert span.length == timedelta(seconds=kind.nominal_seconds) - (after - before)
