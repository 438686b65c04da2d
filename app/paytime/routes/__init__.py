"""Routes of the ledger."""

from fastapi import APIRouter

from app.paytime.routes import accounts, chain, exports, looks

router = APIRouter()
for part in (accounts, chain, exports, looks):
    router.include_router(part.router)
