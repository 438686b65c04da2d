"""Addresses of webhooks and the event feed."""

from fastapi import APIRouter

from app.integrations.routes import endpoints, feed, messages

router = APIRouter(prefix="/v1", tags=["integrations"])
for part in (endpoints, messages, feed):
    router.include_router(part.router)
