"""Statements about single windows that differ from their pattern."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.intervals import Interval, between
from app.downtime.domain.changes import OwnWindow, WindowChange
from app.downtime.domain.patterns import WindowKind

COLUMNS = (
    "id, work_center_id, pattern_id, natural_starts_at, natural_ends_at, cancelled, starts_at, ends_at, max_learners, kind, "
    "setup_seconds, return_seconds, minimum_staying, version"
)
# A window moves at most a day, so whatever a change moves into the asked time began within a day of it.
CHANGES = text(
    f"select {COLUMNS} from window_change where organization_id = :organization_id "  # noqa: S608  # constant columns
    "and work_center_id = any(cast(:centers as uuid[])) "
    "and natural_starts_at < cast(:end as timestamptz) + interval '25 hours' "
    "and natural_starts_at > cast(:start as timestamptz) - interval '49 hours' "
    "and ((natural_starts_at < :end and natural_ends_at > :start) or (starts_at < :end and ends_at > :start)) order by id"
)
ONE = text(f"select {COLUMNS} from window_change where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
SAVE = text(
    "insert into window_change (organization_id, id, work_center_id, pattern_id, natural_starts_at, natural_ends_at, cancelled, "
    "starts_at, ends_at, max_learners, kind, setup_seconds, return_seconds, minimum_staying, created_at, version) "
    "values (:organization_id, :id, :work_center_id, :pattern_id, :natural_starts_at, :natural_ends_at, :cancelled, :starts_at, "
    ":ends_at, :max_learners, :kind, :setup_seconds, :return_seconds, :minimum_staying, :now, 1) "
    "on conflict (organization_id, id) do update set cancelled = excluded.cancelled, starts_at = excluded.starts_at, "
    "ends_at = excluded.ends_at, max_learners = excluded.max_learners, version = window_change.version + 1 "
    "where window_change.version = :version"
)


def _change(row: Row[Any]) -> WindowChange:
    own = OwnWindow(WindowKind(row.kind), row.setup_seconds, row.return_seconds, row.minimum_staying) if row.kind else None
    return WindowChange(
        window_id=row.id,
        work_center_id=row.work_center_id,
        pattern_id=row.pattern_id,
        natural=Interval(row.natural_starts_at, row.natural_ends_at),
        cancelled=row.cancelled,
        span=between(row.starts_at, row.ends_at) if row.starts_at else None,
        max_learners=row.max_learners,
        own=own,
        version=row.version,
    )


async def changes(tx: ReadTransaction, centers: Sequence[UUID], horizon: Interval) -> dict[UUID, WindowChange]:
    """Changes of windows that are, or would be without the change, in a horizon; by window."""
    rows = await tx.rows(CHANGES, centers=list(centers), start=horizon.start, end=horizon.end)
    return {row.id: _change(row) for row in rows}


async def change(tx: ReadTransaction, window_id: UUID) -> WindowChange | None:
    """The change of one window."""
    row = await tx.row(ONE, id=window_id)
    return _change(row) if row else None


async def save(tx: WriteTransaction, change: WindowChange) -> bool:
    """Store a change over the version it was read at (0: none); False when somebody was faster."""
    own, span = change.own, change.span
    saved = await tx.run(
        SAVE,
        id=change.window_id,
        work_center_id=change.work_center_id,
        pattern_id=change.pattern_id,
        natural_starts_at=change.natural.start,
        natural_ends_at=change.natural.end,
        cancelled=change.cancelled,
        starts_at=span.start if span else None,
        ends_at=span.end if span else None,
        max_learners=change.max_learners,
        kind=own.kind.value if own else None,
        setup_seconds=own.setup_seconds if own else 0,
        return_seconds=own.return_seconds if own else 0,
        minimum_staying=own.minimum_staying if own else 0,
        version=change.version,
        now=tx.now,
    )
    return saved == 1
