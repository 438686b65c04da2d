"""Addresses of the event feed and the catalogue of event types."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read
from app.core.errors import BadRequest
from app.core.events import EVENT_TYPES
from app.core.http.problems import documented
from app.core.pages import LARGEST, decode_cursor, encode_cursor
from app.core.schemas import Instant
from app.integrations import service
from app.integrations.policies import EVENTS_READ, WEBHOOKS_READ
from app.integrations.schemas import EventFeed, EventOut, EventTypeOut, EventTypes

router = APIRouter(prefix="/v1", tags=["integrations"])
ENDED: dict[int | str, dict[str, Any]] = {
    410: {**documented(400)[400], "description": "The cursor belongs to an earlier history of the database"},
}


@router.get("/event-types", summary="Every type of event")
@allow(WEBHOOKS_READ)
async def list_event_types(tx: Read) -> EventTypes:  # noqa: ARG001  # opening it checks the caller
    """What webhooks can be subscribed to and the feed tells."""
    kinds = sorted(EVENT_TYPES.items())
    items = [EventTypeOut(type=name, description=" ".join((kind.__doc__ or name).split())) for name, kind in kinds]
    return EventTypes(items=items)


@router.get("/events", summary="Follow every event", responses=ENDED)
@allow(EVENTS_READ)
async def list_events(
    tx: Read,
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many events at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`cursor` of the answer before.")] = None,
    since: Annotated[Instant | None, Query(description="Leave out what happened earlier; give it with each request.")] = None,
) -> EventFeed:
    """In an order in which nothing is ever lost: an event appears once nothing before it can appear any more."""
    found = await service.feed(tx, position(cursor), since, limit)
    items = [EventOut(id=row.id, type=row.type, timestamp=row.occurred_at, data=data) for row, data in found.events]
    end = found.position
    return EventFeed(items=items, cursor=encode_cursor([end.epoch, end.writer, end.event_id]), more=found.more)


def position(cursor: str | None) -> service.FeedPosition | None:
    """What a cursor stands for. Raises BadRequest when we did not make it."""
    if cursor is None:
        return None
    epoch, writer, event_id = decode_cursor(cursor, 3)
    try:
        made = service.FeedPosition(epoch, int(writer), UUID(event_id))
    except ValueError as error:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor") from error
    if not 0 <= made.writer < 2**63:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor")
    return made
