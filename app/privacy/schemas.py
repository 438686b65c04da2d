"""Shapes of erasures and of what is kept of a person."""

from typing import Any, Self
from uuid import UUID

from pydantic import ConfigDict

from app.core.schemas import Id, Input, Instant, Output
from app.privacy.domain import Erasure, ErasureStatus, Ground


class ErasureCreate(Input):
    """Why a person is erased. The id is yours: sending it again answers the same."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "019cffa0-0000-7000-8000-000000000061", "reason": "asked_by_person"}]}
    )

    id: Id
    reason: Ground


class ErasureOut(Output):
    """An erasure; `touched` counts the rows that were erased or blanked, by table."""

    id: UUID
    worker_id: UUID
    reason: Ground
    status: ErasureStatus
    requested_by: UUID
    requested_at: Instant
    confirmed_by: UUID | None
    done_at: Instant | None
    touched: dict[str, int]

    @classmethod
    def of(cls, erasure: Erasure) -> Self:
        """From the domain value."""
        values = {name: getattr(erasure, name) for name in cls.model_fields if name not in ("reason", "touched")}
        return cls(**values, reason=erasure.ground, touched=dict(erasure.touched))


class KeptRowOut(Output):
    """A row that is kept of you: the table it stands in, and what it says. Secrets and digests are left out."""

    table: str
    row: dict[str, Any]
