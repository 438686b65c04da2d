"""A plan beside what is published: moved, new, dropped, left out, each with a reason somebody can check."""

from datetime import timedelta
from typing import Any

import httpx

from app.core.clock import ManualClock
from tests.learning.builders import module_result
from tests.paytime.builders import learned
from tests.planning.builders import Line


async def compared(line: Line, plan: dict[str, Any], who: str = "supervisor") -> httpx.Response:
    return await line.plant.get(who, f"/v1/plans/{plan['id']}/comparison")


async def differences(line: Line, plan: dict[str, Any]) -> dict[str, Any]:
    answer = await compared(line, plan)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def only(worker: str) -> list[str]:
    return [worker]


async def test_a_first_plan_is_all_new_and_the_same_again_changes_nothing(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    found = await differences(line, plan)
    assert (len(found["new"]), found["moved"], found["dropped"], found["unchanged"], found["refusal"]) == (2, [], [], 0, None)
    assert {(one["reason"], one["before"]) for one in found["new"]} == {("new", None)}
    await line.publish(plan)
    again = await differences(line, await line.propose())
    assert (again["new"], again["moved"], again["dropped"], again["unchanged"]) == ([], [], [], 2)


async def test_a_move_is_explained_by_the_rule_that_closes_the_former_place(line: Line) -> None:
    worker, colleague = (str(line.plant.people[who]) for who in ("worker", "colleague"))
    window = await line.window(60, 10)
    await line.assign()
    await line.published()
    await line.run("update window_change set max_learners = 1 where organization_id = :organization_id and id = :w", w=window)
    late = await line.window(120, 10)
    found = await differences(line, await line.propose())
    (moved,) = found["moved"]
    assert moved["worker_id"] in (worker, colleague)
    assert (moved["before"]["window_id"], moved["after"]["window_id"]) == (str(window), str(late))
    assert moved["reason"] == "no_seat_left"
    assert moved["sentence"].startswith("No place is left for")
    assert found["unchanged"] == 1


async def test_a_vanished_window_is_named_and_so_is_what_has_no_place_any_more(line: Line) -> None:
    window = await line.window(60, 10)
    await line.assign()
    await line.published()
    await line.run("update window_change set cancelled = true where organization_id = :organization_id and id = :w", w=window)
    await line.window(120, 10, max_learners=1)
    found = await differences(line, await line.propose())
    assert [one["reason"] for one in found["moved"]] == ["window_gone"]
    (dropped,) = found["dropped"]
    assert (dropped["after"], dropped["reason"]) == (None, "no_seat_left")
    assert "learning there" in dropped["sentence"]


async def test_what_is_published_is_compared_as_it_was_published(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    before = await differences(line, plan)
    await line.publish(plan)
    assert await differences(line, plan) == before | {"status": "published"}


async def test_a_plan_that_no_longer_holds_says_so_before_anybody_publishes_it(line: Line) -> None:
    window = await line.window()
    await line.assign()
    plan = await line.propose()
    await line.run("update window_change set cancelled = true where organization_id = :organization_id and id = :w", w=window)
    assert "the windows changed" in (await differences(line, plan))["refusal"]


async def test_only_solved_plans_are_compared_by_those_who_see_them(line: Line) -> None:
    waiting = (await line.ask()).json()
    assert (await compared(line, waiting)).json()["code"] == "plan_not_proposed"
    for who, status in (("worker", 403), ("other_supervisor", 404), ("integration", 409)):
        assert (await compared(line, waiting, who)).status_code == status


async def test_what_somebody_learned_meanwhile_is_left_out_and_the_rest_is_published(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    await line.school.upload("worker", module_result(-4))
    left = (await differences(line, plan))["left_out"]
    published = (await line.publish(plan)).json()
    assert published["left_out_blocks"] == left
    assert (published["scheduled"], published["left_out"]) == (1, 1)
    assert (left[0]["worker_id"], left[0]["reason"]) == (str(line.plant.people["worker"]), "learned")
    assert left[0]["sentence"] == "It was learned meanwhile, or is no longer assigned."
    assert await line.mine() == []
    assert len(await line.mine("colleague")) == 1


async def test_who_used_up_the_day_meanwhile_loses_only_their_own_last_blocks(line: Line) -> None:
    worker = str(line.plant.people["worker"])
    await line.window(60, 10)
    await line.assign()
    await line.assign(kind="quiz", key="stop-quiz", workers=only(worker))
    plan = await line.propose(daily_cap_minutes=5)
    assert plan["placed"] == 3
    await learned(line.plant, "worker", 0, 2)
    published = (await line.publish(plan)).json()
    (left,) = published["left_out_blocks"]
    assert (left["worker_id"], left["reason"]) == (worker, "daily_cap")
    assert published["scheduled"] == 2
    assert len(await line.mine("colleague")) == 1


async def test_what_waits_for_a_block_that_is_left_out_is_left_out_too(line: Line, clock: ManualClock) -> None:
    worker = only(str(line.plant.people["worker"]))
    early = await line.window(10, 4)
    await line.window(60, 10)
    await line.assign(key="next-step", workers=worker)
    first = await line.assign(workers=worker)
    plan = await line.propose(pins=[{"assignment_id": first, "worker_id": worker[0], "window_id": str(early)}])
    assert [block["key"] for block in await line.blocks(plan["id"])] == ["stop-the-line", "next-step"]
    clock.at += timedelta(minutes=30)
    published = (await line.publish(plan)).json()
    assert [(one["key"], one["reason"]) for one in published["left_out_blocks"]] == [
        ("stop-the-line", "passed"), ("next-step", "prerequisite"),
    ]  # fmt: skip


async def test_content_that_changed_its_length_is_left_out(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    await line.run("update block set ends_at = ends_at + interval '1 minute' where organization_id = :organization_id")
    published = (await line.publish(plan)).json()
    assert {one["reason"] for one in published["left_out_blocks"]} == {"content_changed"}
