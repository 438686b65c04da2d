"""Proofs of removal: when rows go because their time is over, a chained line says how many, of what, before which day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.core.pages import Page

COLUMNS = "id, number, kind, until, removed_at, tables, digest, hash"
FIRST = "sha256(convert_to('interlude-retention|' || cast(p.organization_id as text), 'UTF8'))"
OWN = (
    "sha256(record_send(row({before}, {row}.number, {row}.kind, {row}.until, {row}.removed_at, cast({row}.tables as text), "
    "{row}.digest)))"
)
LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:organization_id as uuid) as text), 43))")
APPEND = text(
    f"insert into retention_proof (organization_id, {COLUMNS}) "  # noqa: S608  # constants
    f"select p.organization_id, p.id, p.number, p.kind, p.until, p.removed_at, p.tables, p.digest, "
    f"{OWN.format(before=f'coalesce(l.hash, {FIRST})', row='p')} from ("
    "select cast(:organization_id as uuid) as organization_id, cast(:id as uuid) as id, 1 + coalesce((select max(number) "
    "from retention_proof where organization_id = :organization_id), 0) as number, cast(cast(:kind as text) as varchar) as kind, "
    "cast(:until as date) as until, cast(:now as timestamptz) as removed_at, cast(:tables as jsonb) as tables, "
    "cast(:digest as bytea) as digest) p "
    "left join retention_proof l on l.organization_id = p.organization_id and l.number = p.number - 1"
)
LIST = text(
    f"select {COLUMNS} from retention_proof where organization_id = :organization_id "  # noqa: S608  # constants
    "and (cast(:kind as text) is null or kind = :kind) and id > :after order by id limit :limit"
)
ONE = text(f"select {COLUMNS} from retention_proof where organization_id = :organization_id and id = :id")  # noqa: S608  # constants
# A proof that was changed, or one that is missing before another.
BROKEN = text(
    "select id from (select p.id, p.hash, p.number, row_number() over (order by p.number) as place, "  # noqa: S608  # constants
    f"{OWN.format(before=f'coalesce(lag(p.hash) over (order by p.number), {FIRST})', row='p')} as own "
    "from retention_proof p where p.organization_id = :organization_id) c where c.hash <> c.own or c.number <> c.place limit 1000"
)


async def lock(tx: WriteTransaction) -> None:
    """Wait until nobody else is removing what this organization kept; held until the transaction ends."""
    await tx.rows(LOCK)


async def append(
    tx: WriteTransaction, proof_id: UUID, kind: str, until: date, tables: Mapping[str, int], digest: bytes
) -> Row[Any]:
    """Write that rows were removed, in the transaction that removes them; the lock must be held."""
    await tx.run(APPEND, id=proof_id, kind=kind, until=until, now=tx.now, tables=as_json(dict(tables)), digest=digest)
    found = await tx.row(ONE, id=proof_id)
    assert found is not None
    return found


async def page(tx: ReadTransaction, asked: Page, kind: str | None) -> Sequence[Row[Any]]:
    """Proofs in the order they were made, one more than the page shows."""
    return await tx.rows(LIST, kind=kind, after=asked.after, limit=asked.limit + 1)


async def broken(tx: ReadTransaction) -> list[UUID]:
    """Proofs that do not follow from the one before them."""
    return [row.id for row in await tx.rows(BROKEN)]
