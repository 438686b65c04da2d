"""What a published plan promises: protected blocks stand in the ledger as long as they stand in the plan, and no longer."""

from collections.abc import Iterable
from typing import Any

from app.core.db import WriteTransaction
from app.paytime import service as paytime
from app.paytime.domain.sessions import BreakReason
from app.planning.domain.problem import ItemKind

PLANNED_AGAIN = "The plan was made again."


async def keep_promises(
    tx: WriteTransaction,
    *,
    ended: Iterable[Any] = (),
    scheduled: Iterable[Any] = (),
    restored: Iterable[Any] = (),
    why: str = PLANNED_AGAIN,
) -> None:
    """Take back what no longer takes place, then promise what does: a block in the ledger has the id of the one in the plan.

    Raises Invalid or Conflict when time cannot be promised, for instance because somebody else promised it meanwhile.
    """
    for block in _protected(ended):
        await paytime.take_back(tx, block.id, paytime.Interruption(BreakReason.OTHER, why))
    for block in _protected(restored):
        await paytime.promise_again(tx, block.id)
    for block in _protected(scheduled):
        await paytime.promise(tx, paytime.BlockAsked(block.id, block.worker_id, block.starts_at, block.ends_at))


def _protected(blocks: Iterable[Any]) -> list[Any]:
    return sorted(
        (block for block in blocks if block.kind == ItemKind.PROTECTED_BLOCK), key=lambda block: (block.starts_at, block.id)
    )
