"""Shifts over every clock change of four years, against the offsets that a file of changes states."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.roster.domain import ImpossibleShift, ShiftType, shift_span
from tests.roster.builders import NIGHT

KINDS = [("22:00", "06:00"), ("18:00", "06:00"), ("00:00", "08:00"), ("06:00", "06:00"), ("23:30", "01:30")]


def still_in_force(zone: ZoneInfo, at: datetime, before: int, after: int) -> bool:
    """Whether the zone data in use knows the change: governments have taken some back since the file was made."""
    offsets = [(at + timedelta(seconds=seconds)).astimezone(zone).utcoffset() for seconds in (-1, 0)]
    return offsets == [timedelta(minutes=before), timedelta(minutes=after)]


def from_the_file(wall: datetime, at: datetime, before: int, after: int) -> datetime:
    """A wall time near one change in UTC, by fixed offsets only: the oracle never asks the zone.

    The offset before holds as long as it gives an instant before the change. A time that neither offset can show is in
    the gap and moves forward by it, which is again the offset before.
    """
    early = wall - timedelta(minutes=before)
    late = wall - timedelta(minutes=after)
    return (early if early < at.replace(tzinfo=None) or late < at.replace(tzinfo=None) else late).replace(tzinfo=UTC)


@pytest.mark.external
def test_shifts_over_every_known_clock_change_have_their_real_length(shared_data: Path) -> None:
    text = (shared_data / "dst" / "dst_transitions_2024_2027.csv").read_text(encoding="utf-8")
    changes = list(csv.DictReader(text.splitlines()))
    zones, checked, changed, repealed = set(), 0, 0, 0
    for change in changes:
        zone = ZoneInfo(change["zone"])
        at = datetime.fromisoformat(change["utc_instant"]).astimezone(UTC)
        before, after = int(change["offset_before_min"]), int(change["offset_after_min"])
        if not still_in_force(zone, at, before, after):
            repealed += 1
            continue
        zones.add(change["zone"])
        local = date.fromisoformat(change["first_local_after"][:10])
        for day in (local - timedelta(days=1), local):
            for starts, ends in KINDS:
                kind = ShiftType(NIGHT.id, "any", time.fromisoformat(starts), time.fromisoformat(ends))
                end_day = day + timedelta(days=kind.crosses_midnight)
                start = from_the_file(datetime.combine(day, kind.starts), at, before, after)
                end = from_the_file(datetime.combine(end_day, kind.ends), at, before, after)
                try:
                    span = shift_span(kind, day, zone)
                except ImpossibleShift:
                    assert end <= start
                    continue
                assert (span.start, span.end) == (start, end), (change, day, starts)
                checked += 1
                changed += span.seconds != kind.nominal_seconds
    assert repealed <= len(changes) // 20
    assert len(zones) >= 40
    assert checked >= 2_000
    assert changed >= 1_000
