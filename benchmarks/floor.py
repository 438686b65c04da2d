"""`python -m benchmarks.floor`: a week on the floor with uncertain windows, second by second, with the product's own rules.

Windows last longer or shorter than mapped, do not happen, or are cut short; items take longer or shorter; people fall ill.
Machines tell the end of a stop roughly when it begins; a window goes on as long as the line stands and can spare its learners.
Plans rest on what `feedback` learned from each line's last forty windows, are made anew each night and mended in the
morning; whoever is done early takes what `rank` offers next on the place they hold (the stand-by list), or goes back to work.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random
from uuid import NAMESPACE_OID, UUID, uuid5

from rich.console import Console

from app.core.intervals import Interval
from app.downtime.domain.feedback import MOST, Learned, learned
from app.planning.again import Again, plan_again
from app.planning.domain import staying
from app.planning.domain.now import OpenWindow, SeenShift, Standing, Wanted, at_hand, rank
from app.planning.domain.plan import Block
from app.planning.domain.problem import Kept, PlanItem, PlanWindow, Presence, Problem, UsedTime
from app.planning.engine.solve import Budget, solve
from benchmarks.planner.instances import DAYS, MONDAY, plant

# Spread of a window's length, and the share of windows that do not happen, by kind.
SPREAD = {"handover": (0.20, 0.03), "changeover": (0.25, 0.10), "lull": (0.35, 0.25), "release": (0.0, 0.03)}
CUT_SHARE, ITEM_SPREAD, SICK_SHARE, HISTORY = 0.10, 0.18, 0.02, 40
# How far the told end of a window may be off, as a share of its length.
TOLD_SPREAD = 0.15
MOVES = 60
PROTECTED_SECONDS = 1500
# A planning day ends when the night shift does.
NIGHT = timedelta(hours=6)
Happened = tuple[datetime, datetime]


@dataclass(slots=True)
class Week:
    """What came of a week: seconds planned when each window began, of those learned in it, learned in all, and faults."""

    planned: int = 0
    kept: int = 0
    stand_by: int = 0
    attempts: int = 0
    cut: int = 0
    short_seconds: int = 0
    watched_seconds: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def learned(self) -> int:
        """Seconds of everything that was finished."""
        return self.kept + self.stand_by

    @property
    def kept_share(self) -> float:
        """The share of planned seconds that were learned as planned."""
        return self.kept / self.planned if self.planned else 0.0


class Reality:
    """How windows and items turn out; the same seed turns them out alike, whatever anybody planned."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.seed = seed
        self.windows = {window.id: self._window(window) for window in problem.windows}

    def _window(self, window: PlanWindow) -> Happened | None:
        random = Random(f"{self.seed}:{window.id}")
        spread, lost = SPREAD[window.kind]
        if random.random() < lost:
            return None
        seconds = drawn(random, window, spread)
        if spread and random.random() < CUT_SHARE:
            seconds = int(seconds * random.uniform(0.4, 0.9))
        return window.starts_at, window.starts_at + timedelta(seconds=seconds)

    def told_end(self, window: PlanWindow) -> datetime:
        """When a window that happens is said to end."""
        span = self.windows[window.id]
        assert span is not None
        off = Random(f"{self.seed}:{window.id}:told").uniform(1 - TOLD_SPREAD, 1 + TOLD_SPREAD)
        return span[0] + (span[1] - span[0]) * off

    def takes(self, item: PlanItem) -> int:
        """Seconds that an item really takes its worker; a protected block is a stretch of time, whatever is learned in it."""
        if item.seconds >= PROTECTED_SECONDS:
            return item.seconds
        return max(30, int(item.seconds * Random(f"{self.seed}:{item.id}").uniform(1 - ITEM_SPREAD, 1 + ITEM_SPREAD)))

    def sick(self, day: int, workers: Iterable[str]) -> set[str]:
        """Who is ill on a day."""
        return {name for name in workers if Random(f"{self.seed}:{day}:{name}").random() < SICK_SHARE}


def drawn(random: Random, window: PlanWindow, spread: float) -> int:
    """Seconds that a window lasts: gamma around its mapped length; protected time is as long as it is."""
    mapped = (window.ends_at - window.starts_at) / timedelta(seconds=1)
    if not spread:
        return int(mapped)
    shape = 1 / spread**2
    return int(random.gammavariate(shape, mapped / shape))


