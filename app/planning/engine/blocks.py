"""A large plant cut into blocks of work centers that are planned side by side, and the people between them.

A worker moves in the block that holds all of their work centers. Those whose work centers lie in two blocks move afterwards,
together with colleagues of those work centers. Everybody else stands still meanwhile, so blocks never touch one another.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TypeVar

from app.planning.domain.problem import BusyBlock, Id, PlanItem, PlanWindow, PlanWorker, Presence, Problem

# Workers of a block: enough to find good exchanges, few enough to stay in a processor's cache.
BLOCK_SIZE = 250
# So many workers may move around those between two blocks.
EDGE_SIZE = 120


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an item is: its window and its start."""

    window_id: Id
    starts_at: datetime


T = TypeVar("T")
Spots = Mapping[Id, Spot]


@dataclass(frozen=True, slots=True)
class Block:
    """Workers who move, and the work centers whose places they may take."""

    workers: tuple[Id, ...]
    centers: frozenset[Id]


class Plant:
    """A problem by worker and work center, from which blocks are cut."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.workers = {worker.id: worker for worker in problem.workers}
        self.windows = {window.id: window for window in problem.windows}
        self.items_of: dict[Id, list[PlanItem]] = _by(problem.items, "worker_id")
        self.windows_at: dict[Id, list[PlanWindow]] = _by(problem.windows, "work_center_id")
        self.presence_at: dict[Id, list[Presence]] = _by(problem.presence, "work_center_id")
        self.presence_of: dict[Id, list[Presence]] = _by(problem.presence, "worker_id")
        self.busy_of: dict[Id, list[BusyBlock]] = _by(problem.busy, "worker_id")
        # Those whose work centers lie in two blocks, once there are blocks.
        self.between: frozenset[Id] = frozenset()
        self._anchor: dict[Id, Id] = {}
        self.centers_of = {worker.id: self._centers(worker) for worker in problem.workers}

        self._visitors: dict[Id, set[Id]] = defaultdict(set)
        for worker_id, centers in self.centers_of.items():
            for center in centers:
                self._visitors[center].add(worker_id)
        for one in problem.busy:
            if one.window_id in self.windows and one.worker_id in self.workers:
                self._visitors[self.windows[one.window_id].work_center_id].add(one.worker_id)

    def _centers(self, worker: PlanWorker) -> frozenset[Id]:
        """Work centers with windows at which a worker may learn or is missed while learning."""
        shifts = {shift.work_center_id for shift in worker.shifts}
        if None in shifts:
            return frozenset(self.windows_at)
        there = {center for center in shifts if center is not None}
        return frozenset(there | {span.work_center_id for span in self.presence_of[worker.id]}) & self.windows_at.keys()

    def blocks(self, size: int | None = None) -> tuple[list[Block], list[Block]]:
        """Blocks to plan first, each for itself, and then the blocks around those who belong to two of them."""
        size, home = size or BLOCK_SIZE, self._homes()
        block_of, number, filled = {}, 0, 0
        staff = Counter(home.values())
        for center in sorted(self.windows_at, key=lambda center: (self._anchor.get(center, center), center)):
            if filled >= size and self._anchor.get(center, center) == center:
                number, filled = number + 1, 0
            block_of[center] = number
            filled += staff[center]
        inside: dict[int, list[Id]] = defaultdict(list)
        between = []
        for worker, centers in self.centers_of.items():
            found = {block_of[center] for center in centers}
            if len(found) == 1:
                inside[found.pop()].append(worker)
            elif found:
                between.append(worker)
        first = [
            Block(tuple(sorted(inside[n])), frozenset(center for center, at in block_of.items() if at == n))
            for n in sorted(inside)
        ]
        self.between = frozenset(between)
        return first, self._edges(sorted(between), home)

    def homes(self, size: int) -> list[Block]:
        """Everybody in exactly one block, with all work centers within their reach, so that work centers may be in several."""
        home = self._homes()
        found: list[list[Id]] = [[]]
        lived_in: dict[Id, list[Id]] = defaultdict(list)
        for worker in sorted(name for name, centers in self.centers_of.items() if centers):
            lived_in[home.get(worker, "")].append(worker)
        for center in sorted(lived_in):
            if found[-1] and len(found[-1]) + len(lived_in[center]) // 2 > size:
                found.append([])
            found[-1] += lived_in[center]
        return [
            Block(tuple(workers), frozenset(center for worker in workers for center in self.centers_of[worker]))
            for workers in found
            if workers
        ]

    def _homes(self) -> dict[Id, Id]:
        """Where each worker is most of the time; a work center that is nobody's home goes with that of its visitors."""
        home: dict[Id, Id] = {}
        visitors: dict[Id, Counter[Id]] = defaultdict(Counter)
        for worker, centers in self.centers_of.items():
            time: Counter[Id] = Counter()
            for shift in self.workers[worker].shifts:
                if shift.work_center_id in centers:
                    time[shift.work_center_id] += int((shift.ends_at - shift.starts_at).total_seconds())
            if time:
                home[worker] = min(time, key=lambda center: (-time[center], center))
            for center in centers:
                visitors[center][home.get(worker, center)] += 1
        lived_in = set(home.values())
        self._anchor = {
            center: min(found, key=lambda other: (-found[other], other))
            for center, found in visitors.items()
            if center not in lived_in
        }
        return home

    def _edges(self, between: list[Id], home: dict[Id, Id]) -> list[Block]:
        """Groups of people who share no work center with another group, with colleagues as far as there are not too many."""
        root: dict[Id, Id] = {}

        def top(center: Id) -> Id:
            while root.setdefault(center, center) != center:
                center = root[center]
            return center

        for worker in between:
            first, *rest = sorted(self.centers_of[worker])
            for center in rest:
                root[top(center)] = top(first)
        groups: dict[Id, list[Id]] = defaultdict(list)
        for worker in between:
            groups[top(min(self.centers_of[worker]))].append(worker)
        colleagues: dict[Id, list[Id]] = defaultdict(list)
        for worker, center in home.items():
            if center in root:
                colleagues[top(center)].append(worker)
        return [block for key in sorted(groups) for block in self._around(groups[key], colleagues[key])]

    def _around(self, between: list[Id], colleagues: list[Id]) -> list[Block]:
        centers = frozenset(center for worker in between for center in self.centers_of[worker])
        inside = sorted(worker for worker in colleagues if self.centers_of[worker] <= centers and worker not in set(between))
        return [Block(tuple(sorted([*between, *inside[: max(0, EDGE_SIZE - len(between))]])), centers)]

    def cut(self, block: Block, spots: Spots) -> Problem:
        """The problem of one block, everybody else standing where `spots` and published blocks say."""
        moving = set(block.workers)
        windows = {window.id: window for center in block.centers for window in self.windows_at[center]}
        presence = [span for center in sorted(block.centers) for span in self.presence_at.get(center, [])]
        items = [item for worker in block.workers for item in self.items_of[worker]]
        names = {item.id for item in items}
        busy = [one for worker in block.workers for one in self.busy_of[worker]]
        standing: dict[Id, list[BusyBlock]] = {}
        for worker in self._neighbors(block, moving):
            held = [one for one in self._held(worker, spots) if self._matters(one, worker, block)]
            if held:
                standing[worker] = held
        busy += [one for held in standing.values() for one in held]
        for one in busy:
            if one.window_id is not None and one.window_id in self.windows:
                windows.setdefault(one.window_id, self.windows[one.window_id])
        problem = self.problem
        pins = tuple(pin for pin in problem.pins if pin.item_id in names)
        for pin in pins:
            # Out of reach, but it keeps the item from being placed elsewhere.
            if pin.window_id in self.windows:
                windows.setdefault(pin.window_id, self.windows[pin.window_id])
        return Problem(
            starts_at=problem.starts_at,
            ends_at=problem.ends_at,
            workers=(*(self.workers[name] for name in block.workers), *(self._bystander(name) for name in sorted(standing))),
            windows=tuple(sorted(windows.values(), key=attrgetter("id"))),
            items=tuple(items),
            presence=tuple(presence),
            pins=pins,
            busy=tuple(busy),
            blackouts=problem.blackouts,
            kept=tuple(kept for kept in problem.kept if kept.item_id in names),
            emphasis=problem.emphasis,
            skill_minimums=problem.skill_minimums,
        )

    def _bystander(self, name: Id) -> PlanWorker:
        """Somebody of another block who may be missed here: with what they are qualified for, and nothing to plan."""
        known = self.workers.get(name)
        return PlanWorker(name, skills=known.skills if known else frozenset())

    def _neighbors(self, block: Block, moving: set[Id]) -> list[Id]:
        """Others who may hold a place in the block or be missed there."""
        return sorted({worker for center in block.centers for worker in self._visitors[center]} - moving)

    def _held(self, worker: Id, spots: Spots) -> Iterable[BusyBlock]:
        """Published places and those of the plan so far, as time given away."""
        yield from (one for one in self.busy_of.get(worker, []) if one.window_id in self.windows)
        for item in self.items_of.get(worker, []):
            spot = spots.get(item.id)
            if spot is not None:
                ends = spot.starts_at + timedelta(seconds=item.seconds)
                yield BusyBlock(worker, spot.starts_at, ends, spot.window_id, item.id, needs_tablet=item.needs_tablet)

    def _matters(self, one: BusyBlock, worker: Id, block: Block) -> bool:
        """Whether a place is in the block or takes its holder away from one of its floors."""
        window = self.windows[one.window_id or ""]
        if window.work_center_id in block.centers:
            return True
        return any(
            span.work_center_id in block.centers and span.starts_at < window.ends_at and window.starts_at < span.ends_at
            for span in self.presence_of.get(worker, [])
        )


def _by(values: Iterable[T], field: str) -> dict[Id, list[T]]:
    found: dict[Id, list[T]] = defaultdict(list)
    for value in values:
        found[getattr(value, field)].append(value)
    return found
