"""Background work of the ledger: what nobody ended or answered, what a changed roster changes, and the hash chain."""

import asyncio
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson
import structlog

from app.core.events import read_events, subscribe
from app.core.intervals import Interval
from app.core.jobs import task
from app.core.runtime import Runtime
from app.paytime import service
from app.paytime.service import chain, periods
from app.paytime.store.chain import organizations as unsealed

log = structlog.get_logger()
AT_ONCE = 100
subscribe("roster.changed", "paytime.reclassify")


@task("paytime.expire_sessions", every="* * * * *")
async def expire_sessions(runtime: Runtime) -> None:
    """Every minute, end sessions whose time is over; their time waits for a supervisor."""
    for organization_id in await runtime.database.organizations():
        ended = AT_ONCE
        while ended == AT_ONCE:
            async with runtime.database.write(organization_id) as tx:
                ended = await service.expire_sessions(tx, AT_ONCE)


@task("paytime.move_disputes", every="15 3 * * *")
async def move_disputes(runtime: Runtime) -> None:
    """Every day, move disputes that somebody left waiting for 14 days."""
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            await service.move_silent(tx)


@task("paytime.reclassify")
async def reclassify(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """After a change of the roster: settle what was learned then anew. One transaction a worker; repeating is harmless."""
    organization = UUID(organization_id)
    async with runtime.database.write(organization) as tx:
        events = await read_events(tx, [UUID(one) for one in event_ids])
        todo = set()
        for event in events:
            if event.data.get("starts_at") is None:
                continue
            start, end = (datetime.fromisoformat(event.data[name]) for name in ("starts_at", "ends_at"))
            named = [UUID(one) for one in event.data["worker_ids"]]
            todo |= {(worker_id, start, end) for worker_id in await service.touched(tx, start, end, named)}
    for worker_id, start, end in sorted(todo):
        async with runtime.database.write(organization) as tx:
            await service.review(tx, worker_id, Interval(start, end))


@task("paytime.seal", every="* * * * * */5")
async def seal(runtime: Runtime) -> None:
    """Every five seconds, link what was written since."""
    for organization_id in await unsealed(runtime.database):
        linked = chain.BATCH
        while linked == chain.BATCH:
            async with runtime.database.write(organization_id) as tx:
                linked = await chain.seal(tx)


@task("paytime.publish_heads", every="5 0 * * *")
async def publish_heads(runtime: Runtime) -> None:
    """Every day, tell each organization's head by an event, and append it to a file where one is configured."""
    told = []
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            end = await chain.publish_head(tx)
            day = tx.now.date()
        if end is not None:
            line = {"day": day, "organization_id": str(organization_id), "position": end.position, "hash": end.hash.hex()}
            told.append(orjson.dumps(line) + b"\n")
    if told and runtime.settings.ledger_heads_file:
        await asyncio.to_thread(_append, Path(runtime.settings.ledger_heads_file), b"".join(told))
    log.info("heads_published", organizations=len(told))


@task("paytime.open_periods", every="15 0 * * *")
async def open_periods(runtime: Runtime) -> None:
    """Every day, keep the pay periods of the coming weeks open."""
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            await periods.open_ahead(tx)


def _append(path: Path, lines: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(lines)
