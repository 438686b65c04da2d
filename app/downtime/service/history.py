"""What a line's history says: its stoppages, the patterns it proposes, and taking one of them into the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from app.core import events
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.intervals import Interval
from app.core.pages import Page
from app.downtime.domain.anchors import document_of
from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.history import Proposal, ProposalRules, patterns_from, propose
from app.downtime.domain.patterns import Handover, WindowKind, WindowPattern
from app.downtime.events import WindowMapped
from app.downtime.models import PatternOrigin
from app.downtime.policies import DOWNTIME_READ, DOWNTIME_WRITE
from app.downtime.service.patterns import PatternAsked, checked_anchor, checked_pattern, refuse_endless
from app.downtime.service.reach import centers_asked, one_center
from app.downtime.store import patterns as patterns_store
from app.downtime.store import stoppages as store
from app.downtime.store.patterns import StoredPattern
from app.people.domain import WorkCenter
from app.roster import service as roster

PATTERNS = UUID("0e5d3f6c-2a51-5b43-9b0f-8d1c6a4e7b90")
MOST_TIMES = 48


@dataclass(frozen=True, slots=True)
class History:
    """The proposals of one line and what they were counted over: shifts where the roster knows them, else days."""

    center: WorkCenter
    proposals: tuple[Proposal, ...]
    over_shifts: bool


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How a proposal is taken: for which kind of stop, with whom, and when if the history names no time of day."""

    kind: StoppageKind
    max_learners: int = 1
    minimum_staying: int | None = None
    anchor: Mapping[str, Any] | None = None


async def list_stoppages(
    tx: ReadTransaction, asked: Page, horizon: Interval, work_center_id: UUID | None, site_id: UUID | None
) -> Sequence[Any]:
    """One page of stoppages within the caller's reach, one more than asked for."""
    centers = await centers_asked(tx, DOWNTIME_READ, work_center_id, site_id)
    return await store.page(tx, [center.id for center in centers], horizon, asked.after, asked.limit + 1)


async def pattern_proposals(tx: ReadTransaction, work_center_id: UUID, horizon: Interval, rules: ProposalRules) -> History:
    """What the stoppages of a line observed in a horizon propose, one for each kind of stop."""
    center = await one_center(tx, DOWNTIME_READ, work_center_id)
    return await _history(tx, center, horizon, rules)


async def _history(tx: ReadTransaction, center: WorkCenter, horizon: Interval, rules: ProposalRules) -> History:
    line, zone = str(center.id), ZoneInfo(center.time_zone)
    stoppages = await store.stoppages(tx, center.id, horizon)
    first, last = (instant.astimezone(zone).date() for instant in (horizon.start, horizon.end))
    days = await store.logged_days(tx, center.id, first, last)
    shifts = await roster.shifts(tx, start=horizon.start, end=horizon.end, work_center_ids=[center.id])
    spans = {shift.interval for shift in shifts}
    # A roster that begins later than the log would make every stop before it look as if nobody had been there.
    known = {day for span in spans for day in (span.start.astimezone(zone).date(), span.end.astimezone(zone).date())}
    over_shifts = bool(spans) and set(days) <= known
    found = propose(stoppages, zone, rules, {line: sorted(spans)} if over_shifts else None, {line: days})
    return History(center, found, over_shifts)


async def accept_proposal(
    tx: WriteTransaction, work_center_id: UUID, horizon: Interval, rules: ProposalRules, acceptance: Acceptance
) -> list[StoredPattern]:
    """Map what a line's history proposes for a kind of stop: a daily pattern for each typical time, or one as anchored.

    Accepting again changes nothing; with newer history it refreshes the same patterns. Raises NotFound for a kind the
    history does not have, Conflict when it says too little.
    """
    center = await one_center(tx, DOWNTIME_WRITE, work_center_id)
    history = await _history(tx, center, horizon, rules)
    proposal = next((one for one in history.proposals if one.kind is acceptance.kind), None)
    if proposal is None:
        raise NotFound
    patterns = _accepted(tx, center, proposal, rules, acceptance)
    if not patterns:
        why = proposal.too_little or "no_typical_time"
        raise Conflict(f"The history says too little to map this: {why}.", code="too_little_history")
    for pattern in patterns:
        if await patterns_store.add(tx, pattern, PatternOrigin.HISTORY):
            await events.publish(tx, WindowMapped(subject_id=pattern.id, work_center_id=center.id))
    stored = {one.id: one for one in await patterns_store.patterns(tx, [center.id], tx.now)}
    return [stored[pattern.id] for pattern in patterns if pattern.id in stored]


def _accepted(
    tx: ReadTransaction, center: WorkCenter, proposal: Proposal, rules: ProposalRules, acceptance: Acceptance
) -> list[WindowPattern]:
    staying = center.minimum_staying if acceptance.minimum_staying is None else acceptance.minimum_staying
    if acceptance.anchor is not None:
        return _anchored(tx, center, proposal, rules, acceptance)
    made = patterns_from(
        proposal,
        ids=[UUID(int=number) for number in range(MOST_TIMES)],
        work_center_id=center.id,
        rules=rules,
        max_learners=acceptance.max_learners,
        minimum_staying=staying,
    )
    return [replace(pattern, id=_pattern_id(pattern, proposal)) for pattern in made]


def _anchored(
    tx: ReadTransaction, center: WorkCenter, proposal: Proposal, rules: ProposalRules, acceptance: Acceptance
) -> list[WindowPattern]:
    """One pattern with the history's length, at the times that somebody who knows the line gives."""
    anchor = checked_anchor(acceptance.anchor or {})
    refuse_endless(tx, anchor)
    if isinstance(anchor, Handover):
        raise Invalid.field("#/anchor", "A handover comes from the roster, not from stoppages.", "anchor")
    if proposal.too_little or proposal.window_kind is None:
        return []
    asked = PatternAsked(
        id=center.id,
        work_center_id=center.id,
        kind=WindowKind(proposal.window_kind),
        anchor=document_of(anchor),
        minutes=proposal.length_seconds // 60,
        setup_seconds=rules.setup_seconds,
        return_seconds=rules.return_seconds,
        max_learners=acceptance.max_learners,
        minimum_staying=acceptance.minimum_staying,
        valid_from=None,
        valid_until=None,
        reliability=proposal.reliability,
    )
    pattern = checked_pattern(tx, asked, center)
    return [replace(pattern, id=_pattern_id(pattern, proposal))]


def _pattern_id(pattern: WindowPattern, proposal: Proposal) -> UUID:
    """The same line, kind of stop and times give the same pattern, whoever accepts it and however often."""
    times = orjson.dumps(document_of(pattern.anchor), option=orjson.OPT_SORT_KEYS).decode()
    return uuid5(PATTERNS, f"{pattern.work_center_id}/{proposal.kind}/{times}")
