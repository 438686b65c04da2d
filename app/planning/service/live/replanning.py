"""Planning a line again at once: only what lost its place moves, what begins soon waits for the supervisor, all are told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import structlog

from app.core.db import WriteTransaction
from app.core.events import Event, publish
from app.people import service as people
from app.people.domain import WorkCenter
from app.planning.domain.offers import Flag
from app.planning.domain.plan import Block, Plan
from app.planning.events import BlockCancelled, BlockFlagged, BlockMoved, BlockScheduled
from app.planning.service.inputs import Inputs, gather, item_id, others_first, whole_seconds
from app.planning.service.live.losing import lost_blocks
from app.planning.service.live.shortage import short_pinned, short_soon
from app.planning.service.live.solver import Again, Found, elsewhere
from app.planning.service.pairing import explain_sessions, same_sides, with_partners
from app.planning.service.policy import document_of, site_policy
from app.planning.service.promising import keep_promises
from app.planning.service.publishing import facts
from app.planning.service.results import block_records
from app.planning.service.wanted import is_pair
from app.planning.store import blocks as block_store
from app.planning.store import live as store
from app.planning.store import plans as plan_store

log = structlog.get_logger()
# What begins within this time is never moved without the supervisor, and nothing new is put there.
NOTICE = timedelta(minutes=30)
# At once a line is planned so far ahead; in the background everything that is published.
AT_ONCE, FARTHEST = timedelta(days=3), timedelta(days=8)
NOTHING = Found((), (), ())


@dataclass(frozen=True, slots=True)
class Scope:
    """What `gather` asks of a plan."""

    site_id: UUID
    work_center_ids: list[UUID]
    ends_at: datetime
    daily_cap_seconds: int
    policy: Mapping[str, Any]
    pins: tuple[Mapping[str, str], ...] = ()


@dataclass(slots=True)
class Replanned:
    """What changed: blocks with what each replaces, blocks that found no other place, new ones, and flagged ones."""

    moved: list[tuple[Any, Any]] = field(default_factory=list)
    cancelled: list[Any] = field(default_factory=list)
    scheduled: list[Any] = field(default_factory=list)
    flagged: list[Any] = field(default_factory=list)
    unchanged: int = 0

    def add(self, other: "Replanned") -> None:
        """Take in what changed at another site."""
        self.moved += other.moved
        self.cancelled += other.cancelled
        self.scheduled += other.scheduled
        self.flagged += other.flagged
        self.unchanged += other.unchanged


async def replan(
    tx: WriteTransaction,
    center_ids: Sequence[UUID],
    *,
    near: bool = False,
    cut: Sequence[Any] = (),
    fill: bool = False,
    ahead: timedelta = AT_ONCE,
) -> Replanned:
    """Plan work centers again from now on; repeating changes nothing. Windows are not written out again here.

    `ahead` is how far from now, `cut` are blocks that production or a blackout broke off; `near` lets also what begins
    within `NOTICE` move; `fill` uses free room for items without a place. The caller holds no line's lock, unless it
    took the publishers' lock before.
    """
    await plan_store.lock(tx)
    changed = Replanned()
    centers = sorted(await people.work_centers(tx, ids=center_ids), key=lambda center: (center.site_id, center.id))
    for _, group in groupby(centers, key=lambda center: center.site_id):
        found = list(group)
        ids = {center.id for center in found}
        here = [one for one in cut if one.work_center_id in ids]
        last = max([tx.now, *(one.starts_at for one in here)]) + ahead
        changed.add(await _site(tx, Asked(found, here, min(last, tx.now + FARTHEST), near=near, fill=fill)))
    return changed


@dataclass(frozen=True, slots=True)
class Asked:
    """Work centers of one site to plan again up to an instant."""

    centers: Sequence[WorkCenter]
    cut: Sequence[Any]
    until: datetime
    near: bool
    fill: bool


async def _site(tx: WriteTransaction, asked: Asked) -> Replanned:
    centers, cut = asked.centers, asked.cut
    ids = [center.id for center in centers]
    gone = {block.id for block in cut}
    coming = [block for block in await block_store.coming(tx, ids) if block.id not in gone]
    soon = tx.now + NOTICE
    # Of what may move anyway the planner itself finds out whether it can stay.
    lost = await lost_blocks(tx, centers[0].site_id, ids, [one for one in coming if one.pinned or one.starts_at < soon])
    left = [block for block in coming if block.id not in lost]
    lost |= await short_soon(tx, centers, [block for block in left if block.starts_at < soon])
    lost |= await short_pinned(tx, centers, [block for block in left if block.starts_at >= soon])
    whole = with_partners([block for block in coming if block.id in lost], coming)
    lost |= {block.id: _partners(block, coming, lost) for block in whole if block.id not in lost}
    flags = {} if asked.near else {block.id: lost[block.id] for block in coming if block.id in lost and block.starts_at < soon}
    displaced = [*cut, *(block for block in coming if block.id in lost and block.id not in flags)]
    changed = Replanned()
    if displaced or asked.fill or any(block.starts_at >= soon for block in coming):
        changed = await _plan(tx, asked, displaced)
    changed.flagged = await _flag(tx, ids, coming, flags)
    return changed


def _partners(block: Any, coming: Sequence[Any], lost: Mapping[UUID, Flag]) -> Flag:
    """Why a side of a session cannot take place: what the other side lost."""
    return next(lost[other.id] for other in coming if other.assignment_id == block.assignment_id and other.id in lost)


async def _flag(tx: WriteTransaction, ids: Sequence[UUID], coming: Sequence[Any], flags: Mapping[UUID, Flag]) -> list[Any]:
    """Flag what waits for the supervisor, tell of what is new, and take the flags off everything else."""
    by_id = {block.id: block for block in coming}
    rows = [{"block_id": i, "work_center_id": by_id[i].work_center_id, "reason": why} for i, why in sorted(flags.items())]
    await store.unflag(tx, ids, list(flags))
    new = await store.flag(tx, rows)
    told = [BlockFlagged(subject_id=i, reason=flags[i].value, **facts(by_id[i])) for i in sorted(new)]
    await publish(tx, *told)
    return [by_id[i] for i in sorted(flags)]


async def _plan(tx: WriteTransaction, asked: Asked, displaced: Sequence[Any]) -> Replanned:
    """Find places from `NOTICE` on; with nothing planned so far ahead, what lost its place is cancelled."""
    ids, site_id = [center.id for center in asked.centers], asked.centers[0].site_id
    until, cap = await store.planned(tx, ids)
    rules = (await site_policy(tx, site_id)).policy
    notice = max(NOTICE, timedelta(minutes=rules.notice_minutes))
    span = whole_seconds(tx.now + notice, min(until or tx.now, asked.until))
    if span is None:
        return await _write(tx, None, displaced, NOTHING)
    scope = Scope(site_id, ids, span[1], cap or rules.daily_cap_minutes * 60, document_of(rules))
    inputs = await gather(tx, scope, span[0], without={block.id for block in displaced})
    await others_first()
    asked_again = _question(inputs, displaced, fill=asked.fill)
    await others_first()
    found = await elsewhere(asked_again)
    if found.broken:
        log.error("replan_broken", rules=found.broken, work_centers=[str(one) for one in ids])
        return await _write(tx, None, displaced, NOTHING)
    return await _write(tx, inputs, displaced, found)


def _question(inputs: Inputs, displaced: Sequence[Any], *, fill: bool) -> Again:
    """Published and displaced items and displaced sessions as the problem; others that are wanted only to fill free room."""
    starts = {item_id(block.assignment_id, block.worker_id): block.starts_at for block in inputs.replaceable}
    lost = frozenset(item_id(block.assignment_id, block.worker_id) for block in displaced)
    sessions = {str(block.assignment_id) for block in displaced if is_pair(block)}
    pairs = tuple(one for one in inputs.problem.pairs if fill or one.id in sessions)
    items = tuple(item for item in inputs.problem.items if item.id in starts or item.id in lost)
    rest = tuple(item for item in inputs.problem.items if item.id not in starts and item.id not in lost) if fill else ()
    return Again(replace(inputs.problem, items=items, pairs=pairs, pins=()), starts, rest)


async def _write(tx: WriteTransaction, inputs: Inputs | None, displaced: Sequence[Any], found: Found) -> Replanned:
    """Replace what has another place, cancel what has none, and tell everybody concerned."""
    old = {item_id(one.assignment_id, one.worker_id): one for one in (*(inputs.replaceable if inputs else ()), *displaced)}
    gone = {block.id for block in displaced}
    changed, fresh = Replanned(), list[Block]()
    for block in found.blocks:
        before = old[block.item_id]
        if before.id not in gone and (str(before.window_id), before.starts_at) == (block.window_id, block.starts_at):
            changed.unchanged += 1
            del old[block.item_id]
        else:
            fresh.append(block)
    records = block_records(inputs, Plan((*fresh, *found.filled), pairs=found.pairs)) if inputs else []
    kept = same_sides(records, old)
    changed.unchanged += len(kept)
    new = {key: one for one in records if (key := item_id(one["assignment_id"], one["worker_id"])) not in kept}
    left = {key: one for key, one in old.items() if key not in kept}
    changed.moved = [(left[key], SimpleNamespace(**one)) for key, one in new.items() if key in left]
    changed.scheduled = [SimpleNamespace(**one) for key, one in new.items() if key not in left]
    changed.cancelled = [one for key, one in sorted(left.items()) if key not in new]
    await _store(tx, changed, new, {one.assignment_id: one.plan_id for one in displaced if is_pair(one)})
    await explain_sessions(tx, Plan((), pairs=found.pairs, unplaced_pairs=found.unplaced_pairs))
    return changed


async def _store(
    tx: WriteTransaction, changed: Replanned, records: Mapping[str, dict[str, Any]], plan_of: Mapping[UUID, UUID | None]
) -> None:
    """`plan_of` tells the plan of a session's sides: one that is new belongs where the other one does."""
    await store.end_blocks(tx, [old.id for old, _ in changed.moved], "moved")
    await store.end_blocks(tx, [old.id for old in changed.cancelled], "cancelled")
    by_plan: dict[UUID | None, list[dict[str, Any]]] = defaultdict(list)
    for old, new in changed.moved:
        by_plan[old.plan_id].append(records[item_id(new.assignment_id, new.worker_id)])
    for new in changed.scheduled:
        by_plan[plan_of.get(UUID(str(new.assignment_id)))].append(records[item_id(new.assignment_id, new.worker_id)])
    for plan_id, added in by_plan.items():
        await block_store.add(tx, plan_id, added)
        await block_store.schedule(tx, [record["id"] for record in added])
    ended = [*(old for old, _ in changed.moved), *changed.cancelled]
    await keep_promises(
        tx, ended=ended, scheduled=[*(_named(new) for _, new in changed.moved), *(_named(one) for one in changed.scheduled)]
    )
    told: list[Event] = [BlockMoved(subject_id=new.id, replaces=old.id, **facts(new)) for old, new in changed.moved]
    told += [BlockCancelled(subject_id=old.id, **facts(old)) for old in changed.cancelled]
    told += [BlockScheduled(subject_id=new.id, **facts(new)) for new in changed.scheduled]
    await publish(tx, *told)


def _named(block: Any) -> Any:
    """A record with its ids as ids: the planner names people by text."""
    return SimpleNamespace(**{**vars(block), "worker_id": UUID(str(block.worker_id))})


def ids_of(blocks: Collection[Any]) -> list[UUID]:
    """Ids of blocks."""
    return [block.id for block in blocks]
