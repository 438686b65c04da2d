"""The planner's figures of single lines: the exact tier, and a line planned again after a window was cancelled."""

import statistics
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from time import perf_counter

from app.planning.again import Again, plan_again
from app.planning.domain.greedy import draft
from app.planning.domain.problem import Kept
from app.planning.engine.block_worker import opened
from app.planning.engine.blocks import Spot
from app.planning.engine.exact import Search, solve_exactly
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.proof import proof_of
from app.planning.engine.solve import Budget, improve, solve
from benchmarks.figures import Figure
from benchmarks.planner.instances import plant
from benchmarks.planner.plants import LOCAL

LINE = 16


def exact(lines: int, search: Search) -> Figure:
    """The mean gap of lines after the exact tier."""
    gaps, took = [], []
    for seed in range(1, lines + 1):
        first = draft(plant(LINE, seed))
        parts = parts_of(first)
        better = improve(first, parts, 0, Budget(iterations=6_000 * LINE))
        started = perf_counter()
        exact = solve_exactly(better, parts, search, use_compiled=True)
        took.append(perf_counter() - started)
        gaps.append(100 * (exact.bound - worth(exact.draft.floor)) / exact.bound)
    note = f"{len(gaps)} lines of {LINE}, {max(took):.0f} s at most, worst {max(gaps):.2f} %"
    return Figure("planner-exact-line-gap", round(statistics.mean(gaps), 3), "%", LOCAL, note)


def again(events: int) -> Iterator[Figure]:
    """A line of 8 to 25 loses a window in which people have places."""
    random, times, losses, moved = Random(1), [], [], []
    for number in range(events):
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
