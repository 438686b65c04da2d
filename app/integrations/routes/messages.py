"""Addresses of what was sent."""

from fastapi import APIRouter

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.integrations import service
from app.integrations.domain import MessageStatus, Outcome
from app.integrations.policies import WEBHOOKS_READ, WEBHOOKS_WRITE
from app.integrations.schemas import DeliveryOut, MessageOut

router = APIRouter(prefix="/v1", tags=["integrations"])


@router.get("/webhook-deliveries", summary="Log of webhook attempts")
@allow(WEBHOOKS_READ)
async def list_webhook_deliveries(
    tx: Read, asked: Paged, endpoint_id: Id | None = None, status: Outcome | None = None
) -> Listing[DeliveryOut]:
    """Every attempt of the last 30 days, oldest first."""
    return listing(await service.deliveries(tx, asked, endpoint_id, status), asked, DeliveryOut.model_validate)


@router.get("/webhook-messages", summary="Webhook messages")
@allow(WEBHOOKS_READ)
async def list_webhook_messages(
    tx: Read, asked: Paged, endpoint_id: Id | None = None, status: MessageStatus | None = None
) -> Listing[MessageOut]:
    """Those of the last 100 days, in no particular order; `status=dead` lists what was given up."""
    return listing(await service.messages(tx, asked, endpoint_id, status), asked, MessageOut.model_validate)


@router.post("/webhook-messages/{message_id}/replays", status_code=202, summary="Send a message again")
@allow(WEBHOOKS_WRITE)
async def replay_webhook_message(tx: Tx, message_id: Id) -> MessageOut:
    """From its first attempt, whatever became of it, with the `webhook-id` it always had."""
    return MessageOut.model_validate(await service.replay_message(tx, message_id))
