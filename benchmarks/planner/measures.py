"""The planner's figures: gaps to a proven bound within seconds, throughput, the exact tier, a line planned again.

Bounds are proved outside the time. A plan's time is from the problem to where every item is; explaining comes on top. Moves are
chosen from the measured speed so that a run ends within its seconds: the same moves give the same plan on any machine.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from time import perf_counter

from app.planning.again import Again, plan_again
from app.planning.domain.greedy import draft
from app.planning.domain.greedy import solve as greedy
from app.planning.domain.problem import Kept, Problem
from app.planning.domain.progress import Effort
from app.planning.engine import compiled
from app.planning.engine.block_worker import opened
from app.planning.engine.blocks import Plant, Spot
from app.planning.engine.bound import highs_installed
from app.planning.engine.exact import Search, solve_exactly
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.progress import Listener
from app.planning.engine.proof import KeptPins, kept_pins, proof_of, prove
from app.planning.engine.solve import Budget, improve, solve, spots_of_large
from app.planning.engine.team import Team
from app.planning.process import SEARCHES
from benchmarks.figures import Figure
from benchmarks.planner.instances import plant

QUICK = 600
# A line has some forty seconds of a processor, without branching, as in the short form, ten; of a plant's minute a part of the
# moves goes to the exact tier, a tenth of a second a worker.
LINE_SEARCH = Search(rounds=60, shaken=80, runs=10, each=400, nodes=2_000, cycles=5, branching=20)
SHORT_SEARCH = Search(rounds=30, shaken=40, runs=10, each=400, nodes=400, cycles=2)
PLANT_SEARCH, SEARCHED_MOVES, SEARCHED_S = SEARCHES[Effort.THOROUGH], 6_000, 0.06
LINE = 16
LOCAL = "its own proven bound"


@dataclass(frozen=True, slots=True)
class Planned:
    """How many plants, lines and events are measured, and the sizes of plants with their seconds."""

    seeds: int
    lines: int
    events: int
    sizes: tuple[tuple[int, tuple[int, ...]], ...]
    search: Search = LINE_SEARCH


SHORT = Planned(seeds=1, lines=1, events=12, sizes=(), search=SHORT_SEARCH)
USUAL = Planned(seeds=3, lines=3, events=60, sizes=((1_000, (5, 60)),))
FULL = Planned(seeds=3, lines=6, events=150, sizes=((1_000, (5, 60)), (20_000, (20, 120))))


def measured(size: Planned) -> Iterator[Figure]:
    """All figures of the planner; none where the compiled kernel or HiGHS is not installed."""
    if not (compiled.available() and highs_installed()):
        print("planner: not measured, the optional extra `planner` (numba, highspy) is not installed")
        return
    compiled.warm()
    with Team(2) as team:
        # Both processes are up and have loaded the kernel before anything is timed.
        list(team.map(abs, range(16)))
        speed, figure = _throughput(team)
        yield figure
        for workers, budgets in size.sizes:
            yield from _gaps(team, workers, budgets, size.seeds, speed)
    yield _exact(size)
    yield from _again(size)


def _throughput(team: Team) -> tuple[float, Figure]:
    """Workers a second at the quick setting, and moves a second of the kernel in it."""
    what = plant(1_000, 1)
    found, moves = [], (QUICK, 4 * QUICK)
    for each in (QUICK, QUICK, QUICK, 4 * QUICK):
        started = perf_counter()
        spots_of_large(what, 1, Budget(iterations=each * 1_000), team, Listener())
        found.append(perf_counter() - started)
    quick = min(found[:3])
    speed = (moves[1] - moves[0]) * 1_000 / max(0.1, found[3] - quick)
    note = f"1,000 workers, {QUICK} moves a worker, two processes, the best of 3; {speed / 1e6:.2f} million moves a second"
    return speed, Figure("planner-workers-per-s", round(1_000 / quick), "workers/s", "nothing", note)


class Bounds:
    """What no plan that keeps the same pins can be worth more than; proved once for each choice of pins."""

    def __init__(self, what: Problem, team: Team) -> None:
        self.what, self.team = what, team
        self._found: dict[KeptPins, int] = {}

    def of(self, spots: dict[str, Spot]) -> int:
        """The bound beside a plan."""
        kept = kept_pins(self.what, spots)
        if kept not in self._found:
            self._found[kept] = prove(Plant(self.what), self.team, Listener(), spots).bound
        return self._found[kept]


def _gaps(team: Team, workers: int, budgets: tuple[int, ...], seeds: int, speed: float) -> Iterator[Figure]:
    found: dict[int, list[tuple[float, float]]] = {seconds: [] for seconds in budgets}
    first = []
    for seed in range(1, seeds + 1):
        what = plant(workers, seed)
        bounds = Bounds(what, team)
        if workers <= 1_000:
            spots = {block.item_id: Spot(block.window_id, block.starts_at) for block in greedy(what).blocks}
            first.append(_gap(bounds.of(spots), what, spots))
        for seconds in budgets:
            # What cutting the plant takes, then moves for nine tenths of the rest.
            each = max(50, int(0.9 * (seconds - workers * 0.0015) * speed / workers))
            search = PLANT_SEARCH if workers * SEARCHED_S <= seconds else None
            moves = workers * (SEARCHED_MOVES if search else each)
            started = perf_counter()
            spots = spots_of_large(what, seed, Budget(iterations=moves, search=search), team, Listener())
            found[seconds].append((_timed(started), _gap(bounds.of(spots), what, spots)))
    for seconds, rows in found.items():
        beside = f"greedy {statistics.mean(first):.2f} %" if first else LOCAL
        note = f"{len(rows)} plants, {max(row[0] for row in rows):.1f} s at most, bound by blocks"
        yield Figure(f"planner-gap-{workers}-{seconds}s", round(statistics.mean(row[1] for row in rows), 2), "%", beside, note)


def _timed(started: float) -> float:
    return perf_counter() - started


def _gap(bound: int, what: Problem, spots: dict[str, Spot]) -> float:
    return 100 * (bound - worth(opened(what, 0, spots).floor)) / bound


def _exact(size: Planned) -> Figure:
    gaps, took = [], []
    for seed in range(1, size.lines + 1):
        first = draft(plant(LINE, seed))
        parts = parts_of(first)
        better = improve(first, parts, 0, Budget(iterations=6_000 * LINE))
        started = perf_counter()
        exact = solve_exactly(better, parts, size.search, use_compiled=True)
        took.append(perf_counter() - started)
        gaps.append(100 * (exact.bound - worth(exact.draft.floor)) / exact.bound)
    note = f"{len(gaps)} lines of {LINE}, {max(took):.0f} s at most, worst {max(gaps):.2f} %"
    return Figure("planner-exact-line-gap", round(statistics.mean(gaps), 3), "%", LOCAL, note)


def _again(size: Planned) -> Iterator[Figure]:
    """A line of 8 to 25 loses a window in which people have places."""
    random, times, losses, moved = Random(1), [], [], []
    for number in range(size.events):
        what = plant(random.randint(8, 25), number % 12 + 1)
        blocks = solve(what, 0).plan.blocks
        gone = random.choice(sorted({block.window_id for block in blocks}))
        placed = {block.item_id: block for block in blocks}
        again = replace(
            what,
            windows=tuple(window for window in what.windows if window.id != gone),
            items=tuple(item for item in what.items if item.id in placed),
            kept=tuple(Kept(block.item_id, block.window_id) for block in blocks if block.window_id != gone),
            pins=(),
        )
        asked = Again(again, {block.item_id: block.starts_at for block in blocks})
        started = perf_counter()
        found = plan_again(asked)
        times.append(1_000 * (perf_counter() - started))
        spots = {block.item_id: Spot(block.window_id, block.starts_at) for block in found.blocks}
        floor = opened(again, 0, spots).floor
        bound = proof_of(parts_of(draft(again))).bound
        losses.append(100 * (bound - worth(floor)) / bound)
        stay = [block for block in blocks if block.window_id != gone]
        moved.append(sum(block.item_id not in spots or spots[block.item_id].window_id != block.window_id for block in stay))
    times.sort()
    note = f"{len(times)} cancelled windows, lines of 8 to 25, {statistics.mean(moved):.1f} moved beyond the displaced"
    yield Figure("replan-solver-p95-ms", round(times[int(0.95 * len(times))], 1), "ms", "nothing", note)
    yield Figure("replan-loss", round(statistics.mean(losses), 3), "%", LOCAL, "mean; the bound is the bettered one")
