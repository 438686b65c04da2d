"""Content on offer and open items, as the planner's inputs meet them."""

from uuid import UUID

from app.catalog.domain import ContentKind, PublishedItem
from app.core.ids import new_id
from app.learning.domain.values import OpenItem


def offer(key: str, *skills: str) -> PublishedItem:
    return PublishedItem(
        kind=ContentKind.MODULE, key=key, hash=key, seconds=180, languages=("en",), skills=skills, prerequisites=(),
        needs_tablet=False, title={"en": key}, tags=(),
    )  # fmt: skip


def open_item(worker_id: UUID, key: str) -> OpenItem:
    return OpenItem(
        assignment_id=new_id(), worker_id=worker_id, kind="module", key=key, hash=key, seconds=180, mandatory=False, due_at=None,
        priority=10, prerequisites_open=(),
    )  # fmt: skip
