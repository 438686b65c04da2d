"""Routes of planning. What phones ask most stands first, because matching is linear."""

from fastapi import APIRouter

from app.planning.routes import blocks, me, plans

router = APIRouter()
for part in (me, plans, blocks):
    router.include_router(part.router)
