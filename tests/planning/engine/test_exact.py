"""The exact tier reaches the optimum of small instances; bounds of blocks add up to a bound of the whole."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from app.planning.domain.check import check
from app.planning.domain.greedy import answer, draft
from app.planning.engine.blocks import Plant
from app.planning.engine.bound import upper_bound
from app.planning.engine.exact import Search, solve_exactly
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.progress import Listener
from app.planning.engine.proof import prove
from app.planning.engine.solve import Budget, improve
from app.planning.engine.team import Team
from benchmarks.planner.instances import plant
from tests.planning.engine.test_engine import optimum, small

SMALL = Search(rounds=6, shaken=4, runs=2, each=40, nodes=20, cycles=2)
pytestmark = pytest.mark.skipif(find_spec("highspy") is None, reason="the optional extra `planner` (highspy) is not installed")


@pytest.mark.parametrize("first", range(0, 320, 80))
def test_the_exact_tier_reaches_the_optimum_of_small_instances(first: int) -> None:
    reached = 0
    for seed in range(first, first + 80):
        found = draft(small(seed))
        exact = solve_exactly(found, parts_of(found), SMALL, use_compiled=False)
        assert check(small(seed), answer(exact.draft)) == [], seed
        assert exact.bound >= optimum(seed) >= worth(found.floor), seed
        reached += worth(exact.draft.floor) >= optimum(seed)
    # Where dates fall into a window, the order within it may refuse what the program holds possible.
    assert reached >= 79


def test_branching_over_patterns_alone_proves_the_optimum_of_small_instances() -> None:
    branching = Search(rounds=1, shaken=0, runs=0, each=1, nodes=1, cycles=1, branching=50)
    met = 0
    for seed in range(80):
        found = draft(small(seed))
        exact = solve_exactly(found, parts_of(found), branching, use_compiled=False)
        assert check(small(seed), answer(exact.draft)) == [], seed
        assert exact.bound >= optimum(seed) >= worth(exact.draft.floor), seed
        met += exact.bound == optimum(seed) == worth(exact.draft.floor)
    # The program's order within a window is weaker than the rules, so where dates fall into one its bound may stay above.
    assert met >= 72


def test_an_exact_line_is_planned_by_the_rules_and_its_bound_is_tighter_than_the_program() -> None:
    what = plant(8, 1)
    parts = parts_of(draft(what))
    better = improve(draft(what), parts, 0, Budget(iterations=2_000, compile=False))
    exact = solve_exactly(better, parts, SMALL, use_compiled=False)
    assert check(what, answer(exact.draft)) == []
    assert worth(better.floor) <= worth(exact.draft.floor) <= exact.bound <= upper_bound(parts)


def test_bounds_of_blocks_add_up_to_a_bound_that_is_hardly_weaker(monkeypatch: pytest.MonkeyPatch) -> None:
    what = plant(60, 1)
    whole = upper_bound(parts_of(draft(what)))
    monkeypatch.setattr("app.planning.engine.proof.PROOF_SIZE", 20)
    with Team(1) as team:
        proof = prove(Plant(what), team, Listener(), {})
    assert whole <= proof.bound <= whole * 1.03
    assert proof.seat_prices


def test_a_week_in_which_very_much_fits_is_proved_in_little_memory() -> None:
    # Thirty people with forty windows of five minutes, each to be filled in 1,470 ways: almost two million patterns.
    script = """
import resource
from datetime import timedelta
from app.planning.domain.greedy import draft
from app.planning.engine.bound import upper_bound
from app.planning.engine.parts import parts_of
from tests.planning.plants import at, item, problem, window, worker
people = [worker(f"w{n:02}") for n in range(30)]
windows = [window(f"v{n}", at(6) + timedelta(minutes=12 * n), minutes=5, max_learners=9) for n in range(40)]
items = [item(f"{one.id}-{n:02}", one.id, 60 + n, value=n) for one in people for n in range(14)]
assert upper_bound(parts_of(draft(problem(people, windows, items)))) > 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 700
