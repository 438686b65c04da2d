"""Use cases of integrations: endpoints, announcing facts to them, sending, repeating, and the feed."""

from app.integrations.service.announcing import announce, keep_replaying, replay_endpoint, replay_message
from app.integrations.service.delivering import deliver
from app.integrations.service.endpoints import (
    EndpointEdit,
    add_endpoint,
    change_endpoint,
    drop_endpoint,
    endpoint,
    endpoints,
    rotate_secret,
    send_test,
)
from app.integrations.service.feed import CursorEnded, Feed, FeedPosition, feed
from app.integrations.service.logbook import deliveries, messages
from app.integrations.service.parts import vet_url
from app.integrations.service.upkeep import forget, sweep

__all__ = [
    "CursorEnded",
    "EndpointEdit",
    "Feed",
    "FeedPosition",
    "add_endpoint",
    "announce",
    "change_endpoint",
    "deliver",
    "deliveries",
    "drop_endpoint",
    "endpoint",
    "endpoints",
    "feed",
    "forget",
    "keep_replaying",
    "messages",
    "replay_endpoint",
    "replay_message",
    "rotate_secret",
    "send_test",
    "sweep",
    "vet_url",
]
