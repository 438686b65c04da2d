"""The named change, when made, does place the item: over random plants, made to hurt and contended like real ones."""

from collections import Counter
from random import Random

import pytest

from app.planning.domain.check import check
from app.planning.domain.greedy import solve
from app.planning.domain.plan import ChangeKind, Plan
from app.planning.domain.problem import Problem
from app.planning.engine.solve import Budget
from app.planning.engine.solve import solve as solve_well
from benchmarks.planner.instances import plant
from tests.planning.changing import made
from tests.planning.plants import HurtfulPlant

Kinds = Counter[ChangeKind]
# What only shadowing sessions need (`test_pair_changes.py`).
FOR_SESSIONS = {ChangeKind.ONE_MORE_SESSION, ChangeKind.QUALIFIED_TRAINER}


def placed_by_their_change(problem: Problem, plan: Plan, kinds: Kinds, most: int = 1_000_000) -> tuple[int, int]:
    """How many unplaced items have a change, and how many have none; every change is made, and places its item."""
    with_change = [missing for missing in plan.unplaced if missing.change is not None]
    for missing in with_change[:most]:
        assert missing.change is not None
        changed = made(problem, plan, missing)
        again = solve(changed)
        if missing.item_id not in {block.item_id for block in again.blocks}:
            # The greedy pass may lay a row of items that wait for each other otherwise; the kernel finds the room.
            again = solve_well(changed, 0, Budget(iterations=300, compile=False)).plan
        assert missing.item_id in {block.item_id for block in again.blocks}, missing
        assert check(changed, again) == []
        kinds.update(step.kind for step in missing.change.steps)
    return len(with_change[:most]), len(plan.unplaced) - len(with_change)


def hurt(seeds: range) -> tuple[int, Kinds]:
    kinds: Kinds = Counter()
    found = 0
    for seed in seeds:
        problem = HurtfulPlant(Random(seed)).build()
        found += placed_by_their_change(problem, solve(problem), kinds)[0]
    return found, kinds


def test_the_change_places_the_item_in_plants_made_to_hurt() -> None:
    found, kinds = hurt(range(60))
    assert found > 250
    assert kinds.keys() >= {ChangeKind.ONE_MORE_LEARNER, ChangeKind.NEW_WINDOW, ChangeKind.TRANSLATION}


def test_the_change_places_the_item_in_a_contended_plant() -> None:
    problem = plant(12, 3)
    found, without = placed_by_their_change(
        problem, solve_well(problem, 0, Budget(iterations=500, compile=False)).plan, Counter()
    )
    assert found > 20
    assert without <= found // 10


@pytest.mark.slow
def test_at_least_three_and_a_half_thousand_changes_place_their_items_whatever_their_kind() -> None:
    found, kinds = hurt(range(60, 660))
    assert kinds.keys() == set(ChangeKind) - FOR_SESSIONS
    real = without = 0
    for seed in range(8):
        problem = plant(30, seed)
        plan = solve_well(problem, seed, Budget(iterations=20_000)).plan
        more, none = placed_by_their_change(problem, plan, kinds)
        real, without = real + more, without + none
    assert without <= real // 10
    assert found + real >= 3_500
