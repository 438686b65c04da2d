"""Shapes of plans, blocks and blackouts."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, computed_field

from app.core.schemas import Id, Input, Instant, Output, Patch, Whole
from app.planning.domain.pair_values import PairReason
from app.planning.domain.plan import ChangeKind, Reason
from app.planning.domain.problem import ItemKind
from app.planning.domain.progress import Effort
from app.planning.models import BlockStatus, PlanStatus
from app.planning.schemas.progress import ProgressOut, ProtectedTimeOut


class PinIn(Input):
    """A wish: this item of this worker in this window and nowhere else."""

    assignment_id: Id
    worker_id: Id
    window_id: Id


class PlanCreate(Input):
    """Name either `site_id`, `work_center_id` or `work_center_ids`, and either `to` or `days`. `from` is now by default."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={"examples": [{"site_id": "0197f6a0-0000-7000-8000-000000000001", "days": 7}]},
    )

    site_id: Id | None = None
    work_center_id: Id | None = None
    work_center_ids: Annotated[list[Id], Field(max_length=200, default_factory=list)]
    starts_at: Annotated[Instant | None, Field(alias="from")] = None
    ends_at: Annotated[Instant | None, Field(alias="to")] = None
    days: Annotated[Whole, Field(ge=1, le=31)] | None = None
    seed: Annotated[Whole, Field(ge=0, le=2_147_483_647)] = 0
    effort: Annotated[Effort, Field(description="How many moves the planner may make; never seconds.")] = Effort.STANDARD
    daily_cap_minutes: Annotated[
        Whole | None, Field(ge=1, le=480, description="Most learning minutes a worker and day; the site's own without it.")
    ] = None
    pins: Annotated[list[PinIn], Field(max_length=500, default_factory=list)]


class StepOut(Output):
    """One thing to change. `subject_id` is a window, a worker (limits), a work center (`new_window`), a content or an item.

    `amount` is learners, people, tablets or seconds; a new window is `amount` seconds long from `starts_at`.
    """

    kind: ChangeKind
    subject_id: str
    amount: int
    window_id: UUID | None
    starts_at: Instant | None


class ChangeOut(StepOut):
    """The cheapest change that would place the item while every block stays where it is, with what is needed beside it."""

    starts_at: Instant | None = None
    places: int
    sentence: str
    also: Annotated[list[StepOut], Field(default_factory=list)]


class SeatPriceOut(Output):
    """What one more place in a window would be worth, in hundredths of a point, as the proof of the bound tells."""

    window_id: UUID
    worth: int


class UnplacedOut(Output):
    """An item without a block, the rule that binds, and what would place it. `holders` are workers in the way."""

    assignment_id: UUID
    worker_id: UUID
    kind: ItemKind
    key: str
    mandatory: bool
    due_at: Instant | None
    overdue: bool
    reason: Reason
    sentence: str
    change: ChangeOut | None
    holders: list[UUID]


class UnplacedSessionOut(Output):
    """A shadowing session without an hour, and the rule that binds. `trainers` are those who could show it.

    `change` is the cheapest change that would give it an hour beside everything that was chosen before.
    """

    session_id: UUID
    trainee_id: UUID
    reason: PairReason
    sentence: str
    trainers: list[UUID]
    change: ChangeOut | None = None


class BrokenPinOut(Output):
    """A pin that cannot be kept, and the rule it would break."""

    assignment_id: UUID
    worker_id: UUID
    kind: ItemKind | None
    key: str | None
    window_id: UUID
    reason: Reason
    sentence: str


class MomentOut(Output):
    """The tightest moment of five minutes at a work center."""

    starts_at: Instant
    ends_at: Instant
    present: int
    minimum: int
    learning_before: int
    learning: int
    staying: int

    @computed_field
    def staying_before(self) -> int:
        """People who stay without the plan."""
        return self.present - self.learning_before


class CenterCoverageOut(Output):
    """Coverage of one work center: people above the minimum at the tightest moment, before and after the plan."""

    work_center_id: UUID
    lowest_before: int
    lowest_after: int
    steps: list[MomentOut]


class PlanHead(Output):
    """A plan without its reasons; `placed` and `unplaced` are counts of items."""

    id: UUID
    site_id: UUID
    work_center_ids: list[UUID]
    starts_at: Instant
    ends_at: Instant
    status: PlanStatus
    seed: int
    effort: Effort
    daily_cap_seconds: int
    progress: ProgressOut
    placed: int
    unplaced: int
    placed_seconds: int
    failure: str | None
    requested_by: UUID
    created_at: Instant
    solved_at: Instant | None
    published_at: Instant | None
    undo_until: Instant | None
    undone_at: Instant | None
    version: int


