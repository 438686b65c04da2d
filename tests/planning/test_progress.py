"""How far a plan is: polled, streamed to several clients at once, ended when the plan is, and for nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text as sql

from app.core.settings import Settings
from app.planning import service
from app.planning.domain.progress import Phase, Progress
from app.planning.routes import progress
from app.planning.service import solving
from tests.builders import Plant
from tests.planning.builders import Line
from tests.planning.faults import patient


@pytest.fixture
async def patience(line: Line) -> AsyncIterator[None]:
    """Streams that stay open; elsewhere in the tests they end at once."""
    runtime = line.plant.runtime
    kept: Settings = runtime.settings
    runtime.settings = kept.model_copy(update={"stream_seconds": 30})
    yield
    runtime.settings = kept


def events(answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for part in answer.text.split("\n\n"):
        lines = dict(one.split(": ", 1) for one in part.splitlines())
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


async def watch(plant: Plant, plan_id: str, who: str = "supervisor") -> httpx.Response:
    return await plant.get(who, f"/v1/plans/{plan_id}/progress")


async def test_two_clients_see_a_plan_from_its_start_to_its_end(line: Line, patience: None) -> None:
    await line.window()
    await line.assign()
    plan_id = (await line.ask()).json()["id"]
    watching = [asyncio.create_task(watch(line.plant, plan_id, who)) for who in ("supervisor", "admin")]
    await asyncio.sleep(0.2)
    await line.solve(plan_id)
    for answer in await asyncio.gather(*watching):
        seen = events(answer)
        assert [name for name, _ in seen] == ["progress"] * (len(seen) - 1) + ["done"]
        assert len(seen) >= 2
        first, last = seen[0][1], seen[-1][1]
        assert (first["status"], first["phase"], first["plan_id"]) == ("solving", "waiting", plan_id)
        assert (last["status"], last["phase"], last["percent"], last["placed"]) == ("proposed", "done", 100, 2)
        assert last["objective"] > 0


async def test_polling_tells_the_same(line: Line) -> None:
    plan = await line.propose()
    polled = await line.plant.call(
        "supervisor", "GET", f"/v1/plans/{plan['id']}/progress", headers={"Accept": "application/json"}
    )
    assert polled.headers["content-type"] == "application/json"
    assert events(await watch(line.plant, plan["id"])) == [("done", polled.json())]
    assert {name: polled.json()[name] for name in plan["progress"]} == plan["progress"]


async def test_a_stream_ends_by_itself_and_says_when_to_come_back(line: Line) -> None:
    plan_id = (await line.ask()).json()["id"]
    answer = await watch(line.plant, plan_id)
    assert [name for name, _ in events(answer)] == ["progress"]
    assert answer.text.startswith("retry: ")


async def test_a_stream_that_has_nothing_to_tell_is_not_silent(
    line: Line, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.1)
    await line.window()
    await line.assign()
    plan_id = (await line.ask()).json()["id"]
    watching = asyncio.create_task(watch(line.plant, plan_id))
    await asyncio.sleep(2)
    await line.solve(plan_id)
    answer = await watching
    assert answer.text.count(": still here\n\n") >= 2
    assert events(answer)[-1][0] == "done"


async def test_a_stream_ends_when_the_plan_is_stopped(line: Line, patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "work", patient)
    plan_id = (await line.ask()).json()["id"]
    watching = asyncio.create_task(watch(line.plant, plan_id))
    running = asyncio.create_task(service.solve_plan(line.plant.runtime, line.plant.organization_id, UUID(plan_id)))
    await asyncio.sleep(0.3)
    await line.plant.post("supervisor", f"/v1/plans/{plan_id}/cancellation")
    async with asyncio.timeout(10):
        seen = events(await watching)
        await running
    assert (seen[-1][0], seen[-1][1]["status"]) == ("done", "cancelled")


async def test_whoever_is_signed_out_meanwhile_sees_no_more(line: Line, patience: None) -> None:
    plan_id = (await line.ask()).json()["id"]
    watching = asyncio.create_task(watch(line.plant, plan_id))
    await asyncio.sleep(0.3)
    ended = "update session set revoked_at = now() where organization_id = :organization_id and worker_id = :worker"
    async with line.plant.write() as tx:
        assert await tx.run(sql(ended), worker=line.plant.people["supervisor"])
    async with asyncio.timeout(10):
        assert [name for name, _ in events(await watching)] == ["progress"]


async def test_no_connection_of_the_pool_is_held_between_two_looks(line: Line, patience: None) -> None:
    plan_id = (await line.ask()).json()["id"]
    watching = [asyncio.create_task(watch(line.plant, plan_id)) for _ in range(20)]
    pool = line.plant.runtime.database.engine.pool
    await asyncio.sleep(0.3)
    held = []
    for _ in range(40):
        await asyncio.sleep(0.02)
        held.append(pool.checkedout())  # type: ignore[attr-defined]
    await line.plant.post("supervisor", f"/v1/plans/{plan_id}/cancellation")
    await asyncio.gather(*watching)
    assert min(held) == 0
    # Far more clients than connections, and somebody else is served all the same.
    assert len(watching) > pool.size()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("worker", 403), ("other_supervisor", 404), ("integration", 200)])
async def test_a_stream_is_for_those_who_may_see_the_plan(line: Line, who: str, status: int) -> None:
    plan_id = (await line.ask()).json()["id"]
    assert (await watch(line.plant, plan_id, who)).status_code == status


def test_a_gap_needs_a_bound_above_zero() -> None:
    assert Progress(Phase.DONE, 100, 90, 100).gap == 0.1
    assert Progress(Phase.DONE, 100, 90, None).gap is None
    assert Progress(Phase.DONE, 100, -5, 0).gap is None
    assert Progress(Phase.DONE, 100, 101, 100).gap == 0
