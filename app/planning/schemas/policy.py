"""Shapes of a site's planning policy."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import Output, Patch, Whole
from app.planning.domain.policy import Approval

Share = Annotated[Whole, Field(ge=0, le=500, description="Percent of the planner's own weight; 100 leaves it as documented.")]
Daily = Annotated[Whole, Field(ge=1, le=480, description="Most learning minutes a worker and day.")]
Weekly = Annotated[Whole, Field(ge=1, le=2400, description="Most learning minutes a worker and week; null is no limit.")]
Target = Annotated[Whole, Field(ge=0, le=600, description="Learning minutes a week each worker should get; 0 is no target.")]
Notice = Annotated[Whole, Field(ge=0, le=10_080, description="New blocks start at least so many minutes after planning.")]
Promises = Annotated[
    Whole, Field(ge=0, le=10, description="Protected blocks everybody gets in each week with a shift; 0 leaves them to requests.")
]
Length = Annotated[Whole, Field(ge=10, le=240, description="Minutes of such a block; it is planned whole.")]
Sessions = Annotated[Whole, Field(ge=1, le=40, description="Most shadowing sessions a trainer gives in a week.")]
Undo = Annotated[Whole, Field(ge=0, le=1440, description="How long a publication can be taken back.")]


class WeightsOut(Output):
    """How much each wish counts, in percent of the planner's own weights."""

    reviews: int
    skill_gaps: int
    optional: int
    stability: int


class WeightsEdit(Patch):
    """Weights to change; absent ones stay."""

    reviews: Share | None = None
    skill_gaps: Share | None = None
    optional: Share | None = None
    stability: Share | None = None


class PolicyOut(Output):
    """How a site wants to be planned. Version 0 is the default, which nobody changed yet."""

    site_id: UUID
    daily_cap_minutes: int
    weekly_cap_minutes: int | None
    weekly_target_minutes: int
    notice_minutes: int
    undo_minutes: int
    weekly_protected_blocks: int
    protected_block_minutes: int
    trainer_weekly_sessions: int
    approval: Approval
    weights: WeightsOut
    version: int


class PolicyEdit(Patch):
    """Rules to change; absent ones stay, a null weekly cap takes the limit away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"daily_cap_minutes": 30, "weekly_target_minutes": 20}]})
    clearable: ClassVar[frozenset[str]] = frozenset({"weekly_cap_minutes"})

    daily_cap_minutes: Daily | None = None
    weekly_cap_minutes: Weekly | None = None
    weekly_target_minutes: Target | None = None
    notice_minutes: Notice | None = None
    undo_minutes: Undo | None = None
    weekly_protected_blocks: Promises | None = None
    protected_block_minutes: Length | None = None
    trainer_weekly_sessions: Sessions | None = None
    approval: Approval | None = None
    weights: WeightsEdit | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, weights as their own changes."""
        found = super().changes()
        return found if self.weights is None else {**found, "weights": self.weights.changes()}
