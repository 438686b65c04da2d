"""Rosters that others wrote, as rows of the shift import: INRC-II solutions in their text format, INRC 2010 periods in XML."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path

from defusedxml import ElementTree

MONDAY = date(2026, 3, 23)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# INRC-II names its shift types without times.
TIMES = {"Early": ("06:00", "14:00"), "Day": ("08:00", "16:00"), "Late": ("14:00", "22:00"), "Night": ("22:00", "06:00")}
Row = dict[str, str]


def _row(who: str, day: date, times: tuple[str, str]) -> Row:
    start, end = times
    return {
        "external_id": f"{who}-{day}",
        "worker": who,
        "site": "BER",
        "work_center": "L1",
        "business_date": day.isoformat(),
        "starts_at": start,
        "ends_at": end,
        "break_minutes": "30",
    }


def second_competition(folder: Path) -> list[Row]:
    """The first solution of an instance, at most four weeks of it: `Alice Mon Night Nurse`, one file a week."""
    solution = min(path for path in folder.iterdir() if path.is_dir())
    found: list[Row] = []
    weeks = sorted(solution.glob("Sol-*.txt"), key=lambda path: int(path.stem.split("-")[2]))
    for week, path in enumerate(weeks[:4]):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if len(words) == 4 and words[1] in DAYS:
                day = MONDAY + timedelta(days=7 * week + DAYS.index(words[1]))
                found.append(_row(words[0], day, TIMES[words[2]]))
    return found


def first_competition(path: Path) -> list[Row]:
    """A period with its own shift times and daily demand, staffed in turn: who worked the night before has the day off."""
    root = ElementTree.parse(path).getroot()
    times = {
        one.attrib["ID"]: (one.findtext("StartTime", "")[:5], one.findtext("EndTime", "")[:5])
        for one in root.iterfind("ShiftTypes/Shift")
    }
    people = [one.attrib["ID"] for one in root.iter("Employee")]
    demand = {
        day.findtext("Day", "")[:3]: [
            one.findtext("Shift", "") for one in day.iter("Cover") for _ in range(int(one.findtext("Preferred", "0")))
        ]
        for day in root.iter("DayOfWeekCover")
    }
    return list(_in_turn(people, times, demand))


def _in_turn(people: list[str], times: dict[str, tuple[str, str]], demand: dict[str, list[str]]) -> Iterator[Row]:
    turn, yesterday = cycle(people), dict[str, str]()
    nights = {shift for shift, (start, end) in times.items() if end < start}
    for number in range(28):
        day, today = MONDAY + timedelta(days=number), dict[str, str]()
        for shift in demand[DAYS[number % 7]]:
            rested = (one for one in islice(turn, len(people)) if yesterday.get(one) not in nights or shift in nights)
            who = next((one for one in rested if one not in today), None)
            if who is not None:
                today[who] = shift
                yield _row(f"N{who}", day, times[shift])
        yesterday = today
