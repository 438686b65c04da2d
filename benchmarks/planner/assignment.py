"""Generalized assignment instances that others wrote: `python -m benchmarks.planner.assignment [--cost] FILE...`.

The format of the OR-Library: the number of problems; of each the agents m and jobs n, m rows of profit or cost, m rows of what a
job takes, m capacities. In our formulation an agent is a window of so many seconds, a job an item of one worker whose seconds
depend on the window. Beside the kernel stands what HiGHS proves. Files named gapa, gapb, gapc and gapd ask for the least cost,
others for the most profit, unless `--cost` or `--profit` says otherwise.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.planning.domain.index import Index
from app.planning.domain.problem import ItemKind, PaidInterval, PlanItem, PlanWindow, PlanWorker, Problem
from app.planning.engine import compiled
from app.planning.engine.anneal import anneal
from app.planning.engine.flatten import Flat
from app.planning.engine.slots import Parts, cut

START = datetime(2026, 11, 23, tzinfo=UTC)
# One unit of profit, so that temperatures mean the same as in plans.
UNIT = 100
# Moves for each job and each of some seeds; compiled a million moves take about a second.
MOVES, SEEDS = 5_000, 4
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """Jobs to agents: what each pair is worth (or costs), what it takes, and what each agent can take."""

    name: str
    values: list[list[int]]
    takes: list[list[int]]
    capacities: list[int]
    cost: bool

    def total(self, agents: list[int]) -> int:
        """What an assignment is worth. Raises ValueError when an agent is given too much."""
        load = [0] * len(self.capacities)
        for job, agent in enumerate(agents):
            load[agent] += self.takes[agent][job]
        if any(taken > most for taken, most in zip(load, self.capacities, strict=True)):
            raise ValueError(f"{self.name}: an agent is given too much")
        return sum(self.values[agent][job] for job, agent in enumerate(agents))


def read(path: Path, *, cost: bool | None = None) -> list[Assignment]:
    """The problems of a file. Raises ValueError where it does not hold what it says."""
    numbers = iter([int(word) for word in path.read_text().split()])
    least = path.stem.lower().startswith(("gapa", "gapb", "gapc", "gapd")) if cost is None else cost
    try:
        found = [_one(f"{path.stem}-{n + 1}", numbers, cost=least) for n in range(next(numbers))]
    except StopIteration:
        raise ValueError(f"{path.name} ends too early") from None
    if next(numbers, None) is not None:
        raise ValueError(f"{path.name} holds more than it says")
    return found


def _one(name: str, numbers: Iterator[int], *, cost: bool) -> Assignment:
    agents, jobs = next(numbers), next(numbers)
    values = [[next(numbers) for _ in range(jobs)] for _ in range(agents)]
    takes = [[next(numbers) for _ in range(jobs)] for _ in range(agents)]
    return Assignment(name, values, takes, [next(numbers) for _ in range(agents)], cost)


def problem_of(given: Assignment) -> Problem:
    """One worker, a window an agent, an item a job; an item's seconds are the least it takes anywhere."""
    windows, begins = [], START
    for agent, capacity in enumerate(given.capacities):
        ends = begins + timedelta(seconds=capacity)
        windows.append(PlanWindow(f"a{agent:04}", "agents", begins, ends, capacity))
        begins = ends
    items = tuple(
        PlanItem(f"j{job:05}", "w", ItemKind.MODULE, f"c{job}", "-", min(row[job] for row in given.takes))
        for job in range(len(given.takes[0]))
    )
    worker = PlanWorker("w", shifts=(PaidInterval(START, begins, START.date(), "agents"),))
    return Problem(START, begins, (worker,), tuple(windows), items)


def parts_of(given: Assignment) -> Parts:
    """The problem cut up, with what each pair is worth and takes."""
    parts = cut(Index(problem_of(given)), {})
    every = [value for row in given.values for value in row]
    spread = max(every) - min(every)
    pairs = []
    for pair in parts.pairs:
        agent = parts.slots[pair.slot].place[1]
        seconds, value = given.takes[agent][pair.item], given.values[agent][pair.item]
        # Every job is to be done: leaving one out costs twice what any exchange can bring.
        worth = UNIT * (2 * spread + 10 + (max(every) - value if given.cost else value - min(every)))
        if seconds <= given.capacities[agent]:
            pairs.append(pair._replace(seconds=seconds, value=worth))
    parts.pairs, parts.held = pairs, set(parts.places)
    return parts


def by_kernel(given: Assignment, moves: int = MOVES, seeds: int = SEEDS, *, use_compiled: bool = True) -> list[int] | None:
    """The agent of each job, the best of some seeds; None when no seed finds a place for every job."""
    parts, best = parts_of(given), list[int]()
    for seed in range(seeds):
        flat = Flat(parts, set(), seed)
        memory = anneal(flat.memory, moves * len(flat.movable), use_compiled=use_compiled, fresh=True)
        placed = {item: reach.window for _, item, reach in flat.best(memory)}
        if len(placed) == len(given.takes[0]):
            agents = [placed[job] for job in range(len(placed))]
            sign = 1 if given.cost else -1
            best = min((found for found in (best, agents) if found), key=lambda found: sign * given.total(found))
    return best or None


def by_highs(given: Assignment, seconds: float = SECONDS) -> tuple[float, float]:
    """What HiGHS finds and what it proves within a time; the same when it is the optimum."""
    highspy, numpy = import_module("highspy"), import_module("numpy")
    agents, jobs = len(given.values), len(given.values[0])
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", 0.0)
    for _ in range(jobs):
        highs.addRow(1.0, 1.0, 0, numpy.array([], dtype=numpy.int32), numpy.array([]))
    for capacity in given.capacities:
        highs.addRow(0.0, float(capacity), 0, numpy.array([], dtype=numpy.int32), numpy.array([]))
    for agent in range(agents):
        for job in range(jobs):
            rows = numpy.array([job, jobs + agent], dtype=numpy.int32)
            highs.addCol(float(given.values[agent][job]), 0.0, 1.0, 2, rows, numpy.array([1.0, float(given.takes[agent][job])]))
            highs.changeColIntegrality(agent * jobs + job, highspy.HighsVarType.kInteger)
    if not given.cost:
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    highs.run()
    info = highs.getInfo()
    return float(info.objective_function_value), float(info.mip_dual_bound)


def main() -> None:
    """Read the arguments, solve every problem, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    sense = parser.add_mutually_exclusive_group()
    sense.add_argument("--cost", action="store_true", help="the values are costs")
    sense.add_argument("--profit", action="store_true", help="the values are profits")
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    table = Table("problem", "agents x jobs", "kernel", "HiGHS", "proved", "gap %")
    console = Console()
    for path in asked.files:
        for given in read(path, cost=True if asked.cost else False if asked.profit else None):
            agents = by_kernel(given, use_compiled=compiled.available())
            found, proved = by_highs(given)
            reached = given.total(agents) if agents else None
            gap = "-" if reached is None else f"{100 * abs(proved - reached) / abs(proved):.2f}"
            size = f"{len(given.values)} x {len(given.values[0])}"
            table.add_row(given.name, size, str(reached or "no place for every job"), f"{found:g}", f"{proved:g}", gap)
    console.print(table)


if __name__ == "__main__":
    main()
