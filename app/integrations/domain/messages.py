"""What a receiver is sent: ids and a few facts, the same bytes and the same id at every attempt."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

MAX_BODY = 20 * 1_024
"""Bytes; a fact that does not fit is announced without its details, which the feed still has."""


class EndpointStatus(StrEnum):
    """Whether an endpoint is sent anything."""

    ACTIVE = "active"
    DISABLED = "disabled"


class DisabledReason(StrEnum):
    """Who or what switched an endpoint off."""

    ADMINISTRATOR = "administrator"
    GONE = "gone"
    FAILING = "failing"


class MessageStatus(StrEnum):
    """How far a message is: to be sent (again), taken by the receiver, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


def message_id(event_id: UUID, endpoint_id: UUID) -> UUID:
    """The `webhook-id`: one for an event and an endpoint, so that announcing twice writes one message."""
    return uuid5(endpoint_id, str(event_id))


def facts(organization_id: UUID, event_id: UUID, subject_id: UUID, data: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of a message and of the feed: ids first, then what the event itself tells."""
    ids = {"organization_id": organization_id, "event_id": event_id, "subject_id": subject_id}
    return {**{name: str(value) for name, value in ids.items()}, **data}


def timestamp(at: datetime) -> str:
    """An instant as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def body(event_type: str, occurred_at: datetime, data: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent: minified JSON in UTF-8, at most 20 KB."""
    whole = _written(event_type, occurred_at, data)
    if len(whole) <= MAX_BODY:
        return whole
    ids = {name: data[name] for name in ("organization_id", "event_id", "subject_id")}
    return _written(event_type, occurred_at, {**ids, "facts_omitted": True})


def _written(event_type: str, occurred_at: datetime, data: Mapping[str, Any]) -> bytes:
    value = {"type": event_type, "timestamp": timestamp(occurred_at), "data": data}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
