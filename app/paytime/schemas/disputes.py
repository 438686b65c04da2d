"""Shapes of disputes."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.core.schemas import Id, Input, Instant, Output, Text
from app.paytime.domain.disputes import Dispute, DisputeState, Outcome, Reply, Step

EXAMPLE_ID = "019cffa0-0000-7000-8000-000000000053"
Words = Annotated[Text, Field(min_length=3, max_length=500)]


class DisputeOpen(Input):
    """Object to a line of the ledger (`entry_id`), or to time that was not paid (`exception_id`). The id is yours."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": EXAMPLE_ID, "entry_id": "019cffa0-0000-7000-8000-000000000007", "note": "It was my badge"}]
        }
    )

    id: Id
    entry_id: Id | None = None
    exception_id: Id | None = None
    note: Words

    @model_validator(mode="after")
    def about_one_thing(self) -> Self:
        """Either a line or an exception."""
        if (self.entry_id is None) == (self.exception_id is None):
            raise ValueError("name either entry_id or exception_id")
        return self


class DisputeAnswer(Input):
    """What payroll says. Granting gives back what was taken, in the same step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "granted", "note": "You are right"}]})

    outcome: Outcome
    note: Words


class DisputeReply(Input):
    """What the worker says to it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reply": "accepted"}]})

    reply: Reply
    note: Words | None = None


class DisputeStepOut(Output):
    """One step of a dispute; `entry_ids` are the lines it wrote."""

    number: int
    step: Step
    actor_id: UUID
    note: str | None
    entry_ids: list[UUID]
    recorded_at: Instant


class DisputeOut(Output):
    """A dispute with its whole path."""

    id: UUID
    worker_id: UUID
    entry_id: UUID | None
    exception_id: UUID | None
    opened_at: Instant
    state: DisputeState
    steps: list[DisputeStepOut]

    @classmethod
    def of(cls, dispute: Dispute) -> Self:
        """The answer for one dispute."""
        return cls.model_validate(dispute)
