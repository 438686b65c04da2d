"""Shapes of ledger lines, exceptions and reversals."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import CalendarDate, Input, Instant, Output, Text
from app.paytime.domain import Entry, EntryType, PayKind, Reason, Uncredited

Why = Annotated[Text, Field(min_length=3, max_length=500, description="Why, as the worker will read it.")]


class ReversalCreate(Input):
    """A credit to take back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Recorded on the wrong badge"}]})

    reason: Why


class PayEntryOut(Output):
    """A line of the ledger. `seconds` is negative on a reversal; `reversed_by` names the line that took this one back."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    mandatory: bool
    entry_type: EntryType
    reverses_id: UUID | None
    reversed_by: UUID | None
    starts_at: Instant
    ends_at: Instant
    seconds: int
    reason: str | None
    actor_id: UUID
    shift_id: UUID
    business_date: CalendarDate
    site_id: UUID
    work_center_id: UUID
    time_zone: str
    utc_offset_seconds: int
    recorded_at: Instant

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The answer for one line."""
        return cls.model_validate(entry)


class UncreditedOut(Output):
    """Accepted activity that earned no credit, and why."""

    id: UUID
    source_id: UUID
    kind: PayKind
    reason: Reason
    starts_at: Instant
    ends_at: Instant
    seconds: int
    business_date: CalendarDate
    site_id: UUID
    recorded_at: Instant


class PayExceptionOut(UncreditedOut):
    """A stretch of a worker's accepted activity that earned no credit, for whoever puts the roster or the pay right."""

    worker_id: UUID
    work_center_id: UUID | None

    @classmethod
    def of(cls, found: Uncredited) -> Self:
        """The answer for one stretch."""
        return cls.model_validate(found)
