"""Statements about plans and blackouts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json

HEAD = (
    "id, site_id, work_center_ids, starts_at, ends_at, seed, daily_cap_seconds, pins, status, inputs, based_on, publication, "
    "placed, unplaced, placed_seconds, failure, requested_by, created_at, solved_at, published_at, version, effort, phase, progress, "
    "policy, attempts, undo_until, undone_at"
)
ADD = text(
    "insert into plan (organization_id, id, site_id, work_center_ids, starts_at, ends_at, seed, daily_cap_seconds, pins, status, "
    "inputs, based_on, placed, unplaced, placed_seconds, result, requested_by, created_at, version, effort, phase, progress, policy, "
    "changes, attempts) values (:organization_id, :id, :site_id, cast(:work_center_ids as uuid[]), :starts_at, :ends_at, :seed, "
    ":daily_cap_seconds, cast(:pins as jsonb), 'solving', '{}', 0, 0, 0, 0, '{}', :requested_by, :now, 1, :effort, 'waiting', '{}', "
    "cast(:policy as jsonb), '{}', 0)"
)
ONE = text(f"select {HEAD}, result, changes from plan where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
LOCKED = text(f"select {HEAD}, result, changes from plan where organization_id = :organization_id and id = :id for update")  # noqa: S608  # constant columns
PAGE = text(
    f"select {HEAD} from plan where organization_id = :organization_id and id > :after "  # noqa: S608  # constant columns
    "and (cast(:nodes as uuid[]) is null or site_id = any(cast(:nodes as uuid[])) or work_center_ids <@ cast(:nodes as uuid[])) "
    "and (cast(:site_id as uuid) is null or site_id = :site_id) order by id limit :limit"
)
SOLVED = text(
    "update plan set status = 'proposed', inputs = cast(:inputs as jsonb), based_on = :based_on, placed = :placed, unplaced = :unplaced, "
    "placed_seconds = :placed_seconds, result = cast(:result as jsonb), solved_at = :now, phase = 'done', "
    "progress = cast(:progress as jsonb), lease_until = null, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status = 'solving'"
)
FAILED = text(
    "update plan set status = 'failed', failure = :failure, solved_at = :now, phase = 'done', lease_until = null, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status = 'solving'"
)
DISCARD = text(
    "update plan set status = 'discarded', phase = 'done', version = version + 1 where organization_id = :organization_id and id = :id "
    "and version = :version and status in ('solving', 'proposed', 'failed', 'cancelled')"
)
PUBLISHED = text(
    "update plan set status = 'published', publication = nextval('plan_publication'), published_at = :now, version = version + 1, "
    "changes = cast(:changes as jsonb), undo_until = :undo_until "
    "where organization_id = :organization_id and id = :id"
)
SUPERSEDE = text(
    "update plan p set status = 'superseded', version = version + 1 where p.organization_id = :organization_id and p.id <> :id "
    "and p.status = 'published' and p.work_center_ids && cast(:work_center_ids as uuid[]) and p.starts_at < :ends_at "
    "and p.ends_at > :starts_at and not exists (select from block b where b.organization_id = p.organization_id "
    "and b.plan_id = p.id and b.status = 'scheduled' and b.ends_at > :now) returning p.id"
)
# A number of its own: whatever was solved while the publication counted is to be asked for again.
WITHDRAW = text(
    "update plan set status = 'withdrawn', publication = nextval('plan_publication'), undone_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id"
)
REVIVE = text(
    "update plan set status = 'published', version = version + 1 where organization_id = :organization_id "
    "and id = any(cast(:ids as uuid[])) and status = 'superseded'"
)
EDITED = text(
    "update plan set version = version + 1, placed = placed - :dropped, unplaced = unplaced + :dropped, "
    "placed_seconds = placed_seconds - :seconds, pins = cast(:pins as jsonb), "
    "result = jsonb_set(result, '{edits}', to_jsonb(coalesce(cast(result ->> 'edits' as int), 0) + 1)) "
    "where organization_id = :organization_id and id = :id and status = 'proposed' "
    "and (cast(:version as int) is null or version = :version)"
)
NEWEST = text("select coalesce(max(publication), 0) from plan where organization_id = :organization_id")
SINCE = text(
    "select id from plan where organization_id = :organization_id and publication > :based_on and id <> :id "
    "and work_center_ids && cast(:work_center_ids as uuid[]) and starts_at < :ends_at and ends_at > :starts_at order by publication limit 1"
)
# Publishers and whoever closes time take turns, so that what a check saw is still so when its result is written.
LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:organization_id as uuid) as text), 17))")
BLACKOUT = "id, site_id, work_center_id, starts_at, ends_at, reason, created_at"
ADD_BLACKOUT = text(
    "insert into blackout (organization_id, id, site_id, work_center_id, starts_at, ends_at, reason, created_by, created_at) "
    "values (:organization_id, :id, :site_id, :work_center_id, :starts_at, :ends_at, :reason, :created_by, :now) "
    "on conflict (organization_id, id) do nothing"
)
BLACKOUTS = text(
    f"select {BLACKOUT} from blackout where organization_id = :organization_id and id > :after "  # noqa: S608  # constant columns
    "and (cast(:nodes as uuid[]) is null or site_id = any(cast(:nodes as uuid[])) or work_center_id = any(cast(:nodes as uuid[]))) "
    "and ends_at > :start and starts_at < :end order by id limit :limit"
)
CLOSED = text(
    f"select {BLACKOUT} from blackout where organization_id = :organization_id and site_id = :site_id "  # noqa: S608  # constant columns
    "and (work_center_id is null or work_center_id = any(cast(:work_center_ids as uuid[]))) and ends_at > :start and starts_at < :end order by id"
)
ONE_BLACKOUT = text(f"select {BLACKOUT} from blackout where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
DROP_BLACKOUT = text("delete from blackout where organization_id = :organization_id and id = :id")


async def add(tx: WriteTransaction, pins: Sequence[Mapping[str, Any]], policy: Mapping[str, Any], **values: Any) -> None:
    """Store what was asked; the plan is being solved from now on."""
    await tx.run(ADD, pins=as_json(list(pins)), policy=as_json(policy), now=tx.now, **values)


async def one(tx: ReadTransaction, plan_id: UUID) -> Row[Any] | None:
    """One plan with its result."""
    return await tx.row(ONE, id=plan_id)


async def locked(tx: WriteTransaction, plan_id: UUID) -> Row[Any] | None:
    """One plan with its result, kept from changing until the transaction ends."""
    return await tx.row(LOCKED, id=plan_id)


async def page(tx: ReadTransaction, **filters: Any) -> Sequence[Row[Any]]:
    """One page of plans without results."""
    return await tx.rows(PAGE, **filters)


async def solved(tx: WriteTransaction, inputs: Any, result: Any, progress: Any, **values: Any) -> bool:
    """Keep what the planner answered; false when the plan was given up meanwhile."""
    documents = {"inputs": as_json(inputs), "result": as_json(result), "progress": as_json(progress)}
    return bool(await tx.run(SOLVED, **documents, now=tx.now, **values))


async def failed(tx: WriteTransaction, plan_id: UUID, failure: str) -> None:
    """Note that there will be no plan, and why."""
    await tx.run(FAILED, id=plan_id, failure=failure[:500], now=tx.now)


async def discard(tx: WriteTransaction, plan_id: UUID, version: int) -> bool:
    """Give a plan up that was not published; false when its version or status is another."""
    return bool(await tx.run(DISCARD, id=plan_id, version=version))


async def lock(tx: WriteTransaction) -> None:
    """Let publishers of the organization take turns until the transaction ends."""
    await tx.rows(LOCK)


async def newest_publication(tx: ReadTransaction) -> int:
    """The number of the newest publication of the organization, 0 before the first."""
    return int(await tx.scalar(NEWEST))


async def published_since(tx: ReadTransaction, plan: Row[Any], publication: int) -> bool:
    """Whether a plan that shares work centers and time was published, or taken back, after a publication."""
    found = await tx.scalar(
        SINCE,
        id=plan.id,
        based_on=publication,
        work_center_ids=plan.work_center_ids,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )
    return found is not None


async def published(tx: WriteTransaction, plan: Row[Any], changes: Mapping[str, Any], undo_until: datetime) -> None:
    """Number the publication, keep what it changed, and mark earlier plans that have nothing left to come."""
    span = {"starts_at": plan.starts_at, "ends_at": plan.ends_at}
    ended = await tx.rows(SUPERSEDE, id=plan.id, work_center_ids=plan.work_center_ids, now=tx.now, **span)
    kept = as_json({**changes, "superseded": [row.id for row in ended]})
    await tx.run(PUBLISHED, id=plan.id, changes=kept, undo_until=undo_until, now=tx.now)


async def withdrawn(tx: WriteTransaction, plan: Row[Any]) -> None:
    """Mark a publication as taken back, and the plans it had ended as published again."""
    await tx.run(WITHDRAW, id=plan.id, now=tx.now)
    await tx.run(REVIVE, ids=plan.changes.get("superseded", []))


async def edited(tx: WriteTransaction, plan_id: UUID, pins: Any, *, version: int | None, dropped: int, seconds: int) -> bool:
    """Count an edit by hand; false when the plan is no longer proposed, or no longer at the version that was read."""
    return bool(await tx.run(EDITED, id=plan_id, pins=as_json(pins), version=version, dropped=dropped, seconds=seconds))


async def add_blackout(tx: WriteTransaction, **values: Any) -> bool:
    """Store a blackout; false when the id is known already."""
    return bool(await tx.run(ADD_BLACKOUT, now=tx.now, **values))


async def blackouts(tx: ReadTransaction, **filters: Any) -> Sequence[Row[Any]]:
    """One page of blackouts that share time with [start, end)."""
    return await tx.rows(BLACKOUTS, **filters)


async def closed(
    tx: ReadTransaction, site_id: UUID, work_center_ids: Sequence[UUID], start: datetime, end: datetime
) -> Sequence[Row[Any]]:
    """Blackouts that close one of the work centers in [start, end)."""
    return await tx.rows(CLOSED, site_id=site_id, work_center_ids=list(work_center_ids), start=start, end=end)


async def blackout(tx: ReadTransaction, blackout_id: UUID) -> Row[Any] | None:
    """One blackout."""
    return await tx.row(ONE_BLACKOUT, id=blackout_id)


async def drop_blackout(tx: WriteTransaction, blackout_id: UUID) -> None:
    """Open the time again."""
    await tx.run(DROP_BLACKOUT, id=blackout_id)
