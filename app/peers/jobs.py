"""Periodic work of peer assists."""

from typing import Any

from app.core.jobs import task
from app.core.runtime import Runtime
from app.peers import service


@task("peers.expire", every="*/10 * * * *")
async def expire_assists(runtime: Runtime, **_: Any) -> None:
    """Expire assists nobody confirmed within 72 hours, one transaction an organization; what is left waits a turn."""
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            await service.expire_overdue(tx)
