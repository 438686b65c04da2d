"""Weeks at prices: a bound whatever the prices, never weaker than the linear program, the same compiled and interpreted."""

from importlib.util import find_spec
from random import Random

import pytest

import app.planning.engine.pricing as pricing_module
from app.planning.domain.check import check
from app.planning.domain.greedy import answer, draft
from app.planning.engine import block_worker, compiled, large
from app.planning.engine import solve as solve_module
from app.planning.engine.block_worker import spots_of
from app.planning.engine.bound import PatternLp, upper_bound
from app.planning.engine.exact import Search, solve_exactly
from app.planning.engine.packing import pack
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.pricing import SCALE, Pricing
from app.planning.engine.proof import proof_of
from app.planning.engine.solve import Budget, solve
from benchmarks.planner.instances import plant
from tests.planning.engine.test_engine import needs_numba, optimum, small

pytestmark = pytest.mark.skipif(find_spec("highspy") is None, reason="the optional extra `planner` (highspy) is not installed")
SEARCH = Search(rounds=4, shaken=4, runs=2, each=20, nodes=10, cycles=1)


@pytest.mark.parametrize("first", range(0, 320, 80))
def test_a_bettered_bound_is_never_below_the_optimum_nor_above_the_program(first: int) -> None:
    for seed in range(first, first + 80):
        parts = parts_of(draft(small(seed)))
        assert optimum(seed) <= proof_of(parts).bound <= upper_bound(parts), seed


def test_whatever_places_cost_everybodys_best_week_bounds_every_plan() -> None:
    random = Random(3)
    for seed in range(60):
        lp = PatternLp(parts_of(draft(small(seed))))
        if lp.costs:
            pricing = Pricing(lp, lp.solved()[1], use_compiled=False)
            for _ in range(3):
                prices = {row: random.randrange(0, 3000 * SCALE) for row in pricing.shared}
                assert pricing.bound(prices)[0] >= SCALE * optimum(seed), seed


def test_what_is_too_large_to_be_looked_at_is_bounded_by_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, value in (("MOST_ITEMS", 2), ("MOST_LABELS", 2), ("MOST_STEPS", 2)):
        with monkeypatch.context() as patched:
            patched.setattr(pricing_module, limit, value)
            for seed in range(30):
                parts = parts_of(draft(small(seed)))
                assert optimum(seed) <= proof_of(parts).bound <= upper_bound(parts), (limit, seed)
                exact = solve_exactly(draft(small(seed)), parts, SEARCH, use_compiled=False)
                assert check(small(seed), answer(exact.draft)) == [], (limit, seed)


def test_places_that_are_not_told_by_patterns_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.planning.engine.patterns.MOST_PATTERNS", 2)
    for seed in range(40):
        parts = parts_of(draft(small(seed)))
        assert optimum(seed) <= proof_of(parts).bound <= upper_bound(parts), seed
        exact = solve_exactly(draft(small(seed)), parts, SEARCH, use_compiled=False)
        assert check(small(seed), answer(exact.draft)) == [], seed


@needs_numba
@pytest.mark.parametrize(("workers", "seed"), [(3, 1), pytest.param(4, 2, marks=pytest.mark.long)])
def test_compiled_and_interpreted_search_find_the_same_plan(workers: int, seed: int) -> None:
    what = plant(workers, seed)
    parts = parts_of(draft(what))
    found = [solve_exactly(draft(what), parts, SEARCH, use_compiled=use) for use in (True, False)]
    assert spots_of(found[0].draft.floor) == spots_of(found[1].draft.floor)
    assert found[0].bound == found[1].bound


def test_a_plant_that_is_searched_keeps_the_rules_and_is_worth_more(monkeypatch: pytest.MonkeyPatch) -> None:
    what = plant(16, 4)
    plain = solve(what, 0, Budget(iterations=600, compile=False))
    monkeypatch.setattr(large, "SEARCH_SIZE", 6)
    for largest in (solve_module.LARGEST, 0):
        monkeypatch.setattr(solve_module, "LARGEST", largest)
        found = solve(what, 0, Budget(iterations=600, compile=False, bound=True, search=SEARCH))
        assert check(what, found.plan) == []
        assert plain.objective < found.objective <= (found.bound or 0)


def test_a_searched_block_is_never_worth_less() -> None:
    what = plant(5, 5)
    found = draft(what)
    task = block_worker.Task(pack(what), spots_of(found.floor), 0, 0, use_compiled=compiled.available(), heat=large.EDGE_START)
    better = block_worker.opened(what, 0, block_worker.search_block(task))
    assert worth(better.floor) >= worth(found.floor)
