"""Background work of integrations: announcing, sending, replaying, and looking after what was lost."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.events import subscribe
from app.core.jobs import task, watch
from app.core.runtime import Runtime
from app.integrations import service

QUEUE = "webhooks"
subscribe("*", "integrations.announce")


@task("integrations.announce")
async def announce_events(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """After each commit that published something: write the messages."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        await service.announce(tx, [UUID(one) for one in event_ids])


@task("integrations.deliver", queue=QUEUE)
async def deliver_messages(runtime: Runtime, organization_id: str, endpoint_ids: list[str]) -> None:
    """Send what is due."""
    await service.deliver(runtime, UUID(organization_id), [UUID(one) for one in endpoint_ids])


@task("integrations.replay", queue=QUEUE)
async def replay_events(runtime: Runtime, organization_id: str, endpoint_id: str, since: str, after: str) -> None:
    """Write the messages of a replay, some hundred at a time."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        await service.keep_replaying(tx, UUID(endpoint_id), datetime.fromisoformat(since), UUID(after))


@watch("integrations.sweep")
async def sweep_messages(runtime: Runtime) -> None:
    """Every ten seconds: pick up messages whose job was lost."""
    await service.sweep(runtime)


@task("integrations.forget", every="41 3 * * *")
async def forget_messages(runtime: Runtime, **_: Any) -> None:
    """Every night: remove what is kept long enough."""
    await service.forget(runtime)
