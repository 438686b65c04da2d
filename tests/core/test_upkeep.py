"""Work of dead workers is done by living ones, and what is past its time goes."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from app import worker
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.jobs import TASKS, WATCHES, Job, build_app, defer, task
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.upkeep import (
    HEARTBEAT_SECONDS,
    MY_TURN,
    STALLED_SECONDS,
    WATCH_SECONDS,
    forget,
    look_around,
)
from app.integrations.service.delivering import LEASE, PROLONG_SECONDS
from tests.builders import Plant
from tests.core.test_jobs import SEEN, waiting
from tests.servers import Postgres, sync_engine

KEEP = text(
    "insert into idempotency_key (organization_id, principal_id, route, key, fingerprint, status, media_type, headers, body, "
    "created_at) values (:organization_id, :organization_id, 'POST /x', :key, '', 200, 'application/json', '{}', '', :at)"
)
STARTED = asyncio.Event()
KEYS = text("select key from idempotency_key where organization_id = :organization_id order by key")


async def test_a_job_whose_worker_died_is_done_by_the_next_one(
    plant: Plant, settings: Settings, clock: ManualClock, database: Postgres
) -> None:
    token = str(new_id())
    engine = sync_engine(database.owner)
    with engine.begin() as connection:
        dead = connection.execute(
            text("insert into procrastinate_workers (last_heartbeat) values (now() - interval '5 minutes') returning id")
        ).scalar_one()
        connection.execute(
            text(
                "insert into procrastinate_jobs (queue_name, task_name, priority, args, status, worker_id) values "
                "('default', 'tests.note', 0, "
                "jsonb_build_object('organization_id', cast(:o as text), 'token', cast(:t as text)), 'doing', :w)"
            ),
            {"o": str(plant.organization_id), "t": token, "w": dead},
        )
    engine.dispose()
    app = build_app(settings.database_url, plant.runtime)
    async with app.open_async():
        await look_around(app, plant.runtime)
    await worker.run(settings, clock=clock, once=True)
    assert (token, plant.organization_id) in SEEN
    assert await waiting(plant, token) == 0


async def test_one_process_looks_around_at_a_time_and_one_fault_stops_no_other_look(
    plant: Plant, settings: Settings, runtime: Runtime
) -> None:
    seen = []

    async def broken(_: Runtime) -> None:
        raise RuntimeError("as a look may")

    async def fine(_: Runtime) -> None:
        seen.append(1)

    app = build_app(settings.database_url, runtime)
    known = dict(WATCHES)
    WATCHES.clear()
    WATCHES.update(broken=broken, fine=fine)
    try:
        async with app.open_async():
            await look_around(app, runtime)
            assert len(seen) == 1
            async with runtime.database.unfenced() as other:
                assert (await other.execute(MY_TURN)).scalar() is True
                await look_around(app, runtime)
            assert len(seen) == 1, "another process is looking"
            await look_around(app, runtime)
    finally:
        WATCHES.clear()
        WATCHES.update(known)
    assert len(seen) == 2


def test_lost_work_is_taken_over_within_half_a_minute() -> None:
    assert HEARTBEAT_SECONDS * 3 <= STALLED_SECONDS
    assert STALLED_SECONDS + WATCH_SECONDS <= 30
    assert LEASE.total_seconds() + WATCH_SECONDS <= 30
    assert LEASE.total_seconds() >= PROLONG_SECONDS * 3


@task("tests.slow", queue="tests-slow")
async def slow(runtime: Runtime, organization_id: str, token: str) -> None:
    STARTED.set()
    await asyncio.sleep(0.4)
    SEEN.append((token, UUID(organization_id)))


async def test_a_stopping_worker_finishes_what_one_queue_does_although_the_other_is_idle(
    plant: Plant, settings: Settings, clock: ManualClock
) -> None:
    token = str(new_id())
    async with plant.write() as tx:
        await defer(tx, Job("tests.slow", {"organization_id": str(plant.organization_id), "token": token}))
    STARTED.clear()
    running = asyncio.create_task(worker.run(settings, clock=clock))
    async with asyncio.timeout(10):
        await STARTED.wait()
    running.cancel()
    await asyncio.wait([running])
    assert (token, plant.organization_id) in SEEN
    assert await waiting(plant, token) == 0


async def test_stored_answers_are_forgotten_after_thirty_days(plant: Plant, runtime: Runtime, clock: ManualClock) -> None:
    async with plant.write() as tx:
        await tx.run(KEEP, key="old", at=clock.now() - timedelta(days=30, hours=1))
        await tx.run(KEEP, key="young", at=clock.now() - timedelta(days=29, hours=23))
    await forget(runtime)
    async with plant.write() as tx:
        assert [row[0] for row in await tx.rows(KEYS)] == ["young"]


def test_upkeep_runs_by_itself() -> None:
    assert TASKS["core.forget"].every
