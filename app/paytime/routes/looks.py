"""Who looked at the caller's pay data."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from app.core.access import allow
from app.core.db import Read
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Instant, Output
from app.paytime import service
from app.paytime.domain import PAY_OWN

router = APIRouter(prefix="/v1", tags=["pay time"])


class LookOut(Output):
    """A look at the caller's pay data; `only_me` is false for lists and files that showed others as well."""

    id: UUID
    at: Instant
    action: str
    actor_kind: str
    actor_id: UUID
    actor_name: str | None
    only_me: bool
    site_id: UUID | None

    @classmethod
    def of(cls, row: Any) -> "LookOut":
        """From a row of the audit trail."""
        return cls.model_validate(row)


@router.get("/me/pay-access", summary="Show who looked at my pay data")
@allow(PAY_OWN)
async def my_pay_access(tx: Read, asked: Paged) -> Listing[LookOut]:
    return listing(await service.looks(tx, asked), asked, LookOut.of)
