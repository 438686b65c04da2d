"""Who may manage webhooks and follow the event feed."""

from app.core.access import Policy, Role

WEBHOOKS_READ = Policy("webhooks.read", frozenset({Role.ADMIN}), scope="webhooks:read")
WEBHOOKS_WRITE = Policy("webhooks.write", frozenset({Role.ADMIN}), scope="webhooks:write")
EVENTS_READ = Policy("events.read", frozenset({Role.ADMIN}), scope="events:read")
