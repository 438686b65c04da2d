"""Facts that learning publishes. `subject_id` is the assignment, attempt or run."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentCreated(Event):
    """Somebody should learn something."""

    type: ClassVar[str] = "assignment.created"

    kind: str
    key: str
    mandatory: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned(Event):
    """What every fact about finished learning tells; `paid_seconds` is what the ledger credited at once."""

    worker_id: UUID
    kind: str
    key: str
    hash: str
    finished_at: datetime
    seconds: int
    paid_seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptCompleted(Learned):
    """A worker finished an attempt, passed or not."""

    type: ClassVar[str] = "attempt.completed"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCompleted(Learned):
    """A worker finished a module."""

    type: ClassVar[str] = "module.completed"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class QuizPassed(Learned):
    """A worker reached the pass mark of a quiz; `score` is in percent."""

    type: ClassVar[str] = "quiz.passed"

    score: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class QuizFailed(Learned):
    """A worker finished a quiz below its pass mark; `score` is in percent."""

    type: ClassVar[str] = "quiz.failed"

    score: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistCompleted(Learned):
    """A worker finished a checklist."""

    type: ClassVar[str] = "checklist.completed"
