"""Routes of learning; the hot upload comes first because matching is linear."""

from fastapi import APIRouter

from app.learning.routes import assignments, attempts, batch, runs

router = APIRouter()
for part in (batch, attempts, runs, assignments):
    router.routes += part.router.routes
