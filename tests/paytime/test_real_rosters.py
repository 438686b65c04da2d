"""Published nurse rosters laid over the clock changes of March and October: every shift is paid to the second."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from defusedxml import ElementTree

from app.core.ids import new_id
from app.paytime.lines import Places
from app.roster.domain import Post, ShiftType, expand_shift
from tests.paytime.test_clock_changes import CENTER, POLICY, SITE, WORKER, Change, one

HOUR, BERLIN = timedelta(hours=1), "Europe/Berlin"
MARCH = Change(BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC), HOUR, 2 * HOUR)
OCTOBER = Change(BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC), 2 * HOUR, HOUR)
# INRC-II names its shifts only; these are the hours of a ward.
WARD = {
    name: ShiftType(new_id(), name, time(start), time((start + 8) % 24))
    for name, start in (("Early", 6), ("Day", 10), ("Late", 14), ("Night", 22))
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LINE = re.compile(r"^(\S+) (Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Early|Day|Late|Night) \S+$", re.MULTILINE)
# Weeks are laid so that the change falls into the third of them.
BEGINS = {MARCH: date(2026, 3, 9), OCTOBER: date(2026, 10, 5)}


def published(folder: Path, first: date) -> Iterator[tuple[str, ShiftType, date]]:
    """Who works what when in a published solution; each file is one week and says which."""
    for path in sorted(folder.glob("Sol-*.txt")):
        text = path.read_text(encoding="utf-8")
        week = int(text.split("\n", 2)[1].split()[0])
        for nurse, day, kind in LINE.findall(text):
            yield nurse, WARD[kind], first + timedelta(days=7 * week + DAYS.index(day))


def rotated(path: Path, first: date) -> Iterator[tuple[str, ShiftType, date]]:
    """Problems without a solution: their people work their shifts in rotation for the whole period."""
    root: Any = ElementTree.parse(path).getroot()
    kinds = [
        ShiftType(new_id(), s.get("ID"), time.fromisoformat(s.findtext("StartTime")), time.fromisoformat(s.findtext("EndTime")))
        for s in root.iter("Shift")
        if s.findtext("StartTime")
    ]
    begins, ends = (date.fromisoformat(root.findtext(name)) for name in ("StartDate", "EndDate"))
    for number, nurse in enumerate(root.iter("Employee")):
        for day in range((ends - begins).days + 1):
            yield nurse.get("ID"), kinds[(number + day // 2) % len(kinds)], first + timedelta(days=day)


def checked(change: Change, roster: Iterator[tuple[str, ShiftType, date]]) -> tuple[list[Any], Counter[int]]:
    """What is wrong, and how many nights have how many real hours."""
    places, wrong, nights = Places({WORKER: SITE}, {SITE: change.zone}, {SITE: POLICY}), list[Any](), Counter[int]()
    for _, kind, day in roster:
        found = one(change, places, kind, day)
        wrong += [found] if found else []
        if kind.crosses_midnight:
            shift = expand_shift(kind, day, ZoneInfo(change.zone), Post(WORKER, SITE, CENTER))
            nights[int((shift.ends_at - shift.starts_at) / HOUR)] += 1
    return wrong, nights


@pytest.mark.external
@pytest.mark.parametrize(("change", "hours"), [(MARCH, 7), (OCTOBER, 9)])
def test_published_rosters_over_a_clock_change(shared_data: Path, change: Change, hours: int) -> None:
    shifts, nights = 0, Counter[int]()
    for folder in sorted((shared_data / "rosters-inrc2").glob("*/Solution_*")):
        roster = list(published(folder, BEGINS[change]))
        said = sum(int(n) for p in folder.glob("Sol-*.txt") for n in re.findall(r"ASSIGNMENTS = (\d+)", p.read_text("utf-8")))
        assert len(roster) == said
        wrong, found = checked(change, iter(roster))
        assert wrong == []
        shifts, nights = shifts + len(roster), nights + found
    assert shifts > 1000
    assert set(nights) == {8, hours}


@pytest.mark.external
@pytest.mark.parametrize(("change", "hours"), [(MARCH, 7), (OCTOBER, 9)])
def test_rotations_over_a_clock_change(shared_data: Path, change: Change, hours: int) -> None:
    nights = Counter[int]()
    for path in sorted((shared_data / "rosters-inrc2010").glob("*.xml")):
        wrong, found = checked(change, rotated(path, BEGINS[change]))
        assert wrong == []
        nights += found
    assert set(nights) == {8, hours}
