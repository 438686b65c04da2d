"""Statements about protected time and shadowing that somebody asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction

PROTECTED = (
    "r.id, r.site_id, r.worker_ids, r.seconds, r.release_at, r.due_at, r.priority, r.requested_by, r.created_at, r.cancelled_at"
)
SESSION = (
    "s.id, s.work_center_id, s.trainee_id, s.trainer_id, s.skill, s.seconds, s.release_at, s.due_at, s.priority, s.requested_by, "
    "s.created_at, s.cancelled_at, s.reason, s.sentence"
)
ADD_PROTECTED = text(
    "insert into protected_request (organization_id, id, site_id, worker_ids, seconds, release_at, due_at, priority, requested_by, "
    "created_at, version) values (:organization_id, :id, :site_id, cast(:worker_ids as uuid[]), :seconds, :release_at, :due_at, "
    ":priority, :by, :now, 1) on conflict do nothing"
)
ONE_PROTECTED = text(
    f"select {PROTECTED} from protected_request r where r.organization_id = :organization_id and r.id = :id"  # noqa: S608  # constants
)
PAGE_PROTECTED = text(
    f"select {PROTECTED} from protected_request r where r.organization_id = :organization_id and r.id > :after "  # noqa: S608  # constants
    "and (cast(:site_id as uuid) is null or r.site_id = :site_id) and (cast(:sites as uuid[]) is null or r.site_id = any(:sites)) "
    "order by r.id limit :limit"
)
OPEN_PROTECTED = text(
    f"select {PROTECTED} from protected_request r where r.organization_id = :organization_id and r.cancelled_at is null "  # noqa: S608  # constants
    "and r.worker_ids && cast(:workers as uuid[]) and r.release_at < :end and r.due_at > :start order by r.id"
)
CANCEL_PROTECTED = text(
    "update protected_request set cancelled_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and cancelled_at is null"
)
ADD_SESSION = text(
    "insert into shadow_session (organization_id, id, work_center_id, trainee_id, trainer_id, skill, seconds, release_at, due_at, "
    "priority, requested_by, created_at, version) values (:organization_id, :id, :work_center_id, :trainee_id, :trainer_id, :skill, "
    ":seconds, :release_at, :due_at, :priority, :by, :now, 1) on conflict do nothing"
)
ONE_SESSION = text(
    f"select {SESSION} from shadow_session s where s.organization_id = :organization_id and s.id = :id"  # noqa: S608  # constants
)
PAGE_SESSIONS = text(
    f"select {SESSION} from shadow_session s where s.organization_id = :organization_id and s.id > :after "  # noqa: S608  # constants
    "and (cast(:work_center_id as uuid) is null or s.work_center_id = :work_center_id) "
    "and (cast(:nodes as uuid[]) is null or s.work_center_id = any(:nodes)) order by s.id limit :limit"
)
OWN_SESSIONS = text(
    f"select {SESSION} from shadow_session s where s.organization_id = :organization_id and s.id > :after and (s.trainee_id = :worker_id "  # noqa: S608  # constants
    "or s.trainer_id = :worker_id or exists (select from block b where b.organization_id = s.organization_id "
    "and b.assignment_id = s.id and b.worker_id = :worker_id and b.status in ('scheduled', 'started', 'done'))) "
    "order by s.id limit :limit"
)
OPEN_SESSIONS = text(
    f"select {SESSION} from shadow_session s where s.organization_id = :organization_id and s.cancelled_at is null "  # noqa: S608  # constants
    "and s.work_center_id = any(cast(:centers as uuid[])) and s.release_at < :end and (s.due_at is null or s.due_at > :start) "
    "order by s.id"
)
CANCEL_SESSION = text(
    "update shadow_session set cancelled_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and cancelled_at is null"
)
EXPLAIN = text(
    "update shadow_session set reason = :reason, sentence = :sentence where organization_id = :organization_id and id = :id"
)
# What was published of what somebody asked for, and still counts.
BLOCKS = text(
    "select b.id, b.assignment_id, b.worker_id, b.kind, b.status, b.starts_at, b.ends_at, b.work_center_id, b.window_id from block b "
    "where b.organization_id = :organization_id and b.assignment_id = any(cast(:ids as uuid[])) "
    "and b.status in ('scheduled', 'started', 'done') order by b.starts_at, b.id"
)
KNOWN = text("select b.id from block b where b.organization_id = :organization_id and b.id = any(cast(:ids as uuid[]))")
COACHED = text(
    "select b.worker_id, b.business_date from block b where b.organization_id = :organization_id and b.kind = 'coaching' "
    "and b.worker_id = any(cast(:workers as uuid[])) and b.business_date between :first and :last "
    "and (b.status in ('started', 'done') or (b.status = 'scheduled' and b.ends_at > :now)) "
    "and not b.id = any(cast(:without as uuid[])) order by b.id"
)


async def add_protected(tx: WriteTransaction, **values: Any) -> bool:
    """Store a request for protected time; false when its id is taken."""
    return bool(await tx.run(ADD_PROTECTED, by=tx.caller.id, now=tx.now, **values))


async def one_protected(tx: ReadTransaction, request_id: UUID) -> Row[Any] | None:
    """One request for protected time."""
    return await tx.row(ONE_PROTECTED, id=request_id)


async def protected_page(
    tx: ReadTransaction, sites: Sequence[UUID] | None, site_id: UUID | None, after: UUID, limit: int
) -> Sequence[Row[Any]]:
    """One page of requests at these sites; None is everywhere."""
    wanted = None if sites is None else list(sites)
    return await tx.rows(PAGE_PROTECTED, sites=wanted, site_id=site_id, after=after, limit=limit)


async def open_protected(tx: ReadTransaction, workers: Sequence[UUID], start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Requests for any of the workers that may be met in [start, end)."""
    return await tx.rows(OPEN_PROTECTED, workers=list(workers), start=start, end=end) if workers else []


