"""Taking a publication back: what counted before counts again, in time and before anybody has begun to learn."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.learning.builders import module_result
from tests.planning.builders import Line, instant, tag


async def take_back(line: Line, plan: dict[str, Any], who: str = "supervisor") -> httpx.Response:
    return await line.plant.call(who, "DELETE", f"/v1/plans/{plan['id']}/publication", headers=tag(plan["version"]))


def shown(blocks: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(block["id"], block["plan_id"], block["starts_at"], block["status"]) for block in blocks]


async def before_and_after(line: Line) -> tuple[list[Any], dict[str, Any]]:
    """A published plan, and a later one that moves one of its blocks, cancels another and adds a third."""
    window = await line.window(60, 10)
    await line.assign()
    await line.published()
    was = [shown(await line.mine(who)) for who in ("worker", "colleague")]
    await line.run("update window_change set cancelled = true where organization_id = :organization_id and id = :w", w=window)
    await line.window(120, 3, max_learners=1)
    await line.window(180, 2, max_learners=1)
    await line.assign(kind="quiz", key="stop-quiz", workers=[str(line.plant.people["third"])])
    second = await line.published()
    counts = {name: second[name] for name in ("scheduled", "moved", "cancelled", "unchanged")}
    assert counts == {"scheduled": 1, "moved": 1, "cancelled": 1, "unchanged": 0}
    await line.run("update window_change set cancelled = false where organization_id = :organization_id and id = :w", w=window)
    return was, second["plan"]


async def test_what_was_published_before_is_exactly_restored(line: Line) -> None:
    was, plan = await before_and_after(line)
    assert [shown(await line.mine(who)) for who in ("worker", "colleague")] != was
    answer = await take_back(line, plan)
    assert answer.status_code == 200, answer.text
    counts = {name: answer.json()[name] for name in ("cancelled", "restored", "not_restored")}
    assert counts == {"cancelled": 2, "restored": 2, "not_restored": 0}
    assert answer.json()["plan"]["status"] == "withdrawn"
    assert answer.headers["etag"] == f'"v{answer.json()["plan"]["version"]}"'
    assert [shown(await line.mine(who)) for who in ("worker", "colleague")] == was
    told = [kind for kind, _ in await line.events("learning_block")][-3:]
    assert sorted(told) == ["learning_block.cancelled", "learning_block.moved", "learning_block.scheduled"]
    assert [kind for kind, _ in await line.events("plan.")][-1] == "plan.withdrawn"


async def test_the_plan_before_counts_again_and_a_new_one_can_be_published(line: Line) -> None:
    await line.window()
    await line.assign()
    first = (await line.published())["plan"]
    second = (await line.published())["plan"]
    assert (await line.read(first["id"]))["status"] == "superseded"
    waiting = await line.propose(seed=3)
    assert (await take_back(line, second)).status_code == 200
    assert (await line.read(first["id"]))["status"] == "published"
    assert {block["plan_id"] for block in await line.mine()} == {first["id"]}
    stale = await line.publish(waiting)
    assert (stale.status_code, stale.json()["code"]) == (409, "plan_stale")
    assert (await line.publish(await line.propose())).status_code == 201
    assert (await line.read(second["id"]))["status"] == "withdrawn"


async def test_the_first_publication_is_taken_back_to_nothing(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = (await line.published())["plan"]
    assert (await take_back(line, plan)).json()["cancelled"] == 2
    assert await line.mine() == []
    again = await take_back(line, await line.read(plan["id"]))
    assert (again.status_code, again.json()["code"]) == (409, "plan_not_published")


async def test_an_undo_needs_the_version_the_role_and_the_reach(line: Line) -> None:
    plan = (await line.published())["plan"]
    path = f"/v1/plans/{plan['id']}/publication"
    assert (await line.plant.call("supervisor", "DELETE", path)).status_code == 428
    assert (await take_back(line, {**plan, "version": 1})).status_code == 412
    for who, status in (("worker", 403), ("other_supervisor", 404), ("nobody", 401)):
        assert (await take_back(line, plan, who)).status_code == status


async def test_an_undo_comes_in_time(line: Line, clock: ManualClock) -> None:
    await line.window(600)
    plan = (await line.published())["plan"]
    assert plan["undo_until"] == instant(60)
    clock.at += timedelta(minutes=60)
    refused = await take_back(line, plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_over")


async def test_a_publication_under_a_later_one_is_not_taken_back(line: Line) -> None:
    await line.window()
    await line.assign()
    first = (await line.published())["plan"]
    await line.window(120)
    await line.assign(kind="quiz", key="stop-quiz")
    await line.published()
    refused = await take_back(line, await line.read(first["id"]))
    assert (refused.status_code, refused.json()["code"]) in ((409, "published_since"), (409, "plan_not_published"))


@pytest.mark.parametrize("how", ["attempt", "time", "done"])
async def test_an_undo_is_refused_once_learning_has_started(line: Line, clock: ManualClock, how: str) -> None:
    await line.window(30, 10)
    await line.assign()
    plan = (await line.published())["plan"]
    if how == "attempt":
        body = {"id": str(new_id()), "kind": "module", "key": "stop-the-line"}
        assert (await line.plant.post("worker", "/v1/attempts", body)).status_code == 201
    elif how == "time":
        clock.at += timedelta(minutes=31)
    else:
        await line.school.upload("worker", module_result())
        await line.run("update block set status = 'done' where organization_id = :organization_id")
    refused = await take_back(line, plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "learning_started")
    assert refused.json()["errors"]
    assert len(await line.mine()) == 1


async def test_blocks_moved_by_hand_since_are_not_swept_away(line: Line) -> None:
    await line.window(60)
    late = await line.window(120)
    await line.assign()
    plan = (await line.published())["plan"]
    (mine,) = await line.mine()
    moved = await line.plant.call(
        "supervisor", "PATCH", f"/v1/blocks/{mine['id']}", json={"window_id": str(late)}, headers=tag(mine["version"])
    )
    assert moved.status_code == 200, moved.text
    refused = await take_back(line, plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since")


async def test_what_can_no_longer_be_is_not_restored(line: Line) -> None:
    _, plan = await before_and_after(line)
    absent = {"worker_id": str(line.plant.people["third"]), "starts_at": instant(-600), "ends_at": instant(600), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", absent)).status_code == 201
    answer = (await take_back(line, plan)).json()
    # With two of them away nobody would stay at the line, so the pair of former blocks does not come back.
    assert (answer["restored"], answer["not_restored"]) == (0, 2)
    assert await line.mine() == await line.mine("colleague") == []


async def test_publishing_and_taking_back_at_once_end_in_one_order(line: Line) -> None:
    for _ in range(4):
        await line.window(60, 10)
        await line.assign()
        first = (await line.published())["plan"]
        proposed = await line.propose(seed=1)
        undone, published = await asyncio.gather(take_back(line, first), line.publish(proposed))
        assert sorted((undone.status_code, published.status_code)) in ([200, 409], [201, 409], [201, 412])


async def test_of_two_undos_at_once_one_happens(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = (await line.published())["plan"]
    answers = await asyncio.gather(*(take_back(line, plan) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert [kind for kind, _ in await line.events("plan.")] == ["plan.published", "plan.withdrawn"]
