"""Routes of planning. What phones ask most stands first, because matching is linear."""

from fastapi import APIRouter

from app.planning.routes import blocks, coverage, live, me, plans, policy, progress, requests

router = APIRouter()
for part in (me, plans, blocks, coverage, live, progress, policy, requests):
    router.routes += part.router.routes
