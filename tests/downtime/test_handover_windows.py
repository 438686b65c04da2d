"""Handover windows lie where the roster has adjoining shifts, and nowhere else."""

from datetime import date, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import Interval
from app.downtime.domain.patterns import Handover, Side, Window, WindowKind, expand, handovers
from app.downtime.domain.recurrence import PatternRefused
from app.roster.domain import ShiftType
from tests.downtime.builders import BERLIN, CENTER, OTHER_CENTER, horizon, pattern, shifts


def kind(starts: str, ends: str) -> ShiftType:
    return ShiftType(UUID(int=hash((starts, ends)) % 2**64), starts, time.fromisoformat(starts), time.fromisoformat(ends))


EARLY, LATE, NIGHT = kind("06:00", "14:00"), kind("14:00", "22:00"), kind("22:00", "06:00")
MONDAY = date(2026, 6, 1)
WEEK = horizon("2026-06-01T00:00", "2026-06-08T00:00")


def handover(outgoing: int = 10, incoming: int = 5, **fields: int) -> Handover:
    return Handover(outgoing, incoming, **fields)


def local(windows: tuple[Window, ...]) -> list[tuple[str, int, Side | None]]:
    return [
        (window.starts_at.astimezone(BERLIN).strftime("%d %H:%M"), window.interval.seconds // 60, window.side)
        for window in windows
    ]


def test_the_last_and_first_minutes_of_adjoining_shifts_become_windows() -> None:
    made = expand([pattern(handover(), kind=WindowKind.HANDOVER)], WEEK, BERLIN, shifts(MONDAY, EARLY, LATE))
    assert local(made.windows) == [("01 13:50", 10, Side.OUTGOING), ("01 14:00", 5, Side.INCOMING)]
    assert {window.kind for window in made.windows} == {WindowKind.HANDOVER}


def test_three_shifts_hand_over_three_times_a_day() -> None:
    roster = shifts(MONDAY, EARLY, LATE, NIGHT, days=3)
    made = expand([pattern(handover())], WEEK, BERLIN, roster)
    assert len(made.windows) == 2 * (3 * 3 - 1)
    assert made.overlaps == ()


def test_the_night_of_a_clock_change_hands_over_at_its_real_end() -> None:
    roster = shifts(date(2026, 3, 28), NIGHT) + shifts(date(2026, 3, 29), EARLY)
    made = expand([pattern(handover())], horizon("2026-03-28T00:00", "2026-03-30T00:00"), BERLIN, roster)
    assert local(made.windows) == [("29 05:50", 10, Side.OUTGOING), ("29 06:00", 5, Side.INCOMING)]
    assert made.windows[0].starts_at.hour == 3


def test_shifts_with_a_hole_between_them_hand_nothing_over() -> None:
    roster = shifts(MONDAY, EARLY, kind("14:30", "22:00"))
    assert expand([pattern(handover())], WEEK, BERLIN, roster).windows == ()
    assert len(expand([pattern(handover(gap_minutes=30))], WEEK, BERLIN, roster).windows) == 2


def test_overlapping_shifts_give_each_side_its_own_window() -> None:
    roster = shifts(MONDAY, kind("06:00", "14:15"), LATE)
    made = expand([pattern(handover(15, 15))], WEEK, BERLIN, roster)
    assert set(local(made.windows)) == {("01 14:00", 15, Side.OUTGOING), ("01 14:00", 15, Side.INCOMING)}
    assert made.windows[0].id != made.windows[1].id
    assert made.overlaps == ()


def test_a_shift_within_a_longer_one_is_no_handover() -> None:
    assert expand([pattern(handover())], WEEK, BERLIN, shifts(MONDAY, kind("06:00", "18:00"), EARLY)).windows == ()


def test_another_work_center_hands_over_by_itself() -> None:
    roster = shifts(MONDAY, EARLY) + shifts(MONDAY, LATE, center=OTHER_CENTER)
    assert expand([pattern(handover())], WEEK, BERLIN, roster).windows == ()


def test_one_side_may_be_left_out() -> None:
    roster = shifts(MONDAY, EARLY, LATE)
    assert local(expand([pattern(handover(10, 0))], WEEK, BERLIN, roster).windows) == [("01 13:50", 10, Side.OUTGOING)]
    assert local(expand([pattern(handover(0, 7))], WEEK, BERLIN, roster).windows) == [("01 14:00", 7, Side.INCOMING)]


def test_buffers_leave_the_usable_seconds_and_drop_a_side_without_any() -> None:
    made = expand([pattern(handover(10, 2), setup_seconds=60, return_seconds=90)], WEEK, BERLIN,
                  shifts(MONDAY, EARLY, LATE))  # fmt: skip
    assert [(window.side, window.usable_seconds) for window in made.windows] == [(Side.OUTGOING, 450)]


@pytest.mark.parametrize(("outgoing", "incoming", "gap"), [(-1, 5, 0), (0, 0, 0), (5, 5, -1)])
def test_a_handover_without_minutes_is_refused(outgoing: int, incoming: int, gap: int) -> None:
    with pytest.raises(PatternRefused):
        Handover(outgoing, incoming, gap_minutes=gap)


@st.composite
def rosters(draw: st.DrawFn) -> list[Interval]:
    start = WEEK.start
    spans = []
    for _ in range(draw(st.integers(1, 8))):
        begin = start + timedelta(minutes=15 * draw(st.integers(0, 300)))
        spans.append(Interval(begin, begin + timedelta(minutes=15 * draw(st.integers(1, 48)))))
    return spans


@given(rosters(), st.integers(0, 40), st.integers(0, 40), st.integers(0, 60), st.integers(0, 60))
def test_every_handover_window_lies_in_a_shift_of_its_own_side(
    spans: list[Interval], outgoing: int, incoming: int, gap: int, overlap: int
) -> None:
    if outgoing + incoming == 0:
        return
    for side, part in handovers(Handover(outgoing, incoming, gap, overlap), spans):
        if side is Side.OUTGOING:
            assert any(span.end == part.end and span.covers(part) for span in spans)
            assert part.seconds <= outgoing * 60
        else:
            assert any(span.start == part.start and span.covers(part) for span in spans)
            assert part.seconds <= incoming * 60


def test_places_never_take_coverage_below_its_minimum() -> None:
    made = expand([pattern(handover(), max_learners=3, minimum_staying=4, reliability=0.8)], WEEK, BERLIN,
                  shifts(MONDAY, EARLY, LATE))  # fmt: skip
    window = made.windows[0]
    assert [window.places(present) for present in (0, 3, 4, 5, 7, 30)] == [0, 0, 0, 1, 3, 3]
    assert window.reliability == 0.8
    assert window.work_center_id == CENTER
