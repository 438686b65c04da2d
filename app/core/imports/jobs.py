"""Background work of imports."""

from uuid import UUID

from app.core.imports import service
from app.core.jobs import task
from app.core.runtime import Runtime


@task("core.import_run")
async def import_run(runtime: Runtime, organization_id: str, run_id: str) -> None:
    """Apply what is left of a large import, chunk by chunk."""
    while await service.advance(runtime, UUID(organization_id), UUID(run_id)):
        pass
