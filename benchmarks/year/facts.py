"""The raw facts of a simulated plant: who worked when, what they learned when, what was told late. Nothing of the product."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

PATTERN = "EELLNN--"
STARTS = {"E": time(6), "L": time(14), "N": time(22)}
LENGTH = timedelta(hours=8)
KINDS = ("module", "quiz", "checklist", "shadowing", "coaching")
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Place:
    """A site of the plant; `strict` ones pay shift time only until somebody decides."""

    code: str
    zone: str
    strict: bool
    weeks: int


PLACES = (Place("BER", "Europe/Berlin", strict=True, weeks=1), Place("CHI", "America/Chicago", strict=False, weeks=2))


@dataclass
class Worked:
    """A shift: a meal break that is not paid, and two rests that are."""

    id: UUID
    worker: int
    day: date
    start: datetime
    end: datetime
    cancelled: bool = False

    @property
    def meal(self) -> Span:
        return self.start + timedelta(hours=4), self.start + timedelta(hours=4, minutes=30)

    @property
    def rests(self) -> tuple[Span, Span]:
        return tuple((self.start + timedelta(hours=h), self.start + timedelta(hours=h, minutes=10)) for h in (2, 6))  # type: ignore[return-value]


@dataclass(frozen=True)
class Learned:
    """What somebody says they learned, and in which week it reaches the server."""

    id: UUID
    worker: int
    kind: str
    start: datetime
    end: datetime
    arrives: int


@dataclass
class Facts:
    """Everything that happens, by week."""

    first: date
    weeks: int
    people: list[Place] = field(default_factory=list)
    shifts: list[Worked] = field(default_factory=list)
    learned: list[Learned] = field(default_factory=list)
    swaps: list[tuple[int, Worked, Worked]] = field(default_factory=list)
    moved: list[tuple[int, Worked, datetime]] = field(default_factory=list)
    sick: list[tuple[int, int, datetime, datetime]] = field(default_factory=list)
    absent: dict[int, list[Span]] = field(default_factory=dict)
    reversed: list[tuple[int, datetime, datetime]] = field(default_factory=list)
    # Taken back and given back by people: it stays paid, whatever becomes of the roster.
    restored: list[tuple[int, datetime, datetime]] = field(default_factory=list)

    def week_of(self, day: date) -> int:
        return (day - self.first).days // 7


def local(day: date, at: time, zone: str) -> datetime:
    """The instant of a wall time."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def worked_end(day: date, letter: str, zone: str) -> datetime:
    """Eight hours on the wall: a night over a clock change lasts seven or nine."""
    end = (datetime.combine(day, STARTS[letter]) + LENGTH).replace(tzinfo=ZoneInfo(zone))
    return end.astimezone(UTC)


def made_id(chance: random.Random) -> UUID:
    """A version 7 id from the seed."""
    return UUID(int=(chance.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62)) | (7 << 76) | (2 << 62))


def build(seed: int, workers: int, first: date, weeks: int) -> Facts:
    """Rotations through all shifts, something learned in most of them, and now and then a swap, a sickness, a late fact."""
    chance, facts = random.Random(seed), Facts(first, weeks)
    for worker in range(workers):
        place = PLACES[worker % 5 >= 3]
        facts.people.append(place)
        mine = list(_worked(chance, worker, place, first, weeks))
        facts.shifts += mine
        for shift in mine:
            facts.learned += _learned(chance, facts, shift)
    _changes(chance, facts)
    return facts


def _worked(chance: random.Random, worker: int, place: Place, first: date, weeks: int) -> Iterator[Worked]:
    for number in range(weeks * 7):
        letter = PATTERN[(number + worker) % len(PATTERN)]
        if letter != "-":
            day = first + timedelta(days=number)
            start, end = local(day, STARTS[letter], place.zone), worked_end(day, letter, place.zone)
            yield Worked(made_id(chance), worker, day, start, end)


def _learned(chance: random.Random, facts: Facts, shift: Worked) -> Iterator[Learned]:
    """Up to two a shift, anywhere from before it to after it, some in its breaks, some in each other."""
    length = int((shift.end - shift.start).total_seconds())
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        start = shift.start + timedelta(seconds=chance.randint(-200, length + 100))
        seconds = chance.randint(45, 480)
        week = facts.week_of(shift.day)
        arrives = week + (chance.randint(1, 4) if chance.random() < 0.03 else 0)
        yield Learned(
            made_id(chance), shift.worker, chance.choice(KINDS), start, start + timedelta(seconds=seconds),
            min(arrives, facts.weeks),
        )  # fmt: skip


def _changes(chance: random.Random, facts: Facts) -> None:
    """About one change a worker and month, most told in the week itself, a third later."""
    by_day: dict[tuple[str, date], list[Worked]] = {}
    for shift in facts.shifts:
        by_day.setdefault((facts.people[shift.worker].code, shift.day), []).append(shift)
    changed: set[UUID] = set()
    around: set[tuple[int, date]] = set()
    for shift in chance.sample(facts.shifts, len(facts.shifts) // 40):
        week = min(facts.weeks, facts.week_of(shift.day) + (chance.randint(1, 3) if chance.random() < 0.33 else 0))
        if shift.id in changed:
            continue
        what = chance.random()
        if what < 0.4:
            others = [s for s in by_day[facts.people[shift.worker].code, shift.day] if s.start != shift.start]
            other = chance.choice(others) if others else None
            days = {(s.worker, s.day + timedelta(days=d)) for s in (shift, other) if s for d in (-1, 0, 1)}
            if other is None or other.id in changed or days & around:
                continue
            around |= days
            changed |= {shift.id, other.id}
            facts.swaps.append((week, shift, other))
        elif what < 0.7:
            changed.add(shift.id)
            facts.moved.append((week, shift, shift.end - timedelta(minutes=chance.randint(1, 45))))
        else:
            changed.add(shift.id)
            begin = shift.start + timedelta(minutes=chance.randint(0, 300))
            facts.sick.append((week, shift.worker, begin, shift.end))
