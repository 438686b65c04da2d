"""What a site and its people want of a plan: limits in seconds, who must stay, and why each item is wanted."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalog.domain import PublishedItem
from app.core.db import ReadTransaction
from app.learning.domain.values import OpenItem
from app.people.domain import Worker
from app.planning.domain.policy import SitePolicy
from app.planning.domain.problem import Purpose, QualifiedMinimum
from app.skills import service as skills


def limits_of(daily_cap_seconds: int, rules: SitePolicy) -> dict[str, Any]:
    """Caps and the weekly target of everybody at a site, in seconds."""
    weekly = rules.weekly_cap_minutes
    return {
        "daily_cap_seconds": daily_cap_seconds,
        "weekly_cap_seconds": None if weekly is None else weekly * 60,
        "weekly_target_seconds": rules.weekly_target_minutes * 60,
    }


def purposes(
    published: Mapping[tuple[str, str], PublishedItem], completed: Mapping[UUID, Collection[tuple[str, str]]]
) -> Callable[[OpenItem], Purpose]:
    """Why an item is wanted: to repeat what was learned once, to gain a skill nothing learned so far is about, or neither."""
    skills = {who: {s for what in done if what in published for s in published[what].skills} for who, done in completed.items()}

    def purpose(item: OpenItem) -> Purpose:
        what = (item.kind, item.key)
        if what in completed.get(item.worker_id, ()):
            return Purpose.REVIEW
        gained = set(published[what].skills) if what in published else set()
        return Purpose.SKILL_GAP if gained - skills.get(item.worker_id, set()) else Purpose.OPTIONAL

    return purpose


async def qualified_minimums(
    tx: ReadTransaction, center_ids: Sequence[UUID], learners: Iterable[Worker], start: datetime, *, paired: bool = False
) -> tuple[tuple[QualifiedMinimum, ...], dict[str, frozenset[str]]]:
    """How many qualified people must stay where, and who is qualified for what on the plan's first day.

    Nobody's skills are read where none has to stay and none is shown to a trainee (`paired`).
    """
    found = await skills.minimums(tx, center_ids)
    needed = tuple(
        QualifiedMinimum(str(center), skill, minimum)
        for center, rules in sorted(found.items())
        for skill, minimum in sorted(rules.items())
    )
    known = await skills.qualified(tx, [worker.id for worker in learners], start.date()) if needed or paired else {}
    return needed, {str(worker_id): held for worker_id, held in known.items()}
