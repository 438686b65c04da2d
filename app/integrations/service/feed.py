"""Use case: following every event of the organization without losing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.errors import AppError
from app.integrations.domain import facts
from app.integrations.policies import EVENTS_READ
from app.integrations.service.parts import must_manage
from app.integrations.store import feed as store


class CursorEnded(AppError):
    """The database was restored or failed over since the cursor was made: begin again, with `since`."""

    status, code, title = 410, "cursor_ended", "The cursor belongs to an earlier history: begin again with since"


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """How far a reader is: the last event's writing transaction and id, in one history of the database."""

    epoch: str
    writer: int
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Feed:
    """The next events with their data, the position after them, and whether more are waiting."""

    events: tuple[tuple[Any, dict[str, Any]], ...]
    position: FeedPosition
    more: bool


async def feed(tx: ReadTransaction, position: FeedPosition | None, since: datetime | None, limit: int) -> Feed:
    """Events after a position, at most `limit`. Raises Forbidden, CursorEnded."""
    must_manage(tx, EVENTS_READ)
    epoch = await store.epoch(tx)
    if position is not None and position.epoch != epoch:
        raise CursorEnded
    start = position or FeedPosition(epoch, 0, UUID(int=0))
    rows: Sequence[Any] = await store.read(tx, start.writer, start.event_id, since, limit + 1)
    shown = rows[:limit]
    end = FeedPosition(epoch, int(shown[-1].written_by), shown[-1].id) if shown else start
    told = tuple((row, facts(tx.organization_id, row.id, row.subject_id, row.data)) for row in shown)
    return Feed(told, end, len(rows) > limit)
