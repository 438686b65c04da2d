"""The planner as services call it: a greedy plan, improved by the kernel, with its objective and, if asked, a proven bound."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft, answer, draft
from app.planning.domain.plan import Plan
from app.planning.domain.problem import Id, Problem
from app.planning.engine import compiled
from app.planning.engine.anneal import COLD_START, STAGES, WARM_START, anneal
from app.planning.engine.block_worker import opened, spots_of
from app.planning.engine.blocks import Plant, Spot
from app.planning.engine.bound import SeatPrice, highs_installed
from app.planning.engine.exact import Search
from app.planning.engine.flatten import Flat
from app.planning.engine.large import Effort, searched, spots_in_blocks
from app.planning.engine.layout import PAIRS, PAIRS_END
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.progress import Canceler, Listener, Phase, Progress, Report, gap_of, never, nobody
from app.planning.engine.proof import proof_of, prove
from app.planning.engine.slots import Parts
from app.planning.engine.team import Team

# Moves for each item that may move: compiled, and as plain Python, where a move takes 0.1 to 0.3 ms.
EACH, EACH_INTERPRETED, MOST_INTERPRETED = 600, 20, 5_000
# Workers that are planned in one piece.
LARGEST = 320


@dataclass(frozen=True, slots=True)
class Budget:
    """What an answer may cost: moves (never seconds, so that answers repeat), how to run them, whether to prove a bound.

    `iterations` None is the default for the size of the problem; `compile` None takes the compiled kernel if installed.
    A plant of more than LARGEST workers is planned in blocks, by so many `processes`; their number changes nothing else.
    With `search` the exact tier looks at a few lines at a time afterwards, where HiGHS is installed.
    `warm` is for a plan that is good already and of which little may move: the kernel begins nearly cold.
    """

    iterations: int | None = None
    compile: bool | None = None
    bound: bool = False
    processes: int = 1
    warm: bool = False
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan and its worth in hundredths of a point; `bound` is what no plan can exceed, if it was asked for.

    `seat_prices` come with the bound: what one more place in a window is worth, dearest first, only where it is something.
    """

    plan: Plan
    objective: int
    start: int
    bound: int | None = None
    seat_prices: tuple[SeatPrice, ...] = ()

    @property
    def gap(self) -> float | None:
        """The share of the bound that the plan may be missing at most; None without a bound above zero."""
        return gap_of(self.objective, self.bound)


def solve(
    problem: Problem, seed: int = 0, budget: Budget | None = None, *, report: Report = nobody, canceled: Canceler = never
) -> Answer:
    """Plan a horizon. The same problem, seed and number of moves give the same plan, compiled or not, byte for byte.

    `report` hears of every round, `canceled` is asked before each. Raises Canceled when it says so.
    """
    budget, listener = budget or Budget(), Listener(report, canceled)
    if len(problem.workers) > LARGEST:
        return _solve_large(problem, seed, budget, listener)
    listener.tell(Progress(Phase.FIRST_PLAN))
    found = draft(problem, seed)
    start = worth(found.floor)
    parts = parts_of(found)
    improved = improve(found, parts, seed, budget, listener)
    if worth(improved.floor) > start:
        found = improved
    if budget.search is not None:
        found = _searched(problem, found, seed, budget, listener)
    listener.tell(Progress(Phase.EXPLAINING, worth(found.floor)))
    plan = answer(found)
    reached = worth(found.floor)
    if not (budget.bound and highs_installed()):
        listener.tell(Progress(Phase.DONE, reached, done=1))
        return Answer(plan, reached, start)
    listener.tell(Progress(Phase.PROVING, reached))
    proof = proof_of(parts)
    listener.tell(Progress(Phase.DONE, reached, proof.bound, done=1))
    return Answer(plan, reached, start, proof.bound, proof.seat_prices)


def _searched(problem: Problem, found: Draft, seed: int, budget: Budget, listener: Listener) -> Draft:
    """A draft after the exact tier, or the same one if a pin was lost."""
    use = compiled.available() if budget.compile is None else budget.compile
    with Team(budget.processes) as team:
        spots = searched(Plant(problem), spots_of(found.floor), Effort(0, seed, use, budget.search), team, listener)
    better = opened(problem, seed, spots)
    return better if worth(better.floor) > worth(found.floor) and len(better.broken) <= len(found.broken) else found


def _solve_large(problem: Problem, seed: int, budget: Budget, listener: Listener) -> Answer:
    listener.tell(Progress(Phase.FIRST_PLAN))
    with Team(budget.processes) as team:
        found = opened(problem, seed, spots_of_large(problem, seed, budget, team, listener))
        start = worth(found.floor)
        listener.tell(Progress(Phase.EXPLAINING, start))
        plan = answer(found)
        reached, proof = worth(found.floor), None
        if budget.bound and highs_installed():
            proof = prove(Plant(problem), team, listener, spots_of(found.floor), reached)
    listener.tell(Progress(Phase.DONE, reached, proof.bound if proof else None, done=1))
    return Answer(plan, reached, start, proof.bound, proof.seat_prices) if proof else Answer(plan, reached, start)


def spots_of_large(problem: Problem, seed: int, budget: Budget, team: Team, listener: Listener) -> dict[Id, Spot]:
    """The plan of a large plant, not yet explained: where each item is."""
    use = compiled.available() if budget.compile is None else budget.compile
    count = max(1, len(problem.items))
    each = (EACH if use else max(1, MOST_INTERPRETED // count)) if budget.iterations is None else budget.iterations // count
    return spots_in_blocks(Plant(problem), Effort(each, seed, use, budget.search), team, listener)


def improve(found: Draft, parts: Parts, seed: int, budget: Budget, listener: Listener | None = None) -> Draft:
    """Let the kernel work on a draft; the answer is a draft on a floor of its own, or the same one if a pin was lost."""
    kept = {item for item in found.pinned if found.floor.place_of[item] is not None}
    flat = Flat(parts, kept, seed)
    flat.put(found.floor)
    floor = Floor(found.floor.index)
    for start, item, reach in flat.best(_run(flat, budget, listener or Listener())):
        floor.place(item, reach, start)
    if any(floor.place_of[item] is None for item in kept):
        return found
    broken = []
    for item, window in found.broken:
        there = floor.place_of[item]
        if there is None or there.window != window:
            broken.append((item, window))
    return Draft(floor, found.order, found.pinned, broken)


def _run(flat: Flat, budget: Budget, listener: Listener) -> Sequence[int]:
    use = compiled.available() if budget.compile is None else budget.compile
    default = EACH * len(flat.items) if use else min(MOST_INTERPRETED, EACH_INTERPRETED * len(flat.items))
    iterations = default if budget.iterations is None else budget.iterations
    if not any(flat.memory[address + PAIRS_END] > flat.memory[address + PAIRS] for address in flat.movable):
        iterations = 0

    def told(stage: int, best: int) -> None:
        listener.tell(Progress(Phase.IMPROVING, best, done=stage, of=STAGES))

    heat = WARM_START if budget.warm else COLD_START
    return anneal(flat.memory, iterations, use_compiled=use, told=told, heat=heat)
