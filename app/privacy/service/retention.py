"""Use cases of retention: choose how long records stay, remove what is over in batches, and prove it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any
from uuid import UUID

from app.core import proofs
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import FieldError, Forbidden, Invalid, Stale
from app.core.events import publish
from app.core.ids import new_id
from app.core.pages import Page
from app.paytime import service as paytime
from app.privacy.domain.retention import (
    LIMITS,
    RETENTION_READ,
    RETENTION_WRITE,
    Kind,
    Proof,
    Retention,
    chosen,
    first_kept,
    too_short,
)
from app.privacy.events import RecordsRemoved
from app.privacy.store import retention as store

BATCH = 2_000


async def retention(tx: ReadTransaction) -> Retention:
    """How long each kind of record is kept. Raises Forbidden for people of a part."""
    if not RETENTION_READ.reaches(tx.caller, ()):
        raise Forbidden("Records are kept by the whole organization: ask an admin of it.")
    return await _stands(tx)


async def _stands(tx: ReadTransaction) -> Retention:
    row = await store.policy(tx)
    return chosen(row.months, row.version) if row else chosen({}, 0)


async def put_retention(tx: WriteTransaction, months: Mapping[Kind, int], version: int) -> Retention:
    """Choose for how many months records are kept. Raises Forbidden for admins of a part, Stale, and Invalid below a limit."""
    if not RETENTION_WRITE.reaches(tx.caller, ()):
        raise Forbidden("Only an admin of the whole organization chooses how long records are kept.")
    short = too_short(months)
    if short:
        said = (FieldError(f"#/{k.value}", f"At least {LIMITS[k].least}: {LIMITS[k].why}.", "too_short") for k in short)
        raise Invalid("Some records would go too soon.", errors=tuple(said))
    if not await store.put(tx, months, version):
        raise Stale
    return await _stands(tx)


async def proof_page(tx: ReadTransaction, asked: Page, kind: Kind | None) -> list[Proof]:
    """Proofs of removal, oldest first, one more than the page shows. Raises Forbidden for people of a part."""
    if not RETENTION_READ.reaches(tx.caller, ()):
        raise Forbidden("Records are kept by the whole organization: ask an admin of it.")
    return [_proof(row) for row in await proofs.page(tx, asked, kind.value if kind else None)]


def _proof(row: Any) -> Proof:
    return Proof(
        row.id, row.number, Kind(row.kind), row.until, row.removed_at, row.tables, bytes(row.digest), bytes(row.hash)
    )  # fmt: skip


async def remove_batch(tx: WriteTransaction, kind: Kind, limit: int = BATCH) -> bool:
    """Remove one batch of a kind and prove it in the same transaction; true while there may be more."""
    await proofs.lock(tx)
    until = first_kept(tx.now.astimezone(UTC).date(), (await _stands(tx)).months[kind])
    proof_id = new_id()
    found = await _removed(tx, kind, proof_id, until, limit)
    more = False
    for place, (tables, digest) in enumerate(found):
        gone = {table: rows for table, rows in tables.items() if rows}
        if gone:
            await _prove(tx, proof_id if place == 0 else new_id(), kind, until, gone, digest)
            more = more or max(gone.values()) >= limit
    return more


async def _removed(
    tx: WriteTransaction, kind: Kind, proof_id: UUID, until: date, limit: int
) -> Sequence[tuple[Mapping[str, int], bytes]]:
    """Rows by table with their digest, for each proof to be made; the first proof has the id."""
    if kind is Kind.PAY_RECORDS:
        claims = await paytime.retire_claims(tx, proof_id, until, limit)
        return [claims, await paytime.retire_beside(tx, until, limit)]
    if kind in (Kind.AUDIT_TRAIL, Kind.SIGN_INS):
        return [await store.remove_audit(tx, until, limit, sign_ins=kind is Kind.SIGN_INS)]
    tables, digests = {}, hashlib.sha256()
    for one in store.REMOVALS[kind]:
        tables[one.table], digest = await store.remove(tx, one, until, limit)
        digests.update(digest)
    return [(tables, digests.digest())]


async def _prove(
    tx: WriteTransaction, proof_id: UUID, kind: Kind, until: date, tables: Mapping[str, int], digest: bytes
) -> None:  # fmt: skip
    made = _proof(await proofs.append(tx, proof_id, kind.value, until, tables, digest))
    told = RecordsRemoved(
        subject_id=tx.organization_id, kind=kind.value, until=until, rows=sum(tables.values()), number=made.number,
        hash=made.hash.hex(),
    )  # fmt: skip
    await publish(tx, told)
