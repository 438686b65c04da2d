"""Shapes of ledger lines, exceptions and reversals."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import CalendarDate, Input, Instant, Output, Text
from app.paytime.domain import Classification, Entry, EntryType, PayKind, Reason, ReasonCode, Uncredited
from app.paytime.service import Correction

Why = Annotated[Text, Field(min_length=3, max_length=500, description="Why, as the worker will read it.")]


class ReversalCreate(Input):
    """A line to take back; with times only that stretch of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Recorded on the wrong badge"}]})

    reason: Why
    reason_code: ReasonCode = ReasonCode.OTHER
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    def value(self) -> Correction:
        """As the ledger takes it."""
        return Correction(self.reason, self.reason_code, self.starts_at, self.ends_at)


class ReplacementCreate(Input):
    """The true time of a line."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "The clock ran ahead", "starts_at": "2026-03-18T08:00:00Z", "ends_at": "2026-03-18T08:05:00Z"}
            ]
        }
    )

    reason: Why
    reason_code: ReasonCode = ReasonCode.WRONG_TIME
    starts_at: Instant
    ends_at: Instant

    def value(self) -> Correction:
        """As the ledger takes it."""
        return Correction(self.reason, self.reason_code, self.starts_at, self.ends_at)


class Decided(StrEnum):
    """What a supervisor may decide."""

    PAY = "pay"
    NOT_PAID = "not_paid"


class DecisionCreate(Input):
    """What becomes of activity that waits."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "pay", "reason": "I asked her to stay for it"}]})

    outcome: Decided
    reason: Why


class PayEntryOut(Output):
    """A line of the ledger. `seconds` is negative on a reversal; `reversed_by` names the first line that took some of it back."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    mandatory: bool
    entry_type: EntryType
    reverses_id: UUID | None
    reversed_by: UUID | None
    reversed_seconds: int
    replaces_id: UUID | None
    starts_at: Instant
    ends_at: Instant
    seconds: int
    classification: Classification
    reason_code: ReasonCode | None
    reason: str | None
    actor_id: UUID
    shift_id: UUID | None
    business_date: CalendarDate
    site_id: UUID
    work_center_id: UUID | None
    pay_code: str | None
    cost_center: str | None
    night_seconds: int
    weekend_seconds: int
    rate_minor: int | None
    rate_currency: str | None
    time_zone: str
    utc_offset_seconds: int
    tzdata_version: str
    device_at: Instant | None
    recorded_at: Instant

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The answer for one line."""
        return cls.model_validate(entry)


class CorrectedOut(Output):
    """A replacement: the line that took the old time back, and the lines in its place."""

    entries: list[PayEntryOut]


class UncreditedOut(Output):
    """Accepted activity outside paid shift time, and why. `paid`: the site's policy credits it, and it is only shown.

    The four criteria are those of 29 CFR 785.27. `outcome` is what was decided, why and by whom: `pay`, `not_paid`, or null
    while it waits.
    """

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
    paid: bool
    outside_hours: bool
    voluntary: bool
    not_job_related: bool
    no_productive_work: bool
    outcome: str | None
    outcome_reason: str | None
    decided_by: UUID | None


class PayExceptionOut(UncreditedOut):
    """A stretch of a worker's accepted activity that earned no credit, for whoever puts the roster or the pay right."""

    worker_id: UUID
    work_center_id: UUID | None

    @classmethod
    def of(cls, found: Uncredited) -> Self:
        """The answer for one stretch."""
        return cls.model_validate(found)