class PlanOut(PlanHead):
    """A plan with the reason for everything that has no block. Blocks are at `/v1/plans/{id}/blocks`.

    `objective` and `bound` are hundredths of a point: no plan can be worth more than `bound`, `gap` is the share that may be
    missing; null where nothing was proved. They are those of the plan as it was solved, before any `edits` by hand. `changes` are
    single changes that would place most items.
    """

    objective: int | None
    bound: int | None
    gap: float | None
    edits: int
    reasons: dict[str, int]
    overdue: int
    unplaced_items: list[UnplacedOut]
    unplaced_sessions: list[UnplacedSessionOut]
    changes: list[ChangeOut]
    seat_prices: list[SeatPriceOut]
    broken_pins: list[BrokenPinOut]
    protected_time: list[ProtectedTimeOut]
    coverage: list[CenterCoverageOut]


class BlockOut(Output):
    """One item of one worker at one time; `plan_id` is null for one that was accepted on the floor."""

    id: UUID
    plan_id: UUID | None
    worker_id: UUID
    work_center_id: UUID
    window_id: UUID
    business_date: date
    starts_at: Instant
    ends_at: Instant
    assignment_id: UUID
    kind: ItemKind
    key: str
    hash: str
    seconds: int
    needs_tablet: bool
    status: BlockStatus
    pinned: bool
    version: int


class BlockEdit(Patch):
    """Move a block to another window or time, pin or unpin it, or drop it; absent fields stay as they are.

    Without `starts_at` it goes to the earliest free time of the window. What is moved is pinned, unless `pinned` is false.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"pinned": True}]})

    window_id: Id | None = None
    starts_at: Instant | None = None

    pinned: StrictBool | None = None
    status: Literal["cancelled"] | None = None


class MyBlocks(Output):
    """My published blocks in order of time."""

    items: list[BlockOut]


class BlackoutCreate(Input):
    """No learning for a while at one work center (`work_center_id`) or a whole site (`site_id`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                    "starts_at": "2026-03-18T05:00:00Z",
                    "ends_at": "2026-03-18T13:00:00Z",
                    "reason": "Customer audit",
                }
            ]
        }
    )

    id: Id | None = None
    site_id: Id | None = None
    work_center_id: Id | None = None
    starts_at: Instant
    ends_at: Instant
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class BlackoutOut(Output):
    """A stretch without learning."""

    id: UUID
    site_id: UUID
    work_center_id: UUID | None
    starts_at: Instant
    ends_at: Instant
    reason: str


class BlackoutMade(BlackoutOut):
    """A new blackout and how many scheduled blocks lost their time to it: they moved, or were cancelled."""

    cancelled_blocks: int


def head_of(row: Any) -> dict[str, Any]:
    """A stored plan as the fields of its head."""
    found = {name: getattr(row, name) for name in PlanHead.model_fields if name != "progress"}
    return {**found, "progress": ProgressOut(phase=row.phase, **row.progress)}


def plan_out(row: Any) -> PlanOut:
    """A stored plan with its result; one that is still being solved has none yet."""
    result = row.result
    return PlanOut(
        **head_of(row),
        objective=result.get("objective"),
        bound=result.get("bound"),
        gap=result.get("gap"),
        edits=result.get("edits", 0),
        changes=[ChangeOut.model_validate(one) for one in result.get("changes", ())],
        seat_prices=[SeatPriceOut.model_validate(one) for one in result.get("seat_prices", ())],
        protected_time=[ProtectedTimeOut.model_validate(one) for one in result.get("protected_time", ())],
        reasons=result.get("reasons", {}),
        overdue=result.get("overdue", 0),
        unplaced_items=[UnplacedOut.model_validate(one) for one in result.get("unplaced", ())],
        unplaced_sessions=[UnplacedSessionOut.model_validate(one) for one in result.get("unplaced_sessions", ())],
        broken_pins=[BrokenPinOut.model_validate(one) for one in result.get("broken_pins", ())],
        coverage=[CenterCoverageOut.model_validate(one) for one in result.get("coverage", ())],
    )


def plan_head(row: Any) -> PlanHead:
    """A stored plan without its result."""
    return PlanHead(**head_of(row))


def block_out(row: Any) -> BlockOut:
    """A stored block."""
    return BlockOut(**{name: getattr(row, name) for name in BlockOut.model_fields})


def blackout_out(row: Any) -> BlackoutOut:
    """A stored blackout."""
    return BlackoutOut(**{name: getattr(row, name) for name in BlackoutOut.model_fields})
