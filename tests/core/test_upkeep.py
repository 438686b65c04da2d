"""Work of dead workers is done by living ones, and what is past its time goes."""

from datetime import timedelta

from sqlalchemy import text

from app import worker
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.jobs import TASKS, build_app
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.upkeep import add_rescue, forget
from tests.builders import Plant
from tests.core.test_jobs import SEEN, waiting
from tests.servers import Postgres, sync_engine

KEEP = text(
    "insert into idempotency_key (organization_id, principal_id, route, key, fingerprint, status, media_type, headers, body, "
    "created_at) values (:organization_id, :organization_id, 'POST /x', :key, '', 200, 'application/json', '{}', '', :at)"
)
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
    add_rescue(app)
    async with app.open_async():
        await app.configure_task("core.retry_stalled").defer_async(timestamp=0)
    await worker.run(settings, clock=clock, once=True)
    await worker.run(settings, clock=clock, once=True)
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
