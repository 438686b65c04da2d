"""Upkeep that no feature owns: jobs of workers that died go back to the queue, and what is past its time is removed."""

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from app.core.http.idempotency import KEPT
from app.core.jobs import task
from app.core.runtime import Runtime

if TYPE_CHECKING:
    from procrastinate import App, JobContext

log = structlog.get_logger()
EVENTS_KEPT = timedelta(days=395)
FORGET_KEYS = text("delete from idempotency_key where organization_id = :organization_id and created_at < :before")
FORGET_EVENTS = text("delete from event where organization_id = :organization_id and occurred_at < :before")
RETRY_STALLED = "core.retry_stalled"


@task("core.forget", every="17 3 * * *")
async def forget(runtime: Runtime) -> None:
    """Remove answers kept for an Idempotency-Key after 30 days and events after 13 months."""
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            keys = await tx.run(FORGET_KEYS, before=tx.now - KEPT)
            events = await tx.run(FORGET_EVENTS, before=tx.now - EVENTS_KEPT)
        log.info("forgotten", idempotency_keys=keys, events=events)


def add_rescue(app: "App") -> None:
    """Every minute, put jobs whose worker stopped showing a heartbeat back into the queue; handlers are repeatable."""

    async def rescue(context: "JobContext", timestamp: int = 0) -> None:  # noqa: ARG001  # periodic jobs are handed their time
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs():
            log.warning("job_rescued", task=job.task_name)
            await manager.retry_job(job)

    added = app.task(name=RETRY_STALLED, queueing_lock=RETRY_STALLED, pass_context=True)(rescue)
    app.periodic(cron="* * * * *", periodic_id=RETRY_STALLED)(added)
