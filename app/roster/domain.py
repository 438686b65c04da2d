"""Rules of the roster: local wall time to UTC, shift types to shifts, paid and learnable time, absences.

Wall times are naive and local to the site; every length is computed in UTC, so a night shift over a clock change has
its real length.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.core.intervals import (
    DAY,
    Interval,
    covered,
    date_exists,
    local_day,
    overlapping_pairs,
    resolve_local,
    subtract,
)

SHIFT_IDS = UUID("6b1f3a52-3d0f-5a53-9d0e-4b1f6f1d2c77")


class ImpossibleShift(ValueError):
    """The wall times leave no real time: the clock jumps over the shift, or the business date does not exist."""


class BreakKind(StrEnum):
    """A meal is never paid learning time; a rest may be paid."""

    MEAL = "meal"
    REST = "rest"


class AbsenceKind(StrEnum):
    """Why a worker is not there."""

    VACATION = "vacation"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break of a shift type: it starts so many real minutes after the shift does."""

    offset_minutes: int
    minutes: int
    kind: BreakKind = BreakKind.MEAL
    paid: bool = False

    def __post_init__(self) -> None:
        if self.offset_minutes < 0 or self.minutes <= 0:
            raise ValueError("a break needs a length and cannot start before its shift")


@dataclass(frozen=True, slots=True)
class ShiftType:
    """A shift as the plant names it: local start and end, crossing midnight when the end is not after the start."""

    id: UUID
    name: str
    starts: time
    ends: time
    breaks: tuple[BreakRule, ...] = ()

    def __post_init__(self) -> None:
        if self.starts.tzinfo or self.ends.tzinfo:
            raise ValueError("a shift type has local wall times without a zone")
        previous_end = 0
        for rule in sorted(self.breaks, key=lambda rule: rule.offset_minutes):
            if rule.offset_minutes < previous_end:
                raise ValueError("breaks overlap")
            previous_end = rule.offset_minutes + rule.minutes
        if previous_end * 60 > self.nominal_seconds:
            raise ValueError("a break ends after its shift")

    @property
    def crosses_midnight(self) -> bool:
        """Whether the shift ends on the day after its business date."""
        return self.ends <= self.starts

    @property
    def nominal_seconds(self) -> int:
        """The length on a day without a clock change."""
        start = datetime.combine(date.min, self.starts)
        end = datetime.combine(date.min + DAY if self.crosses_midnight else date.min, self.ends)
        return (end - start) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Break:
    """A break at its real time."""

    starts_at: datetime
    ends_at: datetime
    kind: BreakKind
    paid: bool

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Shift:
    """One worker's shift: it belongs to the business date on which it starts locally."""

    id: UUID
    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    crew_id: UUID | None
    business_date: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Break, ...] = ()

    def __post_init__(self) -> None:
        span = self.interval
        if not all(span.covers(pause.interval) for pause in self.breaks):
            raise ValueError("a break lies outside its shift")

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)

    @property
    def seconds(self) -> int:
        """The real length in seconds."""
        return self.interval.seconds


@dataclass(frozen=True, slots=True)
class Absence:
    """A stretch in which a worker is not there although the roster may say so."""

    worker_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: AbsenceKind = AbsenceKind.OTHER

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker stands and with which crew: what a shift needs besides its time."""

    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    crew_id: UUID | None = None


def shift_span(shift_type: ShiftType, business_date: date, zone: ZoneInfo) -> Interval:
    """The real extent of a shift type on a business date; ImpossibleShift when no time is left."""
    if not date_exists(business_date, zone):
        raise ImpossibleShift(f"{business_date} does not exist in {zone.key}")
    start = resolve_local(datetime.combine(business_date, shift_type.starts), zone)
    end_date = business_date + DAY if shift_type.crosses_midnight else business_date
    end = resolve_local(datetime.combine(end_date, shift_type.ends), zone)
    if end <= start:
        raise ImpossibleShift(f"the clock of {zone.key} jumps over {shift_type.name} on {business_date}")
    return Interval(start, end)


def expand_shift(shift_type: ShiftType, business_date: date, zone: ZoneInfo, post: Post) -> Shift:
    """One worker's shift on a business date; repeating gives the same id, so building a roster twice adds nothing."""
    span = shift_span(shift_type, business_date, zone)
    key = f"{post.worker_id}/{shift_type.id}/{business_date.isoformat()}"
    return Shift(
        id=uuid5(SHIFT_IDS, key),
        worker_id=post.worker_id,
        site_id=post.site_id,
        work_center_id=post.work_center_id,
        crew_id=post.crew_id,
        business_date=business_date,
        starts_at=span.start,
        ends_at=span.end,
        breaks=_breaks_within(shift_type.breaks, span),
    )


def _breaks_within(rules: Iterable[BreakRule], span: Interval) -> tuple[Break, ...]:
    breaks = []
    for rule in sorted(rules, key=lambda rule: rule.offset_minutes):
        start = span.start + timedelta(minutes=rule.offset_minutes)
        # On a night that the clock shortens, a late break may reach past the real end: it ends with the shift.
        end = min(start + timedelta(minutes=rule.minutes), span.end)
        if start < end:
            breaks.append(Break(start, end, rule.kind, rule.paid))
    return tuple(breaks)


