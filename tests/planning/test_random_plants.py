"""The planner against random plants built to hurt, judged by the independent checker."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.planning.domain.check import check
from app.planning.domain.coverage import coverage
from app.planning.domain.greedy import solve
from app.planning.domain.pairs import place_pairs
from app.planning.domain.plan import Block, ChangeKind, Plan, Reason, Unplaced
from app.planning.domain.problem import Problem
from tests.planning.plants import HurtfulPlant

# Reasons that stem from what else is placed, where a mistake would leave a free place unused.
IN_COMPETITION = {
    Reason.NO_SEAT_LEFT,
    Reason.COVERAGE_MINIMUM,
    Reason.WORKER_BUSY,
    Reason.DAILY_CAP,
    Reason.DEVICE,
    Reason.PREREQUISITE_TOO_LATE,
}

plants = st.integers(0, 2**48).map(lambda seed: HurtfulPlant(Random(seed)).build())
thorough = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@thorough
@given(plants)
def test_a_plan_breaks_no_hard_rule(plant: Problem) -> None:
    assert check(plant, solve(plant)) == []


@settings(thorough, max_examples=100)
@given(plants, st.integers(0, 9))
def test_the_same_problem_and_seed_give_the_same_plan_however_it_is_listed(plant: Problem, seed: int) -> None:
    turned = replace(
        plant,
        workers=plant.workers[::-1],
        windows=plant.windows[::-1],
        items=plant.items[::-1],
        presence=plant.presence[::-1],
        pins=plant.pins[::-1],
        busy=plant.busy[::-1],
        blackouts=plant.blackouts[::-1],
    )
    assert solve(plant, seed) == solve(plant, seed) == solve(turned, seed)


@settings(thorough, max_examples=100)
@given(plants)
def test_every_pin_is_kept_or_named(plant: Problem) -> None:
    plan = solve(plant)
    kept = {(block.item_id, block.window_id) for block in plan.blocks}
    named = {(pin.item_id, pin.window_id) for pin in plan.broken_pins}
    assert kept.isdisjoint(named)
    assert {(pin.item_id, pin.window_id) for pin in plant.pins} <= kept | named


@settings(thorough, max_examples=30)
@given(plants)
def test_no_unplaced_item_has_a_free_place_left(plant: Problem) -> None:
    plan = solve(plant)
    for missing in [missing for missing in plan.unplaced if missing.reason in IN_COMPETITION]:
        for offset, window_id in _places(plant):
            assert check(plant, _with(plant, plan, missing, offset, window_id)) != []


@settings(thorough, max_examples=30)
@given(plants)
def test_a_pin_named_as_impossible_has_no_free_place_in_its_window(plant: Problem) -> None:
    """Nothing already placed may have made it impossible for a rule that the checker does not know."""
    plan = solve(plant)
    unplaced = {missing.item_id: missing for missing in plan.unplaced}
    for pin in [pin for pin in plan.broken_pins if pin.item_id in unplaced and pin.reason is not Reason.UNKNOWN_PIN]:
        kept = replace(plan, broken_pins=tuple(other for other in plan.broken_pins if other != pin))
        for offset, window_id in _places(plant):
            if window_id == pin.window_id:
                assert check(plant, _with(plant, kept, unplaced[pin.item_id], offset, window_id)) != [], pin


def _places(plant: Problem) -> list[tuple[timedelta, str]]:
    """Every half minute of every window from its set-up buffer on."""
    return [
        (timedelta(seconds=second), window.id)
        for window in plant.windows
        for second in range(window.setup_seconds, window.setup_seconds + window.usable_seconds, 30)
    ]


def _with(plant: Problem, plan: Plan, missing: Unplaced, offset: timedelta, window_id: str) -> Plan:
    item = next(item for item in plant.items if item.id == missing.item_id)
    window = next(window for window in plant.windows if window.id == window_id)
    starts_at = window.starts_at + offset
    block = Block(item.id, item.worker_id, window.id, starts_at, starts_at + timedelta(seconds=item.seconds))
    rest = tuple(other for other in plan.unplaced if other != missing)
    return replace(plan, blocks=(*plan.blocks, block), unplaced=rest)


@settings(thorough, max_examples=100)
@given(plants)
def test_coverage_adds_up_and_the_plan_never_takes_a_step_below_its_minimum(plant: Problem) -> None:
    for step in coverage(plant, solve(plant)):
        assert step.present == step.learning + step.staying == step.learning_before + step.staying_before
        assert timedelta(0) < step.ends_at - step.starts_at <= timedelta(minutes=5)
        assert step.staying >= step.minimum or step.staying == step.staying_before


def test_the_random_plants_are_worth_testing_with_since_they_meet_every_reason_and_change() -> None:
    reasons: set[Reason] = set()
    changes: set[ChangeKind] = set()
    placed = 0
    for seed in range(600):
        plan = solve(HurtfulPlant(Random(seed)).build())
        reasons |= {missing.reason for missing in plan.unplaced} | {pin.reason for pin in plan.broken_pins}
        changes |= {missing.change.kind for missing in plan.unplaced if missing.change is not None}
        placed += len(plan.blocks)
        paired = place_pairs(HurtfulPlant(Random(seed)).build_with_pairs())
        changes |= {step.kind for missing in paired.unplaced if missing.change is not None for step in missing.change.steps}
    assert reasons == set(Reason)
    assert changes == set(ChangeKind)
    assert placed > 600
