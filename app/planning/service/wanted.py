"""What a plan holds beside open learning: protected time and shadowing that were asked for, or that the site's policy gives."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.core.db import ReadTransaction
from app.core.intervals import Interval
from app.learning.domain.values import OpenItem
from app.paytime import service as paytime
from app.planning.domain.pair_values import Coached, PairRequest
from app.planning.domain.policy import SitePolicy
from app.planning.domain.problem import ItemKind, PlanItem, Problem, Purpose
from app.planning.store import requests as store
from app.roster.domain import Shift

PAIR_KINDS = (ItemKind.SHADOWING, ItemKind.COACHING)
PROTECTED_KEY, SHADOW_KEY = "protected-time", "shadowing"
TITLES = {ItemKind.PROTECTED_BLOCK: "Protected time", ItemKind.SHADOWING: "Shadowing", ItemKind.COACHING: "Coaching"}
WEEK = timedelta(days=7)
Who = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Asked:
    """What everything here is read for: a site's rules, the time to plan, its people and their shifts, and live blocks.

    `again` are published blocks that are planned anew.
    """

    site_id: UUID
    rules: SitePolicy
    horizon: Interval
    center_ids: Sequence[UUID]
    learners: Sequence[UUID]
    shifts: Sequence[Shift]
    again: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Protected blocks as open items with their releases, wanted sessions, and time that was promised by hand.

    `sides` are the sessions as items of each who may take part, so that a proposed block is known again.
    """

    items: tuple[OpenItem, ...] = ()
    releases: Mapping[Who, datetime] | None = None
    pairs: tuple[PairRequest, ...] = ()
    coached: tuple[Coached, ...] = ()
    sides: tuple[OpenItem, ...] = ()
    promised: Mapping[UUID, tuple[Interval, ...]] | None = None

    def shaped(self, item: PlanItem, open_item: OpenItem) -> PlanItem:
        """A protected block as the planner wants it: with its release and its own purpose."""
        if item.kind is not ItemKind.PROTECTED_BLOCK:
            return item
        release = (self.releases or {}).get((open_item.assignment_id, open_item.worker_id))
        return replace(item, release_at=release, purpose=Purpose.PROTECTED, title=TITLES[item.kind])

    def paired(self, problem: Problem, rules: SitePolicy) -> Problem:
        """The problem with the sessions that are wanted."""
        limit = rules.trainer_weekly_sessions
        return replace(problem, pairs=self.pairs, coached=self.coached, trainer_weekly_sessions=limit)


def is_pair(block: Any) -> bool:
    """Whether a block is one side of a shadowing session."""
    return block.kind in PAIR_KINDS


async def wanted_beside(tx: ReadTransaction, asked: Asked, skilled: Mapping[str, frozenset[str]]) -> Wanted:
    """Everything that is to be planned beside open learning."""
    promised = await _by_hand(tx, asked)
    found = [*await _requested(tx, asked), *_entitled(asked, promised)]
    begun = await _begun(tx, {one.assignment_id for one, _ in found})
    left = [(one, release) for one, release in found if (one.assignment_id, one.worker_id) not in begun]
    releases = {(one.assignment_id, one.worker_id): release for one, release in left}
    sessions = await _sessions(tx, asked)
    spans = {who: tuple(Interval(b.starts_at, b.ends_at) for b in blocks) for who, blocks in promised.items()}
    return Wanted(
        items=tuple(one for one, _ in left),
        releases=releases,
        pairs=tuple(_pair(row) for row in sessions),
        coached=await _coached(tx, asked) if sessions else (),
        sides=tuple(side for row in sessions for side in _sides(row, asked.learners, skilled)),
        promised=spans,
    )


async def has_sessions(tx: ReadTransaction, center_ids: Sequence[UUID], horizon: Interval) -> bool:
    """Whether anybody is to learn beside somebody there: then who is qualified matters."""
    return bool(await store.open_sessions(tx, center_ids, horizon.start, horizon.end))


async def _by_hand(tx: ReadTransaction, asked: Asked) -> Mapping[UUID, Sequence[Any]]:
    """Protected time that people were promised without a plan, by worker: nothing else is planned into it."""
    promised = await paytime.promised(tx, asked.learners, *_weeks(asked))
    ours = await store.planned_ones(tx, [block.id for block in promised])
    found: dict[UUID, list[Any]] = defaultdict(list)
    for block in promised:
        if block.id not in ours:
            found[block.worker_id].append(block)
    return found


