"""Routes of the ledger."""

from fastapi import APIRouter

from app.paytime.routes import accounts, chain, disputes, exports, looks, periods, policies, protection, sessions, statements

router = APIRouter()
for part in (accounts, chain, disputes, exports, looks, periods, policies, protection, sessions, statements):
    router.routes += part.router.routes
