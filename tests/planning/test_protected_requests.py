"""Protected time in plans: asked for or given by the site's policy, placed whole, and promised by publishing."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text as sql

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.downtime.domain.patterns import WindowKind
from app.planning.jobs import follow_promises
from tests.learning.builders import NOW
from tests.planning.builders import Line, Plan, instant, tag

KIND = "protected_block"


async def release(line: Line, start: float = 60, minutes: float = 30, **changes: Any) -> UUID:
    return await line.window(start, minutes, kind=WindowKind.PROTECTED, **changes)


async def wish(line: Line, *who: str, **body: Any) -> Plan:
    workers = [str(line.plant.people[name]) for name in who or ("worker",)]
    answer = await line.plant.post("supervisor", "/v1/protected-time-requests", {"worker_ids": workers, **body})
    assert answer.status_code == 201, answer.text
    found: Plan = answer.json()
    assert answer.headers["location"].endswith(found["id"])
    return found


async def promises(line: Line, who: str = "worker") -> list[tuple[str, str]]:
    """What somebody is promised: when it starts, and how far it is."""
    answer = await line.plant.get(who, "/v1/me/protected-time")
    assert answer.status_code == 200, answer.text
    return [(one["starts_at"], one["state"]) for one in answer.json()["items"]]


async def follow(line: Line) -> None:
    """Do what the worker process does with events about protected time."""
    async with line.plant.write() as tx:
        rows = await tx.rows(
            sql("select id from event where organization_id = :organization_id and type = 'protected_block.changed' order by id")
        )
    await follow_promises(line.plant.runtime, str(line.plant.organization_id), [str(row.id) for row in rows])


async def policy(line: Line, **changes: Any) -> None:
    path = f"/v1/sites/{line.plant.site_id}/planning-policy"
    version = (await line.plant.get("admin", path)).json()["version"]
    answer = await line.plant.call("admin", "PATCH", path, json=changes, headers=tag(version))
    assert answer.status_code == 200, answer.text


async def test_protected_time_is_placed_whole_and_promised_by_publishing(line: Line) -> None:
    window = await release(line)
    request = await wish(line, "worker", "colleague")
    assert (request["seconds"], len(request["waiting"]), request["blocks"]) == (1800, 2, [])
    plan = await line.propose()
    assert await promises(line) == []
    blocks = await line.blocks(plan["id"])
    assert {(one["kind"], one["seconds"], one["window_id"]) for one in blocks} == {(KIND, 1800, str(window))}
    assert len(blocks) == 2
    assert (await line.publish(plan)).status_code == 201
    assert await promises(line) == [(instant(60), "planned")]
    met = (await line.plant.get("supervisor", f"/v1/protected-time-requests/{request['id']}")).json()
    assert (met["waiting"], {one["status"] for one in met["blocks"]}) == ([], {"scheduled"})
    assert [one["kind"] for one in await line.mine()] == [KIND]


async def test_what_is_asked_for_between_two_seconds_is_planned_like_everything_else(line: Line, clock: ManualClock) -> None:
    clock.at += timedelta(microseconds=123_456)
    await release(line)
    await line.window(100, 60, kind=WindowKind.SHADOWING)
    await wish(line)
    skills = {"items": [{"skill": "welding"}]}
    path = f"/v1/workers/{line.plant.people['colleague']}/skills"
    assert (await line.plant.call("supervisor", "PUT", path, json=skills)).status_code == 200
    pair = {"work_center_id": str(line.plant.line_id), "trainee_id": str(line.plant.people["worker"]), "skill": "welding"}
    assert (await line.plant.post("supervisor", "/v1/shadow-sessions", pair)).status_code == 201
    blocks = await line.blocks((await line.propose())["id"])
    assert sorted(one["kind"] for one in blocks) == ["coaching", KIND, "shadowing"]


async def test_learning_stays_out_of_releases_and_protected_time_out_of_everything_else(line: Line) -> None:
    await release(line)
    await line.window(120, 45)
    await line.assign()
    await wish(line)
    blocks = await line.blocks((await line.propose())["id"])
    kinds = {(one["kind"], one["starts_at"] < instant(100)) for one in blocks}
    assert kinds == {(KIND, True), ("module", False)}


async def test_the_daily_limit_does_not_count_protected_time(line: Line) -> None:
    await release(line)
    await line.window(120, 10)
    await line.assign()
    await wish(line)
    plan = await line.propose(daily_cap_minutes=4)
    mine = [one for one in await line.blocks(plan["id"]) if one["worker_id"] == str(line.plant.people["worker"])]
    assert sorted(one["kind"] for one in mine) == ["module", KIND]


async def test_without_a_release_long_enough_the_plan_tells_why_and_what_would_help(line: Line) -> None:
    await release(line, 60, 29)
    await wish(line)
    (missing,) = (await line.propose())["unplaced_items"]
    assert (missing["kind"], missing["reason"]) == (KIND, "no_window_long_enough")
    assert "Protected time takes 30 min; the longest release" in missing["sentence"]
    assert missing["change"]["kind"] == "new_window"
    assert missing["change"]["sentence"].startswith("A release (a window of the kind protected) of 30 min ")


async def test_the_named_release_when_it_is_opened_places_the_block(line: Line) -> None:
    await release(line, 60, 29)
    await wish(line)
    (missing,) = (await line.propose())["unplaced_items"]
    start = datetime.fromisoformat(missing["change"]["starts_at"])
    await release(line, (start - NOW) / timedelta(minutes=1), 30, max_learners=1)
    assert (await line.propose())["unplaced_items"] == []


async def test_when_the_plan_is_made_again_the_promise_moves_with_its_block(line: Line) -> None:
    await release(line, 60)
    await wish(line)
    await line.published()
    first = (await line.mine())[0]
    blackout = {"work_center_id": str(line.plant.line_id), "starts_at": instant(60), "ends_at": instant(90)}
    await release(line, 120)
    assert (await line.plant.post("supervisor", "/v1/blackouts", blackout)).status_code == 201
    (second,) = await line.mine()
    assert second["starts_at"] == instant(120)
    assert await promises(line) == [(instant(60), "broken"), (instant(120), "planned")]
    facts = (await line.plant.get("supervisor", f"/v1/protected-blocks/{first['id']}")).json()["facts"]
    assert facts[-1]["note"] == "The plan was made again."
    assert [name for name, _ in await line.events("learning_block.")] == ["learning_block.scheduled", "learning_block.moved"]


async def test_taking_a_publication_back_takes_the_promise_back_and_what_counted_before_is_promised_again(line: Line) -> None:
    await release(line, 60)
    await wish(line)
    await line.published()
    (first,) = await line.mine()
    await line.run("update window_change set cancelled = true, version = version + 1")
    await release(line, 120)
    again = await line.published()
    assert await promises(line) == [(instant(60), "broken"), (instant(120), "planned")]
    await line.run("update window_change set cancelled = false, version = version + 1")
    path = f"/v1/plans/{again['plan']['id']}/publication"
    answer = await line.plant.call("supervisor", "DELETE", path, headers=tag(again["plan"]["version"]))
    assert answer.status_code == 200, answer.text
    assert [one["id"] for one in await line.mine()] == [first["id"]]
    assert await promises(line) == [(instant(60), "planned"), (instant(120), "broken")]


async def test_moving_and_dropping_by_hand_moves_and_drops_the_promise(line: Line) -> None:
    await release(line, 60)
    later = await release(line, 120)
    await wish(line)
    await line.published()
    (block,) = await line.mine()
    moved = await line.plant.call(
        "supervisor", "PATCH", f"/v1/blocks/{block['id']}", json={"window_id": str(later)}, headers=tag(block["version"])
    )
    assert moved.status_code == 200, moved.text
    assert await promises(line) == [(instant(60), "broken"), (instant(120), "planned")]
    gone = moved.json()
    dropped = await line.plant.call(
        "supervisor", "PATCH", f"/v1/blocks/{gone['id']}", json={"status": "cancelled"}, headers=tag(gone["version"])
    )
    assert dropped.status_code == 200, dropped.text
    assert await promises(line) == [(instant(60), "broken"), (instant(120), "broken")]


async def test_a_wish_that_is_given_up_takes_its_block_and_its_promise_along_and_tells(line: Line) -> None:
    await release(line)
    request = await wish(line)
    await line.published()
    path = f"/v1/protected-time-requests/{request['id']}/cancellation"
    for _ in range(2):
        answer = await line.plant.post("supervisor", path)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["blocks"], answer.json()["waiting"]) == ([], [])
    assert await promises(line) == [(instant(60), "broken")]
    assert await line.mine() == []
    assert [name for name, _ in await line.events("learning_block.")][-1] == "learning_block.cancelled"
    assert await line.blocks((await line.propose())["id"]) == []


async def test_the_policy_gives_everybody_their_weekly_blocks_without_a_wish(line: Line) -> None:
    await release(line, 60, max_learners=3)
    await release(line, 120, max_learners=3)
    await policy(line, weekly_protected_blocks=1, protected_block_minutes=20)
    plan = await line.propose()
    blocks = await line.blocks(plan["id"])
    people = {one["worker_id"] for one in blocks}
    assert len(blocks) == len(people) > 1
    assert {one["seconds"] for one in blocks} == {1200}
    assert (await line.publish(plan)).status_code == 201
    # Published ones count: a second plan gives nobody a second block.
    again = await line.published()
    assert (again["scheduled"], again["unchanged"]) == (0, len(blocks))


async def test_what_was_promised_by_hand_counts_for_the_week_and_nothing_is_planned_into_it(line: Line) -> None:
    await release(line, 120, max_learners=3)
    await line.window(60, 10, max_learners=3)
    await policy(line, weekly_protected_blocks=1)
    who = str(line.plant.people["worker"])
    by_hand = {"id": str(new_id()), "worker_id": who, "starts_at": instant(62), "ends_at": instant(92)}
    assert (await line.plant.post("supervisor", "/v1/protected-blocks", by_hand)).status_code == 201
    await line.assign()
    blocks = await line.blocks((await line.propose())["id"])
    assert who not in {one["worker_id"] for one in blocks if one["kind"] == KIND}
    assert who not in {one["worker_id"] for one in blocks}
    assert {one["kind"] for one in blocks} == {"module", KIND}


async def test_what_the_ledger_says_of_a_promise_is_what_its_block_becomes(line: Line, clock: ManualClock) -> None:
    await release(line, 0.5, 30)
    await policy(line, notice_minutes=0)
    await wish(line)
    await line.published()
    (block,) = await line.mine()
    clock.at += timedelta(minutes=1)
    session = {"id": str(new_id()), "kind": KIND, "block_id": block["id"], "seconds": 1800}
    begun = await line.plant.post("worker", "/v1/me/learning-sessions", session)
    assert begun.status_code == 201, begun.text
    await follow(line)
    assert [one["status"] for one in await line.mine()] == ["started"]
    clock.at += timedelta(minutes=30)
    ended = await line.plant.post("worker", f"/v1/me/learning-sessions/{session['id']}/end", {})
    assert ended.status_code in (200, 201), ended.text
    await follow(line)
    await follow(line)
    assert [one["status"] for one in await line.mine()] == ["done"]
    assert await line.blocks((await line.propose())["id"]) == []


async def test_a_promise_broken_by_its_worker_frees_the_place_and_the_wish_is_open_again(line: Line) -> None:
    await release(line)
    await wish(line)
    await line.published()
    (block,) = await line.mine()
    told = await line.plant.post("worker", f"/v1/protected-blocks/{block['id']}/breaks", {"reason": "personal"})
    assert told.status_code == 201, told.text
    await follow(line)
    assert await line.mine() == []
    assert [one["kind"] for one in await line.blocks((await line.propose())["id"])] == [KIND]


async def test_asking_again_changes_nothing_and_bad_wishes_are_refused_by_name(line: Line) -> None:
    body = {"id": str(new_id()), "priority": 20}
    assert (await wish(line, **body))["id"] == (await wish(line, **body))["id"] == body["id"]
    worker = str(line.plant.people["worker"])
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"id": body["id"], "worker_ids": [worker], "priority": 30}, 409, ""),
        ({"worker_ids": []}, 422, "#/worker_ids"),
        ({"worker_ids": [worker], "minutes": 5}, 422, "#/minutes"),
        ({"worker_ids": [worker], "to": instant(-5)}, 422, "#/to"),
        ({"worker_ids": [worker], "from": instant(50), "to": instant(40)}, 422, "#/to"),
        ({"worker_ids": [str(new_id())]}, 404, ""),
    ]
    for given, status, pointer in cases:
        answer = await line.plant.post("supervisor", "/v1/protected-time-requests", given)
        assert answer.status_code == status, answer.text
        assert not pointer or answer.json()["errors"][0]["pointer"] == pointer
    assert (await line.plant.post("worker", "/v1/protected-time-requests", {"worker_ids": [worker]})).status_code == 403
