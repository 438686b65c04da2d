"""Coverage by name over HTTP: who may leave now, who must stay and why, and skills that hang on one person."""

from typing import Any

from tests.paytime.builders import add_shift, pause
from tests.planning.builders import Line, instant


async def cover(line: Line, **params: str) -> dict[str, Any]:
    answer = await line.plant.get("supervisor", "/v1/coverage", params={"work_center_id": str(line.plant.line_id), **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def qualify(line: Line, minimum: int, *people: str) -> None:
    where = f"/v1/work-centers/{line.plant.line_id}/skill-minimums"
    items = [{"skill": "filler", "minimum": minimum}]
    assert (await line.plant.call("supervisor", "PUT", where, json={"items": items})).status_code == 200
    for who in people:
        where = f"/v1/workers/{line.plant.people[who]}/skills"
        assert (await line.plant.call("admin", "PUT", where, json={"items": [{"skill": "filler"}]})).status_code == 200


def shown(found: dict[str, Any]) -> dict[str, tuple[str, bool, list[str]]]:
    return {one["name"]: (one["doing"], one["may_leave"], one["must_stay_for"]) for one in found["people"]}


async def test_everybody_on_shift_is_named_with_what_keeps_them(line: Line) -> None:
    await qualify(line, 1, "colleague")
    found = await cover(line)
    assert shown(found) == {
        "Colleague": ("working", False, ["filler"]),
        "Third": ("working", True, []),
        "Worker": ("working", True, []),
    }
    colleague = str(line.plant.people["colleague"])
    assert found["skills"] == [
        {"skill": "filler", "minimum": 1, "present": 1, "staying": 1, "headroom": 0, "single_point": colleague}
    ]
    assert (found["may_leave_together"], found["items"][0]["headroom"], found["items"][0]["short"]) == (2, 2, [])


async def test_a_learner_and_a_break_are_seen_and_a_missing_skill_is_short(line: Line) -> None:
    await line.run("delete from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["third"])
    async with line.plant.write() as tx:
        await add_shift(tx, line.plant, "third", 0, 480, pause(220, 240))
    await line.window(40, 10)
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    await qualify(line, 2, "worker", "colleague")
    found = await cover(line, at=instant(42))
    assert shown(found) == {
        "Colleague": ("working", False, ["headcount", "filler"]),
        "Third": ("on_break", False, []),
        "Worker": ("learning", False, []),
    }
    assert found["items"][0]["short"] == ["filler"]
    assert found["may_leave_together"] == 0


async def test_a_qualification_that_ended_counts_no_more(line: Line) -> None:
    await qualify(line, 1, "worker")
    await line.run("update worker_skill set valid_until = '2026-03-17' where organization_id = :organization_id")
    assert (await cover(line))["skills"][0]["present"] == 0


async def test_a_stretch_has_heads_and_nobody_by_name(line: Line) -> None:
    found = await cover(line, **{"from": instant(0), "to": instant(12)})
    assert [step["at"][14:16] for step in found["items"]] == ["00", "05", "10"]
    assert (found["people"], found["skills"], found["may_leave_together"]) == ([], [], None)
