"""Which workday a second belongs to: days begin at the site's own time, in its own zone, on 7, 8, 9 or 23-hour nights alike."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@lru_cache(maxsize=20_000)
def day_begins(day: date, zone: str, starts: time) -> datetime:
    """The instant a workday begins. A wall time that the clocks skip is the moment they skip it; the first of two counts."""
    return datetime.combine(day, starts, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def workday(instant: datetime, zone: str, starts: time) -> date:
    """The latest workday that began at or before an instant."""
    day = instant.astimezone(ZoneInfo(zone)).date() + DAY
    while day_begins(day, zone, starts) > instant:
        day -= DAY
    return day


def by_workday(start: datetime, end: datetime, zone: str, starts: time) -> Iterator[tuple[date, int]]:
    """An interval of whole seconds cut where workdays begin: each day with its seconds, which sum to the interval."""
    day = workday(start, zone, starts)
    while start < end:
        following = day + DAY
        while (begins := day_begins(following, zone, starts)) <= start:
            following += DAY
        until = min(end, begins)
        yield day, int((until - start).total_seconds())
        start, day = until, following
