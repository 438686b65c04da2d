"""Shadowing pairs: trainer, trainee and hour are chosen together, and everything else is planned around them."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.planning.domain.check import check
from app.planning.domain.coverage import coverage
from app.planning.domain.pair_values import Coached, PairReason, PairRequest
from app.planning.domain.pairs import place_pairs
from app.planning.domain.plan import Plan
from app.planning.domain.problem import Blackout, BusyBlock, Pin, PlanItem, PlanWindow, PlanWorker, Problem
from app.planning.domain.progress import Effort
from app.planning.process import Work, work
from tests.planning.plants import DAY, HurtfulPlant, at, item, problem, shift, window, worker


def hour(name: str, starts: int, minutes: int = 60, **changes: object) -> PlanWindow:
    return window(name, at(starts), minutes, **{"kind": "shadowing", "max_learners": 1, **changes})


def wish(name: str = "s", trainee: str = "ana", **changes: object) -> PairRequest:
    values: dict[str, object] = {"id": name, "trainee_id": trainee, "work_center_id": "line", "skill": "weld", **changes}
    return PairRequest(**values)  # type: ignore[arg-type]


def welder(name: str, **changes: object) -> PlanWorker:
    return worker(name, skills=frozenset({"weld"}), **changes)


def plant(
    windows: list[PlanWindow], *wishes: PairRequest, people: list[PlanWorker] | None = None, items: tuple[PlanItem, ...] = ()
) -> Problem:
    found = people or [worker("ana"), welder("ben"), worker("cem")]
    return replace(problem(found, windows, list(items)), pairs=wishes)


def planned(what: Problem) -> Plan:
    """Through the real way of a plan: pairs, kernel, checker."""
    solved = work(0, Work(what, 0, Effort.QUICK, prove=False))
    assert solved is not None
    assert solved.violations == []
    return solved.answer.plan


def reason(what: Problem) -> PairReason:
    plan = planned(what)
    assert plan.pairs == ()
    (missing,) = plan.unplaced_pairs
    assert missing.sentence.endswith(".")
    return missing.reason


def test_a_pair_is_in_the_first_hour_in_which_both_are_there() -> None:
    (pair,) = planned(plant([hour("h2", 10), hour("h1", 8)], wish())).pairs
    assert (pair.trainer_id, pair.trainee_id, pair.window_id) == ("ben", "ana", "h1")
    assert (pair.starts_at, pair.ends_at) == (at(8), at(9))


def test_a_named_trainer_shows_it_although_somebody_else_could() -> None:
    people = [worker("ana"), welder("ben"), welder("cem")]
    (pair,) = planned(plant([hour("h1", 8)], wish(trainer_id="cem"), people=people)).pairs
    assert pair.trainer_id == "cem"


def test_trainers_take_turns() -> None:
    people = [worker("ana"), welder("ben"), welder("cem"), worker("dora")]
    pairs = planned(plant([hour("h1", 8), hour("h2", 10)], wish("s1"), wish("s2", "dora"), people=people)).pairs
    assert {pair.trainer_id for pair in pairs} == {"ben", "cem"}


def test_one_session_gives_way_if_both_then_have_an_hour() -> None:
    # Ben alone can show both; Dora is there only for the first hour, which Ana would take.
    people = [worker("ana"), welder("ben"), worker("dora", shifts=(shift(at(6), at(9)),))]
    wishes = (wish("s1", value=20), wish("s2", "dora", value=10))
    pairs = planned(plant([hour("h1", 8), hour("h2", 10)], *wishes, people=people)).pairs
    assert {(pair.request_id, pair.window_id) for pair in pairs} == {("s1", "h2"), ("s2", "h1")}


def test_the_trainee_leaves_the_headcount_and_the_trainer_does_not() -> None:
    what = plant([hour("h1", 8, minimum_staying=2)], wish())
    plan = planned(what)
    assert len(plan.pairs) == 1
    assert {(step.present, step.learning, step.staying) for step in coverage(what, plan)} == {(3, 1, 2)}
    assert reason(plant([hour("h1", 8, minimum_staying=3)], wish())) is PairReason.COVERAGE_MINIMUM


def test_nobody_learns_anything_else_meanwhile_and_the_trainer_holds_no_place() -> None:
    # The changeover begins before the session and ends in it: whoever learns in it would be away from the line.
    items = (item("a", "ana"), item("b", "ben"), item("c", "cem"))
    plan = planned(plant([hour("h1", 8), window("v", at(7, 55), 10)], wish(), items=items))
    assert [block.item_id for block in plan.blocks] == ["c"]
    assert len(plan.pairs) == 1


def test_a_pinned_item_is_not_pushed_out_by_a_pair() -> None:
    what = plant([hour("h1", 8), hour("h2", 10), window("v", at(8), 10)], wish(), items=(item("b", "ben"),))
    plan = planned(replace(what, pins=(Pin("b", "v"),)))
    assert plan.broken_pins == ()
    assert [pair.window_id for pair in plan.pairs] == ["h2"]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (plant([hour("h1", 8)], wish(skill="paint")), PairReason.NO_TRAINER),
        (
            replace(plant([hour("h1", 8)], wish()), coached=(Coached("ben", DAY),), trainer_weekly_sessions=1),
            PairReason.TRAINER_LIMIT,
        ),
        (
            plant([hour("h1", 8)], wish(), people=[worker("ana"), welder("ben", shifts=(shift(at(14), at(22)),))]),
            PairReason.NOT_ON_SAME_SHIFT,
        ),
        (plant([hour("h1", 8, 59)], wish()), PairReason.NO_WINDOW_LONG_ENOUGH),
        (plant([window("v", at(8), 60)], wish()), PairReason.NO_WINDOW_LONG_ENOUGH),
        (replace(plant([hour("h1", 8)], wish()), blackouts=(Blackout(at(8, 30), at(8, 31)),)), PairReason.BLACKOUT),
        (replace(plant([hour("h1", 8)], wish()), busy=(BusyBlock("ben", at(8, 30), at(8, 31)),)), PairReason.WORKER_BUSY),
        (plant([hour("h1", 8, max_learners=0)], wish()), PairReason.NO_SEAT_LEFT),
        (plant([hour("h1", 8)], wish(due_at=at(8, 59))), PairReason.NO_WINDOW_LONG_ENOUGH),
    ],
)
def test_a_pair_without_an_hour_is_told_why(what: Problem, why: PairReason) -> None:
    assert reason(what) is why


def test_sessions_of_another_week_do_not_count() -> None:
    what = replace(plant([hour("h1", 8)], wish()), coached=(Coached("ben", DAY - timedelta(days=1)),), trainer_weekly_sessions=1)
    assert len(planned(what).pairs) == 1


def test_a_published_session_holds_the_trainers_time_and_no_place() -> None:
    what = problem([worker("ana"), welder("ben")], [window("v", at(7, 55), 10, minimum_staying=2)], [item("b", "ben")])
    what = replace(what, busy=(BusyBlock("ben", at(8), at(9), coaching=True),))
    (missing,) = planned(what).unplaced
    assert missing.reason == "worker_busy"


@pytest.mark.parametrize(
    "first", [first if first < 500 else pytest.param(first, marks=pytest.mark.slow) for first in range(0, 2_000, 100)]
)
def test_no_plant_made_to_hurt_breaks_a_hard_rule_on_the_real_way_to_a_plan(first: int) -> None:
    """Two thousand instances with overlaps, floaters, nights over clock changes, bad pins, releases and pairs."""
    for seed in range(first, first + 100):
        what = HurtfulPlant(Random(seed)).build_with_pairs()
        solved = work(0, Work(what, seed, Effort.QUICK, prove=False))
        assert solved is not None
        plan = solved.answer.plan
        assert solved.violations == [] == check(what, plan), seed
        kept = {(block.item_id, block.window_id) for block in plan.blocks}
        named = {(pin.item_id, pin.window_id) for pin in plan.broken_pins}
        assert {(pin.item_id, pin.window_id) for pin in what.pins} <= kept | named, seed


def test_the_plants_are_worth_testing_with_since_they_meet_every_reason_and_place_many_pairs() -> None:
    found = [place_pairs(HurtfulPlant(Random(seed)).build_with_pairs()) for seed in range(2_000)]
    assert {missing.reason for one in found for missing in one.unplaced} == set(PairReason)
    assert sum(len(one.pairs) for one in found) >= 300


def test_pairs_do_not_depend_on_the_order_in_which_things_are_listed() -> None:
    for seed in range(200):
        what = HurtfulPlant(Random(seed)).build_with_pairs()
        turned = replace(
            what, workers=what.workers[::-1], windows=what.windows[::-1], pairs=what.pairs[::-1], busy=what.busy[::-1]
        )
        assert place_pairs(what).pairs == place_pairs(turned).pairs
