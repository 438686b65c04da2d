"""Publishing a plan: checked once more against the roster, windows and blocks of this very moment."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, FieldError, NotFound, Stale
from app.core.events import Event, publish
from app.planning.domain.check import check
from app.planning.domain.plan import Block, BrokenPin, Plan, Reason
from app.planning.events import BlockCancelled, BlockMoved, BlockScheduled, PlanPublished
from app.planning.service.floor import refresh_windows
from app.planning.service.inputs import Inputs, gather, item_id
from app.planning.service.plans import writable_plan
from app.planning.service.policy import must_approve
from app.planning.store import blocks as block_store
from app.planning.store import plans as store

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing changed. `left_out` are proposed blocks whose time passed or whose item is no longer open."""

    plan: Any
    scheduled: int
    moved: int
    cancelled: int
    unchanged: int
    left_out: int


@dataclass(slots=True)
class Changes:
    """How a plan's blocks meet the ones published before."""

    new: list[Any]
    moved: list[tuple[Any, Any]]
    unchanged: list[tuple[Any, Any]]
    cancelled: list[Any]


async def publish_plan(tx: WriteTransaction, plan_id: UUID, version: int) -> Publication:
    """Make a proposed plan the one that counts; earlier blocks of its work centers that it does not keep are replaced.

    Raises Stale, or Conflict naming what changed when the plan no longer keeps every hard rule.
    """
    await writable_plan(tx, plan_id)
    await store.lock(tx)
    row = await store.locked(tx, plan_id)
    if row is None:
        raise NotFound
    _must_be_publishable(row, version, tx.now)
    await must_approve(tx, row)
    if await store.published_since(tx, row):
        raise Conflict("Another plan for these work centers was published since: ask for a new one.", code="plan_stale")
    proposed = await block_store.of_plan(tx, plan_id, proposed=True)
    inputs = await gather(tx, row, datetime.fromisoformat(row.inputs["starts_at"]))
    coming = [block for block in proposed if block.starts_at >= tx.now]
    usable = [block for block in coming if item_id(block.assignment_id, block.worker_id) in inputs.items]
    _must_be_there(inputs, coming)
    _must_still_hold(row, inputs, usable)
    changes = compare(usable, inputs.replaceable)
    known = {block.id for block in usable}
    await _write(tx, plan_id, changes, [block.id for block in proposed if block.id not in known])
    await store.published(tx, row)
    await refresh_windows(tx, row.work_center_ids)
    published = await _tell(tx, row, changes)
    return replace(published, left_out=len(proposed) - len(usable), plan=await store.one(tx, plan_id))


def _must_be_publishable(row: Any, version: int, now: datetime) -> None:
    if row.version != version:
        raise Stale
    if row.status != "proposed":
        raise Conflict(f"The plan is {row.status}; only a proposed plan can be published.", code="plan_not_proposed")
    if row.ends_at <= now:
        raise Conflict("The time of this plan is over.", code="plan_over")


def _must_be_there(inputs: Inputs, coming: Sequence[Any]) -> None:
    """Raise Conflict when somebody has no shift at these work centers any more; finished items are merely left out."""
    there = {worker.id for worker in inputs.problem.workers}
    gone = sorted({str(block.worker_id) for block in coming} - there)
    if gone:
        raise Conflict(
            "The plan no longer holds, because the roster changed since it was solved: ask for a new one.",
            code="plan_stale",
            errors=tuple(
                FieldError("/outside_shift", f"Worker {worker} has no shift there any more.", "outside_shift")
                for worker in gone[:MOST_SHOWN]
            ),
        )


def _must_still_hold(row: Any, inputs: Inputs, usable: Sequence[Any]) -> None:
    """Ask the independent checker about the blocks as they stand. Raises Conflict with the rules that would break."""
    blocks = tuple(
        Block(item_id(b.assignment_id, b.worker_id), str(b.worker_id), str(b.window_id), b.starts_at, b.ends_at) for b in usable
    )
    wanted = {block.item_id for block in blocks}
    items = tuple(item for item in inputs.problem.items if item.id in wanted)
    pins = tuple(pin for pin in inputs.problem.pins if pin.item_id in wanted)
    found = check(replace(inputs.problem, items=items, pins=pins), Plan(blocks, broken_pins=_named_pins(row, wanted)))
    if not found:
        return
    changed = [name for name, digest in inputs.digests.items() if row.inputs.get(name) != digest]
    named = " and ".join(changed) or "workers, their learning or other blocks"
    raise Conflict(
        f"The plan no longer holds, because the {named} changed since it was solved: ask for a new one.",
        code="plan_stale",
        errors=tuple(FieldError(f"/{one.rule.value}", one.sentence, one.rule.value) for one in found[:MOST_SHOWN]),
    )


def _named_pins(row: Any, wanted: Container[str]) -> tuple[BrokenPin, ...]:
    """The pins of placed items that the supervisor saw could not be kept."""
    named = (
        BrokenPin(item_id(one["assignment_id"], one["worker_id"]), one["window_id"], Reason(one["reason"]), one["sentence"])
        for one in row.result.get("broken_pins", ())
    )
    return tuple(pin for pin in named if pin.item_id in wanted)


def compare(usable: Sequence[Any], replaceable: Sequence[Any]) -> Changes:
    """Match new blocks to published ones by worker and assignment."""
    before = {(block.assignment_id, block.worker_id): block for block in replaceable}
    changes = Changes([], [], [], [])
    for block in usable:
        old = before.pop((block.assignment_id, block.worker_id), None)
        if old is None:
            changes.new.append(block)
        elif (old.starts_at, old.ends_at, old.window_id, old.hash) == (
            block.starts_at, block.ends_at, block.window_id, block.hash,
        ):  # fmt: skip
            changes.unchanged.append((old, block))
        else:
            changes.moved.append((old, block))
    changes.cancelled = list(before.values())
    return changes


async def _write(tx: WriteTransaction, plan_id: UUID, changes: Changes, left_out: Sequence[UUID]) -> None:
    # The old blocks go first: the database refuses two live blocks of a worker that share time.
    await block_store.end(tx, [old.id for old, _ in changes.moved], "moved")
    await block_store.end(tx, [old.id for old in changes.cancelled], "cancelled")
    await block_store.adopt(tx, plan_id, [old.id for old, _ in changes.unchanged])
    await block_store.drop(tx, [new.id for _, new in changes.unchanged] + list(left_out))
    await block_store.schedule(tx, [new.id for _, new in changes.moved] + [new.id for new in changes.new])


async def _tell(tx: WriteTransaction, row: Any, changes: Changes) -> Publication:
    told: list[Event] = [BlockScheduled(subject_id=new.id, **facts(new)) for new in changes.new]
    told += [BlockMoved(subject_id=new.id, replaces=old.id, **facts(new)) for old, new in changes.moved]
    told += [BlockCancelled(subject_id=old.id, **facts(old)) for old in changes.cancelled]
    counts = (len(changes.new), len(changes.moved), len(changes.cancelled))
    told.append(
        PlanPublished(
            subject_id=row.id,
            site_id=row.site_id,
            work_center_ids=tuple(row.work_center_ids),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            scheduled=counts[0],
            moved=counts[1],
            cancelled=counts[2],
        )
    )
    await publish(tx, *told)
    return Publication(row, *counts, unchanged=len(changes.unchanged), left_out=0)


def facts(block: Any) -> dict[str, Any]:
    """What events tell about a block."""
    names = ("worker_id", "work_center_id", "assignment_id", "kind", "key", "starts_at", "ends_at")
    return {name: getattr(block, name) for name in names}
