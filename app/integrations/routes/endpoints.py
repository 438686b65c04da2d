"""Addresses of webhook endpoints."""

from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.core.access import allow
from app.core.db import Read, Tx, read_transaction
from app.core.http.etags import IfMatch, set_tag
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.identity.service.keys import keep_without
from app.integrations import service
from app.integrations.policies import WEBHOOKS_READ, WEBHOOKS_WRITE
from app.integrations.schemas import (
    EndpointChange,
    EndpointCreate,
    EndpointOut,
    EndpointReplay,
    EndpointSecret,
    MessageSent,
)

router = APIRouter(prefix="/v1", tags=["integrations"])


async def vetted(request: Request, url: str) -> str:
    """The URL in its normal form. Its name is looked up between transactions, and only for callers who may ask."""
    async with asynccontextmanager(read_transaction)(request):
        pass
    return await service.vet_url(request.app.state.runtime, url)


async def new_url(request: Request, body: EndpointCreate) -> str:
    """The URL of an endpoint to be made."""
    return await vetted(request, body.url)


async def changed_url(request: Request, body: EndpointChange) -> str | None:
    """The URL an endpoint is to have, if it changes."""
    return None if body.url is None else await vetted(request, body.url)


# Solved in the order of the parameters: before the transaction is opened.
NewUrl = Annotated[str, Depends(new_url)]
ChangedUrl = Annotated[str | None, Depends(changed_url)]


def with_secret(made: tuple[Any, str], response: Response, tx: Tx) -> EndpointSecret:
    """The answer that shows a secret; what is kept for an Idempotency-Key does not hold it."""
    found, secret = made
    keep_without(tx, lambda answer: answer.model_copy(update={"secret": None}))
    set_tag(response, found.version)
    return EndpointSecret(**EndpointOut.model_validate(found).model_dump(), secret=secret)


@router.post("/webhook-endpoints", status_code=201, summary="Make a webhook endpoint")
@allow(WEBHOOKS_WRITE)
async def create_webhook_endpoint(
    request: Request, url: NewUrl, tx: Tx, body: EndpointCreate, response: Response
) -> EndpointSecret:
    """It hears of what happens from now on. The secret is shown once."""
    keys = request.app.state.runtime.settings.master_keys
    made = await service.add_endpoint(tx, keys, url=url, events=body.events, description=body.description)
    return with_secret(made, response, tx)


@router.get("/webhook-endpoints", summary="List webhook endpoints")
@allow(WEBHOOKS_READ)
async def list_webhook_endpoints(tx: Read, asked: Paged) -> Listing[EndpointOut]:
    """Every endpoint with its health, without its secret."""
    return listing(await service.endpoints(tx, asked), asked, EndpointOut.model_validate)


@router.get("/webhook-endpoints/{endpoint_id}", summary="One webhook endpoint")
@allow(WEBHOOKS_READ)
async def get_webhook_endpoint(tx: Read, endpoint_id: Id, response: Response) -> EndpointOut:
    """With its health, without its secret."""
    found = await service.endpoint(tx, endpoint_id)
    set_tag(response, found.version)
    return EndpointOut.model_validate(found)


@router.patch("/webhook-endpoints/{endpoint_id}", summary="Change a webhook endpoint")
@allow(WEBHOOKS_WRITE)
async def edit_webhook_endpoint(
    url: ChangedUrl, tx: Tx, endpoint_id: Id, body: EndpointChange, version: IfMatch, response: Response
) -> EndpointOut:
    """Needs the ETag that was read. Switched on again, it is sent what waits; `replay_since` adds what it missed."""
    edit = service.EndpointEdit(url, body.events, body.description, body.status, body.replay_since)
    found = await service.change_endpoint(tx, endpoint_id, edit, version)
    set_tag(response, found.version)
    return EndpointOut.model_validate(found)


@router.delete("/webhook-endpoints/{endpoint_id}", status_code=204, summary="Remove a webhook endpoint")
@allow(WEBHOOKS_WRITE)
async def delete_webhook_endpoint(tx: Tx, endpoint_id: Id) -> None:
    """With its messages and its log."""
    await service.drop_endpoint(tx, endpoint_id)


@router.post("/webhook-endpoints/{endpoint_id}/secret-rotations", status_code=201, summary="Give an endpoint a new secret")
@allow(WEBHOOKS_WRITE)
async def rotate_webhook_secret(request: Request, tx: Tx, endpoint_id: Id, response: Response) -> EndpointSecret:
    """Shown once. The former secret signs along for 24 hours."""
    keys = request.app.state.runtime.settings.master_keys
    return with_secret(await service.rotate_secret(tx, keys, endpoint_id), response, tx)


@router.post("/webhook-endpoints/{endpoint_id}/tests", status_code=202, summary="Send a test")
@allow(WEBHOOKS_WRITE)
async def test_webhook_endpoint(tx: Tx, endpoint_id: Id) -> MessageSent:
    """An `endpoint.test` for this endpoint alone."""
    return MessageSent(message_id=await service.send_test(tx, endpoint_id))


@router.post("/webhook-endpoints/{endpoint_id}/replays", status_code=202, summary="Send what an endpoint missed")
@allow(WEBHOOKS_WRITE)
async def replay_webhook_endpoint(tx: Tx, endpoint_id: Id, body: EndpointReplay) -> None:
    """Everything since then that it subscribes to and did not take; repeating changes nothing."""
    await service.replay_endpoint(tx, endpoint_id, body.since)
