"""Offers in a window that is open now: to the best of those who may leave, as many as there are places."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.catalog import service as catalog
from app.catalog.domain import PublishedItem
from app.core.db import ReadTransaction, WriteTransaction
from app.core.events import publish
from app.core.ids import new_id
from app.core.intervals import Interval
from app.core.jobs import Job, defer
from app.downtime.domain.patterns import Window
from app.learning import service as learning
from app.learning.domain.values import OpenItem
from app.paytime import service as paytime
from app.people import service as people
from app.people.domain import Worker
from app.planning.domain.offers import SHORTEST, TIME_TO_LIVE, Candidate, Choice, asking_order, fitting
from app.planning.domain.problem import KEPT_FREE
from app.planning.domain.staying import Floor, all_keep
from app.planning.events import OfferMade
from app.planning.service.inputs import LOADS
from app.planning.service.live.line import Line, read_line
from app.planning.service.policy import site_policy
from app.planning.store import live as store
from app.planning.store import plans as plan_store

ASK_NEXT = "planning.ask_next"


def learning_span(window: Window) -> tuple[datetime, datetime]:
    """When learning may run in a window."""
    opens = window.starts_at + timedelta(seconds=window.setup_seconds)
    latest = window.ends_at - timedelta(seconds=window.return_seconds)
    return opens, min(latest, opens + timedelta(seconds=window.usable_seconds))


@dataclass(slots=True)
class Asking:
    """One round of offers: from when, until when, and what is left to give away."""

    line: Line
    window: Window
    start: datetime
    closes: datetime
    places: int
    tablets: int
    cap_seconds: int
    floors: list[Floor]


@dataclass(frozen=True, slots=True)
class Promised:
    """Time of a worker that belongs to no window and to nothing that is assigned."""

    worker_id: UUID
    starts_at: datetime
    ends_at: datetime
    window_id: UUID | None = None
    assignment_id: UUID | None = None


async def offer(tx: WriteTransaction, window: Window) -> Sequence[Any]:
    """Ask the next people in an open window; the caller holds the line's lock. Answers the offers that were made.

    Nobody is asked twice in a window, and never more people than may leave together at every moment until it ends.
    """
    if window.kind in KEPT_FREE:
        return []
    center = await people.work_center(tx, window.work_center_id)
    line = await read_line(tx, center, tx.now, window.ends_at)
    opens, closes = learning_span(window)
    closes = await _before_blackout(tx, line, closes)
    start = max(tx.now, opens)
    if closes - start < SHORTEST:
        return []
    before = await store.of_window(tx, window.id)
    waiting = [one for one in before if one.status == "offered" and one.expires_at > tx.now]
    asking = Asking(
        line,
        window,
        start,
        closes,
        window.max_learners - len(line.holders(window.id) | {one.worker_id for one in waiting}),
        center.tablets - line.tablets_out(tx.now) - sum(one.needs_tablet for one in waiting),
        (await site_policy(tx, center.site_id)).policy.daily_cap_minutes * 60,
        _floors(line, Interval(tx.now, window.ends_at), [one.worker_id for one in waiting]),
    )
    candidates = await _candidates(tx, asking, {one.worker_id for one in before})
    records = [_record(tx, asking, one, choice) for one, choice in _chosen(asking, candidates)]
    made = await store.add(tx, window.id, center.id, records)
    await publish(tx, *(OfferMade(subject_id=one.id, **facts(one)) for one in made))
    if made:
        await ask_again(tx, window.id, min(one.expires_at for one in made))
    return made


async def ask_again(tx: WriteTransaction, window_id: UUID, at: datetime) -> None:
    """Look at a window's offers again when the first of them lapses."""
    args = {"organization_id": str(tx.organization_id), "window_id": str(window_id)}
    await defer(tx, Job(ASK_NEXT, args, scheduled_at=at))


async def _before_blackout(tx: ReadTransaction, line: Line, closes: datetime) -> datetime:
    """Where a blackout cuts the window short."""
    found = await plan_store.closed(tx, line.center.site_id, [line.center.id], tx.now, closes)
    starts: list[datetime] = [row.starts_at for row in found]
    return min([closes, *starts])


def _floors(line: Line, span: Interval, gone: Iterable[UUID]) -> list[Floor]:
    """The line at each moment of a stretch, with the people who were asked already counted as away."""
    floors = [line.floor(at) for at in line.moments(span)]
    return [Floor(f.present, f.away | (frozenset(gone) & f.present.keys()), f.minimum, f.skill_minimums) for f in floors]


async def _candidates(tx: ReadTransaction, asking: Asking, asked: set[UUID]) -> list[Candidate]:
    """Everybody at the line who has not been asked, with what they could learn."""
    line = asking.line
    free = {worker: span.end for worker, span in line.there if span.contains(tx.now) and worker not in asked}
    workers = await people.workers(tx, sorted(free))
    active = {worker.id: worker for worker in workers.values() if worker.status == "active"}
    ahead = await store.ahead(tx, sorted(active))
    mine: dict[UUID, list[Any]] = defaultdict(list)
    taken: list[Any] = [*ahead, *await _promised(tx, sorted(active))]
    for block in taken:
        mine[block.worker_id].append(block)
    choices = await _choices(tx, asking, active, mine)
    used = await _used(tx, line, active)
    found = []
    for worker_id in sorted(active):
        until = _free_until(asking, free[worker_id], mine[worker_id])
        if until is not None and choices[worker_id]:
            found.append(Candidate(worker_id, until, tuple(choices[worker_id]), used.get(worker_id, 0)))
    return found


