"""Shifts around every clock change of four years: the ledger's seconds against offsets read from a table, not from zones."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.core.ids import new_id
from app.paytime.caps import Caps
from app.paytime.domain import Claim, PayKind
from app.paytime.domain.rules import PayPolicy
from app.paytime.lines import Places, lines_of
from app.paytime.settled import settled
from app.roster.domain import ImpossibleShift, Post, ShiftType, expand_shift

WORKER, SITE, CENTER = new_id(), new_id(), new_id()
STEP = timedelta(minutes=15)
TYPES = [ShiftType(new_id(), f"{hour:02}", time(hour), time((hour + 8) % 24)) for hour in range(0, 24, 3)]
POLICY = PayPolicy(night_from=time(22), night_until=time(6), weekend=True)


@dataclass(frozen=True)
class Change:
    """One clock change as the table has it."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    def offset(self, instant: datetime) -> timedelta:
        """The offset that holds at an instant."""
        return self.before if instant < self.at else self.after

    def real(self, wall: datetime) -> datetime:
        """The instant of a wall time: the first of two, and moved on by the gap where there is none."""
        early, late = (wall - self.before).replace(tzinfo=UTC), (wall - self.after).replace(tzinfo=UTC)
        return late if early >= self.at and late >= self.at else early

    def counted(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Seconds at night and on weekends, quarter by quarter."""
        night = weekend = 0
        while start < end:
            local = start + self.offset(start)
            night += 900 * (local.hour >= 22 or local.hour < 6)
            weekend += 900 * (local.weekday() >= 5)
            start += STEP
        return night, weekend

    def in_force(self) -> bool:
        """Whether the zone data in use knows the change: governments have taken some back since the table was made."""
        moments = (self.at - timedelta(seconds=1), self.at)
        return [moment.astimezone(ZoneInfo(self.zone)).utcoffset() for moment in moments] == [self.before, self.after]


def changes(table: str) -> Iterator[Change]:
    for row in csv.DictReader(table.splitlines()):
        before, after = (timedelta(minutes=int(row[name])) for name in ("offset_before_min", "offset_after_min"))
        yield Change(row["zone"], datetime.fromisoformat(row["utc_instant"]), before, after)


@pytest.mark.external
def test_twenty_thousand_shifts_over_clock_changes_are_paid_to_the_second(shared_data: Path) -> None:
    table = list(changes((shared_data / "dst" / "dst_transitions_2024_2027.csv").read_text(encoding="utf-8")))
    known = [change for change in table if change.in_force()]
    shifts, zones, wrong = 0, set(), []
    for change in known:
        places = Places({WORKER: SITE}, {SITE: change.zone}, {SITE: POLICY})
        day = (change.at + change.before).date()
        for business_date in (day - timedelta(days=1), day):
            for kind in TYPES:
                found = one(change, places, kind, business_date)
                shifts, zones = shifts + 1, zones | {change.zone}
                wrong += [found] if found else []
    assert wrong == []
    assert len(table) - len(known) <= len(table) // 20
    assert (shifts >= 20_000, len(zones) >= 40) == (True, True)


def one(change: Change, places: Places, kind: ShiftType, day: date) -> tuple[object, ...] | None:
    """What is wrong about one shift that is learned through, or None."""
    start = change.real(datetime.combine(day, kind.starts))
    end = change.real(datetime.combine(day + timedelta(days=kind.crosses_midnight), kind.ends))
    try:
        shift = expand_shift(kind, day, ZoneInfo(change.zone), Post(WORKER, SITE, CENTER))
    except ImpossibleShift:
        return None if end <= start else (change.zone, day, "impossible")
    claim = Claim(WORKER, shift.starts_at, shift.ends_at, PayKind.MODULE, new_id())
    (settlement,) = settled([claim], [shift], {}, places, Caps(places))
    (line,) = lines_of(claim, settlement, places).entries
    told = (line.seconds, line.utc_offset_seconds, line.night_seconds, line.weekend_seconds, line.business_date)
    real = (int((end - start).total_seconds()), int(change.offset(start).total_seconds()), *change.counted(start, end), day)
    return None if told == real else (change.zone, day, kind.name, told, real)
