"""Nobody's minutes shift without a reason: the same items in the same window keep the seconds that were published."""

from app.planning.domain.check import check
from app.planning.domain.greedy import solve
from app.planning.domain.plan import Plan
from app.planning.domain.problem import Blackout, Kept, Problem
from app.planning.domain.steady import steady
from tests.planning.builders import Line
from tests.planning.plants import at, item, problem, window, worker

PEOPLE = [worker("ana"), worker("ben")]
ITEMS = [item("a", seconds=120), item("b", seconds=60), item("c", "ben")]


def again(*kept: Kept, **changes: object) -> tuple[Problem, Plan]:
    what = problem(PEOPLE, [window("v1", at(8), minutes=6)], ITEMS, kept=kept, **changes)
    return what, solve(what)


def times(plan: Plan) -> dict[str, object]:
    return {block.item_id: block.starts_at for block in plan.blocks}


def test_the_same_items_in_the_same_window_keep_their_seconds() -> None:
    what, plan = again(Kept("a", "v1", at(8, 2)), Kept("b", "v1", at(8, 1)), Kept("c", "v1", at(8, 3)))
    found = steady(what, plan)
    assert times(found) == {"a": at(8, 2), "b": at(8, 1), "c": at(8, 3)}
    assert check(what, found) == []
    assert [block.item_id for block in found.blocks] == ["b", "a", "c"]


def test_other_items_in_the_window_are_laid_anew() -> None:
    what, plan = again(Kept("a", "v1", at(8, 2)), Kept("c", "v1", at(8, 3)))
    assert times(steady(what, plan)) == {**times(plan), "c": at(8, 3)}


def test_what_was_elsewhere_or_without_a_time_changes_nothing() -> None:
    what, plan = again(Kept("c", "v0", at(8, 3)), Kept("a", "v1"), Kept("b", "v1"), Kept("gone", "v1", at(8)))
    assert steady(what, plan) == plan


def test_a_rule_that_came_up_since_wins_over_the_former_seconds() -> None:
    dark = (Blackout(at(8, 3), at(8, 7)),)
    what, plan = again(Kept("c", "v1", at(8, 2)), blackouts=dark)
    assert steady(what, plan) == plan


async def test_planning_another_stretch_of_time_shifts_nobody(line: Line) -> None:
    await line.window(60, 10)
    worker = [str(line.plant.people["worker"])]
    await line.assign(workers=worker)
    await line.assign(kind="quiz", key="stop-quiz", workers=worker)
    await line.published()
    for days in (1, 2, 5):
        plan = await line.propose(days=days)
        compared = (await line.plant.get("supervisor", f"/v1/plans/{plan['id']}/comparison")).json()
        assert (compared["moved"], compared["new"], compared["unchanged"]) == ([], [], 2), days
