"""The planner as services call it: a greedy plan, improved by the kernel, with its objective and, if asked, a proven bound."""

from collections import defaultdict
from dataclasses import dataclass

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft, answer, draft
from app.planning.domain.plan import Plan
from app.planning.domain.problem import Problem
from app.planning.engine import compiled
from app.planning.engine.bound import highs_installed, upper_bound
from app.planning.engine.flatten import Flat
from app.planning.engine.kernel import STAGES, run
from app.planning.engine.slots import Parts, cut
from app.planning.engine.weights import objective

# Hundredths of a point: what a move may cost at first, and at the end.
HOT, COLD = 1500, 30
# Moves for each item that may move: compiled, and as plain Python, where a move takes 0.1 to 0.3 ms.
EACH, EACH_INTERPRETED, MOST_INTERPRETED = 600, 20, 5_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What an answer may cost: moves (never seconds, so that answers repeat), how to run them, whether to prove a bound.

    `iterations` None is the default for the size of the problem; `compile` None takes the compiled kernel if installed.
    """

    iterations: int | None = None
    compile: bool | None = None
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan and its worth in hundredths of a point; `bound` is what no plan can exceed, if it was asked for."""

    plan: Plan
    objective: int
    start: int
    bound: int | None = None

    @property
    def gap(self) -> float | None:
        """The share of the bound that the plan may be missing at most; None without a bound above zero."""
        if self.bound is None or self.bound <= 0:
            return None
        return max(0, self.bound - self.objective) / self.bound


def solve(problem: Problem, seed: int = 0, budget: Budget | None = None) -> Answer:
    """Plan a horizon. The same problem, seed and number of moves give the same plan, compiled or not, byte for byte."""
    budget = budget or Budget()
    found = draft(problem, seed)
    start = worth(found.floor)
    parts = parts_of(found)
    improved = improve(found, parts, seed, budget)
    if worth(improved.floor) > start:
        found = improved
    plan = answer(found)
    bound = upper_bound(parts) if budget.bound and highs_installed() else None
    return Answer(plan, worth(found.floor), start, bound)


def worth(floor: Floor) -> int:
    """The objective of what is on a floor."""
    empty = Floor(floor.index)
    held = [(worker, window) for window, holders in enumerate(empty.holders) for worker in holders]
    placed = [(item, reach) for item, reach in enumerate(floor.place_of) if reach is not None]
    return objective(floor.index, placed, held, empty.used_week)


def parts_of(found: Draft) -> Parts:
    """The problem cut up for the kernel and the bound: pins that are kept stay, others are tried where they belong."""
    only: dict[int, set[int]] = defaultdict(set)
    for item, window in found.broken:
        only[item].add(window)
    for item in found.pinned:
        reach = found.floor.place_of[item]
        if reach is not None:
            only[item] = {reach.window}
    return cut(found.floor.index, only)


def improve(found: Draft, parts: Parts, seed: int, budget: Budget) -> Draft:
    """Let the kernel work on a draft; the answer is a draft on a floor of its own, or the same one if a pin was lost."""
    kept = {item for item in found.pinned if found.floor.place_of[item] is not None}
    flat = Flat(parts, kept, seed)
    flat.put(found.floor)
    floor = Floor(found.floor.index)
    for start, item, reach in flat.best(_run(flat, budget)):
        floor.place(item, reach, start)
    if any(floor.place_of[item] is None for item in kept):
        return found
    broken = []
    for item, window in found.broken:
        there = floor.place_of[item]
        if there is None or there.window != window:
            broken.append((item, window))
    return Draft(floor, found.order, found.pinned, broken)


def _run(flat: Flat, budget: Budget) -> list[int]:
    use = compiled.available() if budget.compile is None else budget.compile
    default = EACH * len(flat.items) if use else min(MOST_INTERPRETED, EACH_INTERPRETED * len(flat.items))
    iterations = default if budget.iterations is None else budget.iterations
    factor = round((COLD / HOT) ** (1 / STAGES) * (1 << 20))
    if not any(flat.memory[address + 4] == 0 for address in flat.items.values()):
        iterations = 0
    if use:
        return compiled.run_compiled(flat.memory, iterations, HOT, factor)
    run(flat.memory, iterations, HOT, factor)
    return flat.memory
