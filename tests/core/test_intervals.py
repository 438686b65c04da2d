"""Interval arithmetic against a model that counts single seconds."""

# Wall times are naive on purpose: the zone stands beside them.
# ruff: noqa: DTZ001

import itertools
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import (
    Interval,
    between,
    clip,
    covered,
    date_exists,
    intersect,
    local_day,
    overlapping_pairs,
    resolve_local,
    subtract,
    to_utc,
    total_seconds,
    union,
)

ORIGIN = datetime(2026, 3, 29, tzinfo=UTC)


def span(start: int, end: int) -> Interval:
    return Interval(ORIGIN + timedelta(seconds=start), ORIGIN + timedelta(seconds=end))


spans = st.builds(lambda start, length: span(start, start + length), st.integers(0, 60), st.integers(1, 20))
many = st.lists(spans, max_size=8)


def instants(intervals: object) -> set[int]:
    """The model: every second that is inside."""
    seconds: set[int] = set()
    for interval in intervals:  # type: ignore[attr-defined]
        first = (interval.start - ORIGIN) // timedelta(seconds=1)
        seconds.update(range(first, first + interval.seconds))
    return seconds


def is_tidy(intervals: tuple[Interval, ...]) -> bool:
    return all(one.end <= other.start for one, other in itertools.pairwise(intervals))


@given(many)
def test_union_holds_the_same_instants_sorted_and_apart(intervals: list[Interval]) -> None:
    merged = union(intervals)
    assert instants(merged) == instants(intervals)
    assert all(one.end < other.start for one, other in itertools.pairwise(merged))
    assert union(merged) == merged


@given(many, many)
def test_intersection_holds_the_instants_of_both(left: list[Interval], right: list[Interval]) -> None:
    shared = intersect(left, right)
    assert instants(shared) == instants(left) & instants(right)
    assert is_tidy(shared)
    assert instants(shared) == instants(intersect(right, left))


@given(many, many)
def test_difference_holds_the_instants_of_the_left_only(left: list[Interval], right: list[Interval]) -> None:
    rest = subtract(left, right)
    assert instants(rest) == instants(left) - instants(right)
    assert is_tidy(rest)


@given(many, many)
def test_no_second_is_lost_or_made(left: list[Interval], right: list[Interval]) -> None:
    whole = total_seconds(union(left))
    assert whole == total_seconds(subtract(left, right)) + total_seconds(intersect(left, right))
    both = total_seconds(union([*left, *right]))
    assert both == whole + total_seconds(union(right)) - total_seconds(intersect(left, right))


@given(many, spans)
def test_clipping_is_intersecting_with_the_bounds(intervals: list[Interval], bounds: Interval) -> None:
    inside = clip(intervals, bounds)
    assert instants(inside) == instants(intervals) & instants([bounds])
    assert all(bounds.covers(interval) for interval in inside)


@given(spans, many)
def test_covered_means_that_nothing_remains(interval: Interval, by: list[Interval]) -> None:
    assert covered(interval, by) == (instants([interval]) <= instants(by))


@given(many)
def test_overlapping_pairs_are_all_pairs_that_share_time(intervals: list[Interval]) -> None:
    expected = sum(one.overlaps(other) for position, one in enumerate(intervals) for other in intervals[position + 1 :])
    pairs = overlapping_pairs(intervals)
    assert len(pairs) == expected
    assert all(one.overlaps(other) and one.start <= other.start for one, other in pairs)


@given(spans, spans)
def test_two_intervals_overlap_when_they_have_an_intersection(one: Interval, other: Interval) -> None:
    shared = one.intersection(other)
    assert one.overlaps(other) == other.overlaps(one) == (shared is not None)
    if shared:
        assert one.covers(shared)
        assert other.covers(shared)


def test_the_end_is_not_inside() -> None:
    interval = span(0, 10)
    assert interval.contains(interval.start)
    assert not interval.contains(interval.end)
    assert not span(0, 10).overlaps(span(10, 20))


def test_touching_intervals_become_one() -> None:
    assert union([span(10, 20), span(0, 10)]) == (span(0, 20),)


def test_a_begun_second_does_not_count() -> None:
    assert Interval(ORIGIN, ORIGIN + timedelta(seconds=1, microseconds=999_999)).seconds == 1


@pytest.mark.parametrize("end", [ORIGIN, ORIGIN - timedelta(seconds=1)])
def test_an_interval_cannot_be_empty_or_backward(end: datetime) -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Interval(ORIGIN, end)
    assert between(ORIGIN, end) is None


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Interval(datetime(2026, 1, 1), datetime(2026, 1, 2))


def test_lengths_in_a_zone_are_real_lengths() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Interval(datetime(2026, 3, 28, 22, tzinfo=berlin), datetime(2026, 3, 29, 6, tzinfo=berlin))
    assert night.seconds == 7 * 3600
    assert night.start.tzinfo is UTC


def test_fixed_offsets_are_brought_to_utc() -> None:
    nepal = timezone(timedelta(hours=5, minutes=45))
    assert to_utc(datetime(2026, 1, 1, 5, 45, tzinfo=nepal)) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45), datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 1, 1, 5, 45), datetime(2026, 1, 1, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, 0), datetime(2011, 12, 30, 20, 0, tzinfo=UTC)),
        ("Antarctica/Troll", datetime(2026, 3, 29, 2, 0), datetime(2026, 3, 29, 2, 0, tzinfo=UTC)),
        ("Antarctica/Troll", datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
    ],
)
def test_wall_times_in_a_gap_move_forward_and_repeated_ones_are_the_first(zone: str, wall: datetime, utc: datetime) -> None:
    assert resolve_local(wall, ZoneInfo(zone)) == utc


def test_a_time_in_a_gap_moves_forward_by_exactly_the_gap() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    shown = resolve_local(datetime(2026, 10, 4, 2, 15), howe).astimezone(howe)
    assert (shown.hour, shown.minute) == (2, 45)


def test_a_wall_time_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone of its own"):
        resolve_local(ORIGIN, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23 * 60),
        ("Europe/Berlin", date(2026, 10, 25), 25 * 60),
        ("Europe/Berlin", date(2026, 7, 1), 24 * 60),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23 * 60 + 30),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24 * 60 + 30),
        ("Antarctica/Troll", date(2026, 3, 29), 22 * 60),
        ("Antarctica/Troll", date(2026, 10, 25), 26 * 60),
        ("Africa/Cairo", date(2026, 4, 24), 23 * 60),
        ("Asia/Kathmandu", date(2026, 3, 29), 24 * 60),
    ],
)
def test_a_local_day_has_its_real_length(zone: str, day: date, minutes: int) -> None:
    extent = local_day(day, ZoneInfo(zone))
    assert extent is not None
    assert extent.seconds == minutes * 60


def test_a_date_that_the_zone_skips_does_not_exist() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert [date_exists(date(2011, 12, day), apia) for day in (29, 30, 31)] == [True, False, True]
    assert local_day(date(2011, 12, 30), apia) is None


@given(st.sampled_from(["Europe/Berlin", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]),
       st.dates(date(2024, 1, 1), date(2026, 6, 1)), st.times())  # fmt: skip
def test_local_days_follow_each_other_without_hole_or_overlap(zone: str, day: date, day_starts: time) -> None:
    info = ZoneInfo(zone)
    one, other = local_day(day, info, day_starts), local_day(day + timedelta(days=1), info, day_starts)
    assert one is not None
    assert other is not None
    assert one.end == other.start
