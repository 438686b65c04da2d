"""Mapping a line: window patterns are added, changed and retired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core import events
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.intervals import Interval
from app.core.pages import Page
from app.downtime.domain.anchors import Anchor, anchor_of, document_of
from app.downtime.domain.patterns import Handover, WindowKind, WindowPattern, expand
from app.downtime.domain.recurrence import Every, PatternRefused, Rule, parts_of
from app.downtime.events import WindowMapped
from app.downtime.models import PatternOrigin
from app.downtime.policies import DOWNTIME_READ, DOWNTIME_WRITE
from app.downtime.service.reach import centers_asked, one_center
from app.downtime.store import patterns as store
from app.downtime.store.patterns import StoredPattern
from app.people.domain import WorkCenter

LONGEST_QUESTION = timedelta(days=35)
EARLIEST_RULE = timedelta(days=100)
MOST_COUNTED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternAsked:
    """A pattern as somebody asks for it; `anchor` is its document."""

    id: UUID
    work_center_id: UUID
    kind: WindowKind
    anchor: Mapping[str, Any]
    minutes: int
    setup_seconds: int
    return_seconds: int
    max_learners: int
    minimum_staying: int | None
    valid_from: date | None
    valid_until: date | None
    reliability: float


def checked_anchor(document: Mapping[str, Any]) -> Anchor:
    """The anchor of a document. Raises Invalid naming it."""
    try:
        return anchor_of(document)
    except PatternRefused as refused:
        raise Invalid.field("#/anchor", f"{refused}", "anchor") from refused


def refuse_endless(tx: ReadTransaction, anchor: Anchor) -> None:
    """Refuse a rule that would be walked for long before it reaches today. Raises Invalid naming the anchor."""
    if not isinstance(anchor, Rule):
        return
    if anchor.start < tx.now.replace(tzinfo=None) - EARLIEST_RULE:
        raise Invalid.field("#/anchor", f"Let the rule start at most {EARLIEST_RULE.days} days ago.", "rule_start")
    counted = parts_of(anchor.text).get("COUNT", "0")
    if not counted.isdecimal() or len(counted) > 9 or int(counted) > MOST_COUNTED:
        raise Invalid.field("#/anchor", f"Count at most {MOST_COUNTED} windows.", "rule_count")


def checked_pattern(tx: ReadTransaction, asked: PatternAsked, center: WorkCenter) -> WindowPattern:
    """The pattern that is asked for. Raises Invalid naming the field that keeps it from giving windows."""
    anchor = checked_anchor(asked.anchor)
    if isinstance(anchor, Handover):
        if asked.minutes:
            raise Invalid.field("#/minutes", "A handover has its minutes in the anchor: leave them out here.", "minutes")
    elif not asked.minutes:
        raise Invalid.field("#/minutes", "Say how many minutes a window lasts.", "missing")
    if isinstance(anchor, Every) and asked.minutes > anchor.minutes:
        raise Invalid.field("#/minutes", "A window would last into the next one.", "overlap")
    if asked.valid_from and asked.valid_until and asked.valid_until < asked.valid_from:
        raise Invalid.field("#/valid_until", "The pattern ends before it begins.", "order")
    staying = center.minimum_staying if asked.minimum_staying is None else asked.minimum_staying
    try:
        pattern = WindowPattern(
            id=asked.id,
            work_center_id=center.id,
            kind=asked.kind,
            anchor=anchor,
            minutes=asked.minutes,
            setup_seconds=asked.setup_seconds,
            return_seconds=asked.return_seconds,
            max_learners=asked.max_learners,
            minimum_staying=staying,
            valid_from=asked.valid_from,
            valid_until=asked.valid_until,
            reliability=asked.reliability,
        )
    except PatternRefused as refused:
        raise Invalid.field("#/setup_seconds", f"{refused}", "pattern") from refused
    _refuse_dense(tx, pattern, center)
    return pattern


def _refuse_dense(tx: ReadTransaction, pattern: WindowPattern, center: WorkCenter) -> None:
    """Try the pattern on the longest time anybody may ask for, so that no later question fails because of it."""
    try:
        expand([pattern], Interval(tx.now, tx.now + LONGEST_QUESTION), ZoneInfo(center.time_zone))
    except PatternRefused as refused:
        raise Invalid.field("#/anchor", f"{refused}", "too_dense") from refused


async def list_patterns(
    tx: ReadTransaction, asked: Page, work_center_id: UUID | None, site_id: UUID | None
) -> list[StoredPattern]:
    """One page of the patterns in force within the caller's reach, one more than asked for."""
    centers = await centers_asked(tx, DOWNTIME_READ, work_center_id, site_id)
    return await store.page(tx, [center.id for center in centers], asked.after, asked.limit + 1)


async def one_pattern(tx: ReadTransaction, pattern_id: UUID) -> StoredPattern:
    """One pattern in force. Raises NotFound outside the caller's reach."""
    found = await store.pattern(tx, pattern_id)
    if found is None:
        raise NotFound
    await one_center(tx, DOWNTIME_READ, found.pattern.work_center_id)
    return found


async def map_pattern(tx: WriteTransaction, asked: PatternAsked) -> StoredPattern:
    """Map a pattern by hand. The same id again with the same content changes nothing; other content is a Conflict."""
    center = await one_center(tx, DOWNTIME_WRITE, asked.work_center_id)
    refuse_endless(tx, checked_anchor(asked.anchor))
    pattern = checked_pattern(tx, asked, center)
    if await store.add(tx, pattern, PatternOrigin.SURVEY):
        await events.publish(tx, WindowMapped(subject_id=pattern.id, work_center_id=center.id))
    found = await store.pattern(tx, pattern.id)
    if found is None or found.pattern != pattern:
        raise Conflict("Another pattern has this id.", code="id_taken")
    return found


async def change_pattern(tx: WriteTransaction, pattern_id: UUID, edit: Mapping[str, Any], version: int) -> StoredPattern:
    """Replace the given fields. Raises NotFound, Stale or Invalid."""
    found = await one_pattern(tx, pattern_id)
    now = found.pattern
    center = await one_center(tx, DOWNTIME_WRITE, now.work_center_id)
    if "anchor" in edit:
        refuse_endless(tx, checked_anchor(edit["anchor"]))
    fields = {name: getattr(now, name) for name in PatternAsked.__dataclass_fields__} | {"anchor": document_of(now.anchor)}
    pattern = checked_pattern(tx, PatternAsked(**(fields | dict(edit))), center)
    if not await store.change(tx, pattern, version):
        raise Stale
    await events.publish(tx, WindowMapped(subject_id=pattern_id, work_center_id=center.id))
    return await one_pattern(tx, pattern_id)


async def retire_pattern(tx: WriteTransaction, pattern_id: UUID, version: int) -> None:
    """Let a pattern give no windows from now on; those before stay. Raises NotFound or Stale."""
    found = await one_pattern(tx, pattern_id)
    center = await one_center(tx, DOWNTIME_WRITE, found.pattern.work_center_id)
    if not await store.retire(tx, pattern_id, version):
        raise Stale
    await events.publish(tx, WindowMapped(subject_id=pattern_id, work_center_id=center.id, retired=True))
