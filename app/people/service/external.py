"""What other systems call our things."""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.people.store import grants as store


async def find_external(tx: ReadTransaction, kind: str, source: str, external_ids: Collection[str]) -> dict[str, UUID]:
    """Our ids of things of a kind (`worker`, `crew`, ..) that `source` names; unknown names are absent."""
    return await store.external(tx, kind, source, external_ids) if external_ids else {}


async def link_external(tx: WriteTransaction, kind: str, source: str, pairs: Sequence[tuple[str, UUID]]) -> None:
    """Remember (outside name, our id) pairs; a name that is already known keeps its meaning."""
    await store.link(tx, kind, source, pairs)
