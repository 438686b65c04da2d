"""Publication: what replaces what, what makes a plan stale, and two supervisors at once."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text as sql

from app.core.clock import ManualClock
from tests.planning.builders import Line, instant, tag

OVERLAPS = """
select count(*) from block a join block b on b.organization_id = a.organization_id and b.worker_id = a.worker_id and b.id > a.id
and tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
where a.organization_id = :organization_id and a.status in ('scheduled', 'started') and b.status in ('scheduled', 'started')
"""


def counts(answer: dict[str, Any]) -> dict[str, int]:
    return {name: answer[name] for name in ("scheduled", "moved", "cancelled", "unchanged", "left_out") if answer[name]}


async def test_publishing_needs_the_version_that_was_read(line: Line) -> None:
    plan = await line.propose()
    path = f"/v1/plans/{plan['id']}/publication"
    assert (await line.plant.post("supervisor", path)).status_code == 428
    assert (await line.plant.post("supervisor", path, headers=tag(1))).status_code == 412
    assert (await line.plant.post("supervisor", path, headers={"If-Match": "x"})).status_code == 400
    assert (await line.publish(plan)).status_code == 201
    assert (await line.publish(plan)).status_code == 412


async def test_a_plan_that_is_still_solved_cannot_be_published(line: Line) -> None:
    asked = (await line.ask()).json()
    refused = await line.publish(asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_not_proposed")


async def test_a_later_plan_leaves_what_it_would_repeat(line: Line) -> None:
    await line.window()
    await line.assign()
    first = await line.published()
    before = {block["id"] for block in await line.mine()}
    second = await line.published()
    assert counts(second) == {"unchanged": 2}
    assert {block["id"] for block in await line.mine()} == before
    assert {block["id"] for block in await line.blocks(second["plan"]["id"])} >= before
    assert (await line.read(first["plan"]["id"]))["status"] == "superseded"
    told = [kind for kind, _ in await line.events("learning_block")]
    assert told == ["learning_block.scheduled"] * 2


async def test_a_later_plan_moves_and_cancels_what_no_longer_fits(line: Line) -> None:
    window = await line.window(60, 10)
    assignment = await line.assign()
    await line.published()
    old = {block["id"] for block in await line.mine()} | {block["id"] for block in await line.mine("colleague")}
    await line.run("update window_change set cancelled = true where organization_id = :organization_id and id = :w", w=window)
    await line.window(120, 10, max_learners=1)
    second = await line.published()
    assert counts(second) == {"moved": 1, "cancelled": 1}
    shown = await line.mine() + await line.mine("colleague")
    assert [block["assignment_id"] for block in shown] == [assignment]
    assert not {block["id"] for block in shown} & old
    told = sorted(kind for kind, _ in await line.events("learning_block"))
    assert told == ["learning_block.cancelled", "learning_block.moved", *["learning_block.scheduled"] * 2]


async def test_pinned_and_begun_blocks_stay(line: Line, clock: ManualClock) -> None:
    window = await line.window(60, 10)
    await line.assign()
    await line.published()
    (mine,), (other,) = await line.mine(), await line.mine("colleague")
    edited = await line.plant.call(
        "supervisor", "PATCH", f"/v1/blocks/{mine['id']}", json={"pinned": True}, headers=tag(mine["version"])
    )
    assert (edited.status_code, edited.json()["pinned"]) == (200, True)
    await line.run("update window_change set max_learners = 1 where organization_id = :organization_id and id = :w", w=window)
    await line.window(30, 10)
    again = await line.published()
    assert counts(again) == {"moved": 1}
    assert [block["id"] for block in await line.mine()] == [mine["id"]]
    assert [block["id"] for block in await line.mine("colleague")] != [other["id"]]
    clock.at += timedelta(minutes=31)
    (running,) = await line.mine("colleague")
    assert counts(await line.published()) == {}
    assert await line.mine("colleague") == [running]


async def test_a_block_whose_time_passed_unused_is_planned_again(line: Line, clock: ManualClock) -> None:
    await line.window(10, 5)
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    clock.at += timedelta(minutes=30)
    await line.window(60, 5)
    assert counts(await line.published()) == {"scheduled": 1}


async def test_a_changed_roster_makes_a_plan_stale(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    absent = {"worker_id": str(line.plant.people["third"]), "starts_at": instant(-600), "ends_at": instant(600), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", absent)).status_code == 201
    refused = await line.publish(plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_stale")
    assert "the roster changed" in refused.json()["detail"]
    assert {error["code"] for error in refused.json()["errors"]} == {"below_minimum"}
    assert await line.mine() == []


async def test_a_learner_who_left_the_roster_makes_a_plan_stale(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    absent = {"worker_id": str(line.plant.people["worker"]), "starts_at": instant(-600), "ends_at": instant(600), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", absent)).status_code == 201
    refused = await line.publish(plan)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "outside_shift")


async def test_a_changed_window_makes_a_plan_stale(line: Line) -> None:
    window = await line.window()
    await line.assign()
    plan = await line.propose()
    await line.run("update window_change set cancelled = true where organization_id = :organization_id and id = :w", w=window)
    refused = await line.publish(plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_stale")
    assert "the windows changed" in refused.json()["detail"]


async def test_a_change_that_breaks_nothing_does_not_matter(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    await line.window(200, 5)
    await line.assign(kind="quiz", key="stop-quiz")
    assert (await line.publish(plan)).status_code == 201


async def test_what_was_learned_or_passed_meanwhile_is_left_out(line: Line, clock: ManualClock) -> None:
    await line.window(60, 10)
    await line.assign(workers=[str(line.plant.people["worker"])])
    plan = await line.propose()
    clock.at += timedelta(minutes=65)
    answer = await line.publish(plan)
    assert (answer.status_code, counts(answer.json())) == (201, {"left_out": 1})
    assert await line.blocks(plan["id"]) == []


async def test_a_plan_of_the_past_cannot_be_published(line: Line, clock: ManualClock) -> None:
    plan = await line.propose()
    clock.at += timedelta(days=2)
    refused = await line.publish(plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_over")


async def test_of_two_plans_for_a_line_the_later_publication_is_refused(line: Line) -> None:
    await line.window()
    await line.assign()
    first, second = await line.propose(), await line.propose(seed=1)
    assert (await line.publish(first)).status_code == 201
    refused = await line.publish(second)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_stale")
    assert "Another plan" in refused.json()["detail"]


async def test_of_two_publications_at_once_one_wins_and_nobody_is_in_two_places(line: Line) -> None:
    for start in (30, 60, 90, 120):
        await line.window(start, 10)
    await line.assign()
    await line.assign(kind="quiz", key="stop-quiz")
    plans = [await line.propose(seed=seed) for seed in range(4)]
    answers = await asyncio.gather(*(line.publish(plan) for plan in plans))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await line.value(OVERLAPS) == 0
    assert await line.value("select count(*) from block where organization_id = :organization_id and status = 'scheduled'") == 4


async def test_publishing_one_plan_twice_at_once_happens_once(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    answers = await asyncio.gather(*(line.publish(plan) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    assert [kind for kind, _ in await line.events("plan.")] == ["plan.published"]


async def test_the_database_itself_refuses_two_live_blocks_at_once(line: Line) -> None:
    await line.window()
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    copy = (
        "insert into block select organization_id, gen_random_uuid(), plan_id, worker_id, work_center_id, window_id, "
        "business_date, starts_at, ends_at, assignment_id, kind, key, hash, seconds, "
        "needs_tablet, status, pinned, created_at, version "
        "from block where organization_id = :organization_id"
    )
    refused = None
    try:
        async with line.plant.write() as tx:
            await tx.run(sql(copy))
    except Exception as error:  # noqa: BLE001  # whatever the driver calls it
        refused = str(error)
    assert refused is not None
    assert "ex_block_worker_time" in refused


async def test_learned_items_mark_their_blocks_as_done(line: Line) -> None:
    from app.planning.jobs import finish_blocks
    from tests.learning.builders import module_result

    await line.window()
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    await line.school.upload("worker", module_result())
    ids = [
        str(i)
        for (i,) in await rows(
            line, "select id from event where organization_id = :organization_id and type = 'module.completed'"
        )
    ]
    for _ in range(2):
        await finish_blocks(line.plant.runtime, str(line.plant.organization_id), ids)
    assert [block["status"] for block in await line.mine()] == ["done"]


async def rows(line: Line, statement: str) -> Any:
    async with line.plant.write() as tx:
        return await tx.rows(sql(statement))


async def test_a_publication_keeps_its_answer_for_an_idempotency_key(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    headers = {**tag(plan["version"]), "Idempotency-Key": "publish-once"}
    path = f"/v1/plans/{plan['id']}/publication"
    first, second = [await line.plant.post("supervisor", path, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
