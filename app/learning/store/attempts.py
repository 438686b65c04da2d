"""Statements about attempts: one read of what is known, one write of everything an attempt changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import events, jobs
from app.core.db import Opening, ReadTransaction, WriteTransaction, begin_with
from app.core.jsonb import as_json
from app.learning.domain.values import (
    Attempt,
    AttemptStatus,
    InterruptReason,
    ItemDone,
    ItemState,
    Work,
)
from app.paytime import service as paytime

COLUMNS = (
    "id, worker_id, kind, key, hash, language, status, reason, offline, started_at, finished_at, last_seen_at, lease_until, "
    "seconds, paid_seconds, score, passed, fingerprint, work"
)
MOMENTS = ("started_at", "finished_at", "last_seen_at", "lease_until")
# Whom an assignment `a` reaches among the workers of `l`; the rule of store.assignments and of
# `attempts_known`, by primary keys of the targets.
REACHES = (
    "(exists (select from assignment_target t where t.organization_id = :organization_id and t.kind = 'worker' "
    "and t.ref = cast(l.worker_id as text) and t.assignment_id = a.id) "
    "or exists (select from membership m join assignment_target t on t.organization_id = :organization_id and t.kind = 'crew' "
    "and t.ref = cast(m.crew_id as text) and t.assignment_id = a.id where m.organization_id = :organization_id "
    "and m.worker_id = l.worker_id and m.valid_from <= :day and (m.valid_until is null or m.valid_until >= :day)) "
    "or exists (select from worker w join assignment_target t on t.organization_id = :organization_id and t.kind = 'job_role' "
    "and t.ref = w.job_role and t.assignment_id = a.id where w.organization_id = :organization_id and w.id = l.worker_id))"
)
# Both functions are in the migration of this feature.
KNOWN = text(
    "select attempts_known(:organization_id, :worker_id, cast(:ids as uuid[]), cast(:kinds as text[]), cast(:keys as text[]), :day)"
)
UPLOAD = begin_with(
    "upload_state(cast(:organization_id as uuid), b.worker_id, cast(:ids as uuid[]), cast(:kinds as text[]), "
    "cast(:keys as text[]), cast(:day as date), cast(:start as timestamptz), cast(:end as timestamptz))"
)
GIVEN = (
    "with given as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as r(id uuid, worker_id uuid, kind text, key text, "
    "hash text, language text, status text, reason text, offline boolean, started_at timestamptz, finished_at timestamptz, "
    "lease_until timestamptz, seconds int, paid_seconds int, score int, passed boolean, completes boolean, fingerprint text, "
    "work jsonb)), written as (insert into attempt (organization_id, id, worker_id, kind, key, hash, language, status, reason, "
    "offline, started_at, finished_at, received_at, last_seen_at, lease_until, seconds, paid_seconds, score, passed, "
    "skew_seconds, fingerprint, work) select :organization_id, id, worker_id, kind, key, hash, language, status, reason, "
    "offline, started_at, finished_at, :now, :now, lease_until, seconds, paid_seconds, score, passed, "
    "cast(:skew as int), fingerprint, work from given order by id on conflict (organization_id, id) "
)
# Known ids change nothing; only an attempt that is still open takes its result, once.
FINISH_OPEN = (
    "do update set status = excluded.status, reason = excluded.reason, finished_at = excluded.finished_at, "
    "last_seen_at = excluded.last_seen_at, lease_until = null, seconds = excluded.seconds, "
    "paid_seconds = excluded.paid_seconds, score = excluded.score, passed = excluded.passed, "
    "skew_seconds = excluded.skew_seconds, fingerprint = excluded.fingerprint, work = excluded.work "
    "where attempt.status = 'open' and attempt.worker_id = excluded.worker_id and attempt.hash = excluded.hash "
)
# A device's clock may be minutes behind the server's, so work just before an assignment counts for it.
FOLLOW = (
    "returning id, started_at, finished_at), "  # noqa: S608  # constants of this module
    "latest as (select g.worker_id, g.kind, g.key, (array_agg(g.hash order by w.started_at desc))[1] as hash, "
    "max(g.score) as best, min(w.started_at) as started, max(w.finished_at) as finished, "
    "max(w.finished_at) filter (where g.completes) as completed "
    "from written w join given g on g.id = w.id group by g.worker_id, g.kind, g.key), "
    "progressed as (insert into progress as p (organization_id, worker_id, kind, key, status, hash, best_score, "
    "last_finished_at, completed_at) select :organization_id, worker_id, kind, key, "
    "case when completed is null then 'started' else 'completed' end, hash, best, finished, completed from latest "
    "order by worker_id, kind, key on conflict (organization_id, worker_id, kind, key) do update set "
    "status = case when p.status = 'completed' then 'completed' else excluded.status end, hash = excluded.hash, "
    "best_score = greatest(p.best_score, excluded.best_score), "
    "last_finished_at = greatest(p.last_finished_at, excluded.last_finished_at), "
    "completed_at = greatest(p.completed_at, excluded.completed_at)), "
    "reached as (insert into assignment_worker as s (organization_id, assignment_id, worker_id, status, hash, started_at, "
    "completed_at) select :organization_id, a.id, l.worker_id, "
    "case when l.completed >= a.created_at - cast(:slack as interval) then 'completed' else 'started' end, l.hash, l.started, "
    "case when l.completed >= a.created_at - cast(:slack as interval) then l.completed end "
    "from latest l join assignment a on a.organization_id = :organization_id and a.kind = l.kind and a.key = l.key "
    "where exists (select from assignment_worker h where h.organization_id = :organization_id and h.assignment_id = a.id "
    "and h.worker_id = l.worker_id) or (a.cancelled_at is null "
    f"and coalesce(l.finished, l.started) >= a.created_at - cast(:slack as interval) and {REACHES}) order by a.id "
    "on conflict (organization_id, assignment_id, worker_id) do update set "
    "status = case when s.status = 'completed' then 'completed' else excluded.status end, "
    "completed_at = coalesce(s.completed_at, excluded.completed_at))"
)
# What an attempt earned and what is told about it goes with it; nothing is told of one that somebody else stored first.
PAID = (
    f", paid as materialized ({paytime.APPEND}), told as ({events.INSERT} "  # noqa: S608  # constants
    "where e.subject_id not in (select id from given) or e.subject_id in (select id from written)), "
    f"queued as materialized ({jobs.ENQUEUE}) select array(select id from written) as ids, "
    "(select count(*) from paid) as paid, (select count(*) from queued) as queued"
)
START = text(GIVEN + "do nothing " + FOLLOW + " select array(select id from written) as ids")  # noqa: S608  # constants
FINISH = text(GIVEN + FINISH_OPEN + FOLLOW + PAID)
ONE = text(f"select {COLUMNS} from attempt where organization_id = :organization_id and id = :id")  # noqa: S608  # constants
SEVERAL = text(
    f"select {COLUMNS} from attempt where organization_id = :organization_id and id = any(cast(:ids as uuid[]))"  # noqa: S608  # constants
)
OF_WORKER = text(
    f"select {COLUMNS} from attempt where organization_id = :organization_id and worker_id = :worker_id "  # noqa: S608  # constants
    "and id > :after order by id limit :limit"
)
SAVE = text(
    "update attempt set work = cast(:work as jsonb), last_seen_at = :now, lease_until = :lease_until "
    "where organization_id = :organization_id and id = :id and status = 'open'"
)
LOCKED = text(
    f"select {COLUMNS} from attempt where organization_id = :organization_id and id = :id for update"  # noqa: S608  # constants
)
STILL_EXPIRED = text(
    f"select {COLUMNS} from attempt where organization_id = :organization_id and id = any(cast(:ids as uuid[])) "  # noqa: S608  # constants
    "and status = 'open' and lease_until < :now order by id for update"
)
EXPIRED = text(
    f"select {COLUMNS} from attempt where organization_id = :organization_id and status = 'open' "  # noqa: S608  # constants
    "and lease_until < :now order by lease_until limit :limit"
)
KEEP_CONFLICT = text(
    "insert into attempt_conflict (organization_id, attempt_id, fingerprint, worker_id, received_at, payload) "
    "select :organization_id, c.attempt_id, c.fingerprint, c.worker_id, :now, c.payload "
    "from jsonb_to_recordset(cast(:rows as jsonb)) as c(attempt_id uuid, fingerprint text, worker_id uuid, payload jsonb) "
    "order by 2, 3 on conflict do nothing"
)


@dataclass(frozen=True, slots=True)
class NewRow:
    """An attempt ready to be written; `completes` says whether it completes assignments of its content."""

    attempt: Attempt
    completes: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """Stored attempts among those asked for, which content is mandatory for the worker, and the ledger's own answer."""

    attempts: dict[UUID, Attempt]
    mandatory: set[tuple[str, str]]
    ledger: Mapping[str, Any] | None


