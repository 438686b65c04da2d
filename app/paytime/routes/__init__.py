"""Routes of the ledger."""

from fastapi import APIRouter

from app.paytime.routes import accounts, chain, exports, looks, periods, statements

router = APIRouter()
for part in (accounts, chain, exports, looks, periods, statements):
    router.include_router(part.router)
