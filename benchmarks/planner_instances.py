"""Seeded plants for the planner: lines of 8 to 25 people over one week, with more to learn than places to learn in.

The recipe: half of the people keep their shift, half rotate; 4 % are absent on a day; 8 % float to the next line on one or
two shifts; two to four windows a shift and one release slot of half an hour; a quarter to a half of those present may leave.
"""

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
        slots = random.sample(range(14), random.choice((1, 2, 2, 3)))
        for slot in sorted(slots):
            kind, share, minutes, _ = random.choices(KINDS, [entry[3] for entry in KINDS])[0]
            starts = begins + timedelta(minutes=30 * slot + random.randint(1, 15))
            self._window(line, starts, kind, random.randint(*minutes), present, share)
        # The release slot may overlap a short window.
        starts = begins + timedelta(minutes=random.randint(30, 400))
        self._window(line, starts, "release", 30, present, 0.04)

    def _window(self, line: int, starts: datetime, kind: str, minutes: int, present: int, share: float) -> None:
        learners = max(1, int(present * share))
        self.windows.append(
            PlanWindow(
                id=f"v{len(self.windows):06}",
                work_center_id=f"line{line:04}",
                starts_at=starts,
                ends_at=starts + timedelta(minutes=minutes),
                usable_seconds=minutes * 60 - 60,
                setup_seconds=60,
                max_learners=learners,
                minimum_staying=max(0, present - learners),
                reliability_percent=self.random.randint(70, 98),
                kind=kind,
                tablets=max(1, present // 4),
            )
        )

    def _learning(self, name: str) -> None:
        random = self.random
        count = random.randint(10, 20)
        for number in range(count):
            purpose = random.choices([entry[0] for entry in PURPOSES], [entry[1] for entry in PURPOSES])[0]
            waits = (f"{name}-{random.randrange(number):02}",) if number and random.random() < 0.25 else ()
            release = MONDAY + timedelta(hours=random.randint(0, 48)) if purpose is Purpose.REVIEW else None
            due = None
            if purpose is Purpose.REVIEW or (purpose is None and random.random() < 0.7):
                due = MONDAY + timedelta(hours=random.randint(60, 140))
            self._item(f"{name}-{number:02}", name, 60 * random.randint(2, 5), purpose, waits, (release, due))
        if random.random() < 0.3:
            self._item(f"{name}-block", name, 1740, Purpose.SKILL_GAP, (), (None, None))

    def _item(
        self,
        key: str,
        name: str,
        seconds: int,
        purpose: Purpose | None,
        waits: tuple[str, ...],
        dates: tuple[datetime | None, datetime | None],
    ) -> None:
        self.items.append(
            PlanItem(
                id=key,
                worker_id=name,
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
        presence = []
        for name, duty in self.duty.items():
            shifts = []
            for day, (line, number) in sorted(duty.items()):
                begins = MONDAY + timedelta(days=day, hours=STARTS[number])
                shift = PaidInterval(
                    begins, begins + timedelta(hours=8), date(2026, 11, 23) + timedelta(days=day), f"line{line:04}"
                )
                # A night and the early shift right after it do not overlap; a rotation never goes that way round.
                if not shifts or shifts[-1].ends_at <= shift.starts_at:
                    shifts.append(shift)
            presence += [Presence(name, str(paid.work_center_id), paid.starts_at, paid.ends_at) for paid in shifts]
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
        )


def plant(workers: int, seed: int) -> Problem:
    """A plant of a number of workers."""
    return Maker(workers, seed).make()


def contention(problem: Problem) -> float:
    """Seconds to learn for each second of all places on offer."""
    asked = sum(item.seconds for item in problem.items)
    return asked / sum(window.usable_seconds * window.max_learners for window in problem.windows)