def _weeks(asked: Asked) -> tuple[date, date]:
    """The first and the last day of the weeks that are planned."""
    first, last = asked.horizon.start.date() - timedelta(days=1), asked.horizon.end.date() + timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


async def _requested(tx: ReadTransaction, asked: Asked) -> list[tuple[OpenItem, datetime]]:
    rows = await store.open_protected(tx, asked.learners, asked.horizon.start, asked.horizon.end)
    learners = set(asked.learners)
    return [
        (_item(row.id, who, row.seconds, row.due_at, row.priority), _up(row.release_at))
        for row in rows
        for who in row.worker_ids
        if who in learners
    ]


def _entitled(asked: Asked, by_hand: Mapping[UUID, Sequence[Any]]) -> Iterable[tuple[OpenItem, datetime]]:
    """What the site's policy gives each worker a week, less what was promised by hand in that week."""
    if not asked.rules.weekly_protected_blocks:
        return
    weeks: dict[tuple[UUID, tuple[int, int]], list[Shift]] = defaultdict(list)
    learners = set(asked.learners)
    for shift in asked.shifts:
        if shift.worker_id in learners and shift.ends_at > asked.horizon.start and shift.starts_at < asked.horizon.end:
            weeks[shift.worker_id, shift.business_date.isocalendar()[:2]].append(shift)
    for (who, week), shifts in sorted(weeks.items()):
        given = Counter(one.business_date.isocalendar()[:2] for one in by_hand.get(who, ()))[week]
        opens, closes = min(one.starts_at for one in shifts), max(one.ends_at for one in shifts)
        for number in range(given, asked.rules.weekly_protected_blocks):
            name = uuid5(asked.site_id, f"protected {week[0]}-W{week[1]:02} {number}")
            yield _item(name, who, asked.rules.protected_block_minutes * 60, closes, 10), opens


def _item(name: UUID, who: UUID, seconds: int, due_at: datetime | None, priority: int) -> OpenItem:
    return OpenItem(
        assignment_id=name,
        worker_id=who,
        kind=ItemKind.PROTECTED_BLOCK.value,
        key=PROTECTED_KEY,
        hash="",
        seconds=seconds,
        mandatory=False,
        due_at=due_at,
        priority=priority,
        prerequisites_open=(),
    )


async def _begun(tx: ReadTransaction, names: Collection[UUID]) -> set[Who]:
    """Who has begun or had what they were to get."""
    blocks = await store.blocks_of(tx, sorted(names))
    return {(block.assignment_id, block.worker_id) for block in blocks if block.status != "scheduled"}


async def _sessions(tx: ReadTransaction, asked: Asked) -> list[Any]:
    """Sessions that are wanted and neither published, begun nor held."""
    rows = await store.open_sessions(tx, asked.center_ids, asked.horizon.start, asked.horizon.end)
    again = {block.id for block in asked.again}
    counted = {
        block.assignment_id
        for block in await store.blocks_of(tx, [row.id for row in rows])
        if block.id not in again and (block.status != "scheduled" or block.ends_at > tx.now)
    }
    return [row for row in rows if row.id not in counted]


def _pair(row: Any) -> PairRequest:
    return PairRequest(
        id=str(row.id),
        trainee_id=str(row.trainee_id),
        work_center_id=str(row.work_center_id),
        skill=row.skill,
        trainer_id=None if row.trainer_id is None else str(row.trainer_id),
        seconds=row.seconds,
        value=row.priority,
        release_at=_up(row.release_at),
        due_at=None if row.due_at is None else row.due_at.replace(microsecond=0),
    )


def _up(moment: datetime) -> datetime:
    """The next whole second."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def _sides(row: Any, learners: Sequence[UUID], skilled: Mapping[str, frozenset[str]]) -> Iterable[OpenItem]:
    key = row.skill or SHADOW_KEY
    for who in learners:
        if who == row.trainee_id:
            kind = ItemKind.SHADOWING
        elif row.trainer_id in (None, who) and (row.skill is None or row.skill in skilled.get(str(who), ())):
            kind = ItemKind.COACHING
        else:
            continue
        yield replace(_item(row.id, who, row.seconds, row.due_at, row.priority), kind=kind.value, key=key)


async def _coached(tx: ReadTransaction, asked: Asked) -> tuple[Coached, ...]:
    first, last = _weeks(asked)
    again = [block.id for block in asked.again if is_pair(block)]
    rows = await store.coached(tx, asked.learners, first, last, again)
    return tuple(Coached(str(row.worker_id), row.business_date) for row in rows)
