"""Periodic work of learning."""

from app.core.jobs import task
from app.core.runtime import Runtime
from app.learning.service import attempts as service


@task("learning.expire", every="*/15 * * * *")
async def expire_attempts(runtime: Runtime) -> None:
    """Interrupt attempts nobody came back to and pay what was seen of them, in one transaction an organization."""
    for organization_id in await service.organizations(runtime.database):
        async with runtime.database.write(organization_id) as tx:
            await service.expire(tx)
