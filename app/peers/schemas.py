"""Shapes of peer assists."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from app.core.ids import new_id
from app.core.schemas import Code, Id, Input, Instant, Output, Text, Whole
from app.peers.domain import LONGEST_MINUTES, Assist, AssistAsked, AssistCount, AssistRole, AssistStatus

EXAMPLE: dict[str, JsonValue] = {
    "id": "01958c5e-7a10-7cc3-98c4-dc0c0c07398f",
    "role": "helped",
    "colleague_id": "01958c5e-7a10-7cc3-98c4-dc0c0c073990",
    "skill": "smed.changeover",
    "work_center_id": "01958c5e-7a10-7cc3-98c4-dc0c0c073991",
    "started_at": "2026-03-18T08:40:00Z",
    "minutes": 10,
    "note": "Showed me how to align the star wheel",
}


class AssistCreate(Input):
    """Help between the caller and a colleague. `role` is the caller's own; `id` may be made by the client (UUIDv7)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Id | None = None
    role: AssistRole
    colleague_id: Id
    skill: Code
    work_center_id: Id
    started_at: Instant
    minutes: Annotated[Whole, Field(ge=1, le=LONGEST_MINUTES)]
    note: Annotated[Text, Field(max_length=500)] | None = None

    def asked(self) -> AssistAsked:
        """The request as a domain value; times are whole seconds, an empty note is none."""
        return AssistAsked(
            id=self.id or new_id(),
            role=self.role,
            colleague_id=self.colleague_id,
            skill=self.skill,
            work_center_id=self.work_center_id,
            started_at=self.started_at.replace(microsecond=0),
            minutes=self.minutes,
            note=self.note or None,
        )


class AssistOut(Output):
    """An assist as its two people see it; `my_role` and `may_confirm` are about whoever asks."""

    id: UUID
    helper_id: UUID
    helped_id: UUID
    logged_by: AssistRole
    my_role: AssistRole | None
    skill: str
    work_center_id: UUID
    started_at: Instant
    minutes: int
    note: str | None
    status: AssistStatus
    may_confirm: bool
    created_at: Instant
    expires_at: Instant
    resolved_at: Instant | None

    @classmethod
    def of(cls, assist: Assist, worker_id: UUID | None, now: datetime) -> Self:
        """The answer to one of the two, as of an instant."""
        role, status = assist.role_of(worker_id), assist.status_at(now)
        return cls(
            id=assist.id,
            helper_id=assist.helper_id,
            helped_id=assist.helped_id,
            logged_by=assist.logged_by,
            my_role=role,
            skill=assist.skill,
            work_center_id=assist.work_center_id,
            started_at=assist.started_at,
            minutes=assist.minutes,
            note=assist.note,
            status=status,
            may_confirm=status is AssistStatus.LOGGED and role is assist.logged_by.other,
            created_at=assist.created_at,
            expires_at=assist.expires_at,
            resolved_at=assist.resolved_at,
        )


class AssistCountOut(Output):
    """Assists of one work center, counted."""

    work_center_id: UUID
    logged: int
    confirmed: int
    declined: int
    expired: int
    confirmed_minutes: int


class AssistCountsOut(Output):
    """Counts per work center; people and notes stay with the two sides."""

    items: list[AssistCountOut]

    @classmethod
    def of(cls, counts: list[AssistCount]) -> Self:
        """The answer for the work centers in reach."""
        return cls(items=[AssistCountOut.model_validate(count) for count in counts])
