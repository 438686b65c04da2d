"""Statements about windows that are written out, and the one that answers "what now"."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import WriteTransaction
from app.core.jsonb import as_json

# An expression for `OneTrip.ask`: $1 is the organization, $6 the instant, `b.worker_id` the caller.
ME_NOW = "me_now($1, b.worker_id, $6, $7)"
# Whoever writes windows out again takes turns, or two of them would insert the same ones.
LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:organization_id as uuid) as text), 18))")
FORGET = text(
    "delete from planned_window where organization_id = :organization_id and work_center_id = any(cast(:centers as uuid[]))"
)
WRITE = text(
    "insert into planned_window (organization_id, id, work_center_id, kind, starts_at, ends_at, opens_at, closes_at, max_learners, "
    "minimum_staying) select :organization_id, w.id, w.work_center_id, w.kind, w.starts_at, w.ends_at, w.opens_at, w.closes_at, "
    "w.max_learners, w.minimum_staying from jsonb_to_recordset(cast(:windows as jsonb)) as w(id uuid, work_center_id uuid, kind text, "
    "starts_at timestamptz, ends_at timestamptz, opens_at timestamptz, closes_at timestamptz, max_learners int, minimum_staying int)"
)


async def write_windows(tx: WriteTransaction, centers: Sequence[UUID], windows: Sequence[dict[str, Any]]) -> None:
    """Replace the written-out windows of the work centers."""
    await tx.rows(LOCK)
    await tx.run(FORGET, centers=list(centers))
    if windows:
        await tx.run(WRITE, windows=as_json(list(windows)))
