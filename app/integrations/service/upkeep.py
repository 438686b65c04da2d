"""Use cases: periodic work over all organizations."""

from datetime import timedelta

from app.core.jobs import defer
from app.core.runtime import Runtime
from app.integrations.service.parts import deliver_job
from app.integrations.store import endpoints, messages

LOG_KEPT = timedelta(days=30)
MESSAGES_KEPT = timedelta(days=100)
"""Six days of attempts, then at least ninety in which a dead message can be replayed."""


async def sweep(runtime: Runtime) -> None:
    """Enqueue sending for whatever is due and in nobody's hands: its job was lost, or died while sending."""
    for organization_id in await messages.waiting_too_long(runtime.database, runtime.clock.now()):
        async with runtime.database.write(organization_id) as tx:
            if found := await messages.overdue(tx):
                await defer(tx, deliver_job(organization_id, found))


async def forget(runtime: Runtime) -> None:
    """Remove old log entries and messages, and secrets whose 24 hours have passed."""
    for organization_id in await runtime.database.organizations():
        async with runtime.database.write(organization_id) as tx:
            await endpoints.forget_former_secrets(tx)
            await messages.forget(tx, tx.now - LOG_KEPT, tx.now - MESSAGES_KEPT)
