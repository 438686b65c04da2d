"""What general solvers are asked is the planner's own question: a plan is a solution of the same worth, and back again."""

import pytest

from app.planning.domain.greedy import draft
from app.planning.engine.bound import PatternLp, highs_installed
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.proof import proof_of
from app.planning.engine.solve import Budget, improve
from benchmarks.compare.program import CompactLp, Program, hint_of, judged, laid, places_of, program_of
from benchmarks.compare.run import Line, highs
from benchmarks.planner.instances import plant

pytestmark = pytest.mark.skipif(not highs_installed(), reason="the optional extra `planner` is absent")
KINDS = [CompactLp, PatternLp]


def line(workers: int, seed: int) -> Line:
    found = draft(plant(workers, seed))
    parts = parts_of(found)
    return Line(found, parts, improve(found, parts, 0, Budget(50 * workers, compile=False)))


def broken_rows(program: Program, values: list[int]) -> list[int]:
    sums = [0] * len(program.limits)
    for column, value in enumerate(values):
        for at in range(program.starts[column], program.starts[column + 1]):
            sums[program.rows[at]] += value * program.values[at]
    rows = enumerate(zip(sums, program.lowers, program.limits, strict=True))
    return [row for row, (total, low, high) in rows if (high is not None and total > high) or (low is not None and total < low)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(1, 7))
def test_a_plan_is_a_solution_of_the_same_worth(kind: type[PatternLp], seed: int) -> None:
    asked = line(6, seed)
    lp = kind(asked.parts)
    program, values = program_of(lp), hint_of(lp, asked.better.floor)
    assert broken_rows(program, values) == []
    assert all(0 <= value <= upper for value, upper in zip(values, program.uppers, strict=True))
    assert sum(cost * value for cost, value in zip(program.costs, values, strict=True)) == worth(asked.better.floor)
    again = laid(asked.found, asked.parts, places_of(lp, values))
    assert judged(asked.found, again) == worth(asked.better.floor)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_solver_finds_is_a_plan_within_our_bound(kind: type[PatternLp]) -> None:
    asked = line(3, 2)
    made = highs(kind, 10.0, hinted=True)(asked)
    assert made.floor is not None
    assert worth(asked.better.floor) <= judged(asked.found, made.floor) <= proof_of(asked.parts).bound
