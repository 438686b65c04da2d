"""Single blocks, blackouts and coverage over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.paytime.builders import add_shift, pause
from tests.planning.builders import Line, instant, tag


async def edit(line: Line, block: dict[str, Any], who: str = "supervisor", **body: Any) -> httpx.Response:
    return await line.plant.call(who, "PATCH", f"/v1/blocks/{block['id']}", json=body, headers=tag(block["version"]))


async def test_a_dropped_block_is_cancelled_and_told(line: Line) -> None:
    await line.window()
    await line.assign()
    await line.published()
    (mine,) = await line.mine()
    dropped = await edit(line, mine, status="cancelled")
    assert (dropped.status_code, dropped.json()["status"]) == (200, "cancelled")
    assert dropped.headers["etag"] == f'"v{mine["version"] + 1}"'
    assert await line.mine() == []
    assert ("learning_block.cancelled", dropped.json()["id"]) in [(k, str(i)) for k, i in await line.events("learning_block")]
    assert (await edit(line, dropped.json(), pinned=True)).json()["code"] == "block_not_editable"


async def test_an_edit_needs_the_version_and_the_reach(line: Line) -> None:
    await line.window()
    await line.assign()
    await line.published()
    (mine,) = await line.mine()
    path = f"/v1/blocks/{mine['id']}"
    assert (await line.plant.call("supervisor", "PATCH", path, json={"pinned": True})).status_code == 428
    assert (await line.plant.call("supervisor", "PATCH", path, json={"pinned": True}, headers=tag(99))).status_code == 412
    assert (await edit(line, mine, who="worker", pinned=True)).status_code == 403
    assert (await edit(line, mine, who="line_supervisor", pinned=True)).status_code == 404
    assert (await line.plant.get("line_supervisor", path)).status_code == 404
    assert (await line.plant.get("supervisor", path)).json() == mine
    for odd in ({"status": "done"}, {"pinned": "yes"}, {"ends_at": instant(5)}):
        assert (await edit(line, mine, **odd)).status_code == 422, odd
    assert (await edit(line, {"id": str(new_id()), "version": 1}, pinned=True)).status_code == 404


async def test_a_begun_block_is_not_edited(line: Line, clock: ManualClock) -> None:
    await line.window()
    await line.assign()
    await line.published()
    (mine,) = await line.mine()
    clock.at += timedelta(minutes=61)
    assert (await edit(line, mine, status="cancelled")).json()["code"] == "block_not_editable"


async def test_a_module_that_a_later_block_needs_is_not_dropped(line: Line) -> None:
    await line.window()
    worker = [str(line.plant.people["worker"])]
    await line.assign(workers=worker)
    await line.assign(key="next-step", workers=worker)
    await line.published()
    first, second = await line.mine()
    assert (await edit(line, first, status="cancelled")).json()["code"] == "needed_by_later_block"
    assert (await edit(line, second, status="cancelled")).status_code == 200
    assert (await edit(line, first, status="cancelled")).status_code == 200


async def test_my_blocks_are_mine_alone(line: Line) -> None:
    await line.window()
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    assert len(await line.mine()) == 1
    assert await line.mine("colleague") == []
    asked = {"from": instant(0), "to": instant(1440)}
    assert (await line.plant.get("integration", "/v1/me/blocks", params=asked)).status_code == 403
    assert (await line.plant.get("nobody", "/v1/me/blocks", params=asked)).status_code == 401
    for odd in ({"from": instant(5), "to": instant(5)}, {"from": instant(0), "to": instant(93 * 1440)}, {"from": instant(0)}):
        assert (await line.plant.get("worker", "/v1/me/blocks", params=odd)).status_code == 422, odd


async def test_a_blackout_cancels_what_lies_in_it_and_can_be_taken_back(line: Line) -> None:
    await line.window(60, 10)
    await line.assign()
    await line.published()
    body = {
        "id": str(new_id()),
        "site_id": str(line.plant.site_id),
        "starts_at": instant(55),
        "ends_at": instant(75),
        "reason": "Audit",
    }
    made = await line.plant.post("supervisor", "/v1/blackouts", body)
    assert (made.status_code, made.json()["cancelled_blocks"]) == (201, 2)
    assert await line.mine() == []
    again = await line.plant.post("supervisor", "/v1/blackouts", body)
    assert (again.status_code, again.json()["cancelled_blocks"]) == (201, 0)
    other = await line.plant.post("supervisor", "/v1/blackouts", body | {"ends_at": instant(80)})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    asked = {"from": instant(0), "to": instant(600)}
    assert [one["id"] for one in (await line.plant.get("supervisor", "/v1/blackouts", params=asked)).json()["items"]] == [
        body["id"]
    ]
    assert (await line.plant.get("other_supervisor", "/v1/blackouts", params=asked)).json()["items"] == []
    path = f"/v1/blackouts/{body['id']}"
    assert (await line.plant.call("line_supervisor", "DELETE", path)).status_code == 404
    assert (await line.plant.call("supervisor", "DELETE", path)).status_code == 204
    assert (await line.plant.call("supervisor", "DELETE", path)).status_code == 404
    assert (await line.propose())["placed"] == 2


async def test_a_blackout_moves_what_lies_in_it_to_where_there_is_room(line: Line) -> None:
    await line.window(60, 10)
    await line.window(120, 10)
    await line.assign()
    await line.published()
    body = {"site_id": str(line.plant.site_id), "starts_at": instant(55), "ends_at": instant(75), "reason": "Audit"}
    assert (await line.plant.post("supervisor", "/v1/blackouts", body)).json()["cancelled_blocks"] == 2
    assert [block["starts_at"] for who in ("worker", "colleague") for block in await line.mine(who)] == [instant(120)] * 2
    kinds = [kind for kind, _ in await line.events("learning_block")]
    assert (kinds.count("learning_block.moved"), kinds.count("learning_block.cancelled")) == (2, 0)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ends_at": instant(50)}, 422),
        ({"site_id": None}, 422),
        ({"work_center_id": "line"}, 422),
        ({"site_id": None, "work_center_id": str(new_id())}, 404),
        ({"reason": "x" * 201}, 422),
        ({"reason": "a\u0000b"}, 422),
    ],
)
async def test_odd_blackouts_are_refused(line: Line, change: dict[str, Any], status: int) -> None:
    body = {"site_id": str(line.plant.site_id), "starts_at": instant(55), "ends_at": instant(65), **change}
    body = {name: str(line.plant.line_id) if value == "line" else value for name, value in body.items()}
    assert (await line.plant.post("supervisor", "/v1/blackouts", body)).status_code == status


async def test_a_supervisor_of_one_line_closes_that_line_only(line: Line) -> None:
    times = {"starts_at": instant(55), "ends_at": instant(65)}
    second = {"work_center_id": str(line.plant.second_line_id), **times}
    assert (await line.plant.post("line_supervisor", "/v1/blackouts", second)).status_code == 201
    for body in ({"site_id": str(line.plant.site_id), **times}, {"work_center_id": str(line.plant.line_id), **times}):
        assert (await line.plant.post("line_supervisor", "/v1/blackouts", body)).status_code == 404


async def cover(line: Line, who: str = "supervisor", **params: str) -> httpx.Response:
    return await line.plant.get(who, "/v1/coverage", params={"work_center_id": str(line.plant.line_id), **params})


async def test_coverage_counts_who_is_there_who_learns_and_who_may_leave(line: Line) -> None:
    await line.run("delete from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["third"])
    async with line.plant.write() as tx:
        await add_shift(tx, line.plant, "third", 0, 480, pause(240, 270))
    await line.window(40, 10, minimum_staying=0)
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    steps = (await cover(line, **{"from": instant(35), "to": instant(65)})).json()["items"]
    shown = [(s["at"][11:16], s["present"], s["minimum"], s["learning"], s["headroom"]) for s in steps]
    assert shown == [
        ("09:35", 3, 1, 0, 2),
        ("09:40", 3, 1, 1, 1),
        ("09:45", 3, 1, 1, 1),
        ("09:50", 3, 1, 0, 2),
        ("09:55", 3, 1, 0, 2),
        ("10:00", 2, 1, 0, 1),
    ]
    (at_once,) = (await cover(line, at=instant(42))).json()["items"]
    assert (at_once["present"], at_once["learning"]) == (3, 1)
    assert len((await cover(line)).json()["items"]) == 1


async def test_coverage_has_its_bounds_and_reach(line: Line) -> None:
    both = {"from": instant(0), "to": instant(60)}
    for odd in (
        {"from": instant(0)},
        {"at": instant(0), **both},
        {"from": instant(0), "to": instant(49 * 60)},
        {"from": instant(5), "to": instant(5)},
    ):
        assert (await cover(line, **odd)).status_code == 422, odd
    for who, status in (("worker", 403), ("payroll", 403), ("line_supervisor", 404), ("admin", 200), ("integration", 200)):
        assert (await cover(line, who)).status_code == status, who
