"""Routes of people and place."""

from fastapi import APIRouter

from app.people.routes import lines, me, places, roles, workers

router = APIRouter()
for part in (me, workers, places, lines, roles):
    router.routes += part.router.routes
