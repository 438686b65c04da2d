"""Edits by hand: move, pin, drop. Each is checked at once against every hard rule, beside everything else as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, FieldError, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.ids import new_id
from app.people import service as people
from app.planning.domain.explain import closing
from app.planning.domain.floor import Floor
from app.planning.domain.index import Index
from app.planning.domain.problem import PlanItem, Problem
from app.planning.events import BlockCancelled, BlockMoved
from app.planning.policies import PLAN_WRITE
from app.planning.service.blocks import block as readable_block
from app.planning.service.holding import Scope, broken_rules, name_of, violations
from app.planning.service.inputs import Inputs, busy_block, gather, whole_seconds
from app.planning.service.plans import writable_plan
from app.planning.service.policy import document_of, site_policy
from app.planning.service.promising import keep_promises
from app.planning.service.publishing import facts
from app.planning.service.wanted import is_pair
from app.planning.store import blocks as store
from app.planning.store import plans as plan_store

EDITABLE = ("proposed", "scheduled")
BEGUN = "The block has begun or no longer counts."
TOGETHER = "A shadowing session needs two people at once: drop it, and the next plan finds another hour for both."
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants of a block. With a window and no start it goes to the earliest free time there."""

    pinned: bool | None = None
    drop: bool = False
    window_id: UUID | None = None
    starts_at: datetime | None = None

    @property
    def moves(self) -> bool:
        """Whether it asks for another place."""
        return self.window_id is not None or self.starts_at is not None


async def edit_block(tx: WriteTransaction, block_id: UUID, edit: Edit, version: int) -> Any:
    """Change a block that has not begun; answers the block that counts now: a moved published one has a new id.

    Raises NotFound, Stale, or Conflict naming the rules that the edit would break.
    """
    await plan_store.lock(tx)
    row = await _writable(tx, block_id)
    if row.version != version:
        raise Stale
    return await _edited(tx, row, edit, None)


async def edit_plan_block(tx: WriteTransaction, plan_id: UUID, block_id: UUID, edit: Edit, version: int) -> Any:
    """Change a block of a proposed plan at the plan's version, which grows. Raises as `edit_block` does."""
    await writable_plan(tx, plan_id)
    await plan_store.lock(tx)
    plan = await plan_store.locked(tx, plan_id)
    if plan is None:
        raise NotFound
    if plan.version != version:
        raise Stale
    if plan.status != "proposed":
        raise Conflict(f"The plan is {plan.status}: edit its blocks one by one.", code="plan_not_proposed")
    row = await _writable(tx, block_id)
    if row.plan_id != plan_id:
        raise NotFound
    return await _edited(tx, row, edit, version)


async def _writable(tx: WriteTransaction, block_id: UUID) -> Any:
    row = await readable_block(tx, block_id)
    PLAN_WRITE.must_reach(tx.caller, (await people.work_center(tx, row.work_center_id)).nodes)
    return row


async def _edited(tx: WriteTransaction, row: Any, edit: Edit, version: int | None) -> Any:
    if row.status not in EDITABLE or row.starts_at <= tx.now:
        raise Conflict(BEGUN, code="block_not_editable")
    if edit.drop and await store.waits_for(tx, row):
        raise Conflict("A later block needs this module: drop that one first.", code="needed_by_later_block")
    plan = None if row.plan_id is None else await plan_store.one(tx, row.plan_id)
    if row.status == "proposed":
        await _count(tx, plan, row, edit, version)
    if edit.drop:
        return await _drop(tx, row)
    if is_pair(row):
        raise Conflict(TOGETHER, code="block_not_editable")
    if edit.moves or edit.pinned:
        place = await _place(tx, plan, row, edit)
        if edit.moves:
            return await _move(tx, row, {**place, "pinned": edit.pinned is not False})
    pinned = row.pinned if edit.pinned is None else edit.pinned
    await store.change(tx, row.id, pinned=pinned, status=row.status, version=row.version)
    return await store.one(tx, row.id)


async def _count(tx: WriteTransaction, plan: Any, row: Any, edit: Edit, version: int | None) -> None:
    """The plan grows by a version; a wish for the item's window is settled by whoever moves or drops it by hand."""
    mine = {"assignment_id": str(row.assignment_id), "worker_id": str(row.worker_id)}
    pins = [pin for pin in plan.pins if not (edit.moves or edit.drop) or not mine.items() <= pin.items()]
    both = 1 + len(await _partners(tx, row)) if edit.drop else 0
    dropped = (both, both * row.seconds)
    if not await plan_store.edited(tx, plan.id, pins, version=version, dropped=dropped[0], seconds=dropped[1]):
        raise Stale


async def _drop(tx: WriteTransaction, row: Any) -> Any:
    for one in [row, *await _partners(tx, row)]:
        await store.change(tx, one.id, pinned=one.pinned, status="cancelled", version=one.version)
        if one.status == "scheduled":
            await publish(tx, BlockCancelled(subject_id=one.id, **facts(one)))
            await keep_promises(tx, ended=[one], why="It was dropped by hand.")
    return await store.one(tx, row.id)


async def _partners(tx: WriteTransaction, row: Any) -> list[Any]:
    """The other side of a session: it falls with this one."""
    if not is_pair(row):
        return []
    found = await store.of_session(tx, row)
    return [one for one in found if one.id != row.id]


