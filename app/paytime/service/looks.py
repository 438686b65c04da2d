"""Who looked at a worker's pay data."""

from collections.abc import Sequence
from typing import Any

from app.core.db import ReadTransaction
from app.core.errors import NotFound
from app.core.pages import Page
from app.paytime.store import looks as store
from app.people import service as people


async def looks(tx: ReadTransaction, page: Page) -> Sequence[Any]:
    """Looks at the caller's own pay by others, newest first. Raises NotFound for callers who are no workers."""
    if tx.caller.worker_id is None:
        raise NotFound
    worker = await people.worker(tx, tx.caller.worker_id)
    return await store.looks(tx, worker.id, worker.site_id, page)
