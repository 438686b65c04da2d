"""What a plan rests on: roster, windows, open learning and published blocks, read and put into a planner's problem."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.catalog import service as catalog
from app.catalog.domain import PublishedItem
from app.core.db import ReadTransaction
from app.core.intervals import Interval, subtract
from app.downtime import service as downtime
from app.downtime.domain.patterns import Window
from app.learning import service as learning
from app.learning.domain.values import OpenItem
from app.paytime import service as paytime
from app.paytime.domain import PayKind
from app.people import service as people
from app.people.domain import WorkCenter, Worker
from app.planning.domain.problem import (
    Blackout,
    BusyBlock,
    ItemKind,
    Kept,
    PaidInterval,
    Pin,
    PlanCenter,
    PlanItem,
    PlanWindow,
    PlanWorker,
    Presence,
    Problem,
    UsedTime,
)
from app.planning.service.policy import policy_of
from app.planning.service.wanted import Asked, has_sessions, is_pair, wanted_beside
from app.planning.service.wishes import limits_of, purposes, qualified_minimums
from app.planning.store import blocks as block_store
from app.planning.store import plans as store
from app.roster import service as roster
from app.roster.domain import Shift, learnable_intervals

# Read a little beyond the horizon, so that windows on its edge are whole; and a week around it for daily limits.
EDGE = timedelta(hours=2)
AROUND = timedelta(days=7)
SECOND = timedelta(seconds=1)
Promised = Mapping[UUID, Sequence[Interval]]
# What counts against the daily limit.
LOADS = (PayKind.MODULE, PayKind.QUIZ, PayKind.CHECKLIST)


@dataclass(frozen=True, slots=True)
class Inputs:
    """A problem with what its ids stand for. `replaceable` are published blocks that a new plan may move or cancel.

    `overdue` are mandatory items whose date has passed; `taken` are items that have a published block which stays.
    """

    problem: Problem
    items: Mapping[str, OpenItem]
    published: Mapping[tuple[str, str], PublishedItem]
    replaceable: tuple[Any, ...]
    overdue: frozenset[str]
    taken: frozenset[str] = frozenset()

    @property
    def digests(self) -> dict[str, str]:
        """What tells per kind of input whether it is still the same; worked out at each call."""
        return digests(self.problem)


def item_id(assignment_id: UUID | str, worker_id: UUID | str) -> str:
    """One worker's share of an assignment, as the planner names it."""
    return f"{assignment_id}/{worker_id}"


