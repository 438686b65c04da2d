"""What workers are qualified for and what work centers need: set as whole lists, safe to repeat, within reach."""

import asyncio
from typing import Any

from sqlalchemy import text

from app.skills import store
from tests.builders import Plant, until_somebody_waits


def path(plant: Plant, who: str = "worker") -> str:
    return f"/v1/workers/{plant.people[who]}/skills"


async def put(plant: Plant, where: str, *items: dict[str, Any], who: str = "supervisor") -> Any:
    return await plant.call(who, "PUT", where, json={"items": list(items)})


async def test_a_worker_has_the_skills_that_were_set_and_no_others(plant: Plant) -> None:
    first = await put(plant, path(plant), {"skill": "palletizer"}, {"skill": "forklift", "valid_until": "2027-03-31"})
    assert first.status_code == 200, first.text
    expected = [{"skill": "forklift", "valid_until": "2027-03-31"}, {"skill": "palletizer", "valid_until": None}]
    assert first.json()["items"] == (await plant.get("supervisor", path(plant))).json()["items"] == expected
    await put(plant, path(plant), {"skill": "forklift"})
    for who in ("worker", "admin", "integration"):
        assert (await plant.get(who, path(plant))).json()["items"] == [{"skill": "forklift", "valid_until": None}]


async def test_skills_are_set_by_those_above_and_seen_by_oneself(plant: Plant) -> None:
    for who, status in (("worker", 403), ("payroll", 403), ("other_supervisor", 404), ("line_supervisor", 404), ("admin", 200)):
        assert (await put(plant, path(plant), {"skill": "forklift"}, who=who)).status_code == status, who
    assert (await plant.get("colleague", path(plant))).status_code == 404


async def test_a_skill_named_twice_is_refused_with_its_place(plant: Plant) -> None:
    twice = [{"skill": "forklift"}, {"skill": "filler"}, {"skill": "forklift"}]
    answer = await put(plant, path(plant), *twice)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/items/2/skill")


async def test_lists_set_at_the_same_time_are_never_mixed(plant: Plant) -> None:
    lists = [[{"skill": f"{name}{n}"} for n in range(5)] for name in "abcd"]
    answers = await asyncio.gather(*(put(plant, path(plant), *items) for items in lists))
    assert {answer.status_code for answer in answers} == {200}
    kept = [item["skill"] for item in (await plant.get("supervisor", path(plant))).json()["items"]]
    assert kept in [[item["skill"] for item in items] for items in lists]


async def told(plant: Plant) -> int:
    statement = "select count(*) from event where organization_id = :organization_id and type = 'worker.updated'"
    async with plant.write() as tx:
        return int(await tx.scalar(text(statement)))


async def test_whoever_waited_for_a_turn_tells_what_they_changed_then(plant: Plant) -> None:
    """The list is what it was before somebody else changed it meanwhile, so a look from before that sees no change."""
    worker_id = plant.people["worker"]
    await put(plant, path(plant), {"skill": "forklift"})
    before = await told(plant)
    async with plant.write() as tx:
        await store.take_turns(tx, worker_id)
        await store.replace_skills(tx, worker_id, [])
        second = asyncio.create_task(put(plant, path(plant), {"skill": "forklift"}))
        await until_somebody_waits(plant)
    assert (await second).status_code == 200
    assert await told(plant) == before + 1


async def test_a_work_center_says_how_many_qualified_people_must_stay(plant: Plant) -> None:
    where = f"/v1/work-centers/{plant.line_id}/skill-minimums"
    assert (await plant.get("supervisor", where)).json() == {"items": []}
    for _ in range(2):
        answer = await put(plant, where, {"skill": "forklift", "minimum": 2}, {"skill": "filler", "minimum": 1})
        assert answer.status_code == 200, answer.text
    expected = [{"skill": "filler", "minimum": 1}, {"skill": "forklift", "minimum": 2}]
    assert (await plant.get("supervisor", where)).json()["items"] == expected
    for who, status in (("worker", 403), ("line_supervisor", 404), ("other_supervisor", 404)):
        assert (await put(plant, where, who=who)).status_code == status, who
    assert (await put(plant, where, {"skill": "forklift", "minimum": 0})).status_code == 422