async def cancel_protected(tx: WriteTransaction, request_id: UUID) -> bool:
    """Give a request up; false when it was before."""
    return bool(await tx.run(CANCEL_PROTECTED, id=request_id, now=tx.now))


async def add_session(tx: WriteTransaction, **values: Any) -> bool:
    """Store a wanted session; false when its id is taken."""
    return bool(await tx.run(ADD_SESSION, by=tx.caller.id, now=tx.now, **values))


async def one_session(tx: ReadTransaction, session_id: UUID) -> Row[Any] | None:
    """One wanted session."""
    return await tx.row(ONE_SESSION, id=session_id)


async def session_page(
    tx: ReadTransaction, nodes: Sequence[UUID] | None, work_center_id: UUID | None, after: UUID, limit: int
) -> Sequence[Row[Any]]:
    """One page of sessions at these work centers; None is everywhere."""
    wanted = None if nodes is None else list(nodes)
    return await tx.rows(PAGE_SESSIONS, nodes=wanted, work_center_id=work_center_id, after=after, limit=limit)


async def own_sessions(tx: ReadTransaction, worker_id: UUID, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """One page of the sessions in which somebody learns or shows."""
    return await tx.rows(OWN_SESSIONS, worker_id=worker_id, after=after, limit=limit)


async def open_sessions(tx: ReadTransaction, centers: Sequence[UUID], start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Sessions wanted at the work centers that may take place in [start, end)."""
    return await tx.rows(OPEN_SESSIONS, centers=list(centers), start=start, end=end)


async def cancel_session(tx: WriteTransaction, session_id: UUID) -> bool:
    """Give a session up; false when it was before."""
    return bool(await tx.run(CANCEL_SESSION, id=session_id, now=tx.now))


async def explain_session(tx: WriteTransaction, session_id: UUID, reason: str | None, sentence: str | None) -> None:
    """Keep why the last plan had no hour for a session; None when it had one."""
    await tx.run(EXPLAIN, id=session_id, reason=reason, sentence=sentence)


async def blocks_of(tx: ReadTransaction, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Published blocks of what was asked for, whatever became of them unless they were given up."""
    return await tx.rows(BLOCKS, ids=list(ids)) if ids else []


async def planned_ones(tx: ReadTransaction, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these promises a plan made: they have the id of their block."""
    return {row.id for row in await tx.rows(KNOWN, ids=list(ids))} if ids else set()


async def coached(
    tx: ReadTransaction, workers: Sequence[UUID], first: Any, last: Any, without: Sequence[UUID]
) -> Sequence[Row[Any]]:
    """Sessions that people give or gave on business dates, without those that are to be planned again."""
    return await tx.rows(COACHED, workers=list(workers), first=first, last=last, without=list(without), now=tx.now)