def with_history(problem: Problem, seed: int) -> Problem:
    """The windows as their lines' history lets plans count on them: usable seconds at the low quantile, and how they hold."""
    known: dict[tuple[str, str, int], Learned] = {}
    windows = []
    for window in problem.windows:
        minutes = (window.ends_at - window.starts_at) // timedelta(minutes=1)
        key = window.work_center_id, window.kind, minutes
        if key not in known:
            known[key] = _taught(window, Random(f"{seed}:history:{key}"))
        told = known[key]
        usable = min(window.usable_seconds, told.usable_seconds or window.usable_seconds)
        windows.append(replace(window, usable_seconds=max(usable, 1), reliability_percent=round(told.reliability * 100)))
    return replace(problem, windows=tuple(windows))


def _taught(window: PlanWindow, random: Random) -> Learned:
    """What forty windows of a kind at a line have taught."""
    spread, lost = SPREAD[window.kind]
    found, lengths = Learned(0, 1.0, None), list[int]()
    for _ in range(HISTORY):
        usable = 0 if random.random() < lost else drawn(random, window, spread) - window.setup_seconds - window.return_seconds
        if spread and random.random() < CUT_SHARE:
            usable = int(usable * random.uniform(0.4, 0.9))
        lengths = [max(1, usable), *lengths][:MOST] if usable > 0 else lengths
        held = usable >= (found.usable_seconds or window.usable_seconds) * 0.8
        found = learned(found, held, lengths)
    return found


