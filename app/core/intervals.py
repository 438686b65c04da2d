"""Half-open UTC intervals `[start, end)` and their arithmetic, and the way from local wall time to UTC.

Lengths are whole seconds; wall times are naive and belong to a zone given beside them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A non-empty stretch of time in UTC that contains its start and not its end.

    Aware instants of another zone are converted; naive or empty input raises ValueError.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # Subtracting two datetimes of one zone ignores clock changes, so everything is brought to UTC first.
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            object.__setattr__(self, "start", to_utc(self.start))
            object.__setattr__(self, "end", to_utc(self.end))
        if self.end <= self.start:
            raise ValueError("an interval must end after it starts")

    @property
    def length(self) -> timedelta:
        """The exact length."""
        return self.end - self.start

    @property
    def seconds(self) -> int:
        """The length in whole seconds; a begun second does not count."""
        return self.length // SECOND

    def contains(self, instant: datetime) -> bool:
        """Whether an aware instant lies inside; the end does not."""
        return self.start <= instant < self.end

    def covers(self, other: "Interval") -> bool:
        """Whether the other interval lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share any time; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Interval") -> "Interval | None":
        """The shared time, or None."""
        return between(max(self.start, other.start), min(self.end, other.end))


def to_utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive datetime raises ValueError because nobody can know its zone."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)


def between(start: datetime, end: datetime) -> Interval | None:
    """The interval from start to end, or None when nothing lies between them."""
    return Interval(start, end) if start < end else None


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time as sorted, disjoint intervals; overlapping and touching ones become one."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return tuple(merged)


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> tuple[Interval, ...]:
    """The time that is in both, sorted and disjoint."""
    return tuple(_shared(union(left), union(right)))


def _shared(left: Sequence[Interval], right: Sequence[Interval]) -> Iterator[Interval]:
    i = j = 0
    while i < len(left) and j < len(right):
        shared = left[i].intersection(right[j])
        if shared is not None:
            yield shared
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1


def subtract(left: Iterable[Interval], right: Iterable[Interval]) -> tuple[Interval, ...]:
    """The time that is in the left and not in the right, sorted and disjoint."""
    return tuple(_remaining(union(left), union(right)))


def _remaining(left: Sequence[Interval], right: Sequence[Interval]) -> Iterator[Interval]:
    first = 0
    for interval in left:
        start = interval.start
        while first < len(right) and right[first].end <= start:
            first += 1
        for hole in right[first:]:
            if hole.start >= interval.end:
                break
            piece = between(start, hole.start)
            if piece is not None:
                yield piece
            start = max(start, hole.end)
        rest = between(start, interval.end)
        if rest is not None:
            yield rest


def clip(intervals: Iterable[Interval], bounds: Interval) -> tuple[Interval, ...]:
    """The part of the intervals inside the bounds, sorted and disjoint."""
    return intersect(intervals, (bounds,))


def covered(interval: Interval, by: Iterable[Interval]) -> bool:
    """Whether every instant of the interval is in the given ones."""
    return not subtract((interval,), by)


def total_seconds(intervals: Iterable[Interval]) -> int:
    """The sum of the lengths in whole seconds; time counted twice counts twice, so take the union first if unsure."""
    return sum((interval.length for interval in intervals), timedelta()) // SECOND


def overlapping_pairs(intervals: Iterable[Interval]) -> tuple[tuple[Interval, Interval], ...]:
    """Every pair that shares time, in order of their starts."""
    pairs: list[tuple[Interval, Interval]] = []
    running: list[Interval] = []
    for interval in sorted(intervals):
        running = [earlier for earlier in running if earlier.end > interval.start]
        pairs.extend((earlier, interval) for earlier in running)
        running.append(interval)
    return tuple(pairs)


def resolve_local(naive: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall time: a time in a gap moves forward by the gap, a repeated one is the first.

    Raises ValueError when the input already carries a zone.
    """
    if naive.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    # With fold=0 PEP 495 takes the offset before the change, which is exactly "forward by the gap" and "first".
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


def date_exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has this date at all; Apia went from 29 to 31 December 2011."""
    return local_day(day, zone) is not None


def local_day(day: date, zone: ZoneInfo, day_starts: time = time()) -> Interval | None:
    """The real extent of a local date, 23 to 25 hours as a rule; None for a date that the zone skips."""
    start = datetime.combine(day, day_starts)
    return between(resolve_local(start, zone), resolve_local(start + DAY, zone))
