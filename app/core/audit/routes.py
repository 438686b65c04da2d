"""The route of the audit trail, and the shape of its lines."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.core.access import allow
from app.core.audit.lines import Access
from app.core.audit.reading import AUDIT_READ, Sought, lines
from app.core.db import Read
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id, Instant, Output

router = APIRouter(prefix="/v1", tags=["audit"])
Action = Annotated[str | None, Query(max_length=100, description="Only this operation, such as `reverse_pay_entry`.")]


class AuditEntryOut(Output):
    """A line of the audit trail. `digest` is a keyed SHA-256 of the request's body; `target` the address that was asked."""

    id: UUID
    at: Instant
    access: Access
    action: str
    actor_kind: Literal["person", "integration", "system"]
    actor_id: UUID
    session_id: UUID | None
    subject_id: UUID | None
    site_id: UUID | None
    target: str
    reason: str | None
    digest: str | None
    address: str | None
    request_id: str | None

    @classmethod
    def of(cls, row: Any) -> "AuditEntryOut":
        """From a row of the trail."""
        return cls.model_validate({**row._asdict(), "digest": row.digest.hex() if row.digest else None})


async def sought(
    action: Action = None,
    access: Annotated[Access | None, Query(description="Only writes, reads of pay data, or sign-ins.")] = None,
    actor_id: Annotated[Id | None, Query(description="Only what this person or key did.")] = None,
    subject_id: Annotated[Id | None, Query(description="Only what was about this worker.")] = None,
    since: Annotated[Instant | None, Query(description="Not before this instant.")] = None,
    until: Annotated[Instant | None, Query(description="Before this instant.")] = None,
) -> Sought:
    """What a request asks for."""
    return Sought(actor_id, subject_id, action, access, since, until)


@router.get("/audit", summary="Read the audit trail, newest first")
@allow(AUDIT_READ)
async def list_audit(tx: Read, asked: Paged, wanted: Annotated[Sought, Depends(sought)]) -> Listing[AuditEntryOut]:
    """Every write, decision, sign-in, export and look at somebody else's pay, with who, when, from where and why."""
    return listing(await lines(tx, wanted, asked), asked, AuditEntryOut.of)