@dataclass(slots=True)
class Floor:
    """The floor through one week."""

    problem: Problem
    reality: Reality
    stand_by: bool
    done: set[str] = field(default_factory=set)
    used: dict[str, list[UsedTime]] = field(default_factory=lambda: defaultdict(list))
    week: Week = field(default_factory=Week)

    def run(self) -> Week:
        """Plan each night, mend each morning, live each day."""
        blocks: tuple[Block, ...] = ()
        for day in range(DAYS):
            start = MONDAY + timedelta(days=day) + (NIGHT if day else timedelta(0))
            end = MONDAY + timedelta(days=day + 1) + NIGHT
            blocks = self._planned(start, blocks)
            ill = self.reality.sick(day, (worker.id for worker in self.problem.workers))
            presence = [one for one in self.problem.presence if not (one.worker_id in ill and start <= one.starts_at < end)]
            blocks = self._mended(start, end, blocks, ill, presence)
            self._lived([block for block in blocks if start <= block.starts_at < end], presence)
            blocks = tuple(block for block in blocks if block.starts_at >= end)
        return self.week

    def open_items(self) -> tuple[PlanItem, ...]:
        """Everything not learned yet, waiting only for what is not learned either."""
        found = (item for item in self.problem.items if item.id not in self.done)
        return tuple(replace(one, prerequisites=tuple(n for n in one.prerequisites if n not in self.done)) for one in found)

    def _from(self, start: datetime, blocks: Sequence[Block], presence: Sequence[Presence] | None = None) -> Problem:
        workers = tuple(replace(one, used=tuple(self.used[one.id])) for one in self.problem.workers)
        kept = tuple(Kept(block.item_id, block.window_id) for block in blocks if block.item_id not in self.done)
        return replace(
            self.problem,
            starts_at=start,
            workers=workers,
            items=self.open_items(),
            kept=kept,
            pins=(),
            presence=self.problem.presence if presence is None else tuple(presence),
        )

    def _planned(self, start: datetime, blocks: Sequence[Block]) -> tuple[Block, ...]:
        problem = self._from(start, blocks)
        return solve(problem, 0, Budget(iterations=MOVES * len(problem.items))).plan.blocks

    def _mended(
        self, start: datetime, end: datetime, blocks: Sequence[Block], ill: set[str], presence: Sequence[Presence]
    ) -> tuple[Block, ...]:
        """Plan again in the morning, line by line, with whoever is ill taken out."""
        problem = self._from(start, blocks, presence)
        placed = {block.item_id for block in blocks}
        workers = tuple(
            replace(one, shifts=tuple(s for s in one.shifts if not (one.id in ill and start <= s.starts_at < end)))
            for one in problem.workers
        )
        items = tuple(item for item in problem.items if item.id in placed)
        asked = Again(replace(problem, workers=workers, items=items), {block.item_id: block.starts_at for block in blocks})
        found = plan_again(asked)
        if found.broken:
            raise ValueError(f"the mended plan breaks {found.broken}")
        return found.blocks

    def _lived(self, blocks: Sequence[Block], presence: Sequence[Presence]) -> None:
        windows = {window.id: window for window in self.problem.windows}
        places: dict[tuple[str, str], list[Block]] = defaultdict(list)
        for block in sorted(blocks, key=lambda block: block.starts_at):
            places[block.window_id, block.worker_id].append(block)
        away: list[tuple[str, Happened]] = []
        for (name, worker), held in sorted(places.items(), key=lambda one: (windows[one[0][0]].starts_at, one[0])):
            # What was learned earlier, on a place held before, is planned no more.
            there = [block for block in held if block.item_id not in self.done]
            self.week.planned += sum((block.ends_at - block.starts_at) // timedelta(seconds=1) for block in there)
            span = self.reality.windows[name]
            if span is not None:
                until = self._covered_until(windows[name], span, places, presence)
                away.append((worker, (span[0], self._at_place(windows[name], until, worker, there))))
        for name in sorted({name for name, _ in places}):
            self._watch(windows[name], away, presence)

    def _covered_until(
        self, window: PlanWindow, span: Happened, places: Iterable[tuple[str, str]], presence: Sequence[Presence]
    ) -> datetime:
        """How long a window that lasts goes on for its learners: until the line could not spare them, by the product's rule."""
        if span[1] <= window.ends_at:
            return span[1]
        held = [(worker, self.reality.windows[name]) for name, worker in places]
        here = [one for one in presence if one.work_center_id == window.work_center_id]
        marks = {one.starts_at for one in here} | {one.ends_at for one in here}
        marks |= {mark for _, other in held if other for mark in other}
        for at in [window.ends_at, *sorted(mark for mark in marks if window.ends_at < mark < span[1])]:
            present = {number(one.worker_id): NOTHING for one in here if one.starts_at <= at < one.ends_at}
            gone = {number(worker) for worker, other in held if other and other[0] <= at < other[1]}
            if staying.Floor(present, frozenset(gone & present.keys()), window.minimum_staying, {}).short():
                return at
        return span[1]

    def _at_place(self, window: PlanWindow, ends: datetime, worker: str, blocks: Sequence[Block]) -> datetime:
        """What one worker learns in one window until it ends; answers when they are back at work."""
        items = {item.id: item for item in self.open_items() if item.worker_id == worker}
        latest = self.reality.told_end(window)
        at = window.starts_at + timedelta(seconds=window.setup_seconds)
        for block in blocks:
            at = max(at, block.starts_at) if at < block.starts_at and not self.stand_by else at
            item = items.get(block.item_id)
            if item is None or item.prerequisites or at >= ends:
                continue
            at, finished = self._learn(item, at, ends)
            self.week.kept += item.seconds * finished
            items = {one.id: one for one in self.open_items() if one.worker_id == worker}
        while self.stand_by and at < ends:
            item = self._next(window, items.values(), worker, at, latest)
            if item is None:
                break
            at, finished = self._learn(item, at, ends)
            self.week.stand_by += item.seconds * finished
            items = {one.id: one for one in self.open_items() if one.worker_id == worker and one.id != item.id}
        return min(at, ends)

    def _learn(self, item: PlanItem, at: datetime, ends: datetime) -> tuple[datetime, bool]:
        """Learn one item until it is done or the window ends."""
        until = at + timedelta(seconds=self.reality.takes(item))
        self.week.attempts += 1
        if until > ends:
            self.week.cut += 1
            return ends, False
        self.done.add(item.id)
        self.used[item.worker_id].append(UsedTime((at - NIGHT).date(), item.seconds))
        return until, True

    def _next(
        self, window: PlanWindow, items: Iterable[PlanItem], worker: str, at: datetime, latest: datetime
    ) -> PlanItem | None:
        """What the worker's phone offers first: the product's own order, on the place they hold."""
        limit = next(one.daily_cap_seconds for one in self.problem.workers if one.id == worker) or 1 << 30
        left = limit - sum(used.seconds for used in self.used[worker] if used.business_date == (at - NIGHT).date())
        offered = {
            item.id: item
            for item in items
            if not item.prerequisites
            and item.seconds <= left
            and (item.release_at is None or item.release_at <= at)
            and (item.work_centers is None or window.work_center_id in item.work_centers)
        }
        shift = SeenShift("shift", window.work_center_id, "", at, latest, ())
        mine = OpenWindow(window.id, window.kind, window.starts_at, window.ends_at, window.starts_at, latest, 1, 0, 1, held=True)
        standing = Standing(at, shift, (Interval(window.starts_at, max(latest, at + timedelta(seconds=1))),), (mine,), (), 1, 0)
        offers, _ = rank([wanted(item) for item in offered.values()], standing, at_hand(standing, None), tablet=False)
        return next((offered[offer.item.assignment_id] for offer in offers if offer.fits), None)

    def _watch(self, window: PlanWindow, away: Sequence[tuple[str, Happened]], presence: Sequence[Presence]) -> None:
        """Count the seconds in which fewer than the minimum are at work while somebody learns; nothing here plans."""
        span = self.reality.windows[window.id] or (window.starts_at, window.ends_at)
        last = max(window.ends_at, span[1])
        there = [one for one in presence if one.work_center_id == window.work_center_id]
        marks = {window.starts_at, last} | {mark for _, gone in away for mark in gone}
        marks |= {mark for one in there for mark in (one.starts_at, one.ends_at)}
        for since, until in pairwise(sorted(mark for mark in marks if window.starts_at <= mark <= last)):
            present = {one.worker_id for one in there if one.starts_at <= since < one.ends_at}
            learning = {who for who, (start, end) in away if start <= since < end}
            seconds = (until - since) // timedelta(seconds=1)
            self.week.watched_seconds += seconds
            if learning & present and len(present - learning) < window.minimum_staying:
                self.week.short_seconds += seconds


NOTHING: frozenset[str] = frozenset()


@lru_cache(10_000)
def number(name: str) -> UUID:
    """A worker's name as the id that the rule of who must stay compares."""
    return uuid5(NAMESPACE_OID, name)


def wanted(item: PlanItem) -> Wanted:
    """An item as a phone's question sees it."""
    return Wanted(
        item.id, item.kind, item.content_id, "", item.seconds, item.mandatory, item.due_at if item.mandatory else None,
        item.value, False, bool(item.prerequisites), item.needs_tablet, "en", item.id,
    )  # fmt: skip


def simulate(workers: int, seed: int, *, stand_by: bool) -> Week:
    """One week of a plant."""
    mapped = replace(plant(workers, seed), pins=())
    problem = with_history(mapped, seed)
    return Floor(problem, Reality(mapped, seed), stand_by).run()


def report(workers: int, seeds: Sequence[int]) -> Iterator[str]:
    """One line a seed, and what they say together."""
    total = {True: Week(), False: Week()}
    for seed in seeds:
        for stand_by in (False, True):
            week, summed = simulate(workers, seed, stand_by=stand_by), total[stand_by]
            for name in ("planned", "kept", "stand_by", "attempts", "cut", "short_seconds", "watched_seconds"):
                setattr(summed, name, getattr(summed, name) + getattr(week, name))
            yield (
                f"seed {seed} {'with' if stand_by else 'without'} stand-by: {week.kept_share:.1%} of {week.planned // 60} "
                f"planned minutes kept, {week.learned // 60} minutes learned, {week.cut} of {week.attempts} attempts cut, "
                f"{week.short_seconds} s below a minimum in {week.watched_seconds} s watched"
            )
    more = total[True].learned / total[False].learned - 1
    yield f"together: {total[True].kept_share:.1%} kept, {more:+.1%} minutes by the stand-by list, "
    yield f"{total[True].short_seconds + total[False].short_seconds} s below a minimum"


def main() -> None:
    """Read the arguments, simulate, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    asked, console = parser.parse_args(), Console()
    for line in report(asked.workers, range(1, asked.seeds + 1)):
        console.print(line, highlight=False)


if __name__ == "__main__":
    main()
