"""Background work of the ledger: linking entries into the hash chain, and telling its head every day."""

import asyncio
from pathlib import Path

import orjson
import structlog

from app.core.jobs import task
from app.core.runtime import Runtime
from app.paytime.service import chain, periods
from app.paytime.store.chain import organizations as unsealed

log = structlog.get_logger()


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
