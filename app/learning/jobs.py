"""Periodic work of learning."""

from app.core.jobs import task
from app.core.runtime import Runtime
from app.learning.service import attempts as service

AT_ONCE = 200


@task("learning.expire", every="*/15 * * * *")
async def expire_attempts(runtime: Runtime) -> None:
    """Interrupt attempts nobody came back to and pay what was seen of them, some at a time."""
    for organization_id in await runtime.database.organizations():
        closed = AT_ONCE
        while closed == AT_ONCE:
            async with runtime.database.write(organization_id) as tx:
                closed = await service.expire(tx, AT_ONCE)
