"""Shapes of assignments and readiness."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from app.core.schemas import Code, ExternalId, Id, Input, Instant, Output, Percent
from app.learning.domain.values import Assigned, Assignment, ItemStatus, Readiness, TargetKind
from app.learning.schemas.attempts import EXAMPLE_ID
from app.learning.schemas.common import ContentKind

EXAMPLE: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "kind": "module",
    "key": "spill-response",
    "mandatory": True,
    "due_at": "2026-04-01T06:00:00Z",
    "crews": ["019cffa0-0000-7000-8000-000000000002"],
}


class AssignmentCreate(Input):
    """Ask people to learn something. Mandatory learning needs a due date; the id is yours."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Id
    kind: ContentKind
    key: Code
    mandatory: bool = Field(default=False, strict=True)
    due_at: Instant | None = None
    priority: Annotated[Percent, Field(description="0 to 100, the higher the sooner.")] = 50
    workers: Annotated[list[Id], Field(max_length=500)] = Field(default_factory=list)
    crews: Annotated[list[Id], Field(max_length=200)] = Field(default_factory=list)
    job_roles: Annotated[list[Annotated[ExternalId, Field(max_length=64)]], Field(max_length=50)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.mandatory and self.due_at is None:
            raise ValueError("mandatory learning needs due_at")
        if not (self.workers or self.crews or self.job_roles):
            raise ValueError("name at least one of workers, crews or job_roles")
        return self


class TargetOut(Output):
    """Whom an assignment names: a worker's or crew's id, or a job role."""

    kind: TargetKind
    ref: str


class AssignmentOut(Output):
    """An assignment. Who must learn follows from its targets at every moment: new crew members are included."""

    id: Id
    kind: str
    key: str
    mandatory: bool
    due_at: Instant | None
    priority: int
    targets: list[TargetOut]
    created_by: Id
    created_at: Instant
    cancelled_at: Instant | None
    version: int


class MyAssignment(Output):
    """An assignment as it stands for the caller; `hash` is the version pinned when they started."""

    assignment_id: Id
    kind: str
    key: str
    hash: str | None
    mandatory: bool
    due_at: Instant | None
    priority: int
    status: ItemStatus
    started_at: Instant | None
    completed_at: Instant | None


class ReadinessOut(Output):
    """Whether a worker is ready. Nothing about answers, scores or how often they tried."""

    assignment_id: Id
    kind: str
    key: str
    mandatory: bool
    due_at: Instant | None
    readiness: Readiness


def assignment_out(assignment: Assignment) -> AssignmentOut:
    """An assignment as supervisors see it."""
    return AssignmentOut.model_validate(assignment)


def my_assignment(assigned: Assigned) -> MyAssignment:
    """An assignment as its worker sees it."""
    values = {name: getattr(assigned, name) for name in MyAssignment.model_fields}
    return MyAssignment(**values)


def readiness_out(row: tuple[Assigned, Readiness]) -> ReadinessOut:
    """One line of a worker's readiness."""
    assigned, state = row
    shared = {name: getattr(assigned, name) for name in ReadinessOut.model_fields if name != "readiness"}
    return ReadinessOut(**shared, readiness=state)
