"""The exact tier reaches the optimum of small instances; bounds of blocks add up to a bound of the whole."""

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