async def _promised(tx: ReadTransaction, workers: Sequence[UUID]) -> list[Promised]:
    """Protected time that people were promised and that is not over: nobody is asked in it."""
    around = timedelta(days=1)
    found = await paytime.promised(tx, workers, (tx.now - around).date(), (tx.now + around).date())
    return [Promised(one.worker_id, one.starts_at, one.ends_at) for one in found if one.ends_at > tx.now]


def _displaced(asking: Asking, block: Any) -> bool:
    """Whether a block was published in this window, at a time that is no longer in it."""
    opens, closes = learning_span(asking.window)
    return block.window_id == asking.window.id and not (opens <= block.starts_at and block.ends_at <= closes)


def _free_until(asking: Asking, leaves: datetime, mine: Sequence[Any]) -> datetime | None:
    """Until when somebody has time; None for whoever learns already or has a place in the window as it stands."""
    standing = [block for block in mine if not _displaced(asking, block)]
    if any(block.window_id == asking.window.id or block.starts_at <= asking.start for block in standing):
        return None
    begins: list[datetime] = [block.starts_at for block in standing]
    return min([leaves, *begins])


async def _choices(
    tx: ReadTransaction, asking: Asking, workers: Mapping[UUID, Worker], mine: Mapping[UUID, Sequence[Any]]
) -> dict[UUID, list[Choice]]:
    """What each worker could learn now, best first: what they hold a place for here, then open items nothing is planned for."""
    published = await catalog.published(tx)
    found: dict[UUID, list[Choice]] = defaultdict(list)
    for item in await learning.open_items(tx, sorted(workers)):
        offer = published.get((item.kind, item.key))
        blocks = [block for block in mine[item.worker_id] if block.assignment_id == item.assignment_id]
        here = any(_displaced(asking, block) for block in blocks)
        if offer and not item.prerequisites_open and speaks(workers[item.worker_id], offer) and (here or not blocks):
            found[item.worker_id].append(_choice(item, offer, own_place=here))
    for choices in found.values():
        choices.sort(key=lambda choice: not choice.own_place)
    return found


def speaks(worker: Worker, offer: PublishedItem) -> bool:
    """Whether the content exists in a language the worker reads."""
    return not offer.languages or bool(set(offer.languages) & set(worker.languages))


def _choice(item: OpenItem, offer: PublishedItem, *, own_place: bool) -> Choice:
    return Choice(
        item.assignment_id,
        item.kind,
        item.key,
        item.hash,
        item.seconds,
        item.mandatory,
        item.due_at,
        item.priority,
        offer.needs_tablet,
        own_place,
    )


async def _used(tx: ReadTransaction, line: Line, workers: Mapping[UUID, Worker]) -> dict[UUID, int]:
    """Seconds learned on the business date of each worker's shift."""
    days = {shift.worker_id: shift.business_date for shift in line.shifts if shift.interval.contains(tx.now)}
    if not days:
        return {}
    rows = await paytime.seconds_used(tx, sorted(workers), min(days.values()), max(days.values()), LOADS)
    return {row.worker_id: row.seconds for row in rows if days.get(row.worker_id) == row.business_date}


def _chosen(asking: Asking, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Choice]]:
    """Who is asked, in order, as long as places, tablets and everybody's minimum allow."""
    pairs = []
    for candidate in candidates:
        choice = fitting(candidate, asking.start, asking.closes, asking.cap_seconds, tablet=asking.tablets > 0)
        if choice is not None:
            pairs.append((candidate, choice))
    chosen = []
    for candidate, choice in asking_order(pairs, asking.start):
        if choice.needs_tablet and asking.tablets < 1:
            continue
        if not _leaves(asking, candidate.worker_id):
            continue
        asking.tablets -= choice.needs_tablet
        chosen.append((candidate, choice))
    return chosen


def _leaves(asking: Asking, worker_id: UUID) -> bool:
    """Give one place away, if there is one and the line can spare this worker until the window ends."""
    if asking.places < 1 or all_keep(asking.floors, worker_id):
        return False
    asking.places -= 1
    asking.floors = [floor.without(worker_id) if worker_id in floor.staying else floor for floor in asking.floors]
    return True


def _record(tx: WriteTransaction, asking: Asking, candidate: Candidate, choice: Choice) -> dict[str, Any]:
    latest = min(candidate.until, asking.closes) - timedelta(seconds=choice.seconds)
    return {
        "id": new_id(),
        "worker_id": candidate.worker_id,
        "assignment_id": choice.assignment_id,
        "kind": choice.kind,
        "key": choice.key,
        "hash": choice.hash,
        "seconds": choice.seconds,
        "needs_tablet": choice.needs_tablet,
        "business_date": business_date(asking.line, candidate.worker_id, tx.now),
        "expires_at": min(max(tx.now, asking.start) + TIME_TO_LIVE, latest),
        "until": min(candidate.until, asking.closes),
    }


def business_date(line: Line, worker_id: UUID, at: datetime) -> date:
    """The business date of the shift somebody is in."""
    return next(s.business_date for s in line.shifts if s.worker_id == worker_id and s.interval.contains(at))


def facts(row: Any) -> dict[str, Any]:
    """What events tell about an offer."""
    names = ("worker_id", "work_center_id", "window_id", "assignment_id", "kind", "key", "seconds", "expires_at")
    return {name: getattr(row, name) for name in names}
