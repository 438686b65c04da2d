"""Background work of privacy: every night, what was kept long enough goes."""

import structlog

from app.core.jobs import task
from app.core.runtime import Runtime
from app.privacy.domain.retention import Kind
from app.privacy.service import retention

log = structlog.get_logger()
# A night removes at most so many batches of a kind; the rest goes the night after.
BATCHES = 500


@task("privacy.retain", every="37 3 * * *")
async def retain(runtime: Runtime) -> None:
    """Every night, in short transactions: remove each kind of record whose time is over, with a proof for each batch."""
    for organization_id in await runtime.database.organizations():
        for kind in Kind:
            batches, more = 0, True
            while more and batches < BATCHES:
                async with runtime.database.write(organization_id) as tx:
                    more = await retention.remove_batch(tx, kind)
                batches += 1
            if batches > 1:
                log.info("records_removed", organization_id=str(organization_id), kind=kind.value, batches=batches)
