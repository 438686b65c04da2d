"""So many qualified people stay: in greedy and improved plans, in the bound, in explanations, and over HTTP."""

from dataclasses import replace
from importlib.util import find_spec
from random import Random

import pytest

from app.planning.domain.check import check
from app.planning.domain.greedy import solve
from app.planning.domain.plan import Block, ChangeKind, Plan, Reason
from app.planning.domain.problem import Problem, QualifiedMinimum
from app.planning.domain.violation import Rule
from app.planning.engine.packing import pack, unpack
from app.planning.engine.solve import Budget
from app.planning.engine.solve import solve as solve_well
from tests.planning.builders import Line
from tests.planning.changing import made
from tests.planning.plants import HurtfulPlant, at, item, problem, window, worker


def skilled(seed: int) -> Problem:
    """A plant made to hurt, whose lines need welders and drivers."""
    plant, random = HurtfulPlant(Random(seed)).build(), Random(seed + 1_000_000)
    people = tuple(
        replace(one, skills=frozenset(random.sample(("weld", "drive"), random.choice((0, 1, 2))))) for one in plant.workers
    )
    needed = tuple(
        QualifiedMinimum(center, skill, random.choice((1, 1, 2)))
        for center in ("line", "press") for skill in ("weld", "drive") if random.random() < 0.6
    )  # fmt: skip
    return replace(plant, workers=people, skill_minimums=needed)


def test_no_plan_leaves_too_few_qualified_people() -> None:
    differing = 0
    for seed in range(250):
        plant = skilled(seed)
        plan = solve(plant, seed)
        assert check(plant, plan) == [], seed
        without = solve(replace(plant, skill_minimums=()), seed)
        differing += Rule.TOO_FEW_QUALIFIED in {one.rule for one in check(plant, without)}
    # The rule matters: plans that do not know of it break it.
    assert differing > 20


def test_no_improved_plan_does_and_the_bound_is_not_below_it() -> None:
    proof = find_spec("highspy") is not None
    for seed in range(80):
        plant = skilled(seed)
        found = solve_well(plant, seed, Budget(iterations=300, compile=False, bound=proof))
        assert check(plant, found.plan) == [], seed
        assert found.bound is None or found.bound >= found.objective


def test_the_named_change_places_the_item_here_too() -> None:
    placed = 0
    for seed in range(150):
        plant = skilled(seed)
        plan = solve(plant)
        for missing in [one for one in plan.unplaced if one.change is not None]:
            changed = made(plant, plan, missing)
            again = solve(changed)
            if missing.item_id not in {block.item_id for block in again.blocks}:
                again = solve_well(changed, 0, Budget(iterations=300, compile=False)).plan
            assert missing.item_id in {block.item_id for block in again.blocks}, (seed, missing)
            assert check(changed, again) == []
            placed += 1
    assert placed > 500


WELDERS = [worker("ana", name="Ana", skills=frozenset({"weld"})), worker("ben", name="Ben"), worker("cyd", name="Cyd")]
NEEDED = (QualifiedMinimum("line", "weld", 1),)


def test_the_only_welder_stays_and_the_skill_is_named() -> None:
    what = problem(WELDERS, [window("v1", at(8), label="the lull")], [item("a"), item("b", "ben")], skill_minimums=NEEDED)
    plan = solve(what)
    assert [block.worker_id for block in plan.blocks] == ["ben"]
    (missing,) = plan.unplaced
    assert missing.reason is Reason.COVERAGE_MINIMUM
    assert missing.sentence == "With Ana at the lull fewer than the minimum with the skill weld would stay; learning there: Ben."
    assert missing.change is None or missing.change.kind is not ChangeKind.ONE_FEWER_STAYING


def test_the_checker_sees_a_missing_welder() -> None:
    what = problem(WELDERS, [window("v1", at(8))], [item("a")], skill_minimums=NEEDED)
    plan = Plan((Block("a", "ana", "v1", at(8), at(8, 3)),))
    assert [one.rule for one in check(what, plan)] == [Rule.TOO_FEW_QUALIFIED]
    two = [replace(one, skills=frozenset({"weld"})) for one in WELDERS]
    assert check(replace(what, workers=tuple(two)), plan) == []


def test_a_problem_crosses_to_another_process_with_its_minimums() -> None:
    plant = skilled(7)
    assert unpack(pack(plant)) == plant


@pytest.mark.parametrize(("minimum", "placed"), [(1, 1), (0, 2)])
async def test_plans_over_http_keep_the_qualified_people_of_the_line(line: Line, minimum: int, placed: int) -> None:
    async with line.plant.write() as tx:
        from app.skills import service as skills
        from app.skills.domain import Qualification, SkillMinimum

        await skills.set_worker_skills(tx, line.plant.people["worker"], [Qualification("press.setup", None)])
        if minimum:
            await skills.set_skill_minimums(tx, line.plant.line_id, [SkillMinimum("press.setup", minimum)])
    await line.window()
    await line.assign()
    plan = await line.propose()
    assert plan["placed"] == placed
    assert all("with the skill press.setup" in one["sentence"] for one in plan["unplaced_items"])
