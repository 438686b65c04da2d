"""Dates and times as people and machines write them in logs, read without guessing.

What cannot be read raises Unreadable with its reason; a time that may be morning or afternoon is read as written and
left for `doubtful_hours` to flag.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.intervals import DAY, resolve_local

# Spreadsheets write a time of day that passed 24 hours as a day of their epoch.
EPOCH_DATES = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1904, 1, 1)})
FEW_MOMENTS = 20


class DateOrder(StrEnum):
    """Which of day and month comes first; `auto` asks for proof."""

    AUTO = "auto"
    DMY = "dmy"
    MDY = "mdy"


class Clock(StrEnum):
    """What the log's hours mean: `auto` flags what may be a 12-hour time without AM or PM."""

    AUTO = "auto"
    H24 = "24h"
    H12 = "12h"


class Unreadable(ValueError):
    """A cell that holds no date, time or number; `ambiguous` when it holds two."""

    def __init__(self, what: str, *, ambiguous: bool = False) -> None:
        super().__init__(what)
        self.ambiguous = ambiguous


@dataclass(frozen=True, slots=True)
class Moment:
    """A cell read: the day if it names one, the clock, an offset if it carries one, and how the hour was written."""

    day: date | None
    clock: time
    offset: timedelta | None = None
    marked: bool = False
    written_hour: str = ""
    carry: bool = False

    @property
    def may_be_afternoon(self) -> bool:
        """Whether the hour could also be meant twelve hours later."""
        return not self.marked and self.offset is None and 1 <= self.clock.hour <= 12

    def on(self, day: date | None = None) -> datetime:
        """The naive wall time on its own day or the given one; 24:00 is the next day's midnight."""
        chosen = self.day or day
        if chosen is None:
            raise Unreadable("date")
        return datetime.combine(chosen, self.clock) + (DAY if self.carry else timedelta())


ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
OTHER_DAY = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?P<offset>z|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)


def read_date(text: str, order: DateOrder = DateOrder.AUTO) -> date:
    """A calendar date; Unreadable, ambiguous when day and month could change places and no order is given."""
    try:
        if found := ISO_DAY.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := OTHER_DAY.fullmatch(text):
            one, two, year = int(found[1]), int(found[3]), int(found[4])
            day_first = _day_first(one, two, found[2], order)
            return date(year + (2000 if year < 100 else 0), two if day_first else one, one if day_first else two)
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
    raise Unreadable("date")


def _day_first(one: int, two: int, separator: str, order: DateOrder) -> bool:
    if order is not DateOrder.AUTO:
        return order is DateOrder.DMY
    if one > 12 or one == two or separator == ".":
        return True
    if two > 12:
        return False
    raise Unreadable("date", ambiguous=True)


def infer_order(texts: Iterable[str]) -> DateOrder:
    """The order that a column's unmistakable dates prove; AUTO when they prove none, or both."""
    proved = set()
    for text in texts:
        if found := OTHER_DAY.match(text):
            if int(found[1]) > 12:
                proved.add(DateOrder.DMY)
            elif int(found[3]) > 12:
                proved.add(DateOrder.MDY)
    return proved.pop() if len(proved) == 1 else DateOrder.AUTO


def read_clock(text: str, day: date | None = None) -> Moment:
    """A time of day, with AM or PM and an offset if written."""
    found = CLOCK.fullmatch(text)
    if not found:
        raise Unreadable("time")
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    half = (found["half"] or "")[:1].lower()
    if half and not 1 <= hour <= 12:
        raise Unreadable("time")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    carry = (hour, minute, second) == (24, 0, 0)
    try:
        clock = time(0 if carry else hour, minute, second)
    except ValueError as error:
        raise Unreadable("time") from error
    return Moment(day, clock, _offset(found["offset"]), bool(half), found["hour"], carry)


def _offset(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text in "zZ":
        return timedelta()
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if size >= DAY:
        raise Unreadable("time")
    return -size if text[0] == "-" else size


def read_moment(text: str, order: DateOrder = DateOrder.AUTO) -> Moment:
    """A date with a time, a time alone, or Unix seconds or milliseconds; a spreadsheet's epoch day is dropped."""
    if re.fullmatch(r"\d{10}|\d{13}", text):
        instant = datetime.fromtimestamp(int(text[:10]), UTC)
        return Moment(instant.date(), instant.time(), timedelta())
    head, _, tail = text.replace("T", " ", 1).partition(" ") if "T" in text[:11] else text.partition(" ")
    if not tail:
        return read_clock(head)
    if CLOCK.fullmatch(text):
        return read_clock(text)
    day = read_date(head.rstrip(","), order)
    return read_clock(tail.strip(), None if day in EPOCH_DATES else day)


def resolved(moment: Moment, zone: ZoneInfo, day: date | None = None) -> datetime:
    """The UTC instant of a moment; without an offset it is wall time of the zone."""
    wall = moment.on(day)
    try:
        if moment.offset is not None:
            return (wall - moment.offset).replace(tzinfo=UTC)
        return resolve_local(wall, zone)
    except OverflowError as error:
        raise Unreadable("date") from error


def doubtful_hours(moments: Sequence[Moment], clock: Clock) -> frozenset[Moment]:
    """The moments of a log whose hour may be a 12-hour time without AM or PM, judged by how the others are written.

    Doubtful are: unmarked hours where others are marked; single digits where others are padded; and every hour of a
    log that has small hours and never an afternoon. `H24` doubts nothing, `H12` every unmarked hour.
    """
    open_to_doubt = [moment for moment in moments if moment.may_be_afternoon]
    if clock is Clock.H24:
        return frozenset()
    if clock is Clock.H12 or any(moment.marked for moment in moments):
        return frozenset(open_to_doubt)
    # 24-hour hours prove that a log has them, not that every row does: logs are mixed by hand.
    padded = any(moment.written_hour.startswith("0") for moment in moments)
    doubted = {moment for moment in open_to_doubt if padded and len(moment.written_hour) == 1}
    afternoon = any(moment.clock.hour == 0 or moment.clock.hour > 12 for moment in moments)
    small_hours = any(1 <= moment.clock.hour <= 5 for moment in open_to_doubt)
    if len(moments) >= FEW_MOMENTS and small_hours and not afternoon:
        doubted.update(open_to_doubt)
    return frozenset(doubted)


def read_seconds(text: str, unit_seconds: int = 60) -> int:
    """A duration in whole seconds, down: `12.5`, `12,5`, `00:12:30` or `12:30` (hours first), blank is 0.

    Plain numbers are in the given unit, minutes unless told otherwise. Negative and absurd numbers are Unreadable.
    """
    if not text:
        return 0
    if found := re.fullmatch(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?", text):
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    if found := re.fullmatch(r"(\d{1,7})(?:[.,](\d{1,9}))?", text):
        fraction = found[2] or ""
        scale: int = 10 ** len(fraction)
        return int(found[1] + fraction) * unit_seconds // scale
    raise Unreadable("duration")
