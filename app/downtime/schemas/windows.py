"""Shapes of single windows."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import Id, Input, Instant, Output, Patch
from app.downtime.domain.patterns import Side, WindowKind
from app.downtime.schemas.bounds import Buffer, Learners, Staying


class WindowCreate(Input):
    """A window of its own, such as an announced stop. `id` may be made by the client."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                    "kind": "lull",
                    "starts_at": "2026-03-18T10:00:00Z",
                    "ends_at": "2026-03-18T10:15:00Z",
                    "max_learners": 2,
                }
            ]
        }
    )

    id: Id | None = None
    work_center_id: Id
    kind: WindowKind
    starts_at: Instant
    ends_at: Instant
    setup_seconds: Buffer = 0
    return_seconds: Buffer = 0
    max_learners: Learners = 1
    minimum_staying: Annotated[Staying | None, Field(description="By default what the work center needs.")] = None


class WindowSeen(Input):
    """Where the window was seen: its work center, and its start as its pattern has it (`pattern_starts_at`)."""

    work_center_id: Id
    pattern_starts_at: Instant


class WindowCancellation(WindowSeen):
    """Which window will not be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"work_center_id": "0197f6a0-0000-7000-8000-000000000003", "pattern_starts_at": "2026-03-18T13:00:00Z"}]
        }
    )


class WindowChange(Patch, WindowSeen):
    """A merge patch: move or shorten a window, change how many may learn, cancel or restore it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                    "pattern_starts_at": "2026-03-18T13:00:00Z",
                    "ends_at": "2026-03-18T13:05:00Z",
                }
            ]
        }
    )

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    max_learners: Learners | None = None
    cancelled: Annotated[bool | None, Field(strict=True)] = None


class WindowOut(Output):
    """One stretch of micro-downtime; version 0 has never been touched. `places` of the people `present` may learn.

    `pattern_id` is null for a window of its own; `shares_time_with` are other windows of the same work center.
    """

    id: UUID
    pattern_id: UUID | None
    work_center_id: UUID
    kind: WindowKind
    side: Side | None
    starts_at: Instant
    ends_at: Instant
    pattern_starts_at: Instant
    time_zone: str
    usable_seconds: int
    max_learners: int
    minimum_staying: int
    reliability_percent: int
    present: int
    places: int
    cancelled: bool
    shares_time_with: list[UUID]
    version: int
