"""A commit and its jobs cannot disagree."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app import worker
from app.core import jobs
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.jobs import Job, defer, task
from app.core.runtime import Runtime
from app.core.settings import Settings
from tests.builders import Plant

COUNT = text("select count(*) from procrastinate_jobs where args->>'token' = :token")
SEEN: list[tuple[str, UUID]] = []


@task("tests.note")
async def note(runtime: Runtime, organization_id: str, token: str) -> None:
    async with runtime.database.read(UUID(organization_id)) as tx:
        SEEN.append((token, tx.organization_id))


@pytest.fixture(autouse=True)
def forget() -> None:
    SEEN.clear()


async def waiting(plant: Plant, token: str) -> Any:
    async with plant.runtime.database.read(plant.organization_id) as tx:
        return await tx.scalar(COUNT, token=token)


async def test_a_rollback_leaves_no_job(plant: Plant) -> None:
    token = str(new_id())
    with pytest.raises(RuntimeError):
        async with plant.write() as tx:
            await defer(tx, Job("tests.note", {"organization_id": str(plant.organization_id), "token": token}))
            raise RuntimeError("undo")
    assert await waiting(plant, token) == 0


async def test_a_commit_always_leaves_its_job_and_the_worker_runs_it(
    plant: Plant, settings: Settings, clock: ManualClock
) -> None:
    token = str(new_id())
    async with plant.write() as tx:
        await defer(tx, Job("tests.note", {"organization_id": str(plant.organization_id), "token": token}))
    assert await waiting(plant, token) == 1
    await worker.run(settings, clock=clock, once=True)
    assert (token, plant.organization_id) in SEEN
    assert await waiting(plant, token) == 0


async def test_many_jobs_are_enqueued_by_one_statement(plant: Plant) -> None:
    tokens = [str(new_id()) for _ in range(50)]
    async with plant.write() as tx:
        await defer(tx, *(Job("tests.note", {"organization_id": str(plant.organization_id), "token": t}) for t in tokens))
    assert [await waiting(plant, t) for t in tokens[:3]] == [1, 1, 1]


def test_a_registered_task_brings_its_queue() -> None:
    jobs.task("tests.other", queue="slow")(note)
    assert jobs.as_row(Job("tests.other"))["queue"] == "slow"
    jobs.TASKS.pop("tests.other")
