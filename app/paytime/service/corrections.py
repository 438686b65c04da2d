"""Corrections: a credit is only ever taken back by a line of its own."""

from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.events import publish
from app.paytime.domain import PAY_REVERSE, Entry, EntryType
from app.paytime.events import PayTimeAdjusted
from app.paytime.store import reading, writing


async def reverse(tx: WriteTransaction, entry_id: UUID, reason: str) -> Entry:
    """Take one credit back, exactly once; its time may be credited again. Answers the reversal.

    Raises NotFound outside the caller's reach, Forbidden for the caller's own entry, Conflict when it is a reversal
    or was reversed before.
    """
    entry = await reading.entry(tx, entry_id)
    if entry is None:
        raise NotFound
    PAY_REVERSE.must_reach(tx.caller, entry.nodes)
    if entry.worker_id == tx.caller.worker_id:
        raise Forbidden("Somebody else must reverse your own time.", code="own_entry")
    if entry.entry_type is not EntryType.CREDIT:
        raise Conflict("Only a credit can be reversed.", code="not_a_credit")
    await writing.lock(tx, [entry.worker_id])
    made = await writing.reverse(tx, entry_id, reason)
    reversal = await reading.entry(tx, made) if made else None
    if reversal is None:
        raise Conflict("This entry was reversed before.", code="already_reversed")
    await publish(
        tx,
        PayTimeAdjusted(
            subject_id=reversal.worker_id,
            source_id=reversal.source_id,
            kind=reversal.kind.value,
            entry_id=reversal.id,
            reverses_id=entry_id,
            seconds=reversal.seconds,
            business_date=reversal.business_date,
        ),
    )
    return reversal
