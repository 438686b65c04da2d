"""A plan beside what is published: what moves, what is new, what is dropped, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.errors import Conflict
from app.planning.domain.comparing import Better, Cause, Comparison, cause
from app.planning.domain.plan import Block
from app.planning.service.holding import LeftOut, Standing, name_of, standing
from app.planning.service.inputs import Inputs, gather, item_id
from app.planning.service.plans import plan as readable_plan
from app.planning.service.wanted import is_pair
from app.planning.store import blocks as block_store

COMPARABLE = ("proposed", "published", "superseded", "withdrawn")


@dataclass(slots=True)
class Changes:
    """How a plan's blocks meet the ones published before."""

    new: list[Any]
    moved: list[tuple[Any, Any]]
    unchanged: list[tuple[Any, Any]]
    cancelled: list[Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """What publishing would change, or did. `refusal` says why it cannot be published as it stands."""

    plan: Any
    moved: Sequence[Mapping[str, Any]]
    new: Sequence[Mapping[str, Any]]
    dropped: Sequence[Mapping[str, Any]]
    left_out: Sequence[Mapping[str, Any]]
    unchanged: int
    refusal: str | None = None


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


async def compare_plan(tx: ReadTransaction, plan_id: UUID) -> Compared:
    """A proposed plan beside what is published now, or what a published one changed. Raises NotFound, Conflict."""
    row = await readable_plan(tx, plan_id)
    if row.status not in COMPARABLE:
        raise Conflict(f"The plan is {row.status}: there is nothing to compare.", code="plan_not_proposed")
    if row.status != "proposed":
        return _as_published(row)
    proposed = await block_store.of_plan(tx, row.id, proposed=True)
    inputs = await gather(tx, row, datetime.fromisoformat(row.inputs["starts_at"]))
    refusal = None
    try:
        found = standing(row, inputs, proposed, tx.now)
    except Conflict as conflict:
        refusal = conflict.detail
        found = Standing(tuple(block for block in proposed if name_of(block) in inputs.items), ())
    changes = compare(found.usable, inputs.replaceable)
    return Compared(row, **told(row, inputs, found, changes), unchanged=len(changes.unchanged), refusal=refusal)


def _as_published(row: Any) -> Compared:
    kept = row.changes.get("told", {"moved": [], "new": [], "dropped": [], "left_out": []})
    return Compared(row, **kept, unchanged=len(row.changes.get("adopted", ())))


def told(row: Any, inputs: Inputs, found: Standing, changes: Changes) -> dict[str, Any]:
    """Every difference with its cause, as plain values."""
    learning = [block for block in found.usable if not is_pair(block)]
    placed = [Block(name_of(b), str(b.worker_id), str(b.window_id), b.starts_at, b.ends_at) for b in learning]
    floor = Comparison(inputs.problem, placed) if changes.moved or changes.cancelled else None
    left = {name_of(one.block): Cause(one.reason.value, one.sentence) for one in found.left_out}
    unplaced = {**_unplaced(row), **left}
    return {
        "moved": [_moved(floor, old, new) for old, new in changes.moved if floor],
        "new": [_one(new, cause(Better.NEW), after=new) for new in changes.new],
        "dropped": [_one(old, floor.dropped(name_of(old), unplaced), before=old) for old in changes.cancelled if floor],
        "left_out": [_left(one) for one in found.left_out],
    }


def _unplaced(row: Any) -> dict[str, Cause]:
    items: Iterable[Mapping[str, Any]] = row.result.get("unplaced", ())
    return {item_id(one["assignment_id"], one["worker_id"]): Cause(one["reason"], one["sentence"]) for one in items}


def _moved(floor: Comparison, old: Any, new: Any) -> dict[str, Any]:
    if old.window_id == new.window_id:
        why = cause(Better.EARLIER if new.starts_at < old.starts_at else Better.OTHERS)
    else:
        why = floor.moved(name_of(new), str(old.window_id), old.starts_at, new.starts_at)
    return _one(new, why, before=old, after=new)


def _left(one: LeftOut) -> dict[str, Any]:
    return _one(one.block, Cause(one.reason.value, one.sentence), after=one.block)


def _one(block: Any, why: Cause, *, before: Any = None, after: Any = None) -> dict[str, Any]:
    what = {name: getattr(block, name) for name in ("worker_id", "assignment_id", "kind", "key")}
    return {**what, "before": _place(before), "after": _place(after), **asdict(why)}


def _place(block: Any) -> dict[str, Any] | None:
    names = ("id", "window_id", "work_center_id", "starts_at", "ends_at")
    return None if block is None else {name: getattr(block, name) for name in names}
