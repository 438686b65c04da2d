"""The planner in a process of its own: what it works on, and the shared numbers by which it tells how far it is.

Nothing here may import the database or the web: a child starts in a fraction of the time that way.
"""

from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, replace
from enum import IntEnum, auto
from typing import Any

from app.planning.domain.check import check
from app.planning.domain.coverage import CoverageStep, coverage
from app.planning.domain.pairs import place_pairs
from app.planning.domain.problem import Problem
from app.planning.domain.progress import Effort, Phase, Progress
from app.planning.domain.steady import steady
from app.planning.domain.violation import Violation
from app.planning.engine import compiled
from app.planning.engine.exact import Search
from app.planning.engine.parent import end_with_parent, stand_back
from app.planning.engine.progress import Canceled
from app.planning.engine.progress import Phase as EnginePhase
from app.planning.engine.progress import Progress as EngineProgress
from app.planning.engine.solve import Answer, Budget, solve

PHASES = tuple(Phase)
UNKNOWN = -(1 << 62)
# Moves for each item by effort: compiled, and as plain Python (with a limit in all), which is some forty times as slow.
MOVES = {Effort.QUICK: 100, Effort.STANDARD: 600, Effort.THOROUGH: 2_000}
MOVES_INTERPRETED = {Effort.QUICK: (5, 1_000), Effort.STANDARD: (20, 5_000), Effort.THOROUGH: (100, 50_000)}
# What the exact tier looks for afterwards, with the compiled kernel: some 60 ms a worker.
SEARCHES = {Effort.THOROUGH: Search(rounds=6, shaken=4, runs=2, each=200, nodes=20, cycles=1)}


class Field(IntEnum):
    """Where a number of one piece of work stands on the board."""

    STOP = 0
    PHASE = auto()
    PERCENT = auto()
    OBJECTIVE = auto()
    BOUND = auto()


@dataclass(frozen=True, slots=True)
class Work:
    """A problem and how much to make of it. `prove` asks for the bound."""

    problem: Problem
    seed: int = 0
    effort: Effort = Effort.STANDARD
    prove: bool = True


@dataclass(frozen=True, slots=True)
class Solved:
    """What the planner answered, what the checker found, and who stays while others learn."""

    answer: Answer
    violations: list[Violation]
    coverage: tuple[CoverageStep, ...]


class Line:
    """One piece of work's numbers on the shared board; a process without a board keeps them to itself."""

    def __init__(self, board: MutableSequence[int], place: int) -> None:
        self.board, self.first = board, place * len(Field)

    def clear(self) -> None:
        """Begin anew."""
        for name in Field:
            self.board[self.first + name] = UNKNOWN if name in (Field.OBJECTIVE, Field.BOUND) else 0

    def stop(self) -> None:
        """Ask whoever works here to stop at the next look."""
        self.board[self.first + Field.STOP] = 1

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop."""
        return bool(self.board[self.first + Field.STOP])

    def tell(self, progress: Progress) -> None:
        """Write down how far the work is."""
        values = {Field.PHASE: PHASES.index(progress.phase), Field.PERCENT: progress.percent}
        values |= {Field.OBJECTIVE: _written(progress.objective), Field.BOUND: _written(progress.bound)}
        for name, value in values.items():
            self.board[self.first + name] = value

    def read(self) -> Progress:
        """How far the work is."""
        values = {name: self.board[self.first + name] for name in Field}
        return Progress(
            PHASES[values[Field.PHASE]], values[Field.PERCENT], _known(values[Field.OBJECTIVE]), _known(values[Field.BOUND])
        )


def _written(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _known(value: int) -> int | None:
    return None if value == UNKNOWN else value


_shared: dict[str, Any] = {}


def share(board: MutableSequence[int]) -> None:
    """Where this process tells how far it is; called once when a process of the pool starts."""
    _shared["board"] = board
    end_with_parent()
    stand_back(10)


def work(place: int, asked: Work) -> Solved | None:
    """Solve, check and look at coverage; None when it was asked to stop."""
    line = Line(_shared.get("board") or [0] * (len(Field) * (place + 1)), place)
    try:
        paired = place_pairs(asked.problem)
        answer = solve(paired.problem, asked.seed, budget(asked), report=teller(line), canceled=lambda: line.stopped)
    except Canceled:
        return None
    line.tell(Progress(Phase.CHECKING, 100, answer.objective, answer.bound))
    plan = steady(paired.problem, answer.plan)
    answer = replace(answer, plan=replace(plan, pairs=paired.pairs, unplaced_pairs=paired.unplaced))
    return Solved(answer, check(asked.problem, answer.plan), coverage(asked.problem, answer.plan))


def teller(line: Line) -> Callable[[EngineProgress], None]:
    """Writes what the engine tells on the board: its rounds are the percents, its other phases are short."""

    def tell(told: EngineProgress) -> None:
        phase = Phase.PROVING if told.phase is EnginePhase.PROVING else Phase.SOLVING
        improving = told.phase is EnginePhase.IMPROVING
        percent = 100 * told.done // told.of if improving else 0 if told.phase is EnginePhase.FIRST_PLAN else 100
        line.tell(Progress(phase, percent, told.objective, told.bound))

    return tell


def budget(asked: Work) -> Budget:
    """The named effort as a number of moves for this problem."""
    items = len(asked.problem.items)
    if compiled.available():
        return Budget(MOVES[asked.effort] * items, bound=asked.prove, search=SEARCHES.get(asked.effort))
    each, most = MOVES_INTERPRETED[asked.effort]
    return Budget(iterations=min(most, each * items), bound=asked.prove)
