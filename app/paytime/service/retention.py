"""Pay records go when their time is over: whole claims with their lines, then what stood beside them."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.core.db import WriteTransaction
from app.paytime.store import retention as store

Gone = tuple[Mapping[str, int], bytes]


async def retire_claims(tx: WriteTransaction, proof_id: UUID, until: date, limit: int) -> Gone:
    """Remove claims whose last word was written before a day: rows by table, and a digest of the lines that went.

    What a dispute is about, what payroll has not exported, and what is not linked stays. The chain verifies as before:
    a mark at the place of each line names the proof, which the caller appends in this transaction.
    """
    found = await store.claims(tx, proof_id, until, limit)
    return found["tables"], bytes.fromhex(found["digest"])


async def retire_beside(tx: WriteTransaction, until: date, limit: int) -> Gone:
    """Remove sessions, promised time, periods with their files, and pseudonyms that no line uses, after the claims."""
    found = await store.beside(tx, until, limit)
    return found["tables"], bytes.fromhex(found["digest"])
