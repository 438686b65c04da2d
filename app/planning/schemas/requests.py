"""Shapes of protected time and shadowing that supervisors ask for."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import Code, Id, Input, Instant, Output, Whole
from app.planning.domain.pair_values import PairReason, SessionStatus
from app.planning.models import BlockStatus

From = Annotated[Instant | None, Field(alias="from", description="Not before; now without it.")]
Until = Annotated[Instant | None, Field(alias="to", description="Ended by then.")]
Priority = Annotated[Whole, Field(ge=0, le=100, description="Of equals the higher one is placed first.")]
WORKER, OTHER = "0197f6a0-0000-7000-8000-000000000011", "0197f6a0-0000-7000-8000-000000000012"


class ProtectedRequestCreate(Input):
    """One protected block for each worker, planned whole into a window of the kind `protected`."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [{"worker_ids": [WORKER, OTHER], "minutes": 30}]}
    )

    id: Id | None = None
    worker_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    minutes: Annotated[Whole | None, Field(ge=10, le=240, description="As long as the site's policy says without it.")] = None
    starts_at: From = None
    ends_at: Until = None
    priority: Priority = 10


class PlacedOut(Output):
    """A published block that meets a wish."""

    id: UUID
    worker_id: UUID
    work_center_id: UUID
    window_id: UUID
    starts_at: Instant
    ends_at: Instant
    status: BlockStatus


class ProtectedRequestOut(Output):
    """Protected time that was asked for. Workers without a block wait for the next plan, which tells why if it has none."""

    id: UUID
    site_id: UUID
    worker_ids: list[UUID]
    seconds: int
    release_at: Instant
    due_at: Instant
    priority: int
    requested_by: UUID
    created_at: Instant
    cancelled_at: Instant | None
    blocks: list[PlacedOut]
    waiting: list[UUID]


class ShadowCreate(Input):
    """A trainee learns beside a trainer: a named one, or anybody with the `skill` who is on the same shift."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"work_center_id": "0197f6a0-0000-7000-8000-000000000003", "trainee_id": WORKER, "skill": "welding"}]
        },
    )

    id: Id | None = None
    work_center_id: Id
    trainee_id: Id
    trainer_id: Id | None = None
    skill: Code | None = None
    minutes: Annotated[Whole, Field(ge=10, le=480)] = 60
    starts_at: From = None
    ends_at: Until = None
    priority: Priority = 10


class ShadowOut(Output):
    """A wanted session. `reason` and `sentence` are the last plan's, where it had no hour for it."""

    id: UUID
    work_center_id: UUID
    trainee_id: UUID
    trainer_id: UUID | None
    skill: str | None
    seconds: int
    release_at: Instant
    due_at: Instant | None
    priority: int
    requested_by: UUID
    created_at: Instant
    cancelled_at: Instant | None
    status: SessionStatus
    reason: PairReason | None
    sentence: str | None
    trainee_block: PlacedOut | None
    trainer_block: PlacedOut | None


def _placed(block: Any) -> PlacedOut | None:
    return None if block is None else PlacedOut(**{name: getattr(block, name) for name in PlacedOut.model_fields})


def protected_out(found: Any) -> ProtectedRequestOut:
    """A request with what became of it."""
    row, blocks = found.row, found.blocks
    head = {name: getattr(row, name) for name in ProtectedRequestOut.model_fields if name not in ("blocks", "waiting")}
    waiting = [] if row.cancelled_at else [who for who in row.worker_ids if who not in blocks]
    return ProtectedRequestOut(**head, blocks=[_placed(one) for one in blocks.values()], waiting=waiting)


def shadow_out(found: Any) -> ShadowOut:
    """A session with its two blocks."""
    own = ("status", "trainee_block", "trainer_block", "trainer_id", "reason", "sentence")
    head = {name: getattr(found.row, name) for name in ShadowOut.model_fields if name not in own}
    planned = found.trainee is not None
    return ShadowOut(
        **head,
        trainer_id=found.trainer.worker_id if found.trainer is not None else found.row.trainer_id,
        status=found.status,
        reason=None if planned else found.row.reason,
        sentence=None if planned else found.row.sentence,
        trainee_block=_placed(found.trainee),
        trainer_block=_placed(found.trainer),
    )
