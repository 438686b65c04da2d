"""Shapes of a plan beside what is published, of publishing it and of taking that back."""

from typing import Any
from uuid import UUID

from app.core.schemas import Instant, Output
from app.planning.domain.problem import ItemKind
from app.planning.models import PlanStatus
from app.planning.schemas.plans import PlanHead


class PlaceOut(Output):
    """Where a block is, or was."""

    id: UUID
    window_id: UUID
    work_center_id: UUID
    starts_at: Instant
    ends_at: Instant


class DifferenceOut(Output):
    """One item that is elsewhere than before, new, or gone. `reason` is a rule's name, or what is better about it."""

    worker_id: UUID
    assignment_id: UUID
    kind: ItemKind
    key: str
    before: PlaceOut | None
    after: PlaceOut | None
    reason: str
    sentence: str


class ComparisonOut(Output):
    """What publishing would change, or did. `refusal` tells why a proposed plan can no longer be published.

    `left_out` are proposed blocks that no longer hold for their worker alone, such as those learned meanwhile.
    """

    plan_id: UUID
    status: PlanStatus
    moved: list[DifferenceOut]
    new: list[DifferenceOut]
    dropped: list[DifferenceOut]
    left_out: list[DifferenceOut]
    unchanged: int
    refusal: str | None


class PublicationOut(Output):
    """What publishing changed; `left_out_blocks` no longer held for their worker alone, each with why."""

    plan: PlanHead
    scheduled: int
    moved: int
    cancelled: int
    unchanged: int
    left_out: int
    left_out_blocks: list[DifferenceOut]


class WithdrawalOut(Output):
    """What taking a publication back changed; `not_restored` had passed, or their time is no longer free."""

    plan: PlanHead
    cancelled: int
    restored: int
    not_restored: int


def comparison_out(found: Any) -> ComparisonOut:
    """A comparison as it is answered."""
    names = ("moved", "new", "dropped", "left_out", "unchanged", "refusal")
    return ComparisonOut(plan_id=found.plan.id, status=found.plan.status, **{name: getattr(found, name) for name in names})
