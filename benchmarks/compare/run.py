"""`python -m benchmarks.compare.run`: greedy, kernel and exact tier beside CP-SAT and plain HiGHS, on the same lines in one run.

Every plan is judged by the independent checker and by the objective; gaps are to the lowest bound that our own tiers prove.
"""

import argparse
import json
import re
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft, draft
from app.planning.engine import compiled
from app.planning.engine.bound import PatternLp, highs_installed
from app.planning.engine.exact import Search, solve_exactly
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.proof import proof_of
from app.planning.engine.slots import Parts
from app.planning.engine.solve import Budget, improve
from benchmarks.compare.program import CompactLp, Program, hint_of, judged, laid, places_of, program_of
from benchmarks.figures import Figure
from benchmarks.planner.instances import plant

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Where `make bench-compare` installs what only this comparison needs.
PYTHON = ROOT / ".venv-compare" / "bin" / "python"
QUICK_TIER = Search(rounds=8, shaken=6, runs=3, each=200, nodes=20, cycles=1)
THOROUGH_TIER = Search(rounds=30, shaken=40, runs=10, each=400, nodes=400, cycles=5)
LEAST, MOST = 8, 25


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what the greedy pass makes of it, its parts, and the kernel's plan that others may start from."""

    found: Draft
    parts: Parts
    better: Draft

    @property
    def workers(self) -> int:
        """How many people."""
        return len(self.found.floor.index.problem.workers)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a method made of a line: its plan, or None, the seconds it took, and what it proves that no plan exceeds."""

    floor: Floor | None
    seconds: float
    bound: int | None = None


Method = Callable[[Line], Tried]


def line_of(workers: int, seed: int) -> Line:
    """A line of the generator, with the kernel's plan of 6,000 moves a worker."""
    found = draft(plant(workers, seed))
    parts = parts_of(found)
    return Line(found, parts, improve(found, parts, 0, Budget(6_000 * workers)))


def greedy(line: Line) -> Tried:
    """The first plan."""
    started = perf_counter()
    floor = draft(line.found.floor.index.problem).floor
    return Tried(floor, perf_counter() - started)


def kernel(each: int) -> Method:
    """The kernel from the greedy plan, so many moves a worker."""

    def tried(line: Line) -> Tried:
        started = perf_counter()
        floor = improve(line.found, line.parts, 0, Budget(each * line.workers)).floor
        return Tried(floor, perf_counter() - started)

    return tried


def tier(search: Search) -> Method:
    """The exact tier from the kernel's plan."""

    def tried(line: Line) -> Tried:
        started = perf_counter()
        exact = solve_exactly(line.better, line.parts, search, use_compiled=compiled.available())
        return Tried(exact.draft.floor, perf_counter() - started, exact.bound)

    return tried


def highs(kind: type[PatternLp], seconds: float, *, hinted: bool) -> Method:
    """HiGHS on one of the two formulations, on one thread; with a hint from the kernel's plan."""

    def tried(line: Line) -> Tried:
        lp = kind(line.parts)
        values, took = _by_highs(program_of(lp), seconds, hint_of(lp, line.better.floor) if hinted else None)
        return Tried(None if values is None else laid(line.found, line.parts, places_of(lp, values)), took)

    return tried


