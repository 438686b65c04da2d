"""After the roster changed, or reserved time came free: claims are settled anew, by reversal and replacement."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.events import publish
from app.core.intervals import Interval, intersect
from app.paytime.caps import Caps, Used
from app.paytime.models.rules import PayOutcome
from app.paytime.reclassify import WHY, Before, Change, Standing, movable, reclassified
from app.paytime.service.corrections import append
from app.paytime.service.crediting import Ledger, attended, raised
from app.paytime.store import corrections, reading, writing
from app.paytime.store import review as store


async def review(tx: WriteTransaction, worker_id: UUID, within: Interval) -> int:
    """Settle a worker's claims around a stretch again; answers how many lines that wrote. Repeating writes nothing.

    What people corrected or decided stays. The worker is told of every line.
    """
    await writing.lock(tx, [worker_id])
    claims = await store.claims(tx, worker_id, within)
    if not claims:
        return 0
    reach = Interval(min(c.starts_at for c in claims), max(c.ends_at for c in claims))
    state = await writing.state(tx, claims)
    sources = [claim.source_id for claim in claims]
    held = await corrections.held(tx, worker_id, reach)
    entries = await reading.several(tx, [one.entry_id for one in held if not one.reserved])
    before = Before(
        claims,
        [Standing(entries[one.entry_id], one.interval) for one in held if not one.reserved],
        await store.waiting(tx, worker_id, sources),
        await store.decided(tx, worker_id, sources),
        [one.interval for one in held],
    )
    change = reclassified(before, attended(state), state.places, Caps(state.places, _others(state, before)))
    await _write(tx, change)
    return len(change.lines) + len(change.exceptions)


def _others(state: Ledger, before: Before) -> list[Used]:
    """What counts towards caps besides the lines that are looked at."""
    own: dict[tuple[object, ...], int] = defaultdict(int)
    for one in movable(before):
        own[one.entry.worker_id, one.entry.business_date, one.entry.shift_id] += one.interval.seconds
    return [(worker, day, shift, seconds - own[worker, day, shift]) for worker, day, shift, seconds in state.used]


async def _write(tx: WriteTransaction, change: Change) -> None:
    if change.over:
        await corrections.end(tx, change.over, PayOutcome.RECLASSIFIED.value, WHY)
    await append(tx, change.lines, [line for _, line in change.exceptions])
    for claim in {claim.source_id: claim for claim, _ in change.exceptions}.values():
        own = [line for of, line in change.exceptions if of.source_id == claim.source_id]
        await publish(tx, *raised(claim, own))


async def touched(tx: ReadTransaction, start: datetime, end: datetime, workers: Sequence[UUID]) -> list[UUID]:
    """Workers who claimed time in a stretch, among some or, for an empty list, among all."""
    return await store.touched(tx, start, end, workers)


async def freed(tx: WriteTransaction, worker_id: UUID, stretch: Interval) -> None:
    """Give time that is no longer reserved to whatever else was claimed in it."""
    if any(intersect((claim.interval,), (stretch,)) for claim in await store.claims(tx, worker_id, stretch) if claim.interval):
        await review(tx, worker_id, stretch)
