"""Routes of the ledger."""

from fastapi import APIRouter

from app.paytime.routes import accounts, exports

router = APIRouter()
for part in (accounts, exports):
    router.include_router(part.router)