async def known(tx: ReadTransaction, worker_id: UUID, content: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of this content is mandatory for the worker."""
    kinds, keys = [kind for kind, _ in content], [key for _, key in content]
    found = await tx.scalar(KNOWN, ids=[], worker_id=worker_id, kinds=kinds, keys=keys, day=tx.now.date())
    return _stored(found, None).mandatory


async def open_upload(
    opening: Opening, ids: Sequence[UUID], content: Sequence[tuple[str, str]], start: datetime, end: datetime
) -> tuple[WriteTransaction, Stored]:
    """Begin the transaction of an upload, take the caller's place in the ledger, and answer what the upload is judged by."""
    kinds, keys = [kind for kind, _ in content], [key for _, key in content]
    day = opening.now.date()
    tx, found = await opening.begin(UPLOAD, ids=list(ids), kinds=kinds, keys=keys, day=day, start=start, end=end)
    return tx, _stored(found["stored"], found["ledger"])


def _stored(found: Mapping[str, Any], ledger: Mapping[str, Any] | None) -> Stored:
    attempts = [_from_json(one) for one in found["attempts"] or ()]
    mandatory = {(kind, key) for kind, key in found["mandatory"] or ()}
    return Stored({attempt.id: attempt for attempt in attempts}, mandatory, ledger)


async def start(tx: WriteTransaction, attempt: Attempt) -> bool:
    """Store an open attempt; false when its id is taken."""
    return bool(await _write(tx, START, [NewRow(attempt, completes=False)], {"skew": None}))


async def finish(
    tx: WriteTransaction, rows: Sequence[NewRow], skew: int | None, *, pay: Mapping[str, Any], told: events.Announcement
) -> set[UUID]:
    """Store finished attempts with everything that follows from them; answers the ids that took effect just now.

    `pay` is what the ledger's function `pay_append` takes, `told` the events about attempts and pay.
    """
    return await _write(tx, FINISH, rows, {**pay, "skew": skew, "events": told.events, "jobs": jobs.as_rows(told.jobs)})


async def _write(tx: WriteTransaction, statement: Any, rows: Sequence[NewRow], values: Mapping[str, Any]) -> set[UUID]:
    given = as_json([_row(row) for row in rows])
    fixed = {"rows": given, "now": tx.now, "day": tx.now.date(), "slack": timedelta(minutes=5)}
    return set(await tx.scalar(statement, **{**values, **fixed}))


async def one(tx: ReadTransaction, attempt_id: UUID) -> Attempt | None:
    """An attempt by id, whoever it belongs to."""
    row = await tx.row(ONE, id=attempt_id)
    return None if row is None else _attempt(row)


async def locked(tx: WriteTransaction, attempt_id: UUID) -> Attempt | None:
    """An attempt that nobody else changes until this transaction ends."""
    row = await tx.row(LOCKED, id=attempt_id)
    return None if row is None else _attempt(row)


async def several(tx: ReadTransaction, ids: Sequence[UUID]) -> dict[UUID, Attempt]:
    """Attempts by id."""
    return {row.id: _attempt(row) for row in await tx.rows(SEVERAL, ids=list(ids))}


async def of_worker(tx: ReadTransaction, worker_id: UUID, *, after: UUID, limit: int) -> list[Attempt]:
    """A worker's attempts by id, which is by time."""
    return [_attempt(row) for row in await tx.rows(OF_WORKER, worker_id=worker_id, after=after, limit=limit)]


async def save(tx: WriteTransaction, attempt_id: UUID, work: Work, lease_until: datetime) -> bool:
    """Keep work in progress; false when the attempt is not open any more."""
    return bool(await tx.run(SAVE, id=attempt_id, work=as_json(work_json(work)), lease_until=lease_until, now=tx.now))


async def expired(tx: ReadTransaction, limit: int) -> list[Attempt]:
    """Open attempts whose lease has run out, oldest first."""
    return [_attempt(row) for row in await tx.rows(EXPIRED, now=tx.now, limit=limit)]


async def still_expired(tx: WriteTransaction, ids: Sequence[UUID]) -> list[Attempt]:
    """Those of the attempts that nobody came back to; nobody else changes them until this transaction ends."""
    return [_attempt(row) for row in await tx.rows(STILL_EXPIRED, ids=list(ids), now=tx.now)]


async def keep_conflicts(tx: WriteTransaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep results that contradict a stored one; the same one again is kept once."""
    if rows:
        await tx.run(KEEP_CONFLICT, rows=as_json(rows), now=tx.now)


def work_json(work: Work) -> dict[str, Any]:
    """Work as it is stored."""
    items = {key: {"state": done.state, "note": done.note, "photo": done.photo} for key, done in work.items.items()}
    return {"answers": dict(work.answers), "cards": list(work.cards), "items": items}


def _work(stored: dict[str, Any] | None) -> Work:
    given = stored or {}
    return Work(
        {item: tuple(chosen) for item, chosen in given.get("answers", {}).items()},
        tuple(given.get("cards", ())),
        {
            item: ItemDone(ItemState(found["state"]), found["note"], found["photo"])
            for item, found in given.get("items", {}).items()
        },
    )


def _row(row: NewRow) -> dict[str, Any]:
    attempt = row.attempt
    return {
        "id": attempt.id,
        "worker_id": attempt.worker_id,
        "kind": attempt.kind,
        "key": attempt.key,
        "hash": attempt.hash,
        "language": attempt.language,
        "status": attempt.status,
        "reason": attempt.reason,
        "offline": attempt.offline,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "lease_until": attempt.lease_until,
        "seconds": attempt.seconds,
        "paid_seconds": attempt.paid_seconds,
        "score": attempt.score,
        "passed": attempt.passed,
        "completes": row.completes,
        "fingerprint": attempt.fingerprint,
        "work": work_json(attempt.work),
    }


def _from_json(one: dict[str, Any]) -> Attempt:
    """An attempt as PostgreSQL writes it into JSON."""
    moments = {name: one[name] and datetime.fromisoformat(one[name]) for name in MOMENTS}
    return _attempt(SimpleNamespace(**{**one, **moments, "id": UUID(one["id"]), "worker_id": UUID(one["worker_id"])}))


def _attempt(row: Any) -> Attempt:
    return Attempt(
        id=row.id,
        worker_id=row.worker_id,
        kind=row.kind,
        key=row.key,
        hash=row.hash,
        language=row.language,
        status=AttemptStatus(row.status),
        reason=None if row.reason is None else InterruptReason(row.reason),
        offline=row.offline,
        started_at=row.started_at,
        finished_at=row.finished_at,
        last_seen_at=row.last_seen_at,
        lease_until=row.lease_until,
        seconds=row.seconds,
        paid_seconds=row.paid_seconds,
        score=row.score,
        passed=row.passed,
        fingerprint=row.fingerprint,
        work=_work(row.work),
    )
