"""The planner's figures of whole plants: gaps to a proven bound within seconds, throughput, and how both grow with the plant.

Bounds are proved outside the time. A plan's time is from the problem to where every item is; explaining comes on top. Moves are
chosen from the measured speed so that a run ends within its seconds: the same moves give the same plan on any machine.
"""

import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from time import perf_counter

from app.planning.domain.greedy import solve as greedy
from app.planning.domain.problem import Problem
from app.planning.domain.progress import Effort
from app.planning.engine.block_worker import opened
from app.planning.engine.blocks import Plant, Spot
from app.planning.engine.exact import Search
from app.planning.engine.parts import worth
from app.planning.engine.progress import Listener
from app.planning.engine.proof import KeptPins, kept_pins, prove
from app.planning.engine.solve import Budget, spots_of_large
from app.planning.engine.team import Team
from app.planning.process import SEARCHES
from benchmarks.figures import Figure
from benchmarks.planner.instances import contention, plant

QUICK = 600
# Of a plant's minute a part of the moves goes to the exact tier, a tenth of a second a worker.
PLANT_SEARCH, SEARCHED_MOVES, SEARCHED_S = SEARCHES[Effort.THOROUGH], 6_000, 0.06
LOCAL = "its own proven bound"
# The greedy plan of more workers takes minutes.
MOST_GREEDY = 1_000
# Of its seconds a run plans to take so much, since no two runs take the same.
SHARE = 0.8

Spots = dict[str, Spot]


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds that reading and cutting take for each worker, and moves a second, as measured by two processes."""

    each: float
    moves: float

    def within(self, seconds: float, workers: int) -> int:
        """Moves for each worker that leave a run within its seconds."""
        return max(50, int((SHARE * seconds - workers * self.each) * self.moves / workers))


@dataclass(frozen=True, slots=True)
class Size:
    """Plants of so many workers: how many of them, and in how many seconds each is planned beside the quick setting."""

    workers: int
    plants: int
    seconds: tuple[int, ...] = ()


def throughput(team: Team) -> tuple[Speed, Figure]:
    """Workers a second at the quick setting, and what it takes."""
    what = plant(1_000, 1)
    quick = min(_taken(team, what, QUICK)[0] for _ in range(3))
    long = _taken(team, what, 4 * QUICK)[0]
    moves = 3 * QUICK * 1_000 / max(0.1, long - quick)
    speed = Speed(max(0.0, quick / 1_000 - QUICK / moves), moves)
    note = f"1,000 workers, {QUICK} moves a worker, two processes, the best of 3; {moves / 1e6:.2f} million moves a second"
    return speed, Figure("planner-workers-per-s", round(1_000 / quick), "workers/s", "nothing", note)


class Bounds:
    """What no plan that keeps the same pins can be worth more than; proved once for each choice of pins."""

    def __init__(self, what: Problem, team: Team) -> None:
        self.what, self.team = what, team
        self._found: dict[KeptPins, int] = {}

    def gap(self, spots: Spots) -> float:
        """How far a plan may be from the best one, in percent."""
        kept = kept_pins(self.what, spots)
        if kept not in self._found:
            self._found[kept] = prove(Plant(self.what), self.team, Listener(), spots).bound
        bound = self._found[kept]
        return 100 * (bound - worth(opened(self.what, 0, spots).floor)) / bound


class Rows:
    """Seconds and gaps of plans by what was asked of them."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[float, float]]] = {}
        self.moves: dict[str, int] = {}

    def add(self, name: str, seconds: float, gap: float, moves: int) -> None:
        """One plan, told at once: the largest take minutes to prove."""
        print(f"    {name}: {gap:.2f} % in {seconds:.1f} s, {moves} moves a worker", flush=True)
        self.found.setdefault(name, []).append((seconds, gap))
        self.moves[name] = moves

    def figures(self, beside: str) -> Iterator[Figure]:
        """The mean gap of each kind."""
        for name, rows in self.found.items():
            slowest, worst = max(row[0] for row in rows), max(row[1] for row in rows)
            note = f"{len(rows)} plants, {self.moves[name]} moves a worker, {slowest:.1f} s at most, worst {worst:.2f} %"
            yield Figure(name, round(statistics.mean(row[1] for row in rows), 2), "%", beside, note)


def gaps(team: Team, size: Size, speed: Speed) -> Iterator[Figure]:
    """The gaps of plants of one size: at the quick setting and within seconds."""
    rows, first, crowded = Rows(), list[float](), list[float]()
    for seed in range(1, size.plants + 1):
        what = plant(size.workers, seed)
        bounds = Bounds(what, team)
        crowded.append(contention(what))
        if size.workers <= MOST_GREEDY:
            first.append(bounds.gap({block.item_id: Spot(block.window_id, block.starts_at) for block in greedy(what).blocks}))
        took, spots = _taken(team, what, QUICK)
        rows.add(f"planner-gap-{size.workers}-quick", took, bounds.gap(spots), QUICK)
        for seconds in size.seconds:
            search = PLANT_SEARCH if size.workers * SEARCHED_S <= seconds else None
            each = SEARCHED_MOVES if search else speed.within(seconds, size.workers)
            took, spots = _taken(team, what, each, search)
            rows.add(f"planner-gap-{size.workers}-{seconds}s", took, bounds.gap(spots), each)
    print(f"  {size.workers} workers: demand {min(crowded):.2f} to {max(crowded):.2f} times the seats")
    yield from rows.figures(f"greedy {statistics.mean(first):.2f} %" if first else LOCAL)


def memory(workers: int) -> Figure:
    """The most memory that a process has held so far, the one that asks or one that works."""
    pids = (os.getpid(), *(child.pid for child in active_children()))
    peaks = [_peak_mb(Path(f"/proc/{pid}/status").read_text()) for pid in pids]
    note = f"the largest of {len(peaks)} processes, with the bound of {workers:,} workers; together {sum(peaks):.0f} MB"
    return Figure("planner-memory-mb", round(max(peaks)), "MB resident", "one process", note)


def _peak_mb(status: str) -> float:
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def growth(team: Team, few: int, many: int) -> Figure:
    """How much longer a worker takes in a large plant than in a small one, at the quick setting; 1 is linear."""
    small = min(_taken(team, plant(few, 1), QUICK)[0] for _ in range(3)) / few
    large = min(_taken(team, plant(many, 1), QUICK)[0] for _ in range(2)) / many
    note = f"{1_000 * large:.2f} ms a worker of {many:,}, the best of 2, {1_000 * small:.2f} of {few:,}, the best of 3"
    return Figure("planner-growth", round(large / small, 2), "times", f"{few:,} workers", note)


def _taken(team: Team, what: Problem, each: int, search: Search | None = None) -> tuple[float, Spots]:
    """Seconds of a plan with so many moves a worker, and the plan."""
    started = perf_counter()
    spots = spots_of_large(what, 1, Budget(iterations=len(what.workers) * each, search=search), team, Listener())
    return perf_counter() - started, spots
