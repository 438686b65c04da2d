"""Protected time: planned for a worker, and every thing that happens to it on record, with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import publish
from app.core.intervals import Interval
from app.core.pages import Page
from app.paytime.domain import Period, on_the_second
from app.paytime.domain.protection import (
    PROTECT,
    PROTECT_SEE,
    PROTECTION_READ,
    SMALLEST_CREW,
    BlockFact,
    GroupRate,
    ProtectedBlock,
    Rate,
)
from app.paytime.domain.rules import DEFAULT
from app.paytime.domain.sessions import BreakReason
from app.paytime.events import ProtectedBlockChanged
from app.paytime.store import protection as store
from app.people import service as people
from app.roster import service as roster
from app.roster.domain import may_learn


@dataclass(frozen=True, slots=True)
class BlockAsked:
    """Time a planner promises to a worker; `makes_up_id` names the broken block it makes up for."""

    id: UUID
    worker_id: UUID
    starts_at: datetime
    ends_at: datetime
    makes_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """Why a block was broken, in a code and in words."""

    reason: BreakReason
    note: str | None = None


async def plan_block(tx: WriteTransaction, asked: BlockAsked) -> ProtectedBlock:
    """Promise a worker time inside the shift and outside every break; the same id again answers the same block.

    Raises NotFound outside the caller's reach, Invalid for time that cannot be promised, Conflict for a taken id, other
    protected time then, or a block that was not broken.
    """
    worker = (await people.workers(tx, [asked.worker_id])).get(asked.worker_id)
    if worker is None:
        raise NotFound
    PROTECT.must_reach(tx.caller, worker.nodes)
    return await promise(tx, asked)


async def promise(tx: WriteTransaction, asked: BlockAsked) -> ProtectedBlock:
    """What `plan_block` does, for callers that have asked who may: a published plan promises to everybody in it.

    Raises Invalid, Conflict.
    """
    known = await store.one(tx, asked.id)
    start, end = on_the_second(asked.starts_at), on_the_second(asked.ends_at)
    if known is not None:
        if (known.worker_id, known.starts_at, known.ends_at) != (asked.worker_id, start, end):
            raise Conflict("This id is taken.", code="id_taken")
        return known
    await _must_make_up(tx, asked)
    shift = await roster.shift_at(tx, asked.worker_id, start) if start < end else None
    if shift is None or not may_learn(Interval(start, end), shift):
        raise Invalid.field("#/starts_at", "Choose time inside one shift and outside its breaks.", "not_learnable")
    if await store.crosses(tx, asked.id, asked.worker_id, start, end):
        raise Conflict("The worker has protected time then.", code="block_overlaps")
    place = {"site_id": shift.site_id, "work_center_id": shift.work_center_id, "business_date": shift.business_date}
    times = {"starts_at": start, "ends_at": end}
    if not await store.add(tx, id=asked.id, worker_id=asked.worker_id, makes_up_id=asked.makes_up_id, **place, **times):
        raise Conflict("This id is taken.", code="id_taken")
    return await happened(tx, asked.id, BlockFact.PLANNED)


async def _must_make_up(tx: ReadTransaction, asked: BlockAsked) -> None:
    if asked.makes_up_id is None:
        return
    broken = await store.one(tx, asked.makes_up_id)
    if broken is None or broken.worker_id != asked.worker_id:
        raise NotFound
    if broken.state not in (BlockFact.BROKEN, BlockFact.INTERRUPTED):
        raise Conflict("That block needs no making up.", code="block_not_broken")


async def happened(
    tx: WriteTransaction, block_id: UUID, fact: BlockFact, why: Interruption | None = None, seconds: int = 0
) -> ProtectedBlock:
    """Put a fact on a block's record and tell its worker. Answers the block."""
    reason, note = (why.reason, why.note) if why else (None, None)
    await store.happen(tx, block_id, fact, reason=reason, note=note, seconds=seconds)
    block = await store.one(tx, block_id)
    assert block is not None
    told = ProtectedBlockChanged(
        subject_id=block.worker_id,
        block_id=block_id,
        fact=fact.value,
        reason=reason.value if reason else None,
        seconds=seconds,
    )
    await publish(tx, told)
    return block


