"""Pay periods: their calendar, their states, and what belongs to one.

A period takes every second of its own workdays that was linked into the chain when it was approved. What is linked later
belongs to the next period as an adjustment, under its original workday: each second is in exactly one period.
"""

import hashlib
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy
from app.paytime.domain import PAYERS, PayKind
from app.paytime.domain.workdays import by_workday

PERIODS_READ = Policy("pay_periods.read", PAYERS, scope="paytime:read")
PERIODS_WRITE = Policy("pay_periods.write", PAYERS)


# Minor units an hour with their currency, or None where the roster names no rate.
HourlyRate = tuple[int, str] | None


class Frequency(StrEnum):
    """How long periods are. Semimonthly ones end on the 15th and the last of a month, monthly ones on the last."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"


class PeriodStatus(StrEnum):
    """The states of a period; there is no way back from closed."""

    OPEN = "open"
    APPROVED = "approved"
    CLOSED = "closed"
    EXPORTED = "exported"


class Rounding(StrEnum):
    """How the declared extra column is rounded; the ledger and `seconds` never are."""

    NONE = "none"
    NEUTRAL = "neutral"
    IN_FAVOR = "in_favor"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a site pays: when its workdays begin, and the rounding column of its exports (`unit` in seconds)."""

    workday_starts: time
    rounding: Rounding
    unit: int


@dataclass(frozen=True, slots=True)
class PayPeriod:
    """A period of a site. `after` and `position` bound what it took from the chain; both None until it is approved."""

    id: UUID
    site_id: UUID
    first: date
    last: date
    status: PeriodStatus
    after: int | None
    position: int | None
    content_hash: bytes | None
    seconds: int | None
    entries: int | None
    approved_by: UUID | None
    approved_at: datetime | None
    closed_by: UUID | None
    closed_at: datetime | None
    exported_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class LinkedEntry:
    """A linked line of the ledger, as far as a period needs it; `seconds` is negative when it takes time back."""

    position: int
    id: UUID
    worker_id: UUID
    kind: PayKind
    starts_at: datetime
    ends_at: datetime
    seconds: int
    time_zone: str
    rate: HourlyRate = None


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of an entry on one workday."""

    entry: LinkedEntry
    workday: date
    seconds: int
    adjustment: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Net seconds of a worker on one workday for one kind and rate; adjustments of earlier periods stand apart."""

    worker_id: UUID
    workday: date
    kind: PayKind
    adjustment: bool
    seconds: int
    entries: int
    rate: HourlyRate = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a period holds: its lines in order, and the hash of every piece of every entry in them."""

    lines: Sequence[Line]
    hash: bytes
    seconds: int
    adjustment_seconds: int
    entries: int
    workers: frozenset[UUID]


def last_day(frequency: Frequency, first: date) -> date:
    """The last day of the period that begins on `first`."""
    if frequency is Frequency.WEEKLY:
        return first + timedelta(days=6)
    if frequency is Frequency.BIWEEKLY:
        return first + timedelta(days=13)
    if frequency is Frequency.SEMIMONTHLY and first.day <= 15:
        return first.replace(day=15)
    return first.replace(day=monthrange(first.year, first.month)[1])


def periods_until(frequency: Frequency, first: date, until: date) -> Iterator[tuple[date, date]]:
    """First and last days of the periods from `first` on, each beginning where the one before ends, through `until`."""
    while first <= until:
        last = last_day(frequency, first)
        yield first, last
        first = last + timedelta(days=1)


def pieces(entries: Iterable[LinkedEntry], period: PayPeriod, floor: date, rules: Rules) -> Iterator[Piece]:
    """The pieces that belong to a period: of its own days, and of earlier days when they were linked after `period.after`.

    Days before `floor`, the first day the site's periods cover, belong to none.
    """
    for entry in entries:
        sign = 1 if entry.seconds > 0 else -1
        for day, seconds in by_workday(entry.starts_at, entry.ends_at, entry.time_zone, rules.workday_starts):
            late = period.after is not None and entry.position > period.after
            if period.first <= day <= period.last:
                yield Piece(entry, day, sign * seconds, adjustment=False)
            elif floor <= day < period.first and late:
                yield Piece(entry, day, sign * seconds, adjustment=True)


def content(found: Iterable[Piece]) -> Content:
    """Pieces in the order of the chain, summed to lines and hashed one by one."""
    sums: dict[tuple[UUID, date, PayKind, bool, HourlyRate], tuple[int, int]] = {}
    digest, entries = hashlib.sha256(), set()
    for piece in sorted(found, key=lambda piece: (piece.entry.position, piece.workday)):
        key = (piece.entry.worker_id, piece.workday, piece.entry.kind, piece.adjustment, piece.entry.rate)
        seconds, count = sums.get(key, (0, 0))
        sums[key] = (seconds + piece.seconds, count + 1)
        entries.add(piece.entry.id)
        digest.update(f"{piece.entry.position}|{piece.entry.id}|{piece.workday}|{piece.seconds}|{piece.adjustment}\n".encode())
    lines = [
        Line(*key[:4], *value, key[4])
        for key, value in sorted(
            sums.items(), key=lambda item: (*item[0][:2], item[0][2].value, item[0][3], item[0][4] or (0, ""))
        )
    ]
    return Content(
        lines=lines,
        hash=digest.digest(),
        seconds=sum(line.seconds for line in lines),
        adjustment_seconds=sum(line.seconds for line in lines if line.adjustment),
        entries=len(entries),
        workers=frozenset(line.worker_id for line in lines),
    )


def rounded(seconds: int, rules: Rules) -> int:
    """Seconds as the rounding column shows them: to the nearest unit (ties to even), or up in the worker's favor."""
    if rules.rounding is Rounding.NONE or rules.unit <= 1:
        return seconds
    whole, rest = divmod(seconds, rules.unit)
    if rules.rounding is Rounding.IN_FAVOR:
        return (whole + (rest > 0)) * rules.unit
    up = 2 * rest > rules.unit or (2 * rest == rules.unit and whole % 2 == 1)
    return (whole + up) * rules.unit


def numbered(lines: Sequence[Line], numbers: Mapping[UUID, str]) -> list[tuple[str, Line]]:
    """Lines with their workers' numbers, in the order of the file."""
    named = [(numbers[line.worker_id], line) for line in lines]
    return sorted(
        named, key=lambda item: (item[0], item[1].workday, item[1].kind.value, item[1].adjustment, item[1].rate or (0, ""))
    )
