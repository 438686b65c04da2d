"""Who looked at a worker's pay data, from the audit trail."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.audit.reading import after
from app.core.db import ReadTransaction
from app.core.pages import Page

# A list or a file shows everybody of a site, or of the organization, without naming anybody; a pay period is of one site.
LOOKS = text(
    "select * from (select a.id, a.at, a.action, a.actor_kind, a.actor_id, w.display_name as actor_name, "
    "a.subject_id is not null as only_me, coalesce(a.site_id, p.site_id) as site_id from audit_entry a "
    "left join worker w on w.organization_id = a.organization_id and w.id = a.actor_id "
    "left join pay_period p on p.organization_id = a.organization_id "
    "and p.id = cast(substring(a.target from '^/v1/pay-periods/([0-9a-f-]{36})') as uuid) "
    "where a.organization_id = :organization_id and a.access = 'read' and (a.subject_id = :worker_id or a.subject_id is null) "
    "and a.actor_id <> :worker_id and (cast(:after as uuid) is null or a.id < :after)) looks "
    "where only_me or site_id is null or site_id = :site_id order by id desc limit :limit"
)


async def looks(tx: ReadTransaction, worker_id: UUID, site_id: UUID, page: Page) -> Sequence[Any]:
    """Who else saw the worker's pay data, newest first, one more than the page shows."""
    return await tx.rows(LOOKS, worker_id=worker_id, site_id=site_id, after=after(page), limit=page.limit + 1)
