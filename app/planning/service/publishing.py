"""Publishing a plan: checked once more against the roster, windows and blocks of this very moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, NotFound, Stale
from app.core.events import Event, publish
from app.planning.events import BlockCancelled, BlockMoved, BlockScheduled, PlanPublished
from app.planning.service.comparing import Changes, compare, told
from app.planning.service.floor import refresh_windows
from app.planning.service.holding import standing
from app.planning.service.inputs import gather
from app.planning.service.plans import writable_plan
from app.planning.service.policy import must_approve, site_policy
from app.planning.service.promising import keep_promises
from app.planning.store import blocks as block_store
from app.planning.store import plans as store


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing changed. `left_out` are proposed blocks that no longer hold for their worker alone, each with why."""

    plan: Any
    scheduled: int
    moved: int
    cancelled: int
    unchanged: int
    left_out: Sequence[Mapping[str, Any]]


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
    if await store.published_since(tx, row, row.based_on):
        raise Conflict("Another plan for these work centers was published since: ask for a new one.", code="plan_stale")
    proposed = await block_store.of_plan(tx, plan_id, proposed=True)
    inputs = await gather(tx, row, datetime.fromisoformat(row.inputs["starts_at"]))
    found = standing(row, inputs, proposed, tx.now)
    changes = compare(found.usable, inputs.replaceable)
    known = {block.id for block in found.usable}
    kept = _kept(changes, told(row, inputs, found, changes))
    await _write(tx, plan_id, changes, [block.id for block in proposed if block.id not in known])
    undo = (await site_policy(tx, row.site_id)).policy.undo_minutes
    await store.published(tx, row, kept, tx.now + timedelta(minutes=undo))
    await refresh_windows(tx, row.work_center_ids)
    published = await _tell(tx, row, changes)
    return replace(published, left_out=kept["told"]["left_out"], plan=await store.one(tx, plan_id))


def _kept(changes: Changes, differences: dict[str, Any]) -> dict[str, Any]:
    """What taking the publication back needs to know, and what comparing tells afterwards."""
    return {
        "new": [block.id for block in changes.new],
        "moved": [[old.id, new.id] for old, new in changes.moved],
        "cancelled": [block.id for block in changes.cancelled],
        "adopted": [[old.id, old.plan_id] for old, _ in changes.unchanged],
        "told": differences,
    }


def _must_be_publishable(row: Any, version: int, now: datetime) -> None:
    if row.version != version:
        raise Stale
    if row.status != "proposed":
        raise Conflict(f"The plan is {row.status}; only a proposed plan can be published.", code="plan_not_proposed")
    if row.ends_at <= now:
        raise Conflict("The time of this plan is over.", code="plan_over")


async def _write(tx: WriteTransaction, plan_id: UUID, changes: Changes, left_out: Sequence[UUID]) -> None:
    # The old blocks go first: the database refuses two live blocks of a worker that share time.
    await block_store.end(tx, [old.id for old, _ in changes.moved], "moved")
    await block_store.end(tx, [old.id for old in changes.cancelled], "cancelled")
    await block_store.adopt(tx, plan_id, [old.id for old, _ in changes.unchanged])
    await block_store.drop(tx, [new.id for _, new in changes.unchanged] + list(left_out))
    await block_store.schedule(tx, [new.id for _, new in changes.moved] + [new.id for new in changes.new])
    ended = [*(old for old, _ in changes.moved), *changes.cancelled]
    await keep_promises(tx, ended=ended, scheduled=[*(new for _, new in changes.moved), *changes.new])


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
    return Publication(row, *counts, unchanged=len(changes.unchanged), left_out=())


def facts(block: Any) -> dict[str, Any]:
    """What events tell about a block."""
    names = ("worker_id", "work_center_id", "assignment_id", "kind", "key", "starts_at", "ends_at")
    return {name: getattr(block, name) for name in names}
