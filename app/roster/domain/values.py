"""Values of the roster: shift types, shifts, breaks and absences. Wall times are naive and local to the site."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.intervals import DAY, Interval

CURRENCY = re.compile(r"[A-Z]{3}")
MOST_AN_HOUR = 100_000_000


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
class Rate:
    """What an hour of a shift is paid, in the smallest unit of a currency (ISO 4217); raises ValueError for anything odd."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not 0 <= self.minor <= MOST_AN_HOUR or not CURRENCY.fullmatch(self.currency):
            raise ValueError("a rate is a whole number of minor units with a currency such as EUR")


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
    rate: Rate | None = None

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