def _by_highs(program: Program, seconds: float, hint: list[int] | None) -> tuple[list[int] | None, float]:
    highspy, numpy = import_module("highspy"), import_module("numpy")
    lp, none = highspy.HighsLp(), float("inf")
    lp.num_col_, lp.num_row_ = len(program.costs), len(program.limits)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = numpy.array(program.costs, dtype=float)
    lp.col_lower_, lp.col_upper_ = numpy.zeros(len(program.costs)), numpy.array(program.uppers, dtype=float)
    lp.row_lower_ = numpy.array([-none if one is None else one for one in program.lowers], dtype=float)
    lp.row_upper_ = numpy.array([none if one is None else one for one in program.limits], dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = (
        numpy.array(program.starts, dtype="int32"),
        numpy.array(program.rows, dtype="int32"),
    )
    lp.a_matrix_.value_ = numpy.array(program.values, dtype=float)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(program.costs)
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("time_limit", seconds), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    if hint is not None:
        start = highspy.HighsSolution()
        start.col_value = [float(value) for value in hint]
        solver.setSolution(start)
    started = perf_counter()
    solver.run()
    took = perf_counter() - started
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, took
    return [round(value) for value in solver.getSolution().col_value], took


def cpsat(kind: type[PatternLp], seconds: float, *, hinted: bool) -> Method:
    """CP-SAT on one of the two formulations, in a process of its own; with a complete hint from the kernel's plan."""

    def tried(line: Line) -> Tried:
        lp = kind(line.parts)
        hint = hint_of(lp, line.better.floor) if hinted else None
        asked = {**asdict(program_of(lp)), "hint": hint, "seconds": seconds}
        command = [str(PYTHON), str(HERE / "cpsat.py")]
        ran = subprocess.run(
            command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60 + 4 * seconds
        )
        answer: dict[str, Any] = json.loads(ran.stdout)
        values = answer["values"]
        return Tried(None if values is None else laid(line.found, line.parts, places_of(lp, values)), answer["took"])

    return tried


def ortools_installed() -> bool:
    """Whether the comparison's own environment is there."""
    if not PYTHON.exists():
        return False
    command = [str(PYTHON), "-c", "import ortools.sat.python.cp_model"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def methods(seconds: float, console: Console) -> dict[str, Method]:
    """Everything that is compared, by name."""
    found: dict[str, Method] = {
        "greedy": greedy,
        "kernel, 600 moves a worker": kernel(600),
        "kernel, 6,000 moves a worker": kernel(6_000),
        "exact tier, quick, from the kernel": tier(QUICK_TIER),
        "exact tier, thorough, from the kernel": tier(THOROUGH_TIER),
        f"HiGHS, compact, {seconds:g} s": highs(CompactLp, seconds, hinted=False),
        f"HiGHS, compact, from the kernel, {seconds:g} s": highs(CompactLp, seconds, hinted=True),
        f"HiGHS, patterns, {seconds:g} s": highs(PatternLp, seconds, hinted=False),
        f"HiGHS, patterns, from the kernel, {seconds:g} s": highs(PatternLp, seconds, hinted=True),
    }
    if not ortools_installed():
        console.print("CP-SAT is not measured: ortools is not installed in .venv-compare (`make bench-compare` installs it).")
        return found
    found[f"CP-SAT, compact, {seconds:g} s"] = cpsat(CompactLp, seconds, hinted=False)
    found[f"CP-SAT, compact, from the kernel, {seconds:g} s"] = cpsat(CompactLp, seconds, hinted=True)
    found[f"CP-SAT, patterns, from the kernel, {seconds:g} s"] = cpsat(PatternLp, seconds, hinted=True)
    return found


def measured(lines: Sequence[Line], tried: dict[str, Method]) -> Iterator[tuple[str, list[float], list[float], int]]:
    """By method: gaps in percent, seconds, and lines without a plan, which count as nothing placed."""
    reached: dict[str, list[int | None]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    bounds = []
    for line in lines:
        known = [proof_of(line.parts).bound]
        for name, method in tried.items():
            made = method(line)
            known += [] if made.bound is None else [made.bound]
            seconds[name].append(made.seconds)
            reached[name].append(None if made.floor is None else judged(line.found, made.floor))
        bounds.append(
            min(proof_of(line.parts).bound, solve_exactly(line.better, line.parts, QUICK_TIER, use_compiled=True).bound)
        )
    for name in tried:
        nothing = [worth(Floor(line.found.floor.index)) for line in lines]
        values = [none if value is None else value for value, none in zip(reached[name], nothing, strict=True)]
        gaps = [100 * (bound - value) / bound for bound, value in zip(bounds, values, strict=True)]
        yield name, gaps, seconds[name], reached[name].count(None)


def lines_of(count: int) -> list[Line]:
    """So many lines of 8 to 25 workers."""
    random = Random(1)
    return [line_of(random.randint(LEAST, MOST), seed) for seed in range(1, count + 1)]


def figures(count: int, seconds: float = 5.0) -> Iterator[Figure]:
    """The mean gap of each method on the same lines, as figures without a goal: `planner-beside-...`."""
    for name, gaps, took, missing in measured(lines_of(count), methods(seconds, Console())):
        note = f"{count} lines, {statistics.mean(took):.2f} s a line, worst {max(gaps):.2f} %, {missing} without a plan"
        yield Figure(f"planner-beside-{_slug(name, seconds)}", round(statistics.mean(gaps), 2), "%", "our own proven bound", note)


def _slug(name: str, seconds: float) -> str:
    short = name.lower().replace(f", {seconds:g} s", "").replace(" moves a worker", "").replace(" tier,", "")
    short = short.replace("exact quick, from the kernel", "exact quick").replace(
        "exact thorough, from the kernel", "exact thorough"
    )
    return "-".join(re.findall(r"[a-z0-9]+", short.replace(",000", "000").replace("from the kernel", "started")))


def main() -> None:
    """Read the arguments, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=6, help="how many lines of 8 to 25 workers")
    parser.add_argument("--seconds", type=float, default=5.0, help="time limit of the general solvers for each line")
    asked = parser.parse_args()
    console = Console()
    if not (compiled.available() and highs_installed()):
        raise SystemExit("The optional extra `planner` (numba, highspy) is not installed: nothing to compare.")
    compiled.warm()
    lines = lines_of(asked.lines)
    table = Table("method", "mean gap %", "worst", "mean s a line", "no plan", width=96)
    for name, gaps, seconds, missing in measured(lines, methods(asked.seconds, console)):
        row = (f"{statistics.mean(gaps):.2f}", f"{max(gaps):.2f}", f"{statistics.mean(seconds):.3f}", str(missing))
        table.add_row(name, *row)
    console.print(f"{len(lines)} lines of {', '.join(str(line.workers) for line in lines)} workers")
    console.print(table)


if __name__ == "__main__":
    main()
