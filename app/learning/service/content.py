"""What learning asks of the catalog."""

from collections.abc import Iterable
from uuid import UUID

from app.catalog import service as catalog
from app.catalog.domain import Published
from app.core.db import ReadTransaction
from app.core.errors import Forbidden, NotFound


async def versions(tx: ReadTransaction, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Published]:
    """Published versions by (kind, hash); unknown ones are absent. They never change, so they come from memory."""
    found: dict[tuple[str, str], Published] = {}
    for kind, content_hash in set(wanted):
        try:
            found[kind, content_hash] = await catalog.version(tx, kind, content_hash)
        except NotFound:
            continue
    return found


async def current_hash(tx: ReadTransaction, kind: str, key: str) -> str:
    """The version served today. Raises NotFound for content that is not published."""
    item = (await catalog.published(tx)).get((kind, key))
    if item is None:
        raise NotFound("There is no such content published here.", code="unknown_content")
    return item.hash


def own_worker(tx: ReadTransaction) -> UUID:
    """The worker the caller is. Raises Forbidden for keys and the system, who do not learn."""
    if tx.caller.worker_id is None:
        raise Forbidden("Only a signed-in worker can learn.")
    return tx.caller.worker_id
