"""Use cases: looking at what was sent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.pages import Page
from app.integrations.domain import MessageStatus, Outcome
from app.integrations.policies import WEBHOOKS_READ
from app.integrations.service.parts import must_manage
from app.integrations.store import messages as store


async def deliveries(tx: ReadTransaction, asked: Page, endpoint_id: UUID | None, status: Outcome | None) -> Sequence[Any]:
    """Attempts in the order they were made. Raises Forbidden."""
    must_manage(tx, WEBHOOKS_READ)
    return await store.deliveries(tx, asked, endpoint_id, status)


async def messages(tx: ReadTransaction, asked: Page, endpoint_id: UUID | None, status: MessageStatus | None) -> Sequence[Any]:
    """Messages and how far each is. Raises Forbidden."""
    must_manage(tx, WEBHOOKS_READ)
    return await store.messages(tx, asked, endpoint_id, status)
