"""Published blocks after somebody raised a minimum: what would leave the line short moves or falls, begun soon it is flagged."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.core.jobs import TASKS
from tests.planning.builders import Line, instant, tag
from tests.planning.test_replanning import again, flagged
from tests.planning.test_shadow_sessions import qualify
from tests.planning.test_upholding import happened


async def raise_minimum(line: Line, people: int) -> None:
    path = f"/v1/work-centers/{line.plant.line_id}"
    version = (await line.plant.get("admin", path)).headers["etag"]
    changed = await line.plant.call("admin", "PATCH", path, json={"minimum_staying": people}, headers={"If-Match": version})
    assert changed.status_code == 200, changed.text


async def need(line: Line, skill: str, people: int) -> None:
    path = f"/v1/work-centers/{line.plant.line_id}/skill-minimums"
    changed = await line.plant.call("admin", "PUT", path, json={"items": [{"skill": skill, "minimum": people}]})
    assert changed.status_code == 200, changed.text


async def planned(line: Line, start: float = 60, **window: Any) -> list[Any]:
    """Worker and colleague both learn in one window, the third stays."""
    await line.window(start, 10, **window)
    await line.assign()
    await line.published()
    return [*await line.mine(), *await line.mine("colleague")]


async def test_a_higher_minimum_moves_one_of_two_to_another_window(line: Line) -> None:
    assert len(await planned(line)) == 2
    other = await line.window(180, 10)
    await raise_minimum(line, 2)
    await happened(line, "work_center")
    left = [*await line.mine(), *await line.mine("colleague")]
    assert len(left) == 2
    assert {one["starts_at"] for one in left} == {instant(60), instant(180)}
    assert [one["window_id"] for one in left if one["starts_at"] == instant(180)] == [str(other)]
    assert [kind for kind, _ in await line.events("learning_block.")][-1] == "learning_block.moved"


async def test_without_another_window_one_falls_and_is_told(line: Line) -> None:
    await planned(line)
    await raise_minimum(line, 2)
    await happened(line, "work_center")
    assert len([*await line.mine(), *await line.mine("colleague")]) == 1
    assert len(await line.events("learning_block.cancelled")) == 1


async def test_a_skill_that_must_stay_keeps_its_people_at_the_line(line: Line) -> None:
    await qualify(line, "worker", "welding")
    await planned(line)
    await need(line, "welding", 1)
    await happened(line, "work_center")
    assert await line.mine() == []
    assert len(await line.mine("colleague")) == 1


async def test_pinned_blocks_fall_too_but_no_more_of_them_than_needed(line: Line) -> None:
    for block in await planned(line):
        pinned = await line.plant.call("supervisor", "PATCH", f"/v1/blocks/{block['id']}", json={"pinned": True}, headers=tag(2))
        assert pinned.status_code == 200, pinned.text
    await raise_minimum(line, 2)
    await happened(line, "work_center")
    assert len([*await line.mine(), *await line.mine("colleague")]) == 1
    assert await flagged(line) == []


async def test_what_begins_within_half_an_hour_waits_for_the_supervisor(line: Line, clock: Any) -> None:
    blocks = await planned(line)
    clock.advance(timedelta(minutes=35))
    await raise_minimum(line, 2)
    await happened(line, "work_center")
    assert len([*await line.mine(), *await line.mine("colleague")]) == 2
    assert {one["reason"] for one in await flagged(line)} == {"coverage"}
    assert len(await flagged(line)) == len(blocks)
    await again(line, near=True)
    assert await flagged(line) == []


async def test_a_minimum_that_stays_as_it_is_tells_nothing(line: Line) -> None:
    await planned(line)
    await raise_minimum(line, 1)
    await need(line, "welding", 1)
    told = len(await line.events("work_center."))
    await raise_minimum(line, 1)
    await need(line, "welding", 1)
    assert len(await line.events("work_center.")) == told


@pytest.mark.parametrize("minimum", [0, 2])
async def test_each_change_is_told_with_its_work_center(line: Line, minimum: int) -> None:
    await raise_minimum(line, minimum)
    assert await line.events("work_center.") == [("work_center.minimum_changed", line.plant.line_id)]
    waiting = (
        "select count(*) from procrastinate_jobs where task_name = 'planning.refresh_windows' and args ->> 'organization_id' = :o"
    )
    assert await line.value(waiting, o=str(line.plant.organization_id)) == 1


async def skills_changed(line: Line) -> None:
    """Do what the worker process does with the jobs that are waiting because of changed skills, twice as repeated ones would."""
    jobs = await line.value(
        "select coalesce(json_agg(args order by id), '[]') from procrastinate_jobs where task_name = 'planning.refresh_lines_of' "
        "and args ->> 'organization_id' = :o",
        o=str(line.plant.organization_id),
    )
    for args in (json.loads(jobs) if isinstance(jobs, str) else jobs) * 2:
        await TASKS["planning.refresh_lines_of"].handler(line.plant.runtime, **args)


async def test_somebody_who_loses_a_skill_keeps_those_who_still_have_it_at_the_line(line: Line) -> None:
    for who in ("worker", "third"):
        await qualify(line, who, "welding")
    await need(line, "welding", 1)
    assert len(await planned(line)) == 2
    await qualify(line, "third")
    await skills_changed(line)
    assert await line.mine() == []
    assert len(await line.mine("colleague")) == 1


async def test_skills_that_stay_as_they_are_tell_nothing(line: Line) -> None:
    await qualify(line, "worker", "welding")
    told = await line.events("worker.updated")
    await qualify(line, "worker", "welding")
    assert await line.events("worker.updated") == told == [("worker.updated", line.plant.people["worker"])]


async def test_other_changes_of_a_worker_plan_nothing_again(line: Line) -> None:
    path = f"/v1/workers/{line.plant.people['third']}"
    version = (await line.plant.get("admin", path)).headers["etag"]
    changed = await line.plant.call("admin", "PATCH", path, json={"display_name": "Else"}, headers={"If-Match": version})
    assert changed.status_code == 200, changed.text
    waiting = (
        "select count(*) from procrastinate_jobs where task_name in ('planning.refresh_lines_of', 'roster.tell_of_worker') "
        "and args ->> 'organization_id' = :o"
    )
    assert await line.value(waiting, o=str(line.plant.organization_id)) == 0
