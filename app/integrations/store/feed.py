"""Statements about the event feed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction

# Ordered by the column, never by its text, in which 9 comes after 10.
# Below the oldest transaction still running, nothing can appear any more: who reads up to there has read everything.
FEED = text(
    "select id, type, subject_id, occurred_at, data, cast(writer as text) as written_by from event "
    "where organization_id = :organization_id and (writer, id) > (cast(cast(:writer as text) as xid8), :after) "
    "and writer < pg_snapshot_xmin(pg_current_snapshot()) "
    "and (cast(:since as timestamptz) is null or occurred_at >= :since) order by event.writer, event.id limit :limit"
)
# Transaction ids begin anew in a restored cluster and may be spent twice after a fail-over: both change this.
EPOCH = text(
    "select concat((select system_identifier from pg_control_system()), '-', (select timeline_id from pg_control_checkpoint()))"
)


async def epoch(tx: ReadTransaction) -> str:
    """The history that transaction ids belong to."""
    return str(await tx.scalar(EPOCH))


async def read(tx: ReadTransaction, writer: int, after: UUID, since: datetime | None, limit: int) -> Sequence[Any]:
    """Events after a position, in the order in which they can be followed without a gap."""
    return await tx.rows(FEED, writer=str(writer), after=after, since=since, limit=limit)
