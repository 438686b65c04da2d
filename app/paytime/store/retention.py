"""Statements that remove pay records whose time is over; the functions of the database look at what they remove."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import WriteTransaction

CLAIMS = text("select retire_claims(:organization_id, :proof_id, :until, :now, :limit)")
BESIDE = text("select retire_beside(:organization_id, :until, :now, :limit)")


async def claims(tx: WriteTransaction, proof_id: UUID, until: date, limit: int) -> Mapping[str, Any]:
    """Remove claims with everything that hangs on them: how many rows of which table, and the digest of the lines."""
    found: Mapping[str, Any] = await tx.scalar(CLAIMS, proof_id=proof_id, until=until, now=tx.now, limit=limit)
    return found


async def beside(tx: WriteTransaction, until: date, limit: int) -> Mapping[str, Any]:
    """Remove sessions, promised time, periods with their files, and pseudonyms that nothing uses any more."""
    found: Mapping[str, Any] = await tx.scalar(BESIDE, until=until, now=tx.now, limit=limit)
    return found
