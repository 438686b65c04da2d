"""How a site wants to be planned: read, changed by version, followed by plans, and who has the last word."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.paytime.builders import add_shift, learned
from tests.planning.builders import Line, starts, tag

DEFAULT = {
    "daily_cap_minutes": 20, "weekly_cap_minutes": None, "weekly_target_minutes": 0, "notice_minutes": 0, "undo_minutes": 60,
    "weekly_protected_blocks": 0, "protected_block_minutes": 30, "trainer_weekly_sessions": 3,
    "approval": "supervisor", "version": 0,
    "weights": {"reviews": 100, "skill_gaps": 100, "optional": 100, "stability": 300},
}  # fmt: skip


async def policy(line: Line, who: str = "supervisor") -> httpx.Response:
    return await line.plant.get(who, f"/v1/sites/{line.plant.site_id}/planning-policy")


async def change(line: Line, version: int, who: str = "admin", **body: Any) -> httpx.Response:
    path = f"/v1/sites/{line.plant.site_id}/planning-policy"
    return await line.plant.call(who, "PATCH", path, json=body, headers=tag(version))


async def test_a_site_has_the_default_until_somebody_changes_it(line: Line) -> None:
    found = await policy(line)
    assert (found.status_code, found.headers["etag"]) == (200, '"v0"')
    assert found.json() == {"site_id": str(line.plant.site_id), **DEFAULT}
    made = await change(line, 0, daily_cap_minutes=30, weights={"reviews": 300})
    assert (made.status_code, made.headers["etag"]) == (200, '"v1"')
    changed = {**DEFAULT, "daily_cap_minutes": 30, "version": 1, "weights": {**DEFAULT["weights"], "reviews": 300}}  # type: ignore[dict-item]
    assert (await policy(line)).json() == {"site_id": str(line.plant.site_id), **changed}
    assert (await change(line, 1, weekly_cap_minutes=90)).json()["weekly_cap_minutes"] == 90
    assert (await change(line, 2, weekly_cap_minutes=None)).json()["weekly_cap_minutes"] is None


async def test_a_change_needs_the_version_the_role_and_the_reach(line: Line) -> None:
    path = f"/v1/sites/{line.plant.site_id}/planning-policy"
    assert (await line.plant.call("admin", "PATCH", path, json={"notice_minutes": 5})).status_code == 428
    assert (await change(line, 1, notice_minutes=5)).status_code == 412
    assert (await change(line, 0, "supervisor", notice_minutes=5)).status_code == 403
    assert (await policy(line, "worker")).status_code == 403
    assert (await policy(line, "other_supervisor")).status_code == 404
    for odd in (
        {"daily_cap_minutes": 0},
        {"daily_cap_minutes": None},
        {"approval": "nobody"},
        {"weights": {"luck": 1}},
        {"x": 1},
    ):
        assert (await change(line, 0, **odd)).status_code == 422, odd


async def test_of_two_changes_at_once_one_is_made(line: Line) -> None:
    for version in (0, 1):
        answers = await asyncio.gather(*(change(line, version, notice_minutes=n) for n in (10, 20, 30)))
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_plans_follow_the_limits_of_their_site(line: Line) -> None:
    await line.window()
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.assign(kind="quiz", key="stop-quiz", workers=[str(line.plant.people["worker"])])
    await change(line, 0, daily_cap_minutes=4)
    plan = await line.propose()
    assert (plan["daily_cap_seconds"], plan["reasons"]) == (240, {"daily_cap": 1})
    await change(line, 1, daily_cap_minutes=20, weekly_cap_minutes=3)
    assert (await line.propose())["reasons"] == {"weekly_cap": 1}
    assert (await line.propose(daily_cap_minutes=1))["reasons"] == {"daily_cap": 2}


async def test_what_was_learned_earlier_in_the_week_counts_toward_the_weekly_limit(line: Line) -> None:
    worker = [str(line.plant.people["worker"])]
    async with line.plant.write() as tx:
        await add_shift(tx, line.plant, "worker", -48 * 60, -40 * 60)
    await learned(line.plant, "worker", -48 * 60, -48 * 60 + 3)
    await line.window()
    await line.assign(kind="quiz", key="stop-quiz", workers=worker)
    await change(line, 0, weekly_cap_minutes=4)
    assert (await line.propose())["reasons"] == {"weekly_cap": 1}


async def test_new_blocks_start_after_the_notice(line: Line) -> None:
    await line.window(20)
    late = await line.window(100)
    await line.assign()
    await change(line, 0, notice_minutes=60)
    blocks = await line.blocks((await line.propose())["id"])
    assert {block["window_id"] for block in blocks} == {str(late)}
    assert {starts(block).hour for block in blocks} == {10}


async def test_a_weekly_target_is_told_beside_what_each_worker_gets(line: Line) -> None:
    await line.window()
    await line.assign()
    await change(line, 0, weekly_target_minutes=30)
    plan = await line.propose()
    assert {one["target_seconds"] for one in plan["protected_time"]} == {1800}


@pytest.mark.parametrize(
    ("approval", "who", "code"),
    [
        ("other_person", "supervisor", "approval_by_another"),
        ("other_person", "admin", None),
        ("admin", "supervisor", "approval_by_admin"),
        ("admin", "integration", "approval_by_admin"),
        ("admin", "admin", None),
    ],
)
async def test_who_publishes_is_decided_by_the_site(line: Line, approval: str, who: str, code: str | None) -> None:
    await change(line, 0, approval=approval)
    answer = await line.publish(await line.propose(), who)
    assert answer.json().get("code") == code
    assert answer.is_success == (code is None)


async def test_weights_decide_what_is_left_out(line: Line) -> None:
    """One place for one of two: what may be left out counts as much as the site says, what is mandatory always counts."""
    await line.window(60, 3)
    worker = [str(line.plant.people["worker"])]
    await line.assign(workers=worker, priority=10)
    await line.assign(kind="quiz", key="stop-quiz", workers=worker, priority=90)
    assert [block["kind"] for block in await line.blocks((await line.propose())["id"])] == ["quiz"]
    await change(line, 0, weights={"optional": 0})
    plan = await line.propose()
    assert plan["objective"] == -20 * plan["placed"]


async def test_without_stability_a_published_block_moves_to_an_earlier_window(line: Line) -> None:
    late = await line.window(240)
    await line.assign(priority=90)
    await line.published()
    early = await line.window(30)
    assert {b["window_id"] for b in await line.blocks((await line.propose())["id"])} == {str(late)}
    await change(line, 0, weights={"stability": 0})
    assert {b["window_id"] for b in await line.blocks((await line.propose())["id"])} == {str(early)}


async def test_an_item_learned_before_counts_as_a_review_and_one_about_a_new_skill_as_a_gap(line: Line) -> None:
    from app.learning.domain.values import OpenItem
    from app.planning.domain.problem import Purpose
    from app.planning.service.wishes import purposes
    from tests.planning.wishing import offer, open_item

    worker = line.plant.people["worker"]
    published = {("module", key): offer(key, *skills) for key, skills in (("a", ("x",)), ("b", ("x", "y")), ("c", ()))}
    wanted = purposes(published, {worker: {("module", "a")}})
    items: list[OpenItem] = [open_item(worker, key) for key in ("a", "b", "c")]
    assert [wanted(item) for item in items] == [Purpose.REVIEW, Purpose.SKILL_GAP, Purpose.OPTIONAL]
    assert [purposes(published, {})(item) for item in items] == [Purpose.SKILL_GAP, Purpose.SKILL_GAP, Purpose.OPTIONAL]
