"""A worker's answer to an offer. Accepting takes the place at once, if the line can still spare the worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

from app.catalog import service as catalog
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, NotFound
from app.core.events import publish
from app.core.ids import new_id
from app.core.intervals import Interval
from app.downtime import service as downtime
from app.downtime.domain.patterns import Window
from app.learning import service as learning
from app.people import service as people
from app.planning.domain.offers import OfferStatus, Refused
from app.planning.domain.staying import all_keep
from app.planning.events import BlockMoved, BlockScheduled, OfferAccepted, OfferDeclined
from app.planning.service.live.line import Line, read_line
from app.planning.service.live.offering import business_date, facts, learning_span, offer
from app.planning.store import blocks as block_store
from app.planning.store import live as store

REFUSALS: dict[Refused, Callable[[], Conflict]] = {
    Refused.LAPSED: lambda: Conflict("The offer stood for a short time only; it is over.", code="offer_lapsed"),
    Refused.ANSWERED: lambda: Conflict("The offer was answered before.", code="offer_answered"),
    Refused.WINDOW_OVER: lambda: Conflict("The window is over.", code="window_over"),
    Refused.TOO_LITTLE_TIME: lambda: Conflict("What is left of the window is too short for it.", code="too_little_time"),
    Refused.NO_PLACE: lambda: Conflict("All places are taken.", code="no_place"),
    Refused.COVERAGE: lambda: Conflict("The line cannot spare anybody more now.", code="coverage_minimum"),
    Refused.NOT_HERE: lambda: Conflict("There is not enough of the shift left, or a break begins.", code="not_here"),
    Refused.BUSY: lambda: Conflict("Something else is planned at this time.", code="worker_busy"),
    Refused.NO_TABLET: lambda: Conflict("All tablets of the line are in use.", code="no_tablet"),
    Refused.DONE: lambda: Conflict("It is learned already.", code="already_done"),
}


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """An offer as its worker sees it."""

    row: Any
    titles: Mapping[str, str]


def refuse(reason: Refused) -> NoReturn:
    """Tell why an offer cannot be accepted. Raises Conflict."""
    made = REFUSALS[reason]
    raise made()


async def own_offers(tx: ReadTransaction, worker_id: UUID) -> list[OwnOffer]:
    """A worker's offers that still stand."""
    return [await shown(tx, row) for row in await store.own(tx, worker_id)]


async def shown(tx: ReadTransaction, row: Any) -> OwnOffer:
    """An offer with its titles."""
    item = (await catalog.published(tx)).get((row.kind, row.key))
    return OwnOffer(row, item.title if item else {})


async def accept(tx: WriteTransaction, offer_id: UUID) -> OwnOffer:
    """Learn now: a block that holds the place begins. Accepting again answers the same.

    Raises NotFound for other people's offers, or Conflict with the reason why it is too late.
    """
    row = await _own(tx, offer_id)
    await store.share(tx)
    await downtime.lock_floor(tx, row.work_center_id)
    row = await _own(tx, offer_id)
    if row.status == OfferStatus.ACCEPTED:
        return await shown(tx, row)
    await _must_stand(tx, row)
    block = await _seat(tx, row)
    if not await store.answer(tx, offer_id, OfferStatus.ACCEPTED, block["id"]):
        refuse(Refused.ANSWERED)
    await publish(tx, OfferAccepted(subject_id=offer_id, block_id=block["id"], **facts(row)))
    return await shown(tx, await store.one(tx, offer_id))


async def _own(tx: ReadTransaction, offer_id: UUID) -> Any:
    row = await store.one(tx, offer_id)
    if row is None or row.worker_id != tx.caller.worker_id:
        raise NotFound
    return row


async def _must_stand(tx: ReadTransaction, row: Any) -> None:
    if row.status == OfferStatus.LAPSED or (row.status == OfferStatus.OFFERED and row.expires_at <= tx.now):
        refuse(Refused.LAPSED)
    if row.status == OfferStatus.WITHDRAWN:
        refuse(Refused.WINDOW_OVER)
    if row.status != OfferStatus.OFFERED:
        refuse(Refused.ANSWERED)
    live = await downtime.live_window(tx, row.window_id)
    if live is None or not live.open_at(tx.now):
        refuse(Refused.WINDOW_OVER)


