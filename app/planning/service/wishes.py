"""What a site and its people want of a plan: limits in seconds, and why each item is wanted."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from app.catalog.domain import PublishedItem
from app.learning.domain.values import OpenItem
from app.planning.domain.policy import SitePolicy
from app.planning.domain.problem import Purpose


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
