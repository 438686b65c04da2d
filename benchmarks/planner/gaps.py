"""The planner against its proven bound: `python -m benchmarks.planner [workers ...]`; merges figures into var/planner.json.

The bound is proved first and outside the time; plans are checked. Compiling happens before the clock starts.
"""

import json
import statistics
import sys
from pathlib import Path
from time import perf_counter

from rich.console import Console

from app.planning.domain.check import check
from app.planning.domain.greedy import answer, draft
from app.planning.engine.bound import upper_bound
from app.planning.engine.compiled import available
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.solve import Budget, improve
from benchmarks.planner.instances import contention, plant

OUT = Path("var/planner.json")
# Moves for each worker: the quick setting and the thorough one.
SETTINGS = (600, 6_000)
SEEDS = (1, 2, 3)
# The checker looks at every moment of every line, which takes minutes for a large plant.
MOST_CHECKED = 250


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or [200, 1000]
    console = Console()
    if not available():
        sys.exit("Install the optional extra first: pip install '.[planner]'")
    improve(*_opened(10, 1), 0, Budget(iterations=10))
    found: dict[str, float] = json.loads(OUT.read_text()) if OUT.exists() else {}
    for size in sizes:
        found |= measured(size, console)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")


def _opened(size: int, seed: int) -> tuple:
    first = draft(plant(size, seed))
    return first, parts_of(first)


def measured(size: int, console: Console) -> dict[str, float]:
    """Mean gaps in percent and seconds of the plants of one size."""
    rows: dict[str, list[float]] = {}
    for seed in SEEDS:
        problem = plant(size, seed)
        console.print(f"{size} workers, seed {seed}: {len(problem.items)} items, contention {contention(problem):.2f}")
        started = perf_counter()
        first = draft(problem)
        greedy_s = perf_counter() - started
        started = perf_counter()
        parts = parts_of(first)
        cut_s = perf_counter() - started
        started = perf_counter()
        bound = upper_bound(parts)
        _note(rows, f"planner-bound-{size}-s", perf_counter() - started)
        _note(rows, f"planner-greedy-gap-{size}", _gap(bound, worth(first.floor)))
        _note(rows, f"planner-greedy-{size}-s", greedy_s)
        for moves in SETTINGS:
            started = perf_counter()
            better = improve(first, parts, seed, Budget(iterations=moves * size, compile=True))
            _note(rows, f"planner-gap-{size}-{moves}", _gap(bound, worth(better.floor)))
            _note(rows, f"planner-{size}-{moves}-s", perf_counter() - started + greedy_s + cut_s)
            if size <= MOST_CHECKED and check(problem, answer(better)):
                sys.exit("a plan breaks a hard rule")
    for name, values in rows.items():
        console.print(f"  {name}: {statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
    return {name: round(statistics.mean(values), 3) for name, values in rows.items()}


def _gap(bound: int, objective: int) -> float:
    return 100 * (bound - objective) / bound


def _note(rows: dict[str, list[float]], name: str, value: float) -> None:
    rows.setdefault(name, []).append(value)


if __name__ == "__main__":
    main()
