"""A figure: what was measured, its goal, and how both are shown and kept."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound: `at_least` or `at_most`, with the floor below (or above) which a figure counts as missed."""

    value: float
    at_least: bool = False
    floor: float | None = None

    def verdict(self, value: float) -> str:
        """`met`, `between` goal and floor, or `missed`."""
        if self._holds(value, self.value):
            return "met"
        return "between" if self.floor is not None and self._holds(value, self.floor) else "missed"

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.at_least else value <= bound

    def __str__(self) -> str:
        floor = "" if self.floor is None else f" (floor {self.floor:g})"
        return f"{'>=' if self.at_least else '<='} {self.value:g}{floor}"


GOALS = {
    "me-now": Goal(1.0, at_least=True, floor=0.6),
    "me-now-cpu": Goal(1.4),
    "attempts-batch": Goal(0.70, at_least=True, floor=0.55),
    "attempts-replay": Goal(0.5),
    "me-now-growth": Goal(1.5),
    "attempts-growth": Goal(1.7),
    "statement-growth": Goal(1.3),
    "credits": Goal(0.5, at_least=True),
    "ledger-verify-rows-per-s": Goal(50_000, at_least=True),
    "memory-mb": Goal(120),
    "start-s": Goal(2),
    "sign-in-p99": Goal(2),
    "replan-http-p95-ms": Goal(150),
    "planner-loop-lag-p99-ms": Goal(5),
    "planner-workers-per-s": Goal(1_000, at_least=True),
    "planner-gap-1000-5s": Goal(1.6),
    "planner-gap-1000-60s": Goal(1.0),
    "planner-gap-20000-20s": Goal(3.0),
    "planner-gap-20000-120s": Goal(1.7),
    "planner-exact-line-gap": Goal(0.15),
    # Linear is 1; what is beyond is the machine's caches and the one process that cuts for the others.
    "planner-growth": Goal(1.2),
    "planner-memory-mb": Goal(1_000),
    "replan-solver-p95-ms": Goal(50),
    "replan-loss": Goal(0.3),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `reference` says beside what it stands."""

    name: str
    value: float
    unit: str
    reference: str
    note: str

    @property
    def verdict(self) -> str:
        """How it stands to its goal; `told` where it has none."""
        goal = GOALS.get(self.name)
        return "told" if goal is None else goal.verdict(self.value)


def middle(name: str, values: Sequence[float], unit: str, reference: str, note: str) -> Figure:
    """The median of the rounds, with their spread in the note."""
    spread = f"{len(values)} rounds, {min(values):.2f} to {max(values):.2f}"
    return Figure(name, round(statistics.median(values), 3), unit, reference, f"{note}; {spread}")


def show(figures: Sequence[Figure], console: Console) -> None:
    """The table, and below it what each figure stands beside: both fit a terminal of eighty columns."""
    table = Table(box=SIMPLE_HEAD, title="Interlude beside bare programs, one run, one machine", title_justify="left")
    for column in ("figure", "value", "unit", "goal", ""):
        table.add_column(column, justify="right" if column == "value" else "left", no_wrap=column == "figure")
    colors = {"met": "green", "between": "yellow", "missed": "red", "told": "dim"}
    for one in figures:
        verdict = f"[{colors[one.verdict]}]{one.verdict}[/]"
        table.add_row(one.name, f"{one.value:g}", one.unit, str(GOALS.get(one.name, "")), verdict)
    console.print(table)
    for one in figures:
        console.print(f"[bold]{one.name}[/] beside {one.reference}: {one.note}", highlight=False)


def keep(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n")
