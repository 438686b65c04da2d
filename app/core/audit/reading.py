"""Reading the audit trail: by admins, and by workers about looks at their own pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.access import Policy, Role
from app.core.audit.lines import Access
from app.core.db import ReadTransaction
from app.core.pages import START, Page

AUDIT_READ = Policy("audit.read", frozenset({Role.ADMIN}))
COLUMNS = (
    "a.id, a.at, a.access, a.action, a.actor_kind, a.actor_id, a.session_id, a.subject_id, a.site_id, a.target, a.reason, "
    "a.digest, a.address, a.request_id"
)
# Newest first: ids are made in the order of time.
LIST = text(
    f"select {COLUMNS} from audit_entry a where a.organization_id = :organization_id "  # noqa: S608  # constant columns
    "and (cast(:after as uuid) is null or a.id < :after) "
    "and (cast(:actor_id as uuid) is null or a.actor_id = :actor_id) "
    "and (cast(:subject_id as uuid) is null or a.subject_id = :subject_id) "
    "and (cast(:action as text) is null or a.action = :action) "
    "and (cast(:access as text) is null or a.access = :access) "
    "and (cast(:since as timestamptz) is null or a.at >= :since) and (cast(:until as timestamptz) is null or a.at < :until) "
    "order by a.id desc limit :limit"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines of the trail are asked for."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    action: str | None = None
    access: Access | None = None
    since: datetime | None = None
    until: datetime | None = None


def after(page: Page) -> UUID | None:
    """The id that a page of a newest-first list comes after, None for the first page."""
    return None if page.after == START else page.after


async def lines(tx: ReadTransaction, sought: Sought, page: Page) -> Sequence[Any]:
    """Lines newest first, one more than the page shows. Raises NotFound for admins of a part of the organization."""
    AUDIT_READ.must_reach(tx.caller, ())
    return await tx.rows(
        LIST,
        actor_id=sought.actor_id,
        subject_id=sought.subject_id,
        action=sought.action,
        access=sought.access.value if sought.access else None,
        since=sought.since,
        until=sought.until,
        after=after(page),
        limit=page.limit + 1,
    )
