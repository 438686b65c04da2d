"""Small plants for planner tests: builders with sensible defaults, and random instances built to hurt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.planning.domain.pair_values import Coached, PairRequest
from app.planning.domain.problem import (
    Blackout,
    BusyBlock,
    ItemKind,
    PaidInterval,
    Pin,
    PlanItem,
    PlanWindow,
    PlanWorker,
    Presence,
    Problem,
    Purpose,
    QualifiedMinimum,
    UsedTime,
)

DAY = date(2026, 11, 23)


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> datetime:
    """An instant on the test day."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def shift(starts_at: datetime, ends_at: datetime, center: str | None = "line", day: date = DAY) -> PaidInterval:
    return PaidInterval(starts_at, ends_at, day, center)


def worker(name: str, /, **changes: object) -> PlanWorker:
    values: dict[str, object] = {"id": name, "languages": ("en",), "shifts": (shift(at(6), at(14)),)}
    return PlanWorker(**(values | changes))  # type: ignore[arg-type]


def window(name: str, starts_at: datetime, minutes: int = 10, **changes: object) -> PlanWindow:
    values: dict[str, object] = {
        "id": name,
        "work_center_id": "line",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "usable_seconds": minutes * 60,
        "max_learners": 5,
    }
    return PlanWindow(**(values | changes))  # type: ignore[arg-type]


def item(name: str, who: str = "ana", seconds: int = 180, **changes: object) -> PlanItem:
    values: dict[str, object] = {
        "id": name,
        "worker_id": who,
        "kind": ItemKind.MODULE,
        "content_id": f"content-{name}",
        "content_hash": "hash",
        "seconds": seconds,
    }
    return PlanItem(**(values | changes))  # type: ignore[arg-type]


def problem(workers: list[PlanWorker], windows: list[PlanWindow], items: list[PlanItem], **changes: object) -> Problem:
    """A problem over the test day; everybody is present at their work center during their shifts."""
    values: dict[str, object] = {
        "starts_at": at(0),
        "ends_at": at(0) + timedelta(days=2),
        "workers": tuple(workers),
        "windows": tuple(windows),
        "items": tuple(items),
        "presence": tuple(present(workers)),
    }
    return Problem(**(values | changes))  # type: ignore[arg-type]


def present(workers: list[PlanWorker]) -> list[Presence]:
    return [
        Presence(who.id, paid.work_center_id, paid.starts_at, paid.ends_at)
        for who in workers
        for paid in who.shifts
        if paid.work_center_id is not None
    ]


