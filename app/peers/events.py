"""What peer assists tell: ids, minutes and seconds, never the note."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict
from uuid import UUID

from app.core.events import Event, event_type


class AssistFacts(TypedDict):
    """The fields every event about an assist shares."""

    subject_id: UUID
    helper_id: UUID
    helped_id: UUID
    skill: str
    work_center_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistEvent(Event):
    """A fact about the assist `subject_id`."""

    type: ClassVar[str] = ""

    helper_id: UUID
    helped_id: UUID
    skill: str
    work_center_id: UUID
    minutes: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class AssistLogged(AssistEvent):
    """A worker logged that a colleague helped, or that they helped one; the other side has 72 hours to confirm."""

    type: ClassVar[str] = "assist.logged"

    logged_by: str


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class AssistConfirmed(AssistEvent):
    """The other side confirmed; the seconds credited to each."""

    type: ClassVar[str] = "assist.confirmed"

    helper_seconds: int
    helped_seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class AssistDeclined(AssistEvent):
    """The other side says it was not so; nobody is credited."""

    type: ClassVar[str] = "assist.declined"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class AssistExpired(AssistEvent):
    """Nobody confirmed within 72 hours; nobody is credited."""

    type: ClassVar[str] = "assist.expired"
