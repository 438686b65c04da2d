"""Published blocks after somebody changed the downtime map or the roster: what lost its time moves or goes, and is told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.jobs import TASKS
from app.roster import service as roster
from app.roster.domain import Shift
from app.roster.service import ShiftAsked
from tests.paytime.builders import a_shift
from tests.planning.builders import NOW, Line, instant, starts, tag


async def happened(line: Line, prefix: str = "") -> None:
    """Do what the worker process does after changes of the downtime map and the roster, twice as a repeated job would."""
    told = await line.value(
        "select array_agg(id order by id) from event where organization_id = :organization_id "
        "and type in ('window.mapped', 'window.changed', 'roster.changed', 'work_center.minimum_changed') and type like :p",
        p=f"{prefix}%",
    )
    args = {"organization_id": str(line.plant.organization_id), "event_ids": [str(one) for one in told]}
    for _ in range(2):
        await TASKS["planning.refresh_windows"].handler(line.plant.runtime, **args)


async def planned(line: Line, **window: Any) -> UUID:
    found = await line.window(60, 10, **window)
    await line.assign()
    await line.published()
    assert (len(await line.mine()), len(await line.mine("colleague"))) == (1, 1)
    return found


async def cancelled(line: Line) -> int:
    return [kind for kind, _ in await line.events("learning_block")].count("learning_block.cancelled")


def seen(line: Line) -> dict[str, str]:
    return {"work_center_id": str(line.plant.line_id), "pattern_starts_at": instant(60)}


async def test_blocks_of_a_cancelled_window_are_cancelled_and_told_once(line: Line) -> None:
    window = await planned(line)
    dropped = await line.plant.post("supervisor", f"/v1/windows/{window}/cancellation", seen(line))
    assert dropped.status_code == 201, dropped.text
    await happened(line)
    assert await line.mine() == await line.mine("colleague") == []
    assert await cancelled(line) == 2
    now = (await line.plant.get("worker", "/v1/me/now")).json()
    assert (now["next_window"], now["next_block"]) == (None, None)


async def test_pinned_blocks_of_a_cancelled_window_go_too(line: Line) -> None:
    window = await planned(line)
    (mine,) = await line.mine()
    pinned = await line.plant.call("supervisor", "PATCH", f"/v1/blocks/{mine['id']}", json={"pinned": True}, headers=tag(2))
    assert pinned.status_code == 200, pinned.text
    await line.plant.post("supervisor", f"/v1/windows/{window}/cancellation", seen(line))
    await happened(line)
    assert await line.mine() == []


async def test_a_change_that_leaves_the_block_inside_keeps_it(line: Line) -> None:
    await planned(line)
    before = await line.mine()
    await line.window(200, 10)
    await happened(line)
    assert await line.mine() == before
    assert await cancelled(line) == 0


async def test_a_window_that_moves_takes_its_blocks_along(line: Line) -> None:
    window = await planned(line)
    moved = {**seen(line), "starts_at": instant(90), "ends_at": instant(100)}
    listed = await line.plant.get(
        "supervisor",
        "/v1/windows",
        params={"work_center_id": str(line.plant.line_id), "from": instant(0), "to": instant(600)},
    )
    version = listed.json()["items"][0]["version"]
    answer = await line.plant.call("supervisor", "PATCH", f"/v1/windows/{window}", json=moved, headers=tag(version))
    assert answer.status_code == 200, answer.text
    await happened(line)
    assert [starts(block) for block in await line.mine() + await line.mine("colleague")] == [NOW + timedelta(minutes=90)] * 2
    kinds = [kind for kind, _ in await line.events("learning_block")]
    assert (kinds.count("learning_block.moved"), kinds.count("learning_block.cancelled")) == (2, 0)


async def test_an_absent_worker_loses_the_blocks_and_others_keep_theirs(line: Line) -> None:
    await planned(line)
    absent = {"worker_id": str(line.plant.people["worker"]), "starts_at": instant(30), "ends_at": instant(90), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", absent)).status_code == 201
    await happened(line, "roster")
    assert (await line.mine(), len(await line.mine("colleague"))) == ([], 1)
    assert await cancelled(line) == 1


async def test_a_cancelled_shift_takes_its_blocks_along(line: Line) -> None:
    await planned(line)
    shift = await line.value(
        "select id from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["worker"]
    )
    version = await line.value("select version from shift where organization_id = :organization_id and id = :s", s=shift)
    body = {"status": "cancelled"}
    answer = await line.plant.call("supervisor", "PATCH", f"/v1/shifts/{shift}", json=body, headers=tag(version))
    assert answer.status_code == 200, answer.text
    await happened(line, "roster")
    assert await line.mine() == []


async def test_a_roster_that_changes_nothing_tells_nothing(line: Line) -> None:
    given: Shift = a_shift(600, 700, worker_id=line.plant.people["third"], site_id=line.plant.site_id)
    asked = ShiftAsked(given.id, given.worker_id, line.plant.line_id, starts_at=given.starts_at, ends_at=given.ends_at)
    for _ in range(2):
        async with line.plant.write() as tx:
            await roster.add_shifts(tx, [asked])
    assert [subject for _, subject in await line.events("roster.changed")] == [line.plant.site_id]


@pytest.mark.parametrize("center", ["line_id", "second_line_id"])
async def test_a_shift_that_moves_tells_of_both_lines(line: Line, center: str) -> None:
    given = a_shift(600, 700, worker_id=line.plant.people["third"], site_id=line.plant.site_id)
    for where in ("line_id", center):
        asked = ShiftAsked(
            given.id, given.worker_id, getattr(line.plant, where), starts_at=given.starts_at, ends_at=given.ends_at
        )
        async with line.plant.write() as tx:
            await roster.add_shifts(tx, [asked])
    told = await line.value(
        "select data -> 'work_center_ids' from event where organization_id = :organization_id and type = 'roster.changed' "
        "order by id desc limit 1"
    )
    assert set(told) == {str(line.plant.line_id), str(getattr(line.plant, center))}


async def test_what_has_begun_stays(line: Line, clock: Any) -> None:
    window = await planned(line)
    clock.at = NOW.replace(hour=NOW.hour + 1, minute=1)
    await line.plant.post("supervisor", f"/v1/windows/{window}/cancellation", seen(line))
    await happened(line)
    assert len(await line.mine()) == 1


async def employed(line: Line, who: str, action: str) -> None:
    """Somebody leaves, or comes back, and the worker process does what follows."""
    path = f"/v1/workers/{line.plant.people[who]}"
    headers = {"If-Match": (await line.plant.get("admin", path)).headers["etag"]}
    assert (await line.plant.call("admin", "POST", f"{path}/{action}", headers=headers)).status_code == 200
    told = await line.value(
        "select array_agg(id order by id) from event where organization_id = :organization_id and type like 'worker.%'"
    )
    args = {"organization_id": str(line.plant.organization_id), "event_ids": [str(one) for one in told]}
    await TASKS["roster.tell_of_worker"].handler(line.plant.runtime, **args)
    await happened(line)


async def test_who_left_stays_at_no_line_and_learns_nothing_there(line: Line) -> None:
    await planned(line)
    covered = {"work_center_id": str(line.plant.line_id)}
    await employed(line, "third", "deactivate")
    found = (await line.plant.get("supervisor", "/v1/coverage", params=covered)).json()
    assert [one["name"] for one in found["people"]] == ["Colleague", "Worker"]
    # Two are left and one must stay, so only one of their two blocks can.
    assert len(await line.mine()) + len(await line.mine("colleague")) == 1
    assert await cancelled(line) == 1
    learner = "worker" if await line.mine() else "colleague"
    await employed(line, "third", "reactivate")
    await employed(line, learner, "deactivate")
    assert await cancelled(line) == 2
    found = (await line.plant.get("supervisor", "/v1/coverage", params=covered)).json()
    assert {one["name"] for one in found["people"]} == {"Third", "Colleague" if learner == "worker" else "Worker"}
