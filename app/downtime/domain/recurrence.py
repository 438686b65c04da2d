"""Recurrences in local wall time: every so many minutes of the day, or an RFC 5545 rule.

Occurrences are expanded naively and resolved last (gap: forward, repeated hour: first), because an aware rule yields
times that do not exist.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from app.core.intervals import DAY, Interval, resolve_local

MOST_OCCURRENCES = 20_000
EVERY_DAY = frozenset(range(7))
# Which parts each frequency may carry. The rest is refused because some combinations never match and would be
# searched to the year 9999; "every n minutes" is what `Every` is for.
PARTS = {
    "HOURLY": {"BYDAY", "BYHOUR", "BYMINUTE"},
    "DAILY": {"BYDAY", "BYHOUR", "BYMINUTE", "BYMONTH"},
    "WEEKLY": {"BYDAY", "BYHOUR", "BYMINUTE", "BYMONTH"},
    "MONTHLY": {"BYDAY", "BYHOUR", "BYMINUTE", "BYMONTH", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"BYDAY", "BYHOUR", "BYMINUTE", "BYMONTH", "BYMONTHDAY", "BYSETPOS"},
}
ALWAYS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
HOURS_THAT_DIVIDE_A_DAY = {1, 2, 3, 4, 6, 8, 12, 24}


class PatternRefused(ValueError):
    """The pattern contradicts itself or cannot be expanded."""


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes of the local day, counted anew each day from `first`, on the given weekdays (Monday 0).

    A day's last occurrence is before `last` (exclusive) or, without it, before the next day's first.
    """

    minutes: int
    first: time = time()
    last: time | None = None
    weekdays: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if not 1 <= self.minutes <= 24 * 60:
            raise PatternRefused("a recurrence within the day has a step of 1 to 1440 minutes")
        if not self.weekdays or not self.weekdays <= EVERY_DAY:
            raise PatternRefused("weekdays are 0 (Monday) to 6")
        if self.first.tzinfo or (self.last and self.last.tzinfo):
            raise PatternRefused("wall times have no zone of their own")


@dataclass(frozen=True, slots=True)
class Rule:
    """An RFC 5545 recurrence rule such as `FREQ=WEEKLY;BYDAY=MO,TH`, from a naive local start."""

    text: str
    start: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None:
            raise PatternRefused("the start of a rule is a wall time without a zone")
        if self.start.year < 2000:
            raise PatternRefused("the start of a rule is before the year 2000")
        parsed(self.text, self.start, ZoneInfo("UTC"))


def parts_of(text: str) -> dict[str, str]:
    """The parts of a rule in capitals; PatternRefused for anything but one well-formed rule."""
    body = text.strip().upper().removeprefix("RRULE:")
    pairs = [part.split("=") for part in body.split(";") if part]
    if not pairs or any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise PatternRefused("a rule is written as NAME=VALUE;NAME=VALUE")
    parts = {pair[0]: pair[1] for pair in pairs}
    if len(parts) != len(pairs):
        raise PatternRefused("a part of the rule occurs twice")
    frequency = parts.get("FREQ", "")
    if frequency not in PARTS:
        raise PatternRefused("a rule needs FREQ=HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY")
    if extra := set(parts) - ALWAYS - PARTS[frequency]:
        raise PatternRefused(f"{', '.join(sorted(extra))} cannot be used with {frequency}")
    interval = parts.get("INTERVAL", "1")
    if not interval.isdecimal() or not 1 <= int(interval) <= 366:
        raise PatternRefused("INTERVAL is 1 to 366")
    if frequency == "HOURLY" and int(interval) not in HOURS_THAT_DIVIDE_A_DAY:
        raise PatternRefused("an hourly interval must divide the day")
    return parts


def parsed(text: str, start: datetime, zone: ZoneInfo) -> rrule:
    """The rule on naive local time; an UNTIL in UTC is brought to the zone. PatternRefused when it makes no sense."""
    parts = parts_of(text)
    until = re.fullmatch(r"(\d{8}T\d{6})Z", parts.get("UNTIL", ""))
    try:
        if until:
            instant = datetime.strptime(until[1] + "+0000", "%Y%m%dT%H%M%S%z").astimezone(zone)
            parts["UNTIL"] = instant.strftime("%Y%m%dT%H%M%S")
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise PatternRefused("the recurrence rule cannot be read") from error
    if not isinstance(rule, rrule):
        raise PatternRefused("one rule, not a set of rules")
    return rule


def occurrences(anchor: Every | Rule, horizon: Interval, zone: ZoneInfo) -> Iterator[datetime]:
    """UTC starts within the horizon, in wall-time order; PatternRefused beyond 20,000 of them."""
    # A wall time may be up to a day and a bit from UTC, and a gap may move it: look a little wider, then filter.
    begin = horizon.start.astimezone(zone).replace(tzinfo=None) - DAY
    end = horizon.end.astimezone(zone).replace(tzinfo=None) + DAY
    walls = _every(anchor, begin, end) if isinstance(anchor, Every) else _rule(anchor, begin, end, zone)
    count = 0
    for wall in walls:
        start = resolve_local(wall, zone)
        if horizon.contains(start):
            count += 1
            if count > MOST_OCCURRENCES:
                raise PatternRefused("too many occurrences in the horizon")
            yield start


def _every(anchor: Every, begin: datetime, end: datetime) -> Iterator[datetime]:
    step = timedelta(minutes=anchor.minutes)
    day = begin.date() - DAY
    while day <= end.date():
        first = datetime.combine(day, anchor.first)
        stop = first + DAY
        if anchor.last is not None:
            last = datetime.combine(day, anchor.last)
            stop = last if last > first else last + DAY
        wall = first
        while wall < stop and day.weekday() in anchor.weekdays:
            yield wall
            wall += step
        day += DAY


def _rule(anchor: Rule, begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    rule = parsed(anchor.text, _fast_forward(anchor, begin), zone)
    for wall in rule.xafter(begin, inc=True):
        if wall > end:
            return
        yield wall


def _fast_forward(anchor: Rule, begin: datetime) -> datetime:
    """A later start with the same occurrences, so that a rule of long ago is not walked hour by hour."""
    parts = parts_of(anchor.text)
    if "COUNT" in parts or parts["FREQ"] not in {"HOURLY", "DAILY"} or begin <= anchor.start:
        return anchor.start
    step = 1 if parts["FREQ"] == "HOURLY" else int(parts.get("INTERVAL", "1"))
    return anchor.start + (begin - anchor.start) // (step * DAY) * step * DAY
