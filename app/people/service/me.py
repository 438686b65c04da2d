"""Use cases about oneself."""

from dataclasses import dataclass
from uuid import UUID

from app.core.access import Grant
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import NotFound
from app.people.domain import Site, WorkerRecord
from app.people.service import records
from app.people.service.reads import site
from app.people.store import workers as store


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as they see themself."""

    organization_id: UUID
    worker: WorkerRecord
    site: Site
    roles: tuple[Grant, ...]


async def profile(tx: ReadTransaction) -> Profile:
    """The caller's own profile. Raises NotFound for callers who are no person."""
    worker_id = tx.caller.worker_id
    found = await store.records(tx, ids=[worker_id]) if worker_id else []
    if not found:
        raise NotFound
    return Profile(tx.organization_id, found[0], await site(tx, found[0].site_id), tx.caller.grants)


async def change(tx: WriteTransaction, languages: list[str] | None) -> Profile:
    """Change the caller's own languages, the preferred one first."""
    if languages is not None and tx.caller.worker_id is not None:
        await records.change_languages(tx, tx.caller.worker_id, languages)
    return await profile(tx)
