"""Planning a line again after a change: only what is touched moves, what begins soon waits for the supervisor, all are told."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from app.core.clock import ManualClock
from app.core.runtime import Runtime
from app.planning import service
from app.planning.service.live import solver
from tests.paytime.builders import add_shift, add_worker, pause
from tests.planning.builders import NOW, Line, instant, starts, tag
from tests.planning.test_upholding import happened

Answer = dict[str, Any]


async def again(line: Line, who: str = "supervisor", status: int = 201, **body: bool) -> Answer:
    answer = await line.plant.post(who, f"/v1/work-centers/{line.plant.line_id}/replans", body)
    assert answer.status_code == status, answer.text
    found: Answer = answer.json()
    return found


async def drop_window(line: Line, window: UUID, start: float) -> None:
    seen = {"work_center_id": str(line.plant.line_id), "pattern_starts_at": instant(start)}
    answer = await line.plant.post("supervisor", f"/v1/windows/{window}/cancellation", seen)
    assert answer.status_code == 201, answer.text


async def flagged(line: Line, who: str = "supervisor") -> list[Answer]:
    answer = await line.plant.get(who, "/v1/flagged-blocks")
    assert answer.status_code == 200, answer.text
    found: list[Answer] = answer.json()["items"]
    return found


async def sick(line: Line, who: str, start: float = 0, end: float = 480) -> None:
    absent = {"worker_id": str(line.plant.people[who]), "starts_at": instant(start), "ends_at": instant(end), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", absent)).status_code == 201


async def test_only_what_lost_its_window_moves(line: Line) -> None:
    first, _, spare = await line.window(60, 10), await line.window(90, 10), await line.window(150, 10)
    await line.assign()
    await line.assign(kind="checklist", key="truck-check", crews=[str(line.plant.crew_id)])
    await line.published()
    before = {block["id"]: block for who in ("worker", "colleague") for block in await line.mine(who)}
    hit = {block["id"] for block in before.values() if block["window_id"] == str(first)}
    assert hit
    await drop_window(line, first, 60)
    changed = await again(line)
    after = {block["id"]: block for who in ("worker", "colleague") for block in await line.mine(who)}
    assert {one["replaces"] for one in changed["moved"]} == hit
    assert {key: after[key] for key in before if key not in hit} == {k: v for k, v in before.items() if k not in hit}
    assert len(after) == len(before)
    assert spare
    assert (await again(line)) == {"moved": [], "cancelled": [], "scheduled": [], "flagged": [], "unchanged": len(after)}


async def test_what_begins_soon_is_flagged_and_moves_with_the_supervisor_only(line: Line) -> None:
    near = await line.window(20, 10)
    await line.window(90, 10)
    await line.assign()
    await line.published()
    before = await line.mine()
    assert starts(before[0]) == NOW + timedelta(minutes=20)
    await drop_window(line, near, 20)
    await happened(line)
    assert await line.mine() == before
    waiting = await flagged(line)
    assert {(one["reason"], one["block"]["worker_id"]) for one in waiting} == {
        ("window_lost", str(line.plant.people[who])) for who in ("worker", "colleague")
    }
    assert [kind for kind, _ in await line.events("learning_block.flagged")] == ["learning_block.flagged"] * 2
    assert (await flagged(line, "line_supervisor"), await flagged(line, "other_supervisor")) == ([], [])
    assert len((await again(line))["flagged"]) == 2
    changed = await again(line, near=True)
    assert (len(changed["moved"]), changed["flagged"]) == (2, [])
    assert [starts(block) for block in await line.mine()] == [NOW + timedelta(minutes=90)]
    assert await flagged(line) == []


async def test_a_sick_colleague_leaves_the_line_short_and_somebody_else_stays(line: Line) -> None:
    """Three are there and one must stay, so two learn; with one gone, one of the two blocks moves or goes."""
    await line.window(60, 10)
    await line.assign()
    await line.published()
    await sick(line, "third")
    await happened(line, "roster")
    left = [who for who in ("worker", "colleague") if await line.mine(who)]
    assert len(left) == 1
    cover = await line.plant.get(
        "supervisor", "/v1/coverage", params={"work_center_id": str(line.plant.line_id), "at": instant(62)}
    )
    assert cover.json()["items"][0]["headroom"] == 0


async def test_a_sick_colleague_soon_flags_who_would_leave_the_line_short(line: Line) -> None:
    await line.window(20, 10)
    await line.assign()
    await line.published()
    await sick(line, "third")
    await happened(line, "roster")
    assert {one["reason"] for one in await flagged(line)} == {"coverage"}
    assert len(await line.mine()) == len(await line.mine("colleague")) == 1


async def test_a_swap_takes_the_block_from_who_left_and_a_new_window_fills(line: Line) -> None:
    await line.window(60, 10)
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    shift = await line.value(
        "select id from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["worker"]
    )
    moved = {"work_center_id": str(line.plant.second_line_id)}
    answer = await line.plant.call("supervisor", "PATCH", f"/v1/shifts/{shift}", json=moved, headers=tag(1))
    assert answer.status_code == 200, answer.text
    await happened(line, "roster")
    assert await line.mine() == []
    await line.assign(workers=[str(line.plant.people["third"])])
    assert (await again(line))["scheduled"] == []
    filled = await again(line, fill=True)
    assert [block["id"] for block in await line.mine("third")] == filled["scheduled"]


async def test_a_replan_and_publications_take_turns(line: Line) -> None:
    """However they interleave, a worker never has an item twice and every block lies in a window that is there."""
    gone = await line.window(60, 10)
    await line.window(120, 10)
    await line.assign()
    await line.published()
    plans = [await line.propose() for _ in range(2)]
    await drop_window(line, gone, 60)
    await asyncio.gather(*(line.publish(plan) for plan in plans), *(again(line) for _ in range(3)))
    for who in ("worker", "colleague"):
        assert [starts(block) for block in await line.mine(who)] == [NOW + timedelta(minutes=120)]


async def test_only_supervisors_in_reach_plan_again(line: Line) -> None:
    for who, status in (
        ("worker", 403),
        ("payroll", 403),
        ("line_supervisor", 404),
        ("other_supervisor", 404),
        ("integration", 201),
    ):
        await again(line, who, status)


async def test_a_larger_line_is_planned_again_in_a_process_of_its_own(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "FEW", 0)
    gone = await line.window(60, 10)
    await line.window(120, 10)
    await line.assign()
    await line.published()
    await drop_window(line, gone, 60)
    assert len((await again(line))["moved"]) == 2


async def test_the_process_beside_this_one_is_there_before_a_line_needs_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = solver.Pool()
    monkeypatch.setattr(solver, "AFTER_START", 0.0)
    monkeypatch.setattr(solver, "POOL", pool)
    before = set(psutil.Process().children())
    await solver.start(runtime)
    for _ in range(600):
        if fresh := set(psutil.Process().children()) - before:
            break
        await asyncio.sleep(0.05)
    assert fresh
    # It loads the planner, and neither the web nor the database: those would take seconds and memory.
    loaded = await asyncio.to_thread(pool.executor().submit(eval, "set(__import__('sys').modules)").result, 60)
    pool.forget()
    assert "app.planning.again" in loaded
    assert not loaded & {"sqlalchemy", "fastapi", "app.planning.service"}


async def test_the_floor_is_never_short_while_windows_come_and_go(line: Line, clock: ManualClock) -> None:
    """A window opens early, a colleague leaves, it closes: at each second of the hour the minimum stays."""
    async with line.plant.write() as tx:
        for number in range(3):
            await add_worker(tx, line.plant, f"extra{number}")
            await add_shift(tx, line.plant, f"extra{number}", 0, 480, pause(190 + number, 200 + number))
    await line.window(60, 10, max_learners=4)
    await line.assign(workers=[str(line.plant.people[f"extra{n}"]) for n in range(3)])
    await line.assign()
    await line.published()
    await sick(line, "extra0", 30)
    await happened(line, "roster")
    async with line.plant.write() as tx:
        for second in range(0, 5400, 60):
            found = await service.coverage(tx, line.plant.line_id, NOW + timedelta(seconds=second), None)
            assert found.moments[0].short == ()
