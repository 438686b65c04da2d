"""What the roster makes of somebody leaving or coming back."""

from typing import Any
from uuid import UUID

from app.core.events import read_events, subscribe
from app.core.jobs import task
from app.core.runtime import Runtime
from app.roster import service


def _of_status(data: dict[str, Any]) -> bool:
    return "status" in data["changed"]


subscribe("worker.deactivated", "roster.tell_of_worker")
subscribe("worker.updated", "roster.tell_of_worker", _of_status)


@task("roster.tell_of_worker")
async def tell_of_worker(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """Tell that the lines of somebody who left, or is back, have another roster. Repeating is harmless."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        for event in await read_events(tx, [UUID(one) for one in event_ids]):
            await service.tell_of_worker(tx, event.subject_id)