async def _seat(tx: WriteTransaction, row: Any) -> dict[str, Any]:
    """Check every rule against this very moment and write the block; answers it. Raises Conflict."""
    center = await people.work_center(tx, row.work_center_id)
    start = tx.now.replace(microsecond=0)
    line = await read_line(tx, center, start, row.until + timedelta(hours=1))
    window = next((one for one in line.windows if one.id == row.window_id), None)
    if window is None:
        refuse(Refused.WINDOW_OVER)
    opens, closes = learning_span(window)
    start = max(start, opens)
    ends = start + timedelta(seconds=row.seconds)
    if ends > closes:
        refuse(Refused.TOO_LITTLE_TIME)
    open_items = await learning.open_items(tx, [row.worker_id])
    if not any(item.assignment_id == row.assignment_id for item in open_items):
        refuse(Refused.DONE)
    old = await _must_be_free(tx, row, start, ends)
    _must_fit(line, window, row, start, ends)
    return await _write(tx, row, line, old, start, ends)


async def _must_be_free(tx: ReadTransaction, row: Any, start: datetime, ends: datetime) -> Sequence[Any]:
    """Blocks of the same item, which this one replaces. Raises Conflict when something else is planned at the time."""
    ahead = await store.ahead(tx, [row.worker_id])
    same = [block for block in ahead if block.assignment_id == row.assignment_id]
    if any(block.starts_at < ends and start < block.ends_at for block in ahead if block not in same):
        refuse(Refused.BUSY)
    return same


def _must_fit(line: Line, window: Window, row: Any, start: datetime, ends: datetime) -> None:
    """Places, tablets, the worker's own time and, at every moment until the window ends, whoever must stay."""
    mine = [span for worker, span in line.there if worker == row.worker_id]
    if not any(span.start <= start and ends <= span.end for span in mine):
        refuse(Refused.NOT_HERE)
    if row.needs_tablet and line.tablets_out(start) >= line.center.tablets:
        refuse(Refused.NO_TABLET)
    holders = line.holders(window.id) - {row.worker_id}
    running = [one for one in line.windows if one.interval.contains(start)]
    learners = {block.worker_id for block in line.blocks if any(block.window_id == one.id for one in running)}
    together = max((one.max_learners for one in running), default=window.max_learners)
    if len(holders) >= window.max_learners or len(learners - {row.worker_id}) >= together:
        refuse(Refused.NO_PLACE)
    floors = [line.floor(at) for at in line.moments(Interval(start, window.ends_at))]
    if all_keep(floors, row.worker_id):
        refuse(Refused.COVERAGE)


async def _write(
    tx: WriteTransaction, row: Any, line: Line, old: Sequence[Any], start: datetime, ends: datetime
) -> dict[str, Any]:
    names = ("worker_id", "work_center_id", "window_id", "assignment_id", "kind", "key", "hash", "seconds", "needs_tablet")
    block = {
        **{name: getattr(row, name) for name in names},
        "id": new_id(),
        "business_date": business_date(line, row.worker_id, start),
        "starts_at": start,
        "ends_at": ends,
        "pinned": False,
    }
    await store.end_blocks(tx, [one.id for one in old], "moved")
    await block_store.add(tx, None, [block])
    await block_store.schedule(tx, [block["id"]])
    told = {name: block[name] for name in ("worker_id", "work_center_id", "assignment_id", "kind", "key", "starts_at", "ends_at")}
    if old:
        await publish(tx, BlockMoved(subject_id=block["id"], replaces=old[0].id, **told))
    else:
        await publish(tx, BlockScheduled(subject_id=block["id"], **told))
    return block


async def decline(tx: WriteTransaction, offer_id: UUID) -> OwnOffer:
    """Go on working; the next person is asked. Declining again answers the same. Raises NotFound, Conflict."""
    row = await _own(tx, offer_id)
    await store.share(tx)
    await downtime.lock_floor(tx, row.work_center_id)
    row = await _own(tx, offer_id)
    if row.status == OfferStatus.DECLINED:
        return await shown(tx, row)
    if row.status != OfferStatus.OFFERED:
        refuse(Refused.ANSWERED)
    await store.answer(tx, offer_id, OfferStatus.DECLINED)
    await publish(tx, OfferDeclined(subject_id=offer_id, **facts(row)))
    await ask_next(tx, row.window_id)
    return await shown(tx, await store.one(tx, offer_id))


async def ask_next(tx: WriteTransaction, window_id: UUID) -> None:
    """Ask more people in a window that is open, if there are places; the caller holds the line's lock."""
    live = await downtime.live_window(tx, window_id)
    if live is None or not live.open_at(tx.now):
        return
    center = await people.work_center(tx, live.work_center_id)
    line = await read_line(tx, center, tx.now, live.expected_ends_at)
    for window in line.windows:
        if window.id == window_id:
            await offer(tx, window)
