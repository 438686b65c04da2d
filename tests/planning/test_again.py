"""Planning again as a pure rule, on random plants built to hurt: the checker finds nothing, and what can stay stays."""

import pickle
from dataclasses import replace
from random import Random

import pytest

from app.planning import again
from app.planning.again import Again, plan_again
from app.planning.domain.check import check
from app.planning.domain.plan import Plan, Reason, Unplaced
from app.planning.domain.problem import Kept, Problem
from app.planning.engine.solve import Budget, solve
from tests.planning.plants import HurtfulPlant, at, item, problem, window, worker

QUICK = Budget(iterations=50, compile=False)


def published(given: Problem, seed: int = 0) -> Again:
    """A plan of the problem, as if it had been published."""
    plan = solve(given, seed, QUICK).plan
    kept = tuple(Kept(block.item_id, block.window_id) for block in plan.blocks)
    placed = {block.item_id for block in plan.blocks}
    items = tuple(one for one in given.items if one.id in placed)
    return Again(replace(given, items=items, kept=kept, pins=()), {b.item_id: b.starts_at for b in plan.blocks})


def objections(asked: Again) -> list[str]:
    found = plan_again(asked)
    placed = {block.item_id for block in found.blocks}
    rest = tuple(Unplaced(one.id, Reason.NO_SEAT_LEFT, "") for one in asked.problem.items if one.id not in placed)
    return [one.sentence for one in check(asked.problem, Plan(found.blocks, rest))]


@pytest.mark.parametrize("seed", range(120))
def test_without_a_change_everything_stays_to_the_second(seed: int) -> None:
    asked = published(HurtfulPlant(Random(seed)).build())
    found = plan_again(asked)
    assert {block.item_id: block.starts_at for block in found.blocks} == dict(asked.starts)
    assert found.broken == ()


@pytest.mark.parametrize("movable", [2, 60])
@pytest.mark.parametrize("seed", range(150))
def test_after_a_window_or_a_worker_is_lost_every_rule_holds(seed: int, movable: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "MOVABLE", movable)
    random = Random(seed)
    asked = published(HurtfulPlant(random).build(), seed)
    if not asked.starts:
        return
    gone = random.choice(asked.problem.kept).window_id
    windows = tuple(one for one in asked.problem.windows if one.id != gone)
    presence = asked.problem.presence
    if seed % 2:
        presence = presence[:-1]
    kept = tuple(one for one in asked.problem.kept if one.window_id != gone)
    changed = replace(asked, problem=replace(asked.problem, windows=windows, presence=presence, kept=kept))
    assert objections(changed) == []
    assert plan_again(changed) == plan_again(changed)


def test_a_displaced_item_takes_free_room_and_nothing_else_moves() -> None:
    people = [worker("ana"), worker("ben")]
    windows = [window("late", at(12), 10), window("spare", at(13), 10)]
    given = problem(people, windows, [item("one", "ana"), item("two", "ben")], kept=(Kept("two", "late"),))
    found = plan_again(Again(given, {"two": at(12, 4)}))
    assert {block.item_id: (block.window_id, block.starts_at) for block in found.blocks} == {
        "one": ("late", at(12)),
        "two": ("late", at(12, 4)),
    }


def test_fillers_take_what_is_free_and_never_push_anything_out() -> None:
    people = [worker("ana"), worker("ben")]
    given = problem(people, [window("v", at(12), 4, max_learners=1)], [item("one", "ana")], kept=(Kept("one", "v"),))
    precious = item("two", "ben", mandatory=True, due_at=at(13))
    found = plan_again(Again(given, {"one": at(12)}, (precious,)))
    assert ([block.item_id for block in found.blocks], found.filled) == (["one"], ())
    alone = plan_again(Again(given, {"one": at(12)}, (item("short", "ana", seconds=60),)))
    assert [(block.item_id, block.starts_at) for block in alone.filled] == [("short", at(12, 3))]


@pytest.mark.parametrize("seed", range(60))
def test_sessions_find_their_hour_beside_what_stays_and_cross_to_another_process(seed: int) -> None:
    given = HurtfulPlant(Random(seed)).build_with_pairs()
    asked = published(replace(given, pairs=()))
    asked = replace(asked, problem=replace(asked.problem, pairs=given.pairs))
    found = plan_again(asked)
    assert found.broken == ()
    told = sorted([one.request_id for one in found.pairs] + [one.request_id for one in found.unplaced_pairs])
    assert told == sorted(one.id for one in given.pairs)
    assert again.plan_packed(pickle.loads(pickle.dumps(again.packed(asked)))) == found
