"""Taking a publication back: what was published before counts again, unless somebody has begun to learn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, FieldError, NotFound, Stale
from app.core.events import Event, publish
from app.learning import service as learning
from app.planning.events import BlockCancelled, BlockMoved, BlockScheduled, PlanWithdrawn
from app.planning.service.floor import refresh_windows
from app.planning.service.holding import MOST_SHOWN, Scope, name_of, violations
from app.planning.service.inputs import gather, whole_seconds
from app.planning.service.plans import writable_plan
from app.planning.service.promising import keep_promises
from app.planning.service.publishing import facts
from app.planning.store import blocks as block_store
from app.planning.store import plans as store

LIVE = ("scheduled", "started", "done")
# Restored blocks that no longer keep the rules are taken out in rounds; what a few rounds do not settle is not restored.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What taking a publication back changed. `not_restored` are earlier blocks whose time has passed or is no longer free."""

    plan: Any
    cancelled: int
    restored: int
    not_restored: int


async def withdraw_publication(tx: WriteTransaction, plan_id: UUID, version: int) -> Withdrawal:
    """Take a publication back. Raises NotFound, Stale, or Conflict when it is too late."""
    await writable_plan(tx, plan_id)
    await store.lock(tx)
    row = await store.locked(tx, plan_id)
    if row is None:
        raise NotFound
    await _must_be_in_time(tx, row, version)
    changes = row.changes
    earlier = await block_store.by_id(tx, [*changes["cancelled"], *(old for old, _ in changes["moved"])])
    placed = await block_store.by_id(tx, [*changes["new"], *(new for _, new in changes["moved"])])
    await _nobody_may_have_begun(tx, row, placed)
    ended = [block for block in placed if block.status == "scheduled"]
    await block_store.end(tx, [block.id for block in ended], "cancelled")
    await block_store.hand_back(tx, changes["adopted"])
    restored = await block_store.restore(tx, [block.id for block in earlier])
    fallen = await _fallen(tx, row, {block.id for block in restored})
    await block_store.end(tx, sorted(fallen), "cancelled")
    restored = [block for block in restored if block.id not in fallen]
    await keep_promises(tx, ended=ended, restored=restored, why="The publication was taken back.")
    await store.withdrawn(tx, row)
    await refresh_windows(tx, row.work_center_ids)
    await _tell(tx, row, ended, restored)
    return Withdrawal(await store.one(tx, plan_id), len(ended), len(restored), len(earlier) - len(restored))


async def _must_be_in_time(tx: WriteTransaction, row: Any, version: int) -> None:
    if row.version != version:
        raise Stale
    if row.status != "published":
        raise Conflict(f"The plan is {row.status}; only a published plan can be taken back.", code="plan_not_published")
    if row.undo_until is None or tx.now >= row.undo_until:
        raise Conflict("The time to take this publication back is over.", code="undo_over")
    if await store.published_since(tx, row, row.publication):
        raise Conflict("A later plan for these work centers counts: take that one back first.", code="published_since")


async def _nobody_may_have_begun(tx: WriteTransaction, row: Any, placed: Sequence[Any]) -> None:
    """Raise Conflict when somebody learns, or has learned, what this publication placed, or when its blocks were moved since."""
    begun = await learning.begun_since(tx, sorted({block.worker_id for block in placed}), row.published_at)
    learned = [
        block
        for block in placed
        if block.status in LIVE
        and (block.status != "scheduled" or block.starts_at <= tx.now or (block.worker_id, block.kind, block.key) in begun)
    ]
    if learned:
        raise Conflict(
            f"Learning has started in {len(learned)} of these blocks: change the rest by hand.",
            code="learning_started",
            errors=tuple(
                FieldError(f"/blocks/{block.id}", f"{block.kind} {block.key} has started.", "learning_started")
                for block in learned[:MOST_SHOWN]
            ),
        )
    if any(block.status == "moved" for block in placed):
        raise Conflict("Blocks of this plan were moved since: change them by hand.", code="changed_since")


async def _fallen(tx: WriteTransaction, row: Any, restored: set[UUID]) -> set[UUID]:
    """Which restored blocks break a rule by now, because the roster, the windows or others' blocks changed."""
    span = whole_seconds(tx.now, row.ends_at)
    if not restored or span is None:
        return restored
    scope = Scope(row.site_id, row.work_center_ids, span[1], row.daily_cap_seconds, row.policy)
    inputs = await gather(tx, scope, span[0], pinned_too=True)
    live = [block for block in inputs.replaceable if name_of(block) in inputs.items]
    others = [block for block in live if block.id not in restored]
    accepted = {_key(one) for one in violations(inputs, others)}
    kept = {block.id for block in live} & restored
    for _ in range(ROUNDS):
        found = violations(inputs, [block for block in live if block.id in kept or block.id not in restored])
        new = {one.subject_id for one in found if _key(one) not in accepted}
        if not new:
            return restored - kept
        kept -= {block.id for block in live if block.id in kept and not new.isdisjoint(_subjects(block))}
    return restored


def _key(one: Any) -> tuple[str, str]:
    return one.rule, one.subject_id


def _subjects(block: Any) -> set[str]:
    """What a broken rule may name for a block: its item, session, worker, window or work center."""
    return {name_of(block), str(block.assignment_id), str(block.worker_id), str(block.window_id), str(block.work_center_id)}


async def _tell(tx: WriteTransaction, row: Any, ended: Iterable[Any], restored: Sequence[Any]) -> None:
    replaced = {(block.worker_id, block.assignment_id): block for block in ended}
    told: list[Event] = []
    for block in restored:
        instead = replaced.pop((block.worker_id, block.assignment_id), None)
        if instead is None:
            told.append(BlockScheduled(subject_id=block.id, **facts(block)))
        else:
            told.append(BlockMoved(subject_id=block.id, replaces=instead.id, **facts(block)))
    told += [BlockCancelled(subject_id=block.id, **facts(block)) for block in replaced.values()]
    told.append(
        PlanWithdrawn(
            subject_id=row.id,
            site_id=row.site_id,
            work_center_ids=tuple(row.work_center_ids),
            cancelled=len(replaced),
            restored=len(restored),
        )
    )
    await publish(tx, *told)