class HurtfulPlant:
    """A random small plant over a clock change: overlaps, floaters, night shifts, one-minute windows, bad pins."""

    centers = ("line", "press", "paint")
    # Clocks go back in Berlin on 25 October and forward on 29 March: the nights around them have 9 and 7 hours.
    days = (date(2026, 10, 24), date(2026, 3, 28), date(2026, 6, 1))

    def __init__(self, random: Random) -> None:
        self.random = random
        self.extra = Random(str(random.getstate()[1][:9]))
        self.day = random.choice(self.days)
        self.zone = ZoneInfo("Europe/Berlin")
        self.midnight = self.local(0)

    def local(self, hour: int) -> datetime:
        day, hours = divmod(hour, 24)
        return datetime.combine(self.day + timedelta(days=day), time(hours), self.zone).astimezone(UTC)

    def build(self) -> Problem:
        random = self.random
        workers = [self.worker(f"w{n}") for n in range(random.randint(1, 7))]
        windows = [self.window(f"v{n}") for n in range(random.randint(1, 16))]
        items = [self.item(f"i{n}", workers, n) for n in range(random.randint(1, 30))]
        self.add_releases(workers, windows, items)
        pins = [Pin(self.pick(items), self.pick(windows)) for _ in range(random.choice((0, 0, 1, 4)))]
        if random.random() < 0.2:
            pins.append(Pin("nothing", windows[0].id))
        return Problem(
            starts_at=self.midnight + timedelta(hours=random.choice((0, 0, 0, 7))),
            ends_at=self.midnight + timedelta(hours=random.choice((30, 48, 72))),
            workers=tuple(workers),
            windows=tuple(windows),
            items=tuple(items),
            presence=tuple(self.presence(workers)),
            pins=tuple(pins),
            busy=tuple(self.busy(n, workers, windows) for n in range(random.choice((0, 0, 1, 4)))),
            blackouts=tuple(self.blackout() for _ in range(random.choice((0, 0, 1, 2)))),
        )

    def add_releases(self, workers: list[PlanWorker], windows: list[PlanWindow], items: list[PlanItem]) -> None:
        """Protected blocks, and windows kept free for them: often too short, crossing others, or nobody's."""
        # Drawn apart, so that everything else of a seed is as it was before there were any.
        random = self.extra
        for n in range(random.choice((0, 0, 1, 3))):
            starts = self.local(random.choice((6, 8, 14, 22, 26, 29))) + timedelta(minutes=random.choice((0, 5, 50)))
            minutes = random.choice((29, 30, 31, 45, 60))
            windows.append(
                PlanWindow(
                    id=f"r{n}",
                    work_center_id=random.choice(self.centers),
                    starts_at=starts,
                    ends_at=starts + timedelta(minutes=minutes),
                    usable_seconds=minutes * 60 - random.choice((0, 0, 1)),
                    setup_seconds=random.choice((0, 0, 60)),
                    max_learners=random.choice((0, 1, 2)),
                    minimum_staying=random.choice((0, 0, 1)),
                    kind="protected",
                )
            )
        for n in range(random.choice((0, 0, 1, 2, 4))):
            items.append(
                PlanItem(
                    id=f"p{n}",
                    worker_id=random.choice(workers).id,
                    kind=ItemKind.PROTECTED_BLOCK,
                    content_id=f"block{n}",
                    content_hash="",
                    seconds=1800,
                    due_at=self.local(random.randint(20, 60)) if random.random() < 0.3 else None,
                    purpose=Purpose.PROTECTED,
                )
            )

    def pairs(self, plant: Problem) -> Problem:
        """The same plant with shadowing wanted: trainers of two skills, hours on the clock change, and too few of both."""
        random = self.extra
        # A team that works together, by day or through the night of the clock change, beside everybody else.
        first = random.choice((6, 22))
        paid = PaidInterval(self.local(first), self.local(first + 8), self.day, "line")
        team = [PlanWorker(f"t{n}", ("en",), shifts=(paid,)) for n in range(random.choice((0, 2, 3, 4)))]
        people = (*plant.workers, *team)
        names = [one.id for one in people]
        skilled = [replace(one, skills=frozenset(random.sample(("weld", "paint"), random.choice((0, 1, 2))))) for one in people]
        hours = []
        for n in range(random.choice((1, 2, 4, 8))):
            starts = self.local(random.choice((6, 8, 14, 22, 25, 26, 27))) + timedelta(minutes=random.choice((0, 0, 5, 30)))
            minutes = random.choice((59, 60, 75, 120, 480))
            hours.append(
                PlanWindow(
                    id=f"h{n}",
                    work_center_id=random.choice(("line", "line", "press")),
                    starts_at=starts,
                    ends_at=starts + timedelta(minutes=minutes),
                    usable_seconds=minutes * 60,
                    max_learners=random.choice((0, 1, 2, 2)),
                    minimum_staying=random.choice((0, 0, 0, 2)),
                    kind="shadowing",
                )
            )
        wanted = []
        for n in range(random.randint(1, 5)):
            trainee = random.choice(names)
            named = random.choice([*names, None])
            skill = random.choice(("weld", "paint", None))
            named = named if named != trainee else None
            wanted.append(
                PairRequest(
                    id=f"s{n}",
                    trainee_id=trainee,
                    work_center_id=random.choice(("line", "line", "press")),
                    skill=skill or (None if named else "weld"),
                    trainer_id=named,
                    value=random.randint(0, 20),
                    due_at=self.local(random.randint(20, 60)) if random.random() < 0.2 else None,
                )
            )
        coached = tuple(Coached(random.choice(names), self.day) for _ in range(random.choice((0, 0, 1, 2))))
        limit = random.choice((None, 1, 1, 2))
        minimums = (QualifiedMinimum("line", "weld", 1),) if random.random() < 0.3 else ()
        return replace(
            plant,
            workers=tuple(skilled),
            presence=(*plant.presence, *present(team)),
            windows=(*plant.windows, *hours),
            pairs=tuple(wanted),
            coached=coached,
            trainer_weekly_sessions=limit,
            skill_minimums=minimums,
        )

    def build_with_pairs(self) -> Problem:
        """A plant with everything a plan may hold."""
        return self.pairs(self.build())

    def pick(self, values: Sequence[PlanItem | PlanWindow]) -> str:
        return self.random.choice(values).id

    def worker(self, name: str) -> PlanWorker:
        """Early, late or night, often with a break, sometimes changing lines halfway or belonging to none."""
        random, shifts = self.random, []
        for night in range(random.choice((1, 2))):
            first = random.choice((6, 6, 14, 22)) + 24 * night
            cuts = [self.local(first), self.local(first + random.randint(2, 5)), self.local(first + 8)]
            center = random.choice((*self.centers, None)) if random.random() < 0.3 else "line"
            other = random.choice(self.centers) if random.random() < 0.3 else center
            business = self.day + timedelta(days=night)
            pause = timedelta(minutes=random.choice((0, 15, 30)))
            shifts.append(PaidInterval(cuts[0], cuts[1], business, center))
            shifts.append(PaidInterval(cuts[1] + pause, cuts[2], business, other))
        shifts = [one for n, one in enumerate(shifts) if all(one.starts_at >= before.ends_at for before in shifts[:n])]
        return PlanWorker(
            id=name,
            languages=tuple(random.sample(("en", "es", "de"), random.choice((0, 1, 2, 3)))),
            shifts=tuple(shifts),
            daily_cap_seconds=random.choice((None, None, 300, 900)),
            weekly_cap_seconds=random.choice((None, None, 600)),
            used=(UsedTime(self.day, 120),) if random.random() < 0.2 else (),
        )

    def window(self, name: str) -> PlanWindow:
        random = self.random
        # Few starting points, so that windows overlap, also around the hour that happens twice or never.
        hour, minute = random.choice((6, 8, 13, 14, 16, 22, 25, 26, 27, 29, 46)), random.choice((0, 0, 5, 55))
        starts = self.local(hour) + timedelta(minutes=minute, seconds=random.choice((0, 0, 1)))
        minutes = random.choice((1, 5, 10, 10, 30))
        return PlanWindow(
            id=name,
            work_center_id=random.choice(("line", "line", "line", "press", "paint")),
            starts_at=starts,
            ends_at=starts + timedelta(minutes=minutes),
            usable_seconds=random.choice((60, minutes * 60, minutes * 60, minutes * 45)),
            setup_seconds=random.choice((0, 0, 60, 90)),
            return_seconds=random.choice((0, 0, 30)),
            max_learners=random.choice((0, 1, 1, 2, 9)),
            minimum_staying=random.choice((0, 0, 0, 1, 3)),
            reliability_percent=random.choice((50, 90)),
            tablets=random.choice((None, None, 0, 1)),
        )

    def item(self, name: str, workers: list[PlanWorker], number: int) -> PlanItem:
        random = self.random
        waits = [f"i{random.randint(0, number + 1)}"] if random.random() < 0.3 else []
        waits += ["c1"] if random.random() < 0.1 else []
        waits += ["done-0"] if random.random() < 0.05 else []
        return PlanItem(
            id=name,
            worker_id=random.choice(workers).id,
            kind=random.choice((ItemKind.MODULE, ItemKind.QUIZ, ItemKind.CHECKLIST)),
            content_id=f"c{random.randint(0, 5)}",
            content_hash="hash",
            seconds=random.choice((1, 59, 60, 61, 120, 120, 180, 240)),
            mandatory=random.random() < 0.3,
            value=random.randint(0, 40),
            due_at=self.local(random.randint(1, 60)) if random.random() < 0.2 else None,
            release_at=self.local(random.randint(1, 40)) if random.random() < 0.2 else None,
            prerequisites=tuple(waits),
            languages=frozenset(random.sample(("en", "es", "de"), random.choice((0, 0, 0, 1, 3)))),
            needs_tablet=random.random() < 0.2,
            work_centers=frozenset({"line"}) if random.random() < 0.2 else None,
        )

    def presence(self, workers: list[PlanWorker]) -> list[Presence]:
        """Everybody at their line, people nobody plans for, and now and then somebody counted at two lines at once."""
        found = present(workers)
        for n in range(self.random.randint(0, 4)):
            found.append(Presence(f"other{n}", "line", self.local(6), self.local(self.random.choice((14, 30, 54)))))
        if self.random.random() < 0.3:
            found.append(Presence(workers[0].id, "press", self.local(6), self.local(54)))
        return found

    def busy(self, number: int, workers: list[PlanWorker], windows: list[PlanWindow]) -> BusyBlock:
        random, place = self.random, self.random.choice(windows)
        starts = place.starts_at + timedelta(seconds=random.choice((0, 0, 60, 120)))
        return BusyBlock(
            worker_id=random.choice(workers).id,
            starts_at=starts,
            ends_at=starts + timedelta(seconds=random.choice((60, 180))),
            window_id=random.choice((None, place.id)),
            item_id=f"done-{number}",
            business_date=random.choice((None, self.day)),
            needs_tablet=random.random() < 0.2,
        )

    def blackout(self) -> Blackout:
        starts = self.local(self.random.choice((6, 14, 22, 26)))
        until = starts + timedelta(minutes=self.random.choice((2, 7, 600)))
        return Blackout(starts, until, self.random.choice((None, "line")))
