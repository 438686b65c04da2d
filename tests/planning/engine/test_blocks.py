"""Plants planned in blocks: everybody moves in one place only, the rules hold across blocks, the team's size changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

import app.planning.engine.solve as solve_module
from app.planning.domain.check import check
from app.planning.domain.problem import PaidInterval, Pin, Problem
from app.planning.engine import blocks as block_module
from app.planning.engine.blocks import Plant
from app.planning.engine.packing import pack, unpack
from app.planning.engine.progress import Canceled, Phase, Progress
from app.planning.engine.solve import Answer, Budget, solve
from benchmarks.planner.instances import plant
from tests.planning.plants import DAY, HurtfulPlant, at, item, problem, shift, window, worker

QUICK = Budget(iterations=2_000, compile=False)


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However small a plant is, it is planned in blocks of a few people."""
    monkeypatch.setattr(solve_module, "LARGEST", 0)
    monkeypatch.setattr(block_module, "BLOCK_SIZE", 3)
    return


def checked(what: Problem, seed: int = 0, budget: Budget = QUICK) -> Answer:
    found = solve(what, seed, budget)
    assert check(what, found.plan) == [], seed
    return found


def test_no_random_plant_in_blocks_makes_it_break_a_hard_rule(in_blocks: None) -> None:
    for seed in range(150):
        checked(HurtfulPlant(Random(seed)).build(), seed, replace(QUICK, iterations=300))


def test_a_plant_in_blocks_is_planned_by_the_rules_and_nearly_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = checked(plant(80, 1), budget=replace(QUICK, iterations=16_000))
    monkeypatch.setattr(solve_module, "LARGEST", 0)
    monkeypatch.setattr(block_module, "BLOCK_SIZE", 30)
    parts = checked(plant(80, 1), budget=replace(QUICK, iterations=16_000))
    assert parts.objective > whole.objective * 0.97


def test_everybody_with_a_window_within_reach_moves_in_a_block_and_no_two_blocks_of_a_round_share_a_work_center() -> None:
    what = plant(300, 2)
    found = Plant(what)
    first, between = found.blocks(60)
    assert len(first) >= 4
    moving = [name for block in first for name in block.workers]
    assert len(moving) == len(set(moving))
    assert found.between.isdisjoint(moving)
    assert found.between
    assert set(moving) | found.between == {name for name, centers in found.centers_of.items() if centers}
    assert found.between <= {name for block in between for name in block.workers}
    for round_ in (first, between):
        centers = [center for block in round_ for center in block.centers]
        assert len(centers) == len(set(centers))
    for block in (*first, *between):
        assert all(found.centers_of[name] <= block.centers for name in block.workers)


def test_one_process_or_two_give_the_same_plan(in_blocks: None) -> None:
    what = plant(40, 3)
    assert checked(what) == checked(what, budget=replace(QUICK, processes=2))


def test_a_pin_of_somebody_between_two_blocks_is_kept_although_others_would_take_the_place(in_blocks: None) -> None:
    """Zoe works at both lines; the only place of the press belongs to her by a pin."""
    monday = shift(at(6), at(10), center="line")
    zoe = worker("zoe", shifts=(monday, PaidInterval(at(10), at(14), DAY, "press")))
    at_press = [worker(f"p{n}", shifts=(shift(at(6), at(14), center="press"),)) for n in range(4)]
    at_line = [worker(f"l{n}", shifts=(shift(at(6), at(14), center="line"),)) for n in range(4)]
    windows = [window("v1", at(11), minutes=3, work_center_id="press", max_learners=1), window("v2", at(8), max_learners=2)]
    items = [item(f"i-{who.id}", who.id, value=90, mandatory=True) for who in (*at_press, *at_line)]
    what = problem([zoe, *at_press, *at_line], windows, [*items, item("z", "zoe", value=0)], pins=(Pin("z", "v1"),))
    assert Plant(what).blocks()[0]
    assert "z" in {block.item_id for block in checked(what).plan.blocks}


def test_blocks_are_told_and_may_be_stopped(in_blocks: None) -> None:
    heard: list[Progress] = []
    solve(plant(40, 1), 0, QUICK, report=heard.append)
    rounds = [progress.done for progress in heard if progress.phase is Phase.IMPROVING]
    assert rounds == list(range(1, heard[1].of + 1))
    with pytest.raises(Canceled):
        solve(plant(40, 1), 0, QUICK, canceled=lambda: True)


def test_a_problem_survives_packing() -> None:
    for seed in range(40):
        what = HurtfulPlant(Random(seed)).build()
        assert unpack(pack(what)) == what
