"""Which published blocks would leave their line below a minimum, of those that the planner itself does not look at."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.intervals import Interval
from app.people.domain import WorkCenter
from app.planning.domain.offers import Flag
from app.planning.service.live.line import Line, read_line


async def short_soon(tx: ReadTransaction, centers: Sequence[WorkCenter], soon: Sequence[Any]) -> dict[UUID, Flag]:
    """Blocks that begin soon in a window during which their line would be below a minimum: the supervisor chooses among them."""
    found: dict[UUID, Flag] = {}
    async for line, here in _lines(tx, centers, soon):
        found |= {block.id: Flag.COVERAGE for block in here if _is_short(line, block, frozenset())}
    return found


async def short_pinned(tx: ReadTransaction, centers: Sequence[WorkCenter], later: Sequence[Any]) -> dict[UUID, Flag]:
    """As few pinned blocks as have to fall so that, with no other learners, their line is never below a minimum.

    A pin stands above every other wish, and below the people who must stay.
    """
    found: dict[UUID, Flag] = {}
    movable = {block.id for block in later if not block.pinned}
    async for line, here in _lines(tx, centers, [block for block in later if block.pinned]):
        # What was published last falls first.
        for block in sorted(here, key=lambda one: one.id, reverse=True):
            if _is_short(line, block, frozenset(movable | found.keys())):
                found[block.id] = Flag.COVERAGE
    return found


async def _lines(
    tx: ReadTransaction, centers: Sequence[WorkCenter], blocks: Sequence[Any]
) -> AsyncIterator[tuple[Line, list[Any]]]:
    """Each line on which there are blocks, with these."""
    for center in centers:
        here = [block for block in blocks if block.work_center_id == center.id]
        if here:
            yield await read_line(tx, center, tx.now, max(block.ends_at for block in here) + timedelta(hours=1)), here


def _is_short(line: Line, block: Any, without: frozenset[UUID]) -> bool:
    """Whether the line is short at any moment of the block's window in which its worker is away."""
    spans = (window.interval for window in line.windows if window.id == block.window_id)
    span = next(spans, Interval(block.starts_at, block.ends_at))
    floors = (line.floor(at, without) for at in line.moments(span))
    return any(block.worker_id in floor.away and floor.short() for floor in floors)
