"""Shapes of two-phase sessions."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import Flag, Id, Input, Instant, Output, Text, Whole
from app.paytime.domain import PayKind
from app.paytime.domain.sessions import BreakReason, Resolution, Session, SessionAsked
from app.paytime.service import Interruption

EXAMPLE_ID = "019cffa0-0000-7000-8000-000000000051"
Length = Annotated[Whole, Field(ge=1, le=28_800, description="How long it may take at most.")]
Note = Annotated[Text, Field(max_length=500)]


class LearningSessionStart(Input):
    """Begin now and reserve the time. The id is yours: sending it again answers the same session."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, "kind": "shadowing", "seconds": 1200}]})

    id: Id
    kind: PayKind
    seconds: Length
    mandatory: Flag = False
    job_related: Flag = True
    travel: Flag = False
    block_id: Id | None = None
    device_at: Annotated[Instant | None, Field(description="What the device's own clock shows.")] = None

    def value(self) -> SessionAsked:
        """As the ledger takes it."""
        return SessionAsked(**self.model_dump())


class LearningSessionEnd(Input):
    """End a session; with a reason where something came between."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "production_need", "note": "The line started again"}]})

    ended_at: Annotated[Instant | None, Field(description="When it ended, if that was earlier than now.")] = None
    reason: BreakReason | None = None
    note: Note | None = None

    def why(self) -> Interruption | None:
        """Why it ended early, if something was said."""
        return Interruption(self.reason, self.note) if self.reason else None


class LearningSessionOut(Output):
    """A session: reserved until `resolution` says how it ended. `seconds` is what counts of it now."""

    id: UUID
    kind: PayKind
    mandatory: bool
    job_related: bool
    travel: bool
    block_id: UUID | None
    starts_at: Instant
    ends_at: Instant
    expires_at: Instant
    device_at: Instant | None
    time_zone: str
    utc_offset_seconds: int
    tzdata_version: str
    resolution: Resolution | None
    resolved_at: Instant | None
    ended_at: Instant | None
    break_reason: BreakReason | None
    seconds: int

    @classmethod
    def of(cls, session: Session) -> Self:
        """The answer for one session."""
        return cls(**{name: getattr(session, name) for name in cls.model_fields})
