"""What happens to protected time and shadowing elsewhere: the ledger tells, and blocks follow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.events import publish
from app.paytime import service as paytime
from app.paytime.domain.protection import BlockFact
from app.planning.events import BlockCancelled
from app.planning.service.publishing import facts
from app.planning.store import blocks as store

BECOMES = {
    BlockFact.STARTED: "started",
    BlockFact.INTERRUPTED: "done",
    BlockFact.DELIVERED: "done",
    BlockFact.MADE_UP: "done",
    BlockFact.BROKEN: "cancelled",
}


async def follow_promises(tx: WriteTransaction, block_ids: Sequence[UUID]) -> None:
    """Let planned blocks be as far as the ledger says their promises are now; repeating changes nothing."""
    for block in await store.by_id(tx, block_ids):
        promise = await paytime.known_block(tx, block.id)
        status = BECOMES.get(promise.state) if promise is not None else None
        if status is None or block.status not in ("scheduled", "started") or block.status == status:
            continue
        await store.change(tx, block.id, pinned=block.pinned, status=status, version=block.version)
        if status == "cancelled":
            await publish(tx, BlockCancelled(subject_id=block.id, **facts(block)))


async def finish_sessions(tx: WriteTransaction, recorded: Sequence[Mapping[str, Any]]) -> None:
    """Mark the side of a session as done whose time its worker has recorded; repeating changes nothing."""
    for one in recorded:
        moment: datetime = one["at"]
        await store.finish_session(tx, worker_id=one["worker_id"], kind=one["kind"], at=moment)
