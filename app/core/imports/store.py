"""Every statement about imports."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import insert

from app.core.db import ReadTransaction, WriteTransaction
from app.core.imports.kinds import ImportRow, RowVerdict
from app.core.imports.reading import ReadRow
from app.core.models import ImportChunkRow, ImportReportRow, ImportRunRow

T = TypeVar("T")
SELECT = (
    "select id, kind, source, status, dry_run, fingerprint, mapping, options, acting_as, ignored_columns, row_count, "
    "created, updated, unchanged, flagged, refused, failure, created_by, created_at, finished_at "
    "from import_run where organization_id = :organization_id "
)
OPEN = upsert(ImportRunRow).on_conflict_do_nothing(index_elements=["organization_id", "id"])
RUN = text(SELECT + "and id = :id")
LOCKED_RUN = text(SELECT + "and id = :id for update")
RUNS = text(
    SELECT + "and id > :after and kind = any(cast(:kinds as text[])) "
    "and (created_by = :caller or kind = any(cast(:whole_kinds as text[]))) order by id limit :limit"
)
ADD_CHUNK = insert(ImportChunkRow)
NEXT_CHUNK = text(
    "delete from import_chunk where organization_id = :organization_id and run_id = :run_id and number = "
    "(select min(number) from import_chunk where organization_id = :organization_id and run_id = :run_id) returning rows"
)
REPORT = insert(ImportReportRow)
COUNT = text(
    "update import_run set created = created + :created, updated = updated + :updated, "
    "unchanged = unchanged + :unchanged, flagged = flagged + :flagged, refused = refused + :refused, status = 'running' "
    "where organization_id = :organization_id and id = :id"
)
TOTAL = text("update import_run set row_count = :row_count where organization_id = :organization_id and id = :id")
CLOSE = text(
    "update import_run set status = :status, failure = :failure, finished_at = :now "
    "where organization_id = :organization_id and id = :id"
)
DROP_CHUNKS = text("delete from import_chunk where organization_id = :organization_id and run_id = :run_id")
ROWS = text(
    "select row_number, verdict, reason, thing_id from import_row where organization_id = :organization_id "
    "and run_id = :run_id and row_number > :after and (cast(:verdict as text) is null or verdict = :verdict) "
    "order by row_number limit :limit"
)
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:lock, 8))")


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import as stored."""

    id: UUID
    kind: str
    source: str
    status: str
    dry_run: bool
    fingerprint: bytes
    mapping: dict[str, str]
    options: dict[str, Any]
    acting_as: dict[str, Any]
    ignored_columns: list[str]
    row_count: int
    created: int
    updated: int
    unchanged: int
    flagged: int
    refused: int
    failure: str | None
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None


def _run_of(row: Row[Any]) -> ImportRun:
    return ImportRun(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping


async def open_run(tx: WriteTransaction, values: dict[str, Any]) -> bool:
    """Store a new import; False when its id is already taken."""
    return await tx.run(OPEN.values(organization_id=tx.organization_id, **values)) == 1


async def run(tx: ReadTransaction, run_id: UUID, *, lock: bool = False) -> ImportRun | None:
    """One import, optionally locked until the transaction ends."""
    found = await tx.row(LOCKED_RUN if lock else RUN, id=run_id)
    return None if found is None else _run_of(found)


async def runs(tx: ReadTransaction, kinds: Sequence[str], whole_kinds: Sequence[str], after: UUID, limit: int) -> list[ImportRun]:
    """The caller's own imports of `kinds` and everybody's of `whole_kinds`, after an id."""
    found = await tx.rows(RUNS, kinds=list(kinds), whole_kinds=list(whole_kinds), caller=tx.caller.id, after=after, limit=limit)
    return [_run_of(row) for row in found]


async def add_chunk(tx: WriteTransaction, run_id: UUID, number: int, rows: Sequence[ReadRow]) -> None:
    """Keep rows until their turn."""
    stored = [[read.row.number, read.row.values, read.fault] for read in rows]
    await tx.run(ADD_CHUNK.values(organization_id=tx.organization_id, run_id=run_id, number=number, rows=stored))


async def take_chunk(tx: WriteTransaction, run_id: UUID) -> list[ReadRow] | None:
    """Remove and answer the next rows that wait; None when all are applied."""
    rows = await tx.scalar(NEXT_CHUNK, run_id=run_id)
    return None if rows is None else [ReadRow(ImportRow(number, values), fault) for number, values, fault in rows]


async def drop_chunks(tx: WriteTransaction, run_id: UUID) -> None:
    """Remove every row that waits."""
    await tx.run(DROP_CHUNKS, run_id=run_id)


async def report(tx: WriteTransaction, run_id: UUID, verdicts: Sequence[RowVerdict], counts: dict[str, int]) -> None:
    """Store verdicts and add them to the import's counts."""
    rows = [
        {"run_id": run_id, "row_number": v.row_number, "verdict": v.verdict, "reason": v.reason, "thing_id": v.thing_id}
        for v in verdicts
    ]
    await tx.run_many(REPORT, rows)
    await tx.run(COUNT, id=run_id, **counts)


async def set_total(tx: WriteTransaction, run_id: UUID, row_count: int) -> None:
    """Store how many rows the import has."""
    await tx.run(TOTAL, id=run_id, row_count=row_count)


async def close(tx: WriteTransaction, run_id: UUID, status: str, failure: str | None = None) -> None:
    """Store the end of an import."""
    await tx.run(CLOSE, id=run_id, status=status, failure=failure, now=tx.now)


async def verdicts(tx: ReadTransaction, run_id: UUID, verdict: str | None, after: int, limit: int) -> Sequence[Any]:
    """The report's rows after a row number."""
    return await tx.rows(ROWS, run_id=run_id, verdict=verdict, after=after, limit=limit)


async def one_at_a_time(tx: WriteTransaction, kind: str) -> None:
    """Wait until no other import of this kind runs in the organization; held until the transaction ends."""
    await tx.rows(ONE_AT_A_TIME, lock=f"import|{tx.organization_id}|{kind}")


@asynccontextmanager
async def undone(tx: WriteTransaction, undo: bool) -> AsyncIterator[None]:
    """A part of the transaction that is taken back at its end when `undo`."""
    async with tx.connection.begin_nested() as savepoint:
        yield
        if undo:
            await savepoint.rollback()


async def unless_refused(tx: WriteTransaction, work: Callable[[], Awaitable[T]]) -> T | None:
    """What `work` answers; None, and nothing of it kept, when the database refuses its values."""
    try:
        async with tx.connection.begin_nested():
            return await work()
    except (IntegrityError, DataError):
        return None
