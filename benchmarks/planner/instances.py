"""Seeded plants for the planner: lines of 8 to 25 people over one week, with more to learn than places to learn in.

The recipe: half of the people keep their shift, half rotate 2-2-1; 4 % are absent on a day; 8 % float to the next line on one
or two shifts; two to four windows a shift, where a quarter to a half of those present may leave; a release slot of half an hour
in a room of its own on every fifth shift; 6 to 15 short items a worker (15 % mandatory, 30 % reviews, 35 % skill gaps, 20 %
optional; a quarter waits for another), a release block for three in ten, tablets for a quarter of those present, 1 % pins.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from app.planning.domain.problem import (
    ItemKind,
    PaidInterval,
    Pin,
    PlanItem,
    PlanWindow,
    PlanWorker,
    Presence,
    Problem,
    Purpose,
)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAYS = 5
STARTS = (6, 14, 22)
RELEASE_SHARE = 0.2
WEEK = timedelta(days=DAYS + 1)
# Share of those present who may leave, minutes of the window and the share of windows, by kind.
KINDS = (("changeover", 0.40, (5, 6), 0.4), ("handover", 0.50, (9, 11), 0.3), ("lull", 0.25, (5, 10), 0.3))
# Purpose, share of items, own value from and to, minutes.
PURPOSES = ((None, 0.15), (Purpose.REVIEW, 0.30), (Purpose.SKILL_GAP, 0.35), (Purpose.OPTIONAL, 0.20))


class Maker:
    """One plant of a number of workers; the same seed makes the same plant."""

    def __init__(self, workers: int, seed: int) -> None:
        self.random = Random(f"{workers}:{seed}")
        self.left = workers
        self.workers: list[PlanWorker] = []
        self.windows: list[PlanWindow] = []
        self.items: list[PlanItem] = []
        self.pins: list[Pin] = []
        # Line, day and shift of everybody.
        self.duty: dict[str, dict[int, tuple[int, int]]] = {}
        self.releases: dict[tuple[int, int, int], datetime] = {}

    def make(self) -> Problem:
        """Lines first, then who floats, then windows by who is there, then what there is to learn."""
        lines = 0
        while self.left > 0:
            size = min(self.left, self.random.randint(8, 25))
            for number in range(size):
                self._person(f"l{lines:04}-{number:02}", lines)
            self.left -= size
            lines += 1
        self._float(lines)
        self._windows_of(lines)
        for name in self.duty:
            self._learning(name)
        return self._problem()

    def _person(self, name: str, line: int) -> None:
        first = self.random.randrange(3)
        rotates = self.random.random() < 0.5
        self.duty[name] = {
            day: (line, (first + day // 2) % 3 if rotates else first) for day in range(DAYS) if self.random.random() >= 0.04
        }

    def _float(self, lines: int) -> None:
        for duty in self.duty.values():
            if duty and self.random.random() < 0.08:
                for day in self.random.sample(sorted(duty), min(len(duty), self.random.choice((1, 2)))):
                    duty[day] = ((duty[day][0] + 1) % lines, duty[day][1])

    def _windows_of(self, lines: int) -> None:
        there: dict[tuple[int, int, int], int] = {}
        for duty in self.duty.values():
            for day, (line, number) in duty.items():
                there[line, day, number] = there.get((line, day, number), 0) + 1
        for line in range(lines):
            for day in range(DAYS):
                for number in range(3):
                    present = there.get((line, day, number), 0)
                    if present:
                        self._windows_in(line, day, number, present)

    def _windows_in(self, line: int, day: int, number: int, present: int) -> None:
        random = self.random
        begins = MONDAY + timedelta(days=day, hours=STARTS[number])
        for slot in sorted(random.sample(range(15), random.choice((2, 2, 2, 3, 4)))):
            kind, share, minutes, _ = random.choices(KINDS, [entry[3] for entry in KINDS])[0]
            starts = begins + timedelta(minutes=30 * slot + random.randint(1, 15))
            learners = max(1, int(present * share))
            self._window((line, f"line{line:04}"), starts, (kind, random.randint(*minutes)), present, learners)
        if random.random() < RELEASE_SHARE:
            starts = begins + timedelta(minutes=30 * random.randint(1, 14))
            self._window((line, f"room{line:04}"), starts, ("release", 30), present, 1)
            self.releases[line, day, number] = starts

    def _window(self, where: tuple[int, str], starts: datetime, what: tuple[str, int], present: int, learners: int) -> None:
        kind, minutes = what
        self.windows.append(
            PlanWindow(
                id=f"v{len(self.windows):06}",
                work_center_id=where[1],
                starts_at=starts,
                ends_at=starts + timedelta(minutes=minutes),
                usable_seconds=minutes * 60 - 60,
                setup_seconds=60,
                max_learners=learners,
                # Nobody works in the room; whoever is there is missed at the line, in its windows.
                minimum_staying=0 if kind == "release" else max(0, present - learners),
                reliability_percent=self.random.randint(70, 98),
                kind=kind,
                tablets=max(1, present // 4),
            )
        )

    def _learning(self, name: str) -> None:
        random = self.random
        count = random.randint(6, 15)
        for number in range(count):
            purpose = random.choices([entry[0] for entry in PURPOSES], [entry[1] for entry in PURPOSES])[0]
            waits = (f"{name}-{random.randrange(number):02}",) if number and random.random() < 0.25 else ()
            release = MONDAY + timedelta(hours=random.randint(0, 48)) if purpose is Purpose.REVIEW else None
            due = None
            if purpose is Purpose.REVIEW or (purpose is None and random.random() < 0.7):
                due = MONDAY + timedelta(hours=random.randint(60, 140))
            self._item(f"{name}-{number:02}", (name, "line"), 60 * random.randint(2, 5), purpose, waits, (release, due))
        if random.random() < 0.3:
            self._item(f"{name}-block", (name, "room"), 1740, Purpose.SKILL_GAP, (), (None, None))

    def _item(
        self,
        key: str,
        who_where: tuple[str, str],
        seconds: int,
        purpose: Purpose | None,
        waits: tuple[str, ...],
        dates: tuple[datetime | None, datetime | None],
    ) -> None:
        name, where = who_where
        self.items.append(
            PlanItem(
                id=key,
                worker_id=name,
                work_centers=frozenset(f"{where}{line:04}" for line, _ in self.duty[name].values()),
                kind=ItemKind.MODULE,
                content_id=f"c-{key}",
                content_hash="-",
                seconds=seconds,
                mandatory=purpose is None,
                value=self.random.randint(0, 100),
                release_at=dates[0],
                due_at=dates[1],
                prerequisites=waits,
                needs_tablet=self.random.random() < 0.15,
                purpose=purpose or Purpose.OPTIONAL,
            )
        )

    def _problem(self) -> Problem:
        presence: list[Presence] = []
        for name, duty in self.duty.items():
            shifts: list[PaidInterval] = []
            for day, (line, number) in sorted(duty.items()):
                begins = MONDAY + timedelta(days=day, hours=STARTS[number])
                # A night and the early shift right after it do not overlap; a rotation never goes that way round.
                if not shifts or shifts[-1].ends_at <= begins:
                    shifts += self._paid(line, day, number)
                    presence.append(Presence(name, f"line{line:04}", begins, begins + timedelta(hours=8)))
            self.workers.append(
                PlanWorker(id=name, languages=("en",), shifts=tuple(shifts), daily_cap_seconds=1800, weekly_target_seconds=1800)
            )
        return Problem(
            starts_at=MONDAY,
            ends_at=MONDAY + WEEK,
            workers=tuple(self.workers),
            windows=tuple(self.windows),
            items=tuple(self.items),
            presence=tuple(presence),
            pins=tuple(self._pins(presence)),
        )

    def _paid(self, line: int, day: int, number: int) -> list[PaidInterval]:
        """A shift at the line; where there is a release slot, its half hour belongs to the room."""
        begins = MONDAY + timedelta(days=day, hours=STARTS[number])
        ends, date_of = begins + timedelta(hours=8), date(2026, 11, 23) + timedelta(days=day)
        release = self.releases.get((line, day, number))
        if release is None:
            return [PaidInterval(begins, ends, date_of, f"line{line:04}")]
        back = release + timedelta(minutes=30)
        cuts = ((begins, release, "line"), (release, back, "room"), (back, ends, "line"))
        return [PaidInterval(since, until, date_of, f"{where}{line:04}") for since, until, where in cuts if since < until]

    def _pins(self, presence: list[Presence]) -> Iterator[Pin]:
        """A supervisor's wishes for 1 % of the items, in windows where their workers are."""
        at_line: dict[str, list[PlanWindow]] = {}
        for window in self.windows:
            at_line.setdefault(window.work_center_id, []).append(window)
        there: dict[str, list[Presence]] = {}
        for span in presence:
            there.setdefault(span.worker_id, []).append(span)
        for item in self.items:
            if item.seconds < 600 and self.random.random() < 0.01 and item.worker_id in there:
                span = self.random.choice(there[item.worker_id])
                found = [w for w in at_line.get(span.work_center_id, []) if span.starts_at <= w.starts_at < span.ends_at]
                if found:
                    yield Pin(item.id, self.random.choice(found).id)


def plant(workers: int, seed: int) -> Problem:
    """A plant of a number of workers."""
    return Maker(workers, seed).make()


def contention(problem: Problem) -> float:
    """Seconds to learn for each second of all places on offer."""
    asked = sum(item.seconds for item in problem.items)
    return asked / sum(window.usable_seconds * window.max_learners for window in problem.windows)
