"""Request and answer shapes of webhooks and the event feed."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.core.schemas import Input, Instant, Output, Patch, Text
from app.integrations.domain import DisabledReason, EndpointStatus, ErrorKind, MessageStatus, Outcome

Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9_.*]+$")]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50)]
Description = Annotated[Text, StringConstraints(max_length=200)]


class EndpointCreate(Input):
    """Where to send, and which events: types of `/v1/event-types`, `prefix.*` or `*`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://lms.example.com/hooks/interlude",
                    "events": ["module.completed", "pplt.session.*"],
                    "description": "Learning platform",
                }
            ]
        }
    )

    url: Url
    events: Patterns
    description: Description = ""


class EndpointChange(Patch):
    """A merge patch: fields that are absent stay as they are. `replay_since` also sends what was not taken since then."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "active", "replay_since": "2026-03-15T00:00:00Z"}]})

    url: Url | None = None
    events: Patterns | None = None
    description: Description | None = None
    status: EndpointStatus | None = None
    replay_since: Instant | None = None


class EndpointOut(Output):
    """An endpoint. `failing_since` starts the five days after which it is switched off."""

    id: UUID
    url: str
    events: list[str]
    description: str
    status: EndpointStatus
    disabled_reason: DisabledReason | None
    failures: int
    failing_since: Instant | None
    former_secret_until: Instant | None
    created_at: Instant
    version: int


class EndpointSecret(EndpointOut):
    """An endpoint with its new secret. This is the only time it is shown; a repeated request gets null."""

    secret: str | None


class MessageSent(Output):
    """What is on its way: `message_id` is the `webhook-id` the receiver will see."""

    message_id: UUID


class EndpointReplay(Input):
    """From when on to send what was not taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"since": "2026-03-15T00:00:00Z"}]})

    since: Instant


class MessageOut(Output):
    """A message; `id` is its `webhook-id`. `next_attempt_at` is null unless it waits."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    type: str
    status: MessageStatus
    attempts: int
    next_attempt_at: Instant | None
    created_at: Instant


class DeliveryOut(Output):
    """One attempt. `error` says why no complete answer came; `snippet` is the beginning of what the receiver answered."""

    id: UUID
    message_id: UUID
    endpoint_id: UUID
    type: str
    attempt: int
    status: Outcome
    http_status: int | None
    milliseconds: int
    error: ErrorKind | None
    snippet: str
    at: Instant


class EventTypeOut(Output):
    """A kind of event."""

    type: str
    description: str


class EventTypes(Output):
    """Every kind of event."""

    items: list[EventTypeOut]


class EventOut(Output):
    """An event as a webhook would carry it."""

    id: UUID
    type: str
    timestamp: Instant
    data: dict[str, Any]


class EventFeed(Output):
    """The next events. Keep `cursor` and ask with it again, at once when `more`."""

    items: list[EventOut]
    cursor: str
    more: bool