def attended_intervals(shift: Shift, absences: Iterable[Absence] = ()) -> tuple[Interval, ...]:
    """The shift without the worker's own absences; other workers' absences are ignored."""
    return subtract((shift.interval,), (gone.interval for gone in absences if gone.worker_id == shift.worker_id))


def paid_intervals(shift: Shift, absences: Iterable[Absence] = ()) -> tuple[Interval, ...]:
    """The time that may be credited: attended, and outside unpaid breaks and every meal break."""
    pauses = (pause.interval for pause in shift.breaks if not pause.paid or pause.kind is BreakKind.MEAL)
    return subtract(attended_intervals(shift, absences), pauses)


def learnable_intervals(shift: Shift, absences: Iterable[Absence] = ()) -> tuple[Interval, ...]:
    """The time in which learning may be planned: attended, and outside every break, paid or not."""
    return subtract(attended_intervals(shift, absences), (pause.interval for pause in shift.breaks))


def may_learn(interval: Interval, shift: Shift, absences: Iterable[Absence] = ()) -> bool:
    """Whether the whole interval lies in learnable time of the shift."""
    return covered(interval, learnable_intervals(shift, absences))


def seconds_by_workday(intervals: Iterable[Interval], zone: ZoneInfo, day_starts: time = time()) -> dict[date, int]:
    """Whole seconds per local workday, split where the workday starts (local midnight unless the employer says other).

    Days are real days of the zone, so the sum equals the length of the intervals on clock changes too.
    """
    seconds: dict[date, int] = defaultdict(int)
    for interval in intervals:
        day = interval.start.astimezone(zone).date() - DAY
        while day <= interval.end.astimezone(zone).date():
            workday = local_day(day, zone, day_starts)
            piece = workday and workday.intersection(interval)
            if piece:
                seconds[day] += piece.seconds
            day += DAY
    return dict(seconds)


def double_booked(shifts: Iterable[Shift]) -> tuple[tuple[Interval, Interval], ...]:
    """Pairs of shifts of one worker that share time, which no roster may hold."""
    by_worker: dict[UUID, list[Interval]] = defaultdict(list)
    for shift in shifts:
        by_worker[shift.worker_id].append(shift.interval)
    return tuple(pair for intervals in by_worker.values() for pair in overlapping_pairs(intervals))


@dataclass(frozen=True, slots=True)
class Rotation:
    """A crew rotation: one entry a day, a shift type or None for a day off, repeated for ever from the anchor date."""

    days: tuple[ShiftType | None, ...]
    anchor: date

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a rotation needs at least one day")

    def shift_type_on(self, day: date, offset: int = 0) -> ShiftType | None:
        """What a crew works on a date when it runs so many days ahead of the anchor."""
        return self.days[((day - self.anchor).days + offset) % len(self.days)]


@dataclass(frozen=True, slots=True)
class CrewPlan:
    """A crew's place in the rotation and the posts of its members."""

    offset: int
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class BuiltRoster:
    """Shifts built from a rotation, and the business dates on which a shift had no real time."""

    shifts: tuple[Shift, ...]
    impossible: tuple[tuple[date, str], ...]


# D day, E evening, N night, - off; each is one full cycle for one crew, the other crews run at equal offsets.
ROTATIONS: Mapping[str, str] = {
    "four_on_four_off": "DDDD----NNNN----",
    "two_two_three": "DD--DDD--DD---NN--NNN--NN---",
    "dupont": "NNNN---DDD-NNN---DDDD-------",
    "continental": "DDEENNN--DDEEENN--DDDEENN---",
    "three_shift_weeks": "DDDDD--EEEEE--NNNNN--",
}


def rotation_from_letters(letters: str, shift_types: Mapping[str, ShiftType], anchor: date) -> Rotation:
    """A rotation written as letters, `-` for a day off; ValueError for a letter without a shift type."""
    unknown = sorted(set(letters) - set(shift_types) - {"-"})
    if unknown:
        raise ValueError(f"no shift type for {', '.join(unknown)}")
    return Rotation(tuple(shift_types.get(letter) for letter in letters), anchor)


def build_roster(rotation: Rotation, crews: Sequence[CrewPlan], zone: ZoneInfo, first: date, last: date) -> BuiltRoster:
    """Shifts of every crew member for the business dates first to last, both included; repeating gives the same ids."""
    shifts: list[Shift] = []
    impossible: dict[tuple[date, str], None] = {}
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for crew in crews:
            shift_type = rotation.shift_type_on(day, crew.offset)
            if shift_type is None:
                continue
            try:
                shifts.extend(expand_shift(shift_type, day, zone, post) for post in crew.posts)
            except ImpossibleShift:
                impossible[(day, shift_type.name)] = None
    return BuiltRoster(tuple(shifts), tuple(impossible))