def whole_seconds(start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """The whole seconds inside [start, end), or None when there are none."""
    first, last = start.replace(microsecond=0), end.replace(microsecond=0)
    first += SECOND if first < start else timedelta(0)
    return (first, last) if last > first else None


async def gather(
    tx: ReadTransaction, plan: Any, start: datetime, *, pinned_too: bool = False, without: Collection[UUID] = ()
) -> Inputs:
    """Read everything for a plan from `start`, which is not before its horizon. Raises ValueError for a bad roster.

    Pinned blocks stay where they are, unless they are to be looked at like the others (`pinned_too`). Published blocks
    `without` which it is read are as if they were not: their items are open.
    """
    rules = policy_of(plan.policy)
    ground = await _ground(tx, plan, start)
    found_live = await _live(tx, ground)
    live = [block for block in found_live if block.id not in without]
    replaceable, kept = split_live(live, plan, max(start, tx.now), tx.now, pinned_too=pinned_too)
    paired = await has_sessions(tx, ground.ids, Interval(start, plan.ends_at))
    needed, skilled = await qualified_minimums(tx, ground.ids, ground.learners, start, paired=paired)
    again = [*replaceable, *(block for block in found_live if block.id in without)]
    names = sorted(worker.id for worker in ground.learners)
    asked = Asked(plan.site_id, rules, Interval(start, plan.ends_at), ground.ids, names, ground.shifts, again)
    beside = await wanted_beside(tx, asked, skilled)
    open_items = [*await learning.open_items(tx, names), *beside.items]
    taken = {item_id(block.assignment_id, block.worker_id) for block in kept if block.status != "done"}
    items = {key: one for one in open_items if (key := item_id(one.assignment_id, one.worker_id)) not in taken}
    overdue = frozenset(key for key, item in items.items() if is_overdue(item, start))
    published = await catalog.published(tx)
    wanted = purposes(published, await learning.completed_keys(tx, names))
    shaped = [
        beside.shaped(replace(one, purpose=wanted(items[one.id])), items[one.id])
        for one in plan_items(items, open_items, published, overdue)
    ]
    await others_first()
    limits = limits_of(plan.daily_cap_seconds, rules)
    workers = plan_workers(ground, limits, await used_time(tx, ground.learners, ground.shifts), beside.promised or {})
    presence, busy = await _there(ground, beside.promised or {}, kept)
    problem = Problem(
        starts_at=start,
        ends_at=plan.ends_at,
        workers=tuple(replace(worker, skills=skilled.get(worker.id, frozenset())) for worker in workers),
        windows=tuple(plan_windows(ground.windows, ground.centers)),
        items=tuple(shaped),
        presence=presence,
        pins=tuple(Pin(item_id(pin["assignment_id"], pin["worker_id"]), pin["window_id"]) for pin in plan.pins),
        busy=busy,
        blackouts=tuple(blackouts_of(ground.closed, ground.ids)),
        kept=tuple(kept_places(replaceable, items)),
        centers=tuple(PlanCenter(str(center.id), center.name, center.time_zone) for center in ground.centers),
        emphasis=rules.weights,
        skill_minimums=needed,
    )
    sides = {item_id(one.assignment_id, one.worker_id): one for one in beside.sides}
    return Inputs(beside.paired(problem, rules), {**items, **sides}, published, tuple(replaceable), overdue, frozenset(taken))


async def _there(
    ground: "Ground", promised: "Promised", kept: Sequence[Any]
) -> tuple[tuple[Presence, ...], tuple[BusyBlock, ...]]:
    """Who is on the floor, and what they have given away already."""
    await others_first()
    presence = tuple(presence_of(ground.shifts, promised))
    await others_first()
    busy = tuple(busy_block(block) for block in kept)
    await others_first()
    return presence, busy


async def others_first() -> None:
    """A plant's rows are many: whoever else waits for this process has a turn between two long stretches of work."""
    await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands whoever plans: work centers, shifts, people, windows and blackouts around the time to plan."""

    wide: Interval
    centers: Sequence[WorkCenter]
    shifts: Sequence[Shift]
    learners: Sequence[Worker]
    windows: Sequence[Window]
    closed: Sequence[Any]

    @property
    def ids(self) -> list[UUID]:
        """The work centers."""
        return [center.id for center in self.centers]


async def _ground(tx: ReadTransaction, plan: Any, start: datetime) -> Ground:
    wide = Interval(start - EDGE, plan.ends_at + EDGE)
    centers = await people.work_centers(tx, ids=plan.work_center_ids)
    ids = [center.id for center in centers]
    shifts = await roster.shifts(tx, start=wide.start, end=wide.end, work_center_ids=ids)
    workers = await people.workers(tx, sorted({shift.worker_id for shift in shifts}))
    learners = [worker for worker in workers.values() if worker.status == "active"]
    found = await downtime.windows(tx, ids, wide.start, wide.end)
    windows = [window for window in found if window.starts_at < plan.ends_at and window.ends_at > start]
    closed = await store.closed(tx, plan.site_id, ids, wide.start, wide.end)
    return Ground(wide, tuple(centers), shifts, learners, windows, closed)


async def _live(tx: ReadTransaction, ground: Ground) -> Sequence[Any]:
    around = Interval(ground.wide.start - AROUND, ground.wide.end + AROUND)
    names = [worker.id for worker in ground.learners]
    return await block_store.live(tx, around.start, around.end, workers=names, centers=ground.ids)


def split_live(
    live: Sequence[Any], plan: Any, start: datetime, now: datetime, *, pinned_too: bool = False
) -> tuple[list[Any], list[Any]]:
    """Published blocks that a new plan replaces, and those it must live with.

    Pinned and begun blocks stay, and so does everything at other work centers or outside the horizon. A block whose
    time passed unused is neither: its item may be planned again.
    """
    replaceable, kept = [], []
    for block in live:
        missed = block.status == "scheduled" and block.ends_at <= now
        here = block.work_center_id in plan.work_center_ids and start <= block.starts_at < plan.ends_at
        if block.status == "scheduled" and here and (pinned_too or not block.pinned):
            replaceable.append(block)
        elif not missed:
            kept.append(block)
    return replaceable, kept


def is_overdue(item: OpenItem, start: datetime) -> bool:
    """Whether a mandatory item can no longer be done in time: it is planned all the same, as soon as possible."""
    return item.mandatory and item.due_at is not None and item.due_at < start + timedelta(seconds=item.seconds)


def paid_intervals_of(shift: Shift, promised: Promised) -> Iterable[PaidInterval]:
    """The stretches of a shift in which its worker may learn: attended, outside every break and what was promised by hand."""
    for interval in subtract(learnable_intervals(shift), promised.get(shift.worker_id, ())):
        if span := whole_seconds(interval.start, interval.end):
            yield PaidInterval(*span, shift.business_date, str(shift.work_center_id))


async def used_time(
    tx: ReadTransaction, learners: Sequence[Worker], shifts: Sequence[Shift]
) -> Mapping[UUID, tuple[UsedTime, ...]]:
    """Paid seconds of learning, planned or not, on the business dates of the shifts; help for colleagues is no learning load."""
    if not shifts:
        return {}
    first, last = min(shift.business_date for shift in shifts), max(shift.business_date for shift in shifts)
    # Weekly limits count from Monday, also what was learned before the plan begins.
    first -= timedelta(days=first.weekday())
    found: dict[UUID, list[UsedTime]] = defaultdict(list)
    names = [worker.id for worker in learners]
    for kinds, released in ((LOADS, False), ((PayKind.PROTECTED_BLOCK,), True)):
        for one in await paytime.seconds_used(tx, names, first, last, kinds):
            found[one.worker_id].append(UsedTime(one.business_date, one.seconds, released))
    return {worker_id: tuple(used) for worker_id, used in found.items()}


def plan_workers(
    ground: Ground, limits: Mapping[str, Any], used: Mapping[UUID, tuple[UsedTime, ...]], promised: Promised
) -> tuple[PlanWorker, ...]:
    """Workers with their learnable time at the work centers of the plan."""
    paid: dict[UUID, list[PaidInterval]] = defaultdict(list)
    for shift in ground.shifts:
        paid[shift.worker_id] += paid_intervals_of(shift, promised)
    return tuple(
        PlanWorker(
            id=str(worker.id),
            languages=worker.languages,
            shifts=tuple(paid[worker.id]),
            **limits,
            used=used.get(worker.id, ()),
            name=worker.display_name,
        )
        for worker in ground.learners
    )


def presence_of(shifts: Iterable[Shift], promised: Promised) -> Iterable[Presence]:
    """Who counts at which work center and when: on shift there, not on a break and not in time that was promised by hand."""
    for shift in shifts:
        for paid in paid_intervals_of(shift, promised):
            yield Presence(str(shift.worker_id), str(shift.work_center_id), paid.starts_at, paid.ends_at)


def plan_windows(windows: Iterable[Window], centers: Iterable[WorkCenter]) -> Iterable[PlanWindow]:
    """Windows with the stricter of the window's and the work center's own minimum."""
    by_id = {center.id: center for center in centers}
    for window in windows:
        center = by_id[window.work_center_id]
        span = whole_seconds(window.starts_at, window.ends_at)
        if span is None:
            continue
        local = window.starts_at.astimezone(ZoneInfo(center.time_zone))
        yield PlanWindow(
            id=str(window.id),
            work_center_id=str(center.id),
            starts_at=span[0],
            ends_at=span[1],
            usable_seconds=window.usable_seconds,
            setup_seconds=window.setup_seconds,
            return_seconds=window.return_seconds,
            max_learners=window.max_learners,
            minimum_staying=max(window.minimum_staying, center.minimum_staying),
            reliability_percent=round(window.reliability * 100),
            kind=window.kind.value,
            tablets=center.tablets,
            label=f"the {local:%H:%M} {window.kind.value.replace('_', ' ')} on {local:%a %d %b} at {center.name}",
        )


def plan_items(
    items: Mapping[str, OpenItem],
    open_items: Iterable[OpenItem],
    published: Mapping[tuple[str, str], PublishedItem],
    overdue: frozenset[str],
) -> Iterable[PlanItem]:
    """Open learning as items; a prerequisite is named by the worker's own item for it where there is one."""
    modules = {(o.worker_id, o.key): item_id(o.assignment_id, o.worker_id) for o in open_items if o.kind == "module"}
    for key, item in items.items():
        # Retired content is finished by who started it; what it was made of is no longer told.
        offer = published.get((item.kind, item.key))
        yield PlanItem(
            id=key,
            worker_id=str(item.worker_id),
            kind=ItemKind(item.kind),
            content_id=f"{item.kind}:{item.key}",
            content_hash=item.hash,
            seconds=item.seconds,
            mandatory=item.mandatory,
            value=item.priority,
            due_at=None if key in overdue or item.due_at is None else item.due_at.replace(microsecond=0),
            prerequisites=tuple(modules.get((item.worker_id, k), f"module:{k}") for k in item.prerequisites_open),
            languages=frozenset(offer.languages if offer else ()),
            needs_tablet=offer is not None and offer.needs_tablet,
            title=title_of(offer) if offer else item.key,
        )


def title_of(offer: PublishedItem) -> str:
    """The title supervisors read, in English where there is one."""
    return offer.title.get("en") or next(iter(offer.title.values()), offer.key)


def busy_block(block: Any) -> BusyBlock:
    """A published block as time given away.

    A done one no longer stands for its item, which may be open again, and its seconds count in the ledger, as learned.
    Shadowing counts against no limit, and whoever shows it holds no place.
    """
    if is_pair(block):
        window = None if block.kind == ItemKind.COACHING else str(block.window_id)
        who = str(block.worker_id)
        return BusyBlock(who, block.starts_at, block.ends_at, window, coaching=block.kind == ItemKind.COACHING)
    return BusyBlock(
        worker_id=str(block.worker_id),
        starts_at=block.starts_at,
        ends_at=block.ends_at,
        window_id=str(block.window_id),
        item_id=None if block.status == "done" else item_id(block.assignment_id, block.worker_id),
        business_date=None if block.status == "done" else block.business_date,
        needs_tablet=block.needs_tablet,
        released=block.kind == ItemKind.PROTECTED_BLOCK,
    )


def kept_places(replaceable: Iterable[Any], items: Mapping[str, OpenItem]) -> Iterable[Kept]:
    """Where open items are published now: a new plan moves them only if that is worth its price."""
    for block in replaceable:
        key = item_id(block.assignment_id, block.worker_id)
        if key in items:
            yield Kept(key, str(block.window_id), block.starts_at)


def blackouts_of(closed: Iterable[Any], center_ids: Sequence[UUID]) -> Iterable[Blackout]:
    """Blackouts per work center of the plan, widened to whole seconds."""
    for row in closed:
        end = row.ends_at.replace(microsecond=0)
        end += SECOND if end < row.ends_at else timedelta(0)
        for center_id in center_ids if row.work_center_id is None else [row.work_center_id]:
            yield Blackout(row.starts_at.replace(microsecond=0), end, str(center_id))


def digests(problem: Problem) -> dict[str, str]:
    """A fingerprint of each kind of input that somebody may change after a plan was solved."""
    parts: dict[str, list[Any]] = {
        "roster": sorted(repr(one) for one in problem.presence),
        "windows": sorted(repr(one) for one in problem.windows),
        "blackouts": sorted(repr(one) for one in problem.blackouts),
    }
    return {name: hashlib.sha256(repr(values).encode()).hexdigest() for name, values in parts.items()}