async def break_block(tx: WriteTransaction, block_id: UUID, why: Interruption) -> ProtectedBlock:
    """Say that a block does not take place, and why: by whoever plans, or by its worker.

    Raises NotFound for others, Conflict when it was delivered or broken before.
    """
    block = await seen_block(tx, block_id)
    if block.state not in (BlockFact.PLANNED, BlockFact.STARTED):
        raise Conflict(f"This block is {block.state.value}.", code="block_over")
    return await happened(tx, block_id, BlockFact.BROKEN, why)


async def promise_again(tx: WriteTransaction, block_id: UUID) -> None:
    """A broken block counts after all; anything else is left as it is."""
    block = await store.one(tx, block_id)
    if block is not None and block.state is BlockFact.BROKEN:
        await happened(tx, block_id, BlockFact.PLANNED)


async def take_back(tx: WriteTransaction, block_id: UUID, why: Interruption) -> None:
    """Break a promise that has not been kept yet, for callers that have asked who may; anything else is left as it is."""
    block = await store.one(tx, block_id)
    if block is not None and block.state in (BlockFact.PLANNED, BlockFact.STARTED):
        await happened(tx, block_id, BlockFact.BROKEN, why)


async def promised(tx: ReadTransaction, worker_ids: Sequence[UUID], first: date, last: date) -> list[ProtectedBlock]:
    """What workers were promised on business dates and what stands, whoever promised it."""
    return await store.promised(tx, worker_ids, first, last) if worker_ids else []


async def known_block(tx: ReadTransaction, block_id: UUID) -> ProtectedBlock | None:
    """A block, for callers that have asked who may see it; None when there is none."""
    return await store.one(tx, block_id)


async def seen_block(tx: ReadTransaction, block_id: UUID) -> ProtectedBlock:
    """A block that the caller planned over, or that is their own. Raises NotFound."""
    block = await store.one(tx, block_id)
    if block is None:
        raise NotFound
    PROTECT_SEE.must_reach(tx.caller, (block.site_id, block.work_center_id), block.worker_id)
    return block


async def delivered(tx: WriteTransaction, block: ProtectedBlock, seconds: int, why: Interruption | None) -> None:
    """A session in a block ended: it was kept when nothing of the promised time is missing, else interrupted."""
    whole = block.delivered + seconds >= block.seconds
    await happened(tx, block.id, BlockFact.DELIVERED if whole else BlockFact.INTERRUPTED, None if whole else why, seconds)
    if whole and block.makes_up_id is not None:
        await happened(tx, block.makes_up_id, BlockFact.MADE_UP, seconds=block.seconds)


async def own_blocks(tx: ReadTransaction, worker_id: UUID, when: Period, page: Page) -> list[ProtectedBlock]:
    """A worker's protected blocks, one more than the page shows."""
    return await store.of_worker(tx, worker_id, when, page)


async def own_rate(tx: ReadTransaction, worker_id: UUID, when: Period) -> Rate:
    """A worker's own protection rate; nobody else is shown it."""
    return await store.own_rate(tx, worker_id, when, DEFAULT.entitled)


async def site_rates(tx: ReadTransaction, site_id: UUID, when: Period) -> tuple[GroupRate, list[GroupRate]]:
    """The rate of a site and of its crews; withheld where fewer than 8 people stand behind it. Raises NotFound."""
    site = await people.site(tx, site_id)
    PROTECTION_READ.must_reach(tx.caller, site.nodes)
    number, rate = await store.site_rate(tx, site_id, when, DEFAULT.entitled)
    crews = [_withheld(one) for one in await store.crew_rates(tx, site_id, when, DEFAULT.entitled)]
    return _withheld(GroupRate(site_id, number, rate)), _safe_beside(number, crews)


def _safe_beside(number: int, crews: list[GroupRate]) -> list[GroupRate]:
    """The crews without those from which, with the site's own sum, fewer than 8 people could be computed."""
    shown = sorted((one for one in crews if one.rate is not None), key=lambda one: one.people)
    while shown and 0 < number - sum(one.people for one in shown) < SMALLEST_CREW:
        shown = shown[1:]
    kept = {one.id for one in shown}
    return [one if one.id in kept else replace(one, rate=None) for one in crews]


def _withheld(one: GroupRate) -> GroupRate:
    return one if one.people >= SMALLEST_CREW else replace(one, rate=None)