async def _place(tx: WriteTransaction, plan: Any, row: Any, edit: Edit) -> dict[str, Any]:
    """Where the block goes, or stays. Raises Invalid or Conflict when it cannot be there."""
    inputs, others = await _around(tx, plan, row)
    item = next((one for one in inputs.problem.items if one.id == name_of(row)), None)
    if item is None:
        raise Conflict("It was learned meanwhile, or is no longer assigned.", code="block_not_editable")
    window_id = str(edit.window_id or row.window_id)
    window = next((one for one in inputs.problem.windows if one.id == window_id), None)
    if window is None and edit.window_id is None:
        raise Conflict("Its window is no longer there.", code="breaks_rules")
    if window is None:
        raise Invalid.field("#/window_id", "No such window at the plan's work centers and in its time.", "unknown_window")
    starts = row.starts_at
    if edit.moves:
        starts = edit.starts_at or _earliest(inputs, others, item, window_id)
    if starts.microsecond or starts <= tx.now:
        raise Invalid.field("#/starts_at", "A block starts on a whole second that is still to come.", "order")
    place = {
        "window_id": window_id,
        "work_center_id": window.work_center_id,
        "starts_at": starts,
        "ends_at": starts + timedelta(seconds=item.seconds),
        "business_date": _business_date(inputs.problem, row, starts),
    }
    _must_keep_rules(inputs, others, row, edit, place)
    return place


async def _around(tx: WriteTransaction, plan: Any, row: Any) -> tuple[Inputs, list[Any]]:
    """What the block stands beside: the rest of its proposed plan, or everything published."""
    if row.status == "proposed":
        start = max(datetime.fromisoformat(plan.inputs["starts_at"]), tx.now.replace(microsecond=0))
        inputs = await gather(tx, _unpinned(plan, row), start)
        found: Sequence[Any] = await store.of_plan(tx, plan.id, proposed=True)
    else:
        span = whole_seconds(tx.now, max(row.ends_at, plan.ends_at if plan else row.ends_at + DAY))
        assert span is not None, "a block that has not begun ends later than now"
        inputs = await gather(tx, await _scope(tx, plan, row, span[1]), span[0], pinned_too=True)
        found = inputs.replaceable
    return inputs, [one for one in found if one.id != row.id and name_of(one) in inputs.items]


def _unpinned(plan: Any, row: Any) -> Scope:
    mine = {"assignment_id": str(row.assignment_id), "worker_id": str(row.worker_id)}
    pins = tuple(pin for pin in plan.pins if not mine.items() <= pin.items())
    return Scope(plan.site_id, plan.work_center_ids, plan.ends_at, plan.daily_cap_seconds, plan.policy, pins)


async def _scope(tx: WriteTransaction, plan: Any, row: Any, until: datetime) -> Scope:
    if plan is not None:
        return Scope(plan.site_id, plan.work_center_ids, until, plan.daily_cap_seconds, plan.policy)
    center = await people.work_center(tx, row.work_center_id)
    rules = (await site_policy(tx, center.site_id)).policy
    return Scope(center.site_id, [center.id], until, rules.daily_cap_minutes * 60, document_of(rules))


def _earliest(inputs: Inputs, others: Sequence[Any], item: PlanItem, window_id: str) -> datetime:
    """The first free time in a window. Raises Conflict with the rule that closes it."""
    busy = [*inputs.problem.busy, *(busy_block(one) for one in others)]
    floor = Floor(Index(replace(inputs.problem, items=(item,), busy=tuple(busy), pins=())))
    window = floor.index.window_at[window_id]
    found = floor.find(0, only_window=window)
    if found is None:
        reason, told = closing(floor, 0, window)
        raise Conflict(told, code="breaks_rules", errors=(FieldError("#/window_id", told, reason.value),))
    return datetime.fromtimestamp(found[1], UTC)


def _business_date(problem: Problem, row: Any, starts: datetime) -> Any:
    worker = next(one for one in problem.workers if one.id == str(row.worker_id))
    return next((p.business_date for p in worker.shifts if p.starts_at <= starts < p.ends_at), row.business_date)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A stored block at another place."""

    kind: str
    assignment_id: UUID
    worker_id: UUID
    window_id: str
    starts_at: datetime
    ends_at: datetime


def _must_keep_rules(inputs: Inputs, others: Sequence[Any], row: Any, edit: Edit, place: dict[str, Any]) -> None:
    """Raise Conflict with every rule that the edit adds to those broken already; the block's own count in any case."""
    moved = _Moved(row.kind, row.assignment_id, row.worker_id, place["window_id"], place["starts_at"], place["ends_at"])
    found = violations(inputs, [*others, moved])
    if found:
        # A pin is asked as if the block were new there: what it breaks now is no reason to keep it there.
        before = violations(inputs, [*others, row] if edit.moves else others)
        found = [one for one in found if one not in before or one.subject_id == name_of(row)]
    if found:
        raise Conflict("There it would break a hard rule.", code="breaks_rules", errors=broken_rules(found))


async def _move(tx: WriteTransaction, row: Any, place: dict[str, Any]) -> Any:
    """A proposed block moves; a published one is replaced, so that whoever was told of it can be told again."""
    if row.status == "proposed":
        await store.move(tx, row.id, **place)
        return await store.one(tx, row.id)
    copied = ("worker_id", "assignment_id", "kind", "key", "hash", "seconds", "needs_tablet")
    made = {"id": new_id(), **{name: getattr(row, name) for name in copied}, **place}
    await store.end(tx, [row.id], "moved")
    await store.add(tx, row.plan_id, [made])
    await store.schedule(tx, [made["id"]])
    (new,) = await store.by_id(tx, [made["id"]])
    await keep_promises(tx, ended=[row], scheduled=[new], why="It was moved by hand.")
    await publish(tx, BlockMoved(subject_id=new.id, replaces=row.id, **facts(new)))
    return new
