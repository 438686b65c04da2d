"""Edits by hand: every move is checked at once against every hard rule, and never meets a publication halfway."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.planning.builders import Line, instant, starts, tag


async def edit(line: Line, block: dict[str, Any], **body: Any) -> httpx.Response:
    return await line.plant.call("supervisor", "PATCH", f"/v1/blocks/{block['id']}", json=body, headers=tag(block["version"]))


async def edit_in(line: Line, plan: dict[str, Any], block: dict[str, Any], **body: Any) -> httpx.Response:
    path = f"/v1/plans/{plan['id']}/blocks/{block['id']}"
    return await line.plant.call("supervisor", "PATCH", path, json=body, headers=tag(plan["version"]))


def only(line: Line, who: str = "worker") -> list[str]:
    return [str(line.plant.people[who])]


async def test_a_published_block_moves_to_the_earliest_free_time_of_another_window(line: Line) -> None:
    await line.window(60)
    late = await line.window(120, setup_seconds=60)
    await line.assign()
    await line.published()
    (mine,) = await line.mine()
    moved = await edit(line, mine, window_id=str(late))
    assert moved.status_code == 200, moved.text
    new = moved.json()
    assert (new["window_id"], new["starts_at"], new["pinned"], new["status"]) == (str(late), instant(121), True, "scheduled")
    assert new["id"] != mine["id"]
    assert moved.headers["etag"] == f'"v{new["version"]}"'
    assert [block["id"] for block in await line.mine()] == [new["id"]]
    assert (await line.plant.get("supervisor", f"/v1/blocks/{mine['id']}")).json()["status"] == "moved"
    assert ("learning_block.moved", new["id"]) in [(kind, str(i)) for kind, i in await line.events("learning_block")]
    again = await line.propose()
    assert (await line.publish(again)).json()["unchanged"] == 1
    assert [block["id"] for block in await line.mine()] == [new["id"]]


async def test_a_proposed_block_moves_and_the_plan_grows_by_a_version(line: Line) -> None:
    await line.window(60)
    late = await line.window(120)
    await line.assign(workers=only(line))
    plan = await line.propose()
    (block,) = await line.blocks(plan["id"])
    moved = await edit_in(line, plan, block, window_id=str(late), starts_at=instant(123))
    assert moved.status_code == 200, moved.text
    assert (moved.json()["id"], moved.json()["starts_at"], moved.json()["status"]) == (block["id"], instant(123), "proposed")
    assert (await line.publish(plan)).status_code == 412
    now = await line.read(plan["id"])
    assert (now["version"], now["edits"]) == (plan["version"] + 1, 1)
    assert moved.headers["etag"] == f'"v{now["version"]}"'
    assert (await line.publish(now)).status_code == 201
    assert [starts(one).isoformat() for one in await line.mine()] == ["2026-03-18T11:03:00+00:00"]


async def test_a_dropped_proposal_is_not_published_and_is_told_in_the_comparison(line: Line) -> None:
    await line.window()
    await line.assign()
    await line.published()
    plan = await line.propose()
    block = next(one for one in await line.blocks(plan["id"]) if one["worker_id"] in only(line))
    assert (await edit_in(line, plan, block, status="cancelled")).status_code == 200
    now = await line.read(plan["id"])
    assert (now["placed"], now["unplaced"], now["placed_seconds"]) == (1, 1, 180)
    compared = (await line.plant.get("supervisor", f"/v1/plans/{plan['id']}/comparison")).json()
    assert [one["reason"] for one in compared["dropped"]] == ["by_hand"]
    assert (await line.publish(now)).json()["cancelled"] == 1
    assert await line.mine() == []


@pytest.mark.parametrize("published", [True, False])
async def test_an_edit_that_breaks_a_hard_rule_is_refused_with_the_rule(line: Line, published: bool) -> None:
    await line.window(60, 10)
    full = await line.window(120, 10, max_learners=1)
    short = await line.window(150, 1)
    empty = await line.window(180, 10, max_learners=5, minimum_staying=3)
    dark = await line.window(240, 10)
    await line.assign(workers=only(line))
    quiz = await line.assign(kind="quiz", key="stop-quiz", workers=only(line, "colleague"))
    pins = [{"assignment_id": quiz, "worker_id": only(line, "colleague")[0], "window_id": str(full)}]
    closed = {"work_center_id": str(line.plant.line_id), "starts_at": instant(240), "ends_at": instant(250)}
    assert (await line.plant.post("supervisor", "/v1/blackouts", closed)).status_code == 201
    plan = await line.propose(pins=pins)
    if published:
        await line.publish(plan)
    block = next(one for one in await line.blocks(plan["id"]) if one["kind"] == "module")
    for window, code in (
        (full, "no_seat_left"),
        (short, "no_window_long_enough"),
        (empty, "coverage_minimum"),
        (dark, "blackout"),
    ):
        refused = await edit(line, block, window_id=str(window))
        assert (refused.status_code, code in refused.text) == (409, True), refused.text
        assert refused.json()["errors"][0]["code"] == code
    for start, code in ((58, "outside_window"), (69, "outside_window")):
        refused = await edit(line, block, starts_at=instant(start))
        assert [error["code"] for error in refused.json()["errors"]] == [code], start
    assert (await edit(line, block, window_id=str(new_id()))).status_code == 422
    assert (await edit(line, block, starts_at=instant(-5))).status_code == 422
    assert (await edit(line, block, starts_at="2026-03-18T10:00:00.5Z")).status_code == 422
    assert (await edit(line, block, starts_at=instant(62))).status_code == 200


async def test_what_others_do_is_looked_at_too(line: Line) -> None:
    first, second = await line.window(60, 10, max_learners=1), await line.window(120, 10, max_learners=1)
    await line.assign()
    await line.published()
    mine, other = (await line.mine())[0], (await line.mine("colleague"))[0]
    taken = str(second) if mine["window_id"] == str(first) else str(first)
    assert other["window_id"] == taken
    refused = await edit(line, mine, window_id=taken)
    assert refused.json()["errors"][0]["code"] == "no_seat_left"
    assert "learning there" in refused.json()["detail"]


async def test_a_module_is_not_moved_behind_what_needs_it(line: Line) -> None:
    await line.window(60, 10)
    late = await line.window(120, 10)
    await line.assign(workers=only(line))
    await line.assign(key="next-step", workers=only(line))
    await line.published()
    first, second = await line.mine()
    refused = await edit(line, first, window_id=str(late))
    assert (refused.status_code, refused.json()["code"]) == (409, "breaks_rules")
    assert [error["code"] for error in refused.json()["errors"]] == ["prerequisite"]
    assert (await edit(line, second, window_id=str(late))).status_code == 200
    assert (await edit(line, first, window_id=str(late))).status_code == 409


async def test_the_wish_for_a_window_gives_way_to_the_hand(line: Line) -> None:
    early, late = await line.window(60, 10), await line.window(120, 10)
    assignment = await line.assign(workers=only(line))
    pins = [{"assignment_id": assignment, "worker_id": only(line)[0], "window_id": str(one)} for one in (late, early)]
    plan = await line.propose(pins=pins)
    (block,) = await line.blocks(plan["id"])
    other = str(late) if block["window_id"] == str(early) else str(early)
    assert (await edit(line, block, window_id=other)).status_code == 200
    published = await line.publish(await line.read(plan["id"]))
    assert published.status_code == 201, published.text
    assert [one["window_id"] for one in await line.mine()] == [other]


async def test_a_pin_can_be_set_and_taken_away_and_is_refused_where_the_block_no_longer_holds(line: Line) -> None:
    window = await line.window()
    await line.assign(workers=only(line))
    plan = await line.propose()
    (block,) = await line.blocks(plan["id"])
    pinned = await edit_in(line, plan, block, pinned=True)
    assert (pinned.status_code, pinned.json()["pinned"]) == (200, True)
    unpinned = await edit(line, pinned.json(), pinned=False)
    assert unpinned.json()["pinned"] is False
    await line.run("update window_change set cancelled = true where organization_id = :organization_id and id = :w", w=window)
    assert (await edit(line, unpinned.json(), pinned=True)).json()["code"] == "breaks_rules"


async def test_a_plan_edit_is_for_proposed_plans_and_their_own_blocks(line: Line) -> None:
    await line.window()
    await line.assign(workers=only(line))
    plan = await line.propose()
    (block,) = await line.blocks(plan["id"])
    other = await line.propose(seed=1)
    assert (await edit_in(line, other, block, pinned=True)).status_code == 404
    path = f"/v1/plans/{plan['id']}/blocks/{block['id']}"
    assert (await line.plant.call("supervisor", "PATCH", path, json={"pinned": True})).status_code == 428
    assert (await edit_in(line, {**plan, "version": 1}, block, pinned=True)).status_code == 412
    await line.publish(plan)
    refused = await edit_in(line, await line.read(plan["id"]), block, pinned=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_not_proposed")


async def test_what_was_learned_meanwhile_is_not_moved(line: Line, clock: ManualClock) -> None:
    from tests.learning.builders import module_result

    await line.window(60)
    late = await line.window(120)
    await line.assign(workers=only(line))
    plan = await line.propose()
    (block,) = await line.blocks(plan["id"])
    await line.school.upload("worker", module_result(-4))
    assert (await edit(line, block, window_id=str(late))).json()["code"] == "block_not_editable"
    clock.at += timedelta(minutes=61)
    assert (await edit(line, block, window_id=str(late))).json()["code"] == "block_not_editable"


@pytest.mark.parametrize("through_plan", [True, False])
async def test_of_an_edit_and_a_publication_at_once_exactly_one_wins(line: Line, through_plan: bool) -> None:
    late = await line.window(120)
    await line.window(60)
    await line.assign(workers=only(line))
    for seed in range(4):
        plan = await line.propose(seed=seed)
        (block,) = await line.blocks(plan["id"])
        by_hand = {"starts_at": instant(121 + seed), "window_id": str(late)}
        changing = edit_in(line, plan, block, **by_hand) if through_plan else edit(line, block, **by_hand)
        edited, published = await asyncio.gather(changing, line.publish(plan))
        assert sorted(answer.is_success for answer in (edited, published)) == [False, True]
        # A block that stays as it was published has gone from the plan, so whoever names it comes too late as well.
        assert {edited.status_code, published.status_code} & {412, 404}


async def test_of_two_edits_at_once_exactly_one_wins(line: Line) -> None:
    late = await line.window(120)
    await line.window(60)
    await line.assign(workers=only(line))
    await line.published()
    (mine,) = await line.mine()
    answers = await asyncio.gather(*(edit(line, mine, window_id=str(late), starts_at=instant(121 + n)) for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert len(await line.mine()) == 1
