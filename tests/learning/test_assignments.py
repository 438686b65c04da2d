"""Who should learn what: given within reach, found by whom it concerns, taken back without taking work away."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import insert

from app.catalog import service as catalog
from app.catalog.domain import LoadOptions
from app.core.access import Role
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.learning import service as learning
from app.learning.domain.values import OpenItem
from app.people.models import MembershipRow, NodeKind, RoleGrantRow
from tests.builders import Plant
from tests.learning.builders import HASHES, MODULE, PACK, School, instant, module_result, quiz_result

LEAVE = text("update membership set valid_until = :day where organization_id = :organization_id and worker_id = :worker_id")
JOB_ROLE = text("update worker set job_role = 'driver' where organization_id = :organization_id and id = :worker_id")


async def join(plant: Plant, who: str, day_offset: int = 0) -> None:
    async with plant.write() as tx:
        await tx.run(insert(MembershipRow).values(
            organization_id=plant.organization_id, id=new_id(), worker_id=plant.people[who], crew_id=plant.crew_id,
            valid_from=tx.now.date() + timedelta(days=day_offset), created_at=tx.now))  # fmt: skip


async def open_items(school: School, *who: str) -> list[OpenItem]:
    ids = [school.plant.people[name] for name in who or ("worker",)]
    async with school.plant.runtime.database.read(school.plant.organization_id) as tx:
        return await learning.open_items(tx, ids)


async def test_a_crew_is_asked_to_learn(school: School) -> None:
    answer = await school.assign(mandatory=True, due_at=instant(60 * 24 * 3), priority=80)
    made = answer.json()
    assert answer.status_code == 201 and answer.headers["etag"] == '"v1"'
    assert made["targets"] == [{"kind": "crew", "ref": str(school.plant.crew_id)}]
    for who, seen in (("worker", 1), ("colleague", 1), ("third", 0)):
        assert len(await school.mine(who)) == seen
    (mine,) = await school.mine()
    assert (mine["status"], mine["mandatory"], mine["hash"]) == ("open", True, None)
    assert await school.count("select count(*) from event where type = 'assignment.created'") == 1


async def test_the_same_id_makes_one_assignment(school: School) -> None:
    body: dict[str, Any] = {"id": str(new_id()), "crews": [str(school.plant.crew_id)]}
    first, again = await school.assign(**body), await school.assign(**body)
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    other = await school.assign(**body, priority=51)
    assert (other.status_code, other.json()["code"]) == (409, "assignment_id_taken")
    assert await school.count("select count(*) from event where type = 'assignment.created'") == 1


async def test_incomplete_assignments_are_refused(school: School) -> None:
    bodies: list[dict[str, Any]] = [
        {"mandatory": True}, {"workers": []}, {"key": "nothing"}, {"crews": [str(new_id())]}, {"priority": 101},
        {"mandatory": "yes"}, {"kind": "quiz"},
    ]  # fmt: skip
    for body in bodies:
        answer = await school.assign(**body)
        assert answer.status_code == 422, body


async def test_whoever_joins_the_crew_is_asked_and_whoever_leaves_is_not(school: School, clock: ManualClock) -> None:
    await school.assign()
    await join(school.plant, "third")
    await join(school.plant, "stranger", day_offset=2)
    assert len(await school.mine("third")) == 1 and await school.mine("stranger") == []
    async with school.plant.write() as tx:
        yesterday = tx.now.date() - timedelta(days=1)
        await tx.run(LEAVE, day=yesterday, worker_id=school.plant.people["colleague"])
    assert await school.mine("colleague") == []
    clock.advance(timedelta(days=2))
    assert len(await school.mine("stranger")) == 1


async def test_leaving_and_cancelling_take_no_started_work_away(school: School) -> None:
    made = (await school.assign()).json()
    for who in ("worker", "colleague"):
        body = {"id": str(new_id()), "kind": "module", "key": "stop-the-line"}
        assert (await school.plant.post(who, "/v1/attempts", body)).status_code == 201
    async with school.plant.write() as tx:
        await tx.run(LEAVE, day=tx.now.date() - timedelta(days=1), worker_id=school.plant.people["worker"])
    await join(school.plant, "third")
    path = f"/v1/assignments/{made['id']}"
    cancelled = await school.plant.call("supervisor", "DELETE", path, headers={"If-Match": '"v1"'})
    assert cancelled.status_code == 204
    assert [item.key for item in await open_items(school, "worker", "colleague")] == ["stop-the-line"] * 2
    assert await school.mine("third") == []
    await school.upload("worker", module_result(start=-3))
    (mine,) = await school.mine()
    assert mine["status"] == "completed" and mine["hash"] == HASHES["stop-the-line"]


async def test_cancelling_needs_the_version_that_was_read(school: School) -> None:
    made = (await school.assign()).json()
    path = f"/v1/assignments/{made['id']}"
    read = await school.plant.get("supervisor", path)
    assert read.headers["etag"] == '"v1"'
    for headers, status in (({}, 428), ({"If-Match": '"v2"'}, 412), ({"If-Match": '"v1"'}, 204), ({"If-Match": '"v1"'}, 412),
                            ({"If-Match": '"v2"'}, 204)):  # fmt: skip
        answer = await school.plant.call("supervisor", "DELETE", path, headers=headers)
        assert answer.status_code == status
    assert (await school.plant.get("supervisor", path)).json()["cancelled_at"] is not None
    assert await school.mine() == []


async def test_supervisors_reach_their_own_people_only(school: School) -> None:
    plant = school.plant
    for who in ("line_supervisor", "other_supervisor"):
        for body in ({}, {"workers": [str(plant.people["worker"])]}):
            answer = await school.assign(who, **body)
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_target")
    assert (await school.assign("line_supervisor", crews=[str(plant.second_crew_id)])).status_code == 201
    for who in ("worker", "payroll", "author"):
        assert (await school.assign(who)).status_code == 403
    for who in ("learning_manager", "admin", "integration"):
        assert (await school.assign(who, workers=[str(plant.people["stranger"])])).status_code == 201


async def test_job_roles_belong_to_those_responsible_for_all_sites(school: School) -> None:
    refused = await school.assign("supervisor", job_roles=["driver"])
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_reach")
    assert (await school.assign("learning_manager", job_roles=["driver"])).status_code == 201
    assert await school.mine("stranger") == []
    async with school.plant.write() as tx:
        await tx.run(JOB_ROLE, worker_id=school.plant.people["stranger"])
    assert len(await school.mine("stranger")) == 1


async def test_lists_and_items_show_what_is_in_reach(school: School) -> None:
    plant = school.plant
    here = (await school.assign()).json()["id"]
    there = (await school.assign("admin", workers=[str(plant.people["stranger"])])).json()["id"]
    both = (await school.assign("admin", workers=[str(plant.people[name]) for name in ("worker", "stranger")])).json()["id"]
    seen = {
        "supervisor": [here, both], "line_supervisor": [], "other_supervisor": [there, both],
        "learning_manager": [here, there, both], "integration": [here, there, both],
    }  # fmt: skip
    for who, ids in seen.items():
        listed = (await plant.get(who, "/v1/assignments")).json()["items"]
        assert [row["id"] for row in listed] == ids
        for assignment_id in (here, there, both):
            status = (await plant.get(who, f"/v1/assignments/{assignment_id}")).status_code
            assert status == (200 if assignment_id in ids else 404)
    refused = await plant.call("supervisor", "DELETE", f"/v1/assignments/{both}", headers={"If-Match": '"v1"'})
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_reach")
    hidden = await plant.call("supervisor", "DELETE", f"/v1/assignments/{there}", headers={"If-Match": '"v1"'})
    assert hidden.status_code == 404
    assert (await plant.get("worker", "/v1/assignments")).status_code == 403


async def test_a_quiz_is_completed_by_passing_it(school: School) -> None:
    await school.assign(kind="quiz", key="stop-quiz")
    await school.upload("worker", quiz_result(start=-4, right=1))
    assert (await school.mine())[0]["status"] == "started"
    await school.upload("worker", quiz_result(start=-2, right=2))
    assert (await school.mine())[0]["status"] == "completed"
    assert await school.count("select best_score from progress") == 66
    await school.upload("worker", quiz_result(start=-1, right=0))
    assert await school.count("select status || best_score from progress") == "completed66"


async def test_what_was_learned_long_before_does_not_answer_a_new_assignment(school: School) -> None:
    await school.upload("worker", module_result(start=-60))
    await school.assign()
    assert (await school.mine())[0]["status"] == "open"
    await school.upload("worker", module_result(start=-3))
    assert (await school.mine())[0]["status"] == "completed"


async def test_a_supervisor_sees_readiness_and_nothing_else(school: School) -> None:
    ready = (await school.assign(kind="quiz", key="stop-quiz")).json()["id"]
    due = (await school.assign(mandatory=True, due_at=instant(60 * 24 * 6))).json()["id"]
    later = (await school.assign(key="next-step", mandatory=True, due_at=instant(60 * 24 * 30))).json()["id"]
    await school.upload("worker", quiz_result(start=-5, right=0), quiz_result(start=-2))
    path = f"/v1/workers/{school.plant.people['worker']}/readiness"
    shown = (await school.plant.get("supervisor", path)).json()["items"]
    assert {row["assignment_id"]: row["readiness"] for row in shown} == {ready: "ready", due: "due", later: "not_ready"}
    assert {name for row in shown for name in row} == {"assignment_id", "kind", "key", "mandatory", "due_at", "readiness"}
    first = (await school.plant.get("supervisor", f"{path}?limit=2")).json()
    assert len(first["items"]) == 2 and first["next_cursor"]


@pytest.mark.parametrize(
    ("who", "status"),
    [("worker", 200), ("supervisor", 200), ("integration", 200), ("colleague", 404), ("line_supervisor", 404),
     ("other_supervisor", 404), ("learning_manager", 404), ("admin", 404), ("nobody", 401)],
)  # fmt: skip
async def test_readiness_has_a_purpose_for_few(school: School, who: str, status: int) -> None:
    path = f"/v1/workers/{school.plant.people['worker']}/readiness"
    assert (await school.plant.get(who, path)).status_code == status
    if who == "supervisor":
        assert (await school.plant.get(who, f"/v1/workers/{new_id()}/readiness")).status_code == 404


async def test_open_items_come_started_first_then_by_urgency(school: School) -> None:
    soon, later = instant(60 * 24), instant(60 * 24 * 9)
    await school.assign(key="next-step")
    await school.assign(kind="checklist", key="truck-check", mandatory=True, due_at=later)
    await school.assign(mandatory=True, due_at=later)
    await school.assign(mandatory=True, due_at=soon)
    await school.assign(kind="quiz", key="stop-quiz")
    body: dict[str, Any] = {"id": str(new_id()), "kind": "quiz", "key": "stop-quiz"}
    await school.plant.post("worker", "/v1/attempts", body)
    items = await open_items(school)
    assert [item.key for item in items] == ["stop-quiz", "stop-the-line", "truck-check", "next-step"]
    assert items[1].due_at is not None and items[1].due_at.isoformat().startswith(soon[:10])
    assert [item.prerequisites_open for item in items] == [(), (), (), ("stop-the-line",)]
    assert [item.seconds for item in items] == [120, 180, 150, 120]
    await school.upload("worker", module_result(start=-3))
    left = await open_items(school)
    assert [(item.key, item.prerequisites_open) for item in left] == [("stop-quiz", ()), ("truck-check", ()), ("next-step", ())]


async def test_completed_keys_name_each_worker(school: School) -> None:
    await school.upload("worker", module_result(), quiz_result(right=0))
    people = school.plant.people
    async with school.plant.runtime.database.read(school.plant.organization_id) as tx:
        found = await learning.completed_keys(tx, [people["worker"], people["colleague"]])
    assert found == {people["worker"]: {("module", "stop-the-line")}, people["colleague"]: set()}


async def test_retired_content_is_only_finished_by_who_started_it(school: School) -> None:
    await school.assign()
    await school.assign(key="next-step")
    body = {"id": str(new_id()), "kind": "module", "key": "next-step"}
    assert (await school.plant.post("worker", "/v1/attempts", body)).status_code == 201
    async with school.plant.write() as tx:
        shorter = replace(PACK, version="1.0.2", modules=(MODULE,))
        await catalog.load_pack(tx, shorter, LoadOptions(retire_missing=True))
    assert [item.key for item in await open_items(school)] == ["next-step", "stop-the-line"]
    assert [item.key for item in await open_items(school, "colleague")] == ["stop-the-line"]
    done = await school.plant.post("worker", f"/v1/attempts/{body['id']}/finish", {"cards": ["what"]})
    assert done.status_code == 200
    assert [item.key for item in await open_items(school)] == ["stop-the-line"]


async def test_open_items_of_many_workers_take_one_statement_beside_the_catalog(school: School) -> None:
    await school.assign()
    await school.assign(kind="quiz", key="stop-quiz", workers=[str(school.plant.people["third"])])
    await open_items(school)
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = school.plant.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        items = await open_items(school, "worker", "colleague", "third", "stranger")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sorted(item.key for item in items) == ["stop-quiz", "stop-the-line", "stop-the-line"]
    assert len([statement for statement in seen if "set_config" not in statement and "catalog" not in statement]) == 1


async def test_a_denied_supervisor_assigns_nothing(school: School) -> None:
    plant, people = school.plant, school.plant.people
    async with plant.write() as tx:
        await tx.run(insert(RoleGrantRow).values(
            organization_id=plant.organization_id, id=new_id(), worker_id=people["supervisor"], role=Role.SUPERVISOR,
            node_kind=NodeKind.CREW, node_id=plant.crew_id, allow=False, granted_by=people["admin"],
            created_at=tx.now))  # fmt: skip
    assert (await school.assign()).status_code == 422
    assert (await school.assign(crews=[str(plant.second_crew_id)])).status_code == 201
