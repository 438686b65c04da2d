"""Shapes of the live floor: openings, signals, offers, flags and planning again."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from app.core.schemas import Id, Input, Instant, Output, Whole
from app.downtime.domain.live import Cause, Effect, EndedBy, SignalKind
from app.downtime.domain.patterns import WindowKind
from app.planning.domain.offers import Flag, OfferStatus
from app.planning.domain.problem import ItemKind
from app.planning.schemas.plans import BlockOut, block_out
from app.planning.service.live.acting import Happened
from app.planning.service.live.answering import OwnOffer
from app.planning.service.live.offering import learning_span
from app.planning.service.live.replanning import Replanned

LINE = "0197f6a0-0000-7000-8000-000000000003"
OpenMinutes = Annotated[Whole, Field(ge=1, le=480, description="Minutes the window is expected to last from now.")]
# A machine's own name for something, without control characters.
Named = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class WindowOpening(Input):
    """Open a window now. `pattern_starts_at` names a mapped one, which begins early; without it this is one of its own.

    Without `minutes` a mapped window keeps its length, another lasts as long as 80 of 100 such stops of the line did.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"work_center_id": LINE, "kind": "changeover", "minutes": 10}]})

    work_center_id: Id
    pattern_starts_at: Instant | None = None
    kind: WindowKind = WindowKind.OTHER
    minutes: OpenMinutes | None = None
    max_learners: Annotated[Whole, Field(ge=1, le=1000)] | None = None


class WindowExtension(Input):
    """Let an open window end so many minutes from now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"work_center_id": LINE, "minutes": 5}]})

    work_center_id: Id
    minutes: OpenMinutes


class WindowClosing(Input):
    """End a window now. `pattern_starts_at` names a mapped one that nobody opened by hand."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"work_center_id": LINE, "reason": "production"}]})

    work_center_id: Id
    pattern_starts_at: Instant | None = None
    reason: Literal["production", "finished"] = "production"


class MachineSignal(Input):
    """What a machine tells. `source` and `external_id` name it for good: sent again it changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "mes",
                    "external_id": "stop-48213",
                    "work_center_id": LINE,
                    "kind": "changeover_started",
                    "at": "2026-03-18T09:00:00Z",
                    "expected_seconds": 900,
                }
            ]
        }
    )

    source: Annotated[Named, StringConstraints(max_length=64)]
    external_id: Named
    work_center_id: Id
    kind: SignalKind
    at: Instant
    expected_seconds: Annotated[Whole, Field(ge=1, le=28_800)] | None = None


class OfferSeen(Output):
    """An offer as the supervisor sees it."""

    id: UUID
    worker_id: UUID
    kind: ItemKind
    key: str
    seconds: int
    status: OfferStatus
    expires_at: Instant
    answered_at: Instant | None


class ReplanMoved(Output):
    """A block that took the place of another."""

    block_id: UUID
    replaces: UUID
    worker_id: UUID
    starts_at: Instant


class ReplanOut(Output):
    """What changed: moved blocks, ids of cancelled and new ones, and of those flagged for the supervisor."""

    moved: list[ReplanMoved]
    cancelled: list[UUID]
    scheduled: list[UUID]
    flagged: list[UUID]
    unchanged: int


class FloorOut(Output):
    """A window on the floor. Learning runs from `opens_at` to `closes_at`; `ended_by` is null while it is open."""

    id: UUID
    work_center_id: UUID
    kind: WindowKind
    cause: Cause
    opened_at: Instant
    starts_at: Instant
    expected_ends_at: Instant
    opens_at: Instant
    closes_at: Instant
    max_learners: int
    closed_at: Instant | None
    ended_by: EndedBy | None
    version: int
    offers: list[OfferSeen]
    replan: ReplanOut | None


class SignalOut(Output):
    """What a signal did, and the window if it opened, extended or closed one just now."""

    effect: Effect
    window_id: UUID | None
    repeated: bool
    window: FloorOut | None


class OfferOut(Output):
    """An offer to learn now. It stands until `expires_at`; what is learned must end by `until`."""

    id: UUID
    window_id: UUID
    work_center_id: UUID
    assignment_id: UUID
    kind: ItemKind
    key: str
    hash: str
    title: dict[str, str]
    seconds: int
    needs_tablet: bool
    business_date: date
    status: OfferStatus
    offered_at: Instant
    expires_at: Instant
    until: Instant
    answered_at: Instant | None
    block_id: UUID | None


class MyOffers(Output):
    """My offers that still stand."""

    items: list[OfferOut]


class ReplanAsked(Input):
    """`near` lets also blocks that begin within 30 minutes move; `fill` uses free room for items without a place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"near": True}]})

    near: StrictBool = False
    fill: StrictBool = False


class FlaggedOut(Output):
    """A block that cannot take place as published and begins too soon to be moved without the supervisor."""

    reason: Flag
    flagged_at: Instant
    block: BlockOut


class OutcomeOut(Output):
    """What a window turned out to be: `mapped_seconds` were counted on, `usable_seconds` there were."""

    id: UUID
    work_center_id: UUID
    pattern_id: UUID | None
    kind: WindowKind
    starts_at: Instant
    ends_at: Instant
    mapped_seconds: int
    usable_seconds: int
    held: bool
    planned_seconds: int
    used_seconds: int


def replan_out(changed: Replanned) -> ReplanOut:
    """What planning again changed."""
    return ReplanOut(
        moved=[
            ReplanMoved(block_id=new.id, replaces=old.id, worker_id=new.worker_id, starts_at=new.starts_at)
            for old, new in changed.moved
        ],
        cancelled=[one.id for one in changed.cancelled],
        scheduled=[one.id for one in changed.scheduled],
        flagged=[one.id for one in changed.flagged],
        unchanged=changed.unchanged,
    )


def floor_out(happened: Happened) -> FloorOut:
    """A window on the floor as it is answered."""
    live, window = happened.live, happened.window
    opens, closes = learning_span(window)
    names = ("id", "work_center_id", "kind", "cause", "opened_at", "expected_ends_at", "closed_at", "ended_by", "version")
    return FloorOut(
        **{name: getattr(live, name) for name in names},
        starts_at=window.starts_at,
        opens_at=opens,
        closes_at=closes,
        max_learners=window.max_learners,
        offers=[OfferSeen(**{name: getattr(row, name) for name in OfferSeen.model_fields}) for row in happened.offers],
        replan=None if happened.changed is None else replan_out(happened.changed),
    )


def offer_out(found: OwnOffer) -> OfferOut:
    """An offer as its worker sees it."""
    names = set(OfferOut.model_fields) - {"title"}
    return OfferOut(**{name: getattr(found.row, name) for name in names}, title=dict(found.titles))


def flagged_out(row: Any) -> FlaggedOut:
    """A flagged block."""
    return FlaggedOut(reason=row.reason, flagged_at=row.flagged_at, block=block_out(row))


def outcome_out(row: Any) -> OutcomeOut:
    """An outcome."""
    return OutcomeOut(**{name: getattr(row, name) for name in OutcomeOut.model_fields})
