"""Upkeep that no feature owns: jobs of workers that died go back to the queue, and what is past its time is removed."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.http.idempotency import KEPT
from app.core.jobs import WATCHES, task
from app.core.runtime import Runtime

if TYPE_CHECKING:
    from procrastinate import App

log = structlog.get_logger()
EVENTS_KEPT = timedelta(days=395)
FORGET_KEYS = text("delete from idempotency_key where organization_id = :organization_id and created_at < :before")
FORGET_EVENTS = text("delete from event where organization_id = :organization_id and occurred_at < :before")
# A worker shows that it lives every five seconds and counts as dead after three misses; somebody looks every ten. With the
# lease of a webhook endpoint (15 s) this bounds how long lost work waits: 25 s and the time of one look.
HEARTBEAT_SECONDS, STALLED_SECONDS, WATCH_SECONDS = 5.0, 15.0, 10.0
MY_TURN = text("select pg_try_advisory_xact_lock(hashtextextended('interlude.watch', 5))")


@task("core.forget", every="17 3 * * *")
async def forget(runtime: Runtime) -> None:
    """Remove answers kept for an Idempotency-Key after 30 days and events after 13 months."""
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            keys = await tx.run(FORGET_KEYS, before=tx.now - KEPT)
            events = await tx.run(FORGET_EVENTS, before=tx.now - EVENTS_KEPT)
        log.info("forgotten", idempotency_keys=keys, events=events)


async def rescue(app: "App") -> None:
    """Put jobs whose worker stopped showing a heartbeat back into the queue; handlers are repeatable."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job_rescued", task=job.task_name)
        await manager.retry_job(job)


async def keep_watch(app: "App", runtime: Runtime, every: float = WATCH_SECONDS) -> None:
    """Look around for ever: rescue jobs of dead workers, and whatever features registered with `watch`."""
    while True:
        await look_around(app, runtime)
        await asyncio.sleep(every)


async def look_around(app: "App", runtime: Runtime) -> None:
    """One look, unless another process is looking. A look that fails is told and does not stop the others."""
    try:
        async with runtime.database.unfenced() as connection:
            if (await connection.execute(MY_TURN)).scalar():
                await _look("core.rescue", rescue(app))
                for name, look in WATCHES.items():
                    await _look(name, look(runtime))
    except (OSError, SQLAlchemyError) as error:
        log.warning("watch_failed", watch="turn", error=type(error).__name__)


async def _look(name: str, looking: Awaitable[None]) -> None:
    try:
        await looking
    except Exception as error:  # noqa: BLE001  # whatever it is: the others must not wait for it, and the next look is seconds away
        log.warning("watch_failed", watch=name, error=type(error).__name__)
