"""Shadowing over HTTP: asked for, planned as a pair, published as blocks for both, and told to both."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text as sql

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.downtime.domain.patterns import WindowKind
from app.planning.jobs import finish_sessions
from tests.planning.builders import Line, Plan, instant, tag


async def hour(line: Line, start: float = 60, minutes: float = 60, **changes: Any) -> UUID:
    return await line.window(start, minutes, kind=WindowKind.SHADOWING, **{"max_learners": 1, **changes})


async def qualify(line: Line, who: str, *skills: str) -> None:
    body = {"items": [{"skill": skill} for skill in skills]}
    answer = await line.plant.call("supervisor", "PUT", f"/v1/workers/{line.plant.people[who]}/skills", json=body)
    assert answer.status_code == 200, answer.text


async def wish(line: Line, trainee: str = "worker", **body: Any) -> Plan:
    given = {"work_center_id": str(line.plant.line_id), "trainee_id": str(line.plant.people[trainee]), "skill": "welding", **body}
    answer = await line.plant.post("supervisor", "/v1/shadow-sessions", given)
    assert answer.status_code == 201, answer.text
    found: Plan = answer.json()
    return found


async def read(line: Line, session: Plan) -> Plan:
    found: Plan = (await line.plant.get("supervisor", f"/v1/shadow-sessions/{session['id']}")).json()
    return found


async def test_both_get_a_block_of_the_same_hour_and_are_told(line: Line) -> None:
    window = await hour(line)
    await qualify(line, "colleague", "welding")
    session = await wish(line)
    assert (session["status"], session["trainer_id"]) == ("requested", None)
    plan = await line.propose()
    assert plan["unplaced_sessions"] == []
    blocks = await line.blocks(plan["id"])
    assert {(one["kind"], one["worker_id"]) for one in blocks} == {
        ("shadowing", str(line.plant.people["worker"])),
        ("coaching", str(line.plant.people["colleague"])),
    }
    assert {(one["starts_at"], one["ends_at"], one["window_id"], one["pinned"], one["key"]) for one in blocks} == {
        (instant(60), instant(120), str(window), True, "welding")
    }
    assert (await line.publish(plan)).status_code == 201
    assert len(await line.events("learning_block.scheduled")) == 2
    found = await read(line, session)
    assert (found["status"], found["trainer_id"]) == ("planned", str(line.plant.people["colleague"]))
    for who in ("worker", "colleague"):
        (own,) = (await line.plant.get(who, "/v1/me/shadow-sessions")).json()["items"]
        assert (own["id"], own["trainee_block"]["starts_at"]) == (session["id"], instant(60))
    assert (await line.plant.get("third", "/v1/me/shadow-sessions")).json()["items"] == []


async def test_the_trainer_counts_for_the_line_and_the_trainee_does_not(line: Line) -> None:
    await hour(line, minimum_staying=2)
    await qualify(line, "colleague", "welding")
    await wish(line)
    await line.published()
    path = f"/v1/coverage?work_center_id={line.plant.line_id}&at={instant(75)}"
    seen = (await line.plant.get("supervisor", path)).json()
    doing = {person["worker_id"]: person["doing"] for person in seen["people"]}
    assert doing[str(line.plant.people["worker"])] == "learning"
    assert doing[str(line.plant.people["colleague"])] == "working"
    assert seen["items"][0]["learning"] == 1


async def test_learning_is_planned_around_a_published_pair_and_a_new_plan_leaves_it_where_it_is(line: Line) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    session = await wish(line)
    await line.published()
    await line.assign()
    await line.window(55, 10, max_learners=3)
    await hour(line, 10)
    blocks = await line.blocks((await line.propose())["id"])
    assert blocks == []
    assert (await read(line, session))["trainee_block"]["starts_at"] == instant(60)


async def test_a_session_without_an_hour_is_told_why_in_the_plan_and_on_the_session(line: Line) -> None:
    session = await wish(line)
    plan = await line.propose()
    (missing,) = plan["unplaced_sessions"]
    assert (missing["session_id"], missing["reason"], plan["reasons"]) == (session["id"], "no_trainer", {"no_trainer": 1})
    assert plan["unplaced"] == 1
    found = await read(line, session)
    assert (found["reason"], found["status"]) == ("no_trainer", "requested")
    assert "qualified for welding" in found["sentence"]
    await qualify(line, "colleague", "welding")
    (missing,) = (await line.propose())["unplaced_sessions"]
    assert missing["reason"] == "no_window_long_enough"
    assert missing["trainers"] == [str(line.plant.people["colleague"])]


async def test_a_trainer_gives_no_more_sessions_a_week_than_the_policy_allows(line: Line) -> None:
    await qualify(line, "third", "welding")
    for start in (60, 130):
        await hour(line, start)
    path = f"/v1/sites/{line.plant.site_id}/planning-policy"
    changed = await line.plant.call("admin", "PATCH", path, json={"trainer_weekly_sessions": 1}, headers=tag(0))
    assert changed.status_code == 200, changed.text
    await wish(line)
    await line.published()
    await wish(line, "colleague")
    (missing,) = (await line.propose())["unplaced_sessions"]
    assert missing["reason"] == "trainer_limit"


async def test_when_one_side_falls_the_other_falls_too_and_the_next_plan_finds_another_hour(line: Line) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    session = await wish(line)
    await line.published()
    absence = {"worker_id": str(line.plant.people["colleague"]), "kind": "sick", "starts_at": instant(0), "ends_at": instant(90)}
    answer = await line.plant.post("supervisor", "/v1/absences", absence)
    assert answer.status_code == 201, answer.text
    answer = await line.plant.post("supervisor", f"/v1/work-centers/{line.plant.line_id}/replans", {})
    assert answer.status_code in (200, 201), answer.text
    assert len(await line.events("learning_block.cancelled")) == 2
    assert (await read(line, session))["status"] == "requested"
    await hour(line, 150)
    await line.published()
    assert (await read(line, session))["trainee_block"]["starts_at"] == instant(150)


async def test_dropping_one_side_by_hand_drops_both_and_moving_is_refused(line: Line) -> None:
    await hour(line)
    other = await hour(line, 130)
    await qualify(line, "colleague", "welding")
    await wish(line)
    await line.published()
    (block,) = await line.mine()
    path = f"/v1/blocks/{block['id']}"
    moved = await line.plant.call("supervisor", "PATCH", path, json={"window_id": str(other)}, headers=tag(block["version"]))
    assert (moved.status_code, moved.json()["code"]) == (409, "block_not_editable")
    dropped = await line.plant.call("supervisor", "PATCH", path, json={"status": "cancelled"}, headers=tag(block["version"]))
    assert dropped.status_code == 200, dropped.text
    assert await line.mine() == await line.mine("colleague") == []
    assert len(await line.events("learning_block.cancelled")) == 2


async def test_a_proposed_pair_is_dropped_whole_and_counted_out_of_the_plan(line: Line) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    await wish(line)
    plan = await line.propose()
    assert plan["placed"] == 2
    block = (await line.blocks(plan["id"]))[0]
    path = f"/v1/plans/{plan['id']}/blocks/{block['id']}"
    dropped = await line.plant.call("supervisor", "PATCH", path, json={"status": "cancelled"}, headers=tag(plan["version"]))
    assert dropped.status_code == 200, dropped.text
    after = await line.read(plan["id"])
    assert (after["placed"], after["placed_seconds"]) == (0, 0)
    assert (await line.publish(after)).json()["scheduled"] == 0


async def test_a_pair_whose_trainer_left_before_publication_is_refused_or_left_out_whole(line: Line) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    await wish(line)
    plan = await line.propose()
    await qualify(line, "colleague")
    answer = await line.publish(plan)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["scheduled"], answer.json()["left_out"]) == (0, 2)


async def test_giving_a_session_up_cancels_both_blocks_once(line: Line) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    session = await wish(line)
    await line.published()
    for _ in range(2):
        answer = await line.plant.post("supervisor", f"/v1/shadow-sessions/{session['id']}/cancellation")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert len(await line.events("learning_block.cancelled")) == 2
    assert await line.mine() == []
    assert (await line.propose())["unplaced_sessions"] == []


async def test_undoing_a_publication_takes_both_sides_back(line: Line) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    session = await wish(line)
    published = await line.published()
    path = f"/v1/plans/{published['plan']['id']}/publication"
    answer = await line.plant.call("supervisor", "DELETE", path, headers=tag(published["plan"]["version"]))
    assert (answer.status_code, answer.json()["cancelled"]) == (200, 2)
    assert (await read(line, session))["status"] == "requested"


async def test_recorded_time_of_both_makes_the_session_done(line: Line, clock: ManualClock) -> None:
    await hour(line)
    await qualify(line, "colleague", "welding")
    session = await wish(line)
    await line.published()
    clock.at += timedelta(minutes=60)
    for who, kind in (("worker", "shadowing"), ("colleague", "coaching")):
        body = {"id": str(new_id()), "kind": kind, "seconds": 1800}
        begun = await line.plant.post(who, "/v1/me/learning-sessions", body)
        assert begun.status_code == 201, begun.text
        clock.at += timedelta(minutes=1)
        ended = await line.plant.post(who, f"/v1/me/learning-sessions/{body['id']}/end", {})
        assert ended.status_code in (200, 201), ended.text
    async with line.plant.write() as tx:
        statement = "select id from event where organization_id = :organization_id and type = 'pplt.session.recorded' order by id"
        rows = await tx.rows(sql(statement))
    for _ in range(2):
        await finish_sessions(line.plant.runtime, str(line.plant.organization_id), [str(row.id) for row in rows])
    found = await read(line, session)
    assert (found["status"], found["trainer_block"]["status"]) == ("done", "done")
    clock.at += timedelta(minutes=60)
    assert (await line.propose())["unplaced_sessions"] == []


async def test_only_time_of_pairs_makes_planning_look_for_sessions(line: Line, clock: ManualClock) -> None:
    waiting = (
        "select count(*) from procrastinate_jobs where task_name = 'planning.finish_sessions' "
        "and args ->> 'organization_id' = cast(cast(:organization_id as uuid) as text)"
    )
    seen = []
    for kind in ("office_hours", "shadowing", "peer_assist", "coaching"):
        body = {"id": str(new_id()), "kind": kind, "seconds": 600}
        assert (await line.plant.post("worker", "/v1/me/learning-sessions", body)).status_code == 201
        clock.at += timedelta(minutes=1)
        ended = await line.plant.post("worker", f"/v1/me/learning-sessions/{body['id']}/end", {})
        assert ended.status_code in (200, 201), ended.text
        async with line.plant.write() as tx:
            seen.append(await tx.scalar(sql(waiting)))
    assert seen == [0, 1, 1, 2]


async def test_bad_wishes_are_refused_by_name(line: Line) -> None:
    people = {name: str(one) for name, one in line.plant.people.items()}
    good = {"id": str(new_id()), "work_center_id": str(line.plant.line_id), "trainee_id": people["worker"], "skill": "welding"}
    first = await line.plant.post("supervisor", "/v1/shadow-sessions", good)
    again = await line.plant.post("supervisor", "/v1/shadow-sessions", good)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({**good, "skill": "paint"}, 409, ""),
        ({**good, "id": None, "skill": None}, 422, "#/skill"),
        ({**good, "id": None, "trainer_id": people["worker"]}, 422, "#/trainer_id"),
        ({**good, "id": None, "minutes": 5}, 422, "#/minutes"),
        ({**good, "id": None, "to": instant(-5)}, 422, "#/to"),
        ({**good, "id": None, "trainee_id": str(new_id())}, 404, ""),
        ({**good, "id": None, "work_center_id": str(new_id())}, 404, ""),
    ]
    for body, status, pointer in cases:
        answer = await line.plant.post("supervisor", "/v1/shadow-sessions", body)
        assert answer.status_code == status, (body, answer.text)
        assert not pointer or answer.json()["errors"][0]["pointer"] == pointer
    assert (await line.plant.post("worker", "/v1/shadow-sessions", good)).status_code == 403
    assert (await line.plant.get("other_supervisor", f"/v1/shadow-sessions/{good['id']}")).status_code == 404
    assert (await line.plant.get("other_supervisor", "/v1/shadow-sessions")).json()["items"] == []
