"""Addresses of webhooks and the event feed."""

from fastapi import APIRouter

from app.integrations.routes import endpoints, feed, messages

router = APIRouter()
for part in (endpoints, messages, feed):
    router.routes += part.router.routes
