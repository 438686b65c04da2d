"""Crew rotations give rosters in which every post is staffed and nobody is in two places."""

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.roster.domain import ROTATIONS, CrewPlan, Rotation, build_roster, double_booked, rotation_from_letters
from tests.roster.builders import EARLY, LATE, NIGHT, post

BERLIN = ZoneInfo("Europe/Berlin")
ANCHOR = date(2026, 1, 5)
LETTERS = {"D": EARLY, "E": LATE, "N": NIGHT}
CREWS = {"three_shift_weeks": 3}


def crews(rotation: Rotation, count: int, size: int = 2) -> list[CrewPlan]:
    step = len(rotation.days) // count
    return [
        CrewPlan(offset=step * crew, posts=tuple(post(100 * (crew + 1) + number) for number in range(size)))
        for crew in range(count)
    ]


@pytest.mark.parametrize("name", sorted(ROTATIONS))
def test_every_rotation_staffs_the_same_shifts_every_day(name: str) -> None:
    rotation = rotation_from_letters(ROTATIONS[name], LETTERS, ANCHOR)
    count = CREWS.get(name, 4)
    step = len(rotation.days) // count
    staffed = set()
    for number in range(len(rotation.days)):
        day = ANCHOR + timedelta(days=number)
        kinds = [rotation.shift_type_on(day, step * crew) for crew in range(count)]
        working = Counter(kind.name for kind in kinds if kind)
        assert set(working.values()) <= {1}
        if name != "three_shift_weeks" or day.weekday() < 5:
            staffed.add(tuple(sorted(working)))
    assert len(staffed) == 1


@pytest.mark.parametrize("name", sorted(ROTATIONS))
def test_no_rotation_books_anybody_twice_over_clock_changes(name: str) -> None:
    rotation = rotation_from_letters(ROTATIONS[name], LETTERS, ANCHOR)
    built = build_roster(rotation, crews(rotation, CREWS.get(name, 4)), BERLIN, date(2026, 3, 1), date(2026, 4, 30))
    assert built.shifts
    assert built.impossible == ()
    assert double_booked(built.shifts) == ()
    assert len({shift.id for shift in built.shifts}) == len(built.shifts)


def test_both_dates_of_the_range_belong_to_it() -> None:
    rotation = Rotation((EARLY,), ANCHOR)
    built = build_roster(rotation, [CrewPlan(0, (post(),))], BERLIN, ANCHOR, ANCHOR + timedelta(days=6))
    assert [shift.business_date for shift in built.shifts] == [ANCHOR + timedelta(days=n) for n in range(7)]


def test_a_date_that_does_not_exist_is_reported_and_not_rostered() -> None:
    rotation = Rotation((EARLY,), ANCHOR)
    apia = ZoneInfo("Pacific/Apia")
    built = build_roster(rotation, [CrewPlan(0, (post(),))], apia, date(2011, 12, 29), date(2011, 12, 31))
    assert [shift.business_date.day for shift in built.shifts] == [29, 31]
    assert built.impossible == ((date(2011, 12, 30), "early"),)


def test_an_unknown_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="no shift type for X"):
        rotation_from_letters("DX-", LETTERS, ANCHOR)
    with pytest.raises(ValueError, match="at least one day"):
        rotation_from_letters("", LETTERS, ANCHOR)


@given(st.integers(-1000, 1000), st.integers(0, 40), st.sampled_from(sorted(ROTATIONS)))
def test_a_rotation_repeats_for_ever_in_both_directions(days: int, offset: int, name: str) -> None:
    rotation = rotation_from_letters(ROTATIONS[name], LETTERS, ANCHOR)
    day = ANCHOR + timedelta(days=days)
    cycle = timedelta(days=len(rotation.days))
    assert rotation.shift_type_on(day, offset) == rotation.shift_type_on(day + cycle, offset)
    assert rotation.shift_type_on(day, offset) == rotation.shift_type_on(day + timedelta(days=offset))
