"""Use cases of the hash chain: link what was written, tell the head, verify, forget a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import BadRequest
from app.core.events import publish
from app.core.pages import START
from app.paytime.domain.chain import LEDGER_VERIFY, Checked, Fault, Finding, Head, genesis, linked
from app.paytime.events import LedgerHeadPublished
from app.paytime.store import chain as store

BATCH = 2_000
STEP = 20_000
LARGEST_POSITION = 2**62
LINKS, ENTRIES = "links", "entries"


async def seal(tx: WriteTransaction, limit: int = BATCH) -> int:
    """Link waiting entries, oldest first, at most `limit`; answers how many. Nobody who credits waits for it."""
    await store.lock(tx)
    waiting = await store.waiting(tx, limit)
    if not waiting:
        return 0
    entries = await store.facts(tx, waiting)
    start = await store.head(tx) or genesis(tx.organization_id)
    await store.append(tx, linked(start, entries, tx.now))
    return len(entries)


async def seal_all(tx: WriteTransaction) -> None:
    """Link everything that waits."""
    while await seal(tx) == BATCH:
        pass


async def head(tx: ReadTransaction) -> tuple[Head, int]:
    """The end of the chain, and how many entries wait to be linked. Raises NotFound outside the caller's reach."""
    LEDGER_VERIFY.must_reach(tx.caller, ())
    return await store.head(tx) or genesis(tx.organization_id), await store.unsealed(tx)


async def heads(tx: ReadTransaction, limit: int) -> Sequence[Any]:
    """The heads told to the outside, newest first. Raises NotFound outside the caller's reach."""
    LEDGER_VERIFY.must_reach(tx.caller, ())
    return await store.heads(tx, limit)


async def passes_through(tx: ReadTransaction, position: int, digest: bytes) -> bool:
    """Whether the chain has this hash at this position, as a head kept outside says."""
    known = await store.hash_at(tx, position) if position else genesis(tx.organization_id).hash
    return known == digest


async def publish_head(tx: WriteTransaction) -> Head | None:
    """Link what waits and tell the outside where the chain ends, once a day; None when today's was told."""
    await seal_all(tx)
    end = await store.head(tx) or genesis(tx.organization_id)
    if not await store.publish_head(tx, tx.now.date(), end):
        return None
    told = LedgerHeadPublished(subject_id=tx.organization_id, day=tx.now.date(), position=end.position, hash=end.hash.hex())
    await publish(tx, told)
    return end


async def forget_person(tx: WriteTransaction, person_id: UUID) -> bool:
    """Destroy the map from a person to their pseudonym in the chain, which stays verifiable; false without one."""
    # What waits is linked while its text still stands.
    await seal_all(tx)
    await store.lock(tx)
    return await store.forget(tx, person_id)


async def verify(tx: ReadTransaction, cursor: str | None = None, limit: int = STEP) -> Checked:
    """One step of a verification: first over all links, then over all entries; start without a cursor.

    Raises NotFound outside the caller's reach and BadRequest for a cursor that is not ours.
    """
    LEDGER_VERIFY.must_reach(tx.caller, ())
    phase, place = _place(cursor)
    if phase == LINKS:
        return await _links(tx, int(place), limit)
    return await _entries(tx, UUID(place), limit)


def _place(cursor: str | None) -> tuple[str, str]:
    phase, _, place = (cursor or f"{LINKS}:0").partition(":")
    try:
        known = 0 <= int(place) < LARGEST_POSITION if phase == LINKS else phase == ENTRIES and bool(UUID(place))
    except ValueError:
        known = False
    if not known:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor")
    return phase, place


async def _links(tx: ReadTransaction, position: int, limit: int) -> Checked:
    before = genesis(tx.organization_id)
    if position:
        known = await store.hash_at(tx, position)
        if known is None:
            return Checked(0, [Finding(Fault.MISPLACED, position, None)], f"{ENTRIES}:{START}")
        before = Head(position, known)
    found, last, rows = await store.links_checked(tx, before, limit)
    ended = last is None or rows < limit
    return Checked(rows, found, f"{ENTRIES}:{START}" if ended or last is None else f"{LINKS}:{last.position}")


async def _entries(tx: ReadTransaction, after: UUID, limit: int) -> Checked:
    if after == START and await store.counts_agree(tx):
        return Checked(0, await store.rest_checked(tx), None)
    found, last = await store.entries_checked(tx, after, limit)
    if last is not None:
        return Checked(0, found, f"{ENTRIES}:{last}")
    return Checked(0, found + await store.rest_checked(tx), None)
